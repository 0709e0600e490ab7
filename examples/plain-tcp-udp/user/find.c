/* Device find: a program that looks for devices asks everybody in the network, each device answers with its addresses. */
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"
#include "app.h"

static struct espconn conn;
static esp_udp udp;

/* is_for_us: the question alone is for everybody, with an address behind it for one device. */
static bool ICACHE_FLASH_ATTR is_for_us(const char *data, uint16 len, const uint8 *mac)
{
	const uint16 n = os_strlen(FIND_QUESTION);
	char text[18];

	if (len < n || os_memcmp(data, FIND_QUESTION, n) != 0)
		return false;
	if (len == n)
		return true;
	os_sprintf(text, MACSTR, MAC2STR(mac));
	return len == n + 1 + 17 && data[n] == ' ' && os_memcmp(data + n + 1, text, 17) == 0;
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	remot_info *from = NULL;
	struct ip_info ip;
	uint8 mac[6];
	char answer[64];

	wifi_get_macaddr(STATION_IF, mac);
	if (!is_for_us(data, len, mac) || espconn_get_connection_info(&conn, &from, 0) != ESPCONN_OK)
		return;
	wifi_get_ip_info(STATION_IF, &ip);
	os_printf("asked by " IPSTR ":%d\n", IP2STR(from->remote_ip), from->remote_port);
	os_memcpy(udp.remote_ip, from->remote_ip, 4);
	udp.remote_port = from->remote_port;
	os_sprintf(answer, DEVICE_NAME " " MACSTR " " IPSTR, MAC2STR(mac), IP2STR(&ip.ip));
	espconn_sent(&conn, (uint8 *)answer, os_strlen(answer));
}

void ICACHE_FLASH_ATTR find_init(void)
{
	conn.type = ESPCONN_UDP;
	conn.proto.udp = &udp;
	udp.local_port = FIND_PORT;
	espconn_regist_recvcb(&conn, on_recv);
	os_printf("device find on UDP port %d: %d\n", FIND_PORT, espconn_create(&conn));
}
