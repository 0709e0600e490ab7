/*
 * iot-client: a plug that a server in the cloud switches, for the NonOS SDK. It looks the server's name up until there is
 * an address, connects, with TLS when the build defines CLIENT_SSL_ENABLE, says who it is, and keeps the connection: a beacon
 * each 50 s without traffic, a new connection when one is lost. Both sides send lines of JSON.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"
#include "spi_flash.h"

/* The functions of TLS and of TCP must not be mixed: all of one kind, by the macro. */
#ifdef CLIENT_SSL_ENABLE
#define client_connect espconn_secure_connect
#define client_sent espconn_secure_sent
#define client_disconnect espconn_secure_disconnect
#else
#define client_connect espconn_connect
#define client_sent espconn_sent
#define client_disconnect espconn_disconnect
#endif

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_SSL_CLIENT_CA, CA_SECTOR * 0x1000, 0x1000},
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x30000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x30000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static struct espconn conn;
static esp_tcp tcp;
static ip_addr_t cloud_ip;
static os_timer_t client_timer; /* the next step: is there an address, a lookup, a connection */
static os_timer_t beacon_timer;
static bool connected, sending, beacon_open;
static uint32 failures; /* in a row */
static int relay;
static char out[256], flying[256], line[256];
static uint16 out_length, line_length;

static void ICACHE_FLASH_ATTR check_ip(void);

static void ICACHE_FLASH_ATTR after(uint32 ms, void (*step)(void))
{
	os_timer_disarm(&client_timer);
	os_timer_setfn(&client_timer, (os_timer_func_t *)step, NULL);
	os_timer_arm(&client_timer, ms, 0);
}

/* flush sends what is in out. The bytes under way stay as they are until the sent callback. */
static void ICACHE_FLASH_ATTR flush(void)
{
	sint8 ret;

	if (!connected || sending || out_length == 0)
		return;
	os_memcpy(flying, out, out_length);
	ret = client_sent(&conn, (uint8 *)flying, out_length);
	if (ret != ESPCONN_OK) {
		os_printf("sent: %d\n", ret);
		return;
	}
	sending = true;
	out_length = 0;
}

static void ICACHE_FLASH_ATTR say(const char *text)
{
	uint16 n = os_strlen(text);

	if (n > sizeof(out) - out_length) {
		os_printf("no room for %s", text);
		return;
	}
	os_memcpy(out + out_length, text, n);
	out_length += n;
	flush();
}

static void ICACHE_FLASH_ATTR identify(void)
{
	char text[100];
	uint8 mac[6];

	wifi_get_macaddr(STATION_IF, mac);
	os_sprintf(text, "{\"path\":\"/identify\",\"mac\":\"" MACSTR "\",\"relay\":%d}\n", MAC2STR(mac), relay);
	say(text);
}

static void ICACHE_FLASH_ATTR on_line(void)
{
	char text[64];

	os_printf("cloud: %s\n", line);
	if (os_strstr(line, "\"action\":\"on\"") || os_strstr(line, "\"action\":\"off\"")) {
		relay = os_strstr(line, "\"on\"") != NULL;
		os_sprintf(text, "{\"path\":\"/datapoint\",\"relay\":%d}\n", relay);
		say(text);
	}
}

/* beacon: nothing has come for a while. */
static void ICACHE_FLASH_ATTR beacon(void)
{
	if (beacon_open) {
		os_printf("beacon without answer\n");
		client_disconnect(&conn);
		return;
	}
	beacon_open = true;
	say("{\"path\":\"/ping\"}\n");
	os_timer_arm(&beacon_timer, BEACON_MS, 0);
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	beacon_open = false;
	os_timer_disarm(&beacon_timer);
	os_timer_arm(&beacon_timer, BEACON_MS, 0);
	for (; len > 0; data++, len--) { /* lines come in pieces, and several at once */
		if (*data != '\n') {
			if (line_length < sizeof(line) - 1)
				line[line_length++] = *data;
			continue;
		}
		line[line_length] = 0;
		line_length = 0;
		on_line();
	}
}

static void ICACHE_FLASH_ATTR on_sent(void *arg)
{
	sending = false;
	flush();
}

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	os_printf("connected, %d bytes of heap free\n", system_get_free_heap_size());
	espconn_regist_recvcb(&conn, on_recv);
	espconn_regist_sentcb(&conn, on_sent);
	connected = true;
	sending = beacon_open = false;
	out_length = line_length = 0;
	failures = 0;
	os_timer_arm(&beacon_timer, BEACON_MS, 0);
	identify();
}

static void ICACHE_FLASH_ATTR lost(void)
{
	uint32 ms = RECONNECT_MS;
	uint32 i;

	connected = false;
	os_timer_disarm(&beacon_timer);
	for (i = 0; i < failures && ms < RECONNECT_MAX_MS; i++)
		ms *= 2;
	failures++;
	after(ms, check_ip);
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	os_printf("disconnected\n");
	lost();
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("connection lost, err %d\n", err);
	lost();
}

#ifdef CLIENT_SSL_ENABLE
/* check_server lets TLS check the server if a CA image was burned. */
static void ICACHE_FLASH_ATTR check_server(void)
{
	uint32 first;

	if (spi_flash_read(CA_SECTOR * SPI_FLASH_SEC_SIZE, &first, sizeof(first)) == SPI_FLASH_RESULT_OK && first != 0xFFFFFFFF) {
		espconn_secure_ca_enable(ESPCONN_CLIENT, CA_SECTOR);
		os_printf("the server needs a certificate of the CA at sector 0x%x\n", CA_SECTOR);
	}
}
#endif

static void ICACHE_FLASH_ATTR start_connect(void)
{
	sint8 ret;

	os_bzero(&conn, sizeof(conn));
	os_bzero(&tcp, sizeof(tcp));
	conn.type = ESPCONN_TCP;
	conn.state = ESPCONN_NONE;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port(); /* another one each time: the old one may be in TIME_WAIT */
	tcp.remote_port = CLOUD_PORT;
	os_memcpy(tcp.remote_ip, &cloud_ip.addr, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_reconcb(&conn, on_reconnect);
	espconn_regist_disconcb(&conn, on_disconnect);
	os_printf("connect to " IPSTR ":%d\n", IP2STR(&cloud_ip), CLOUD_PORT);
	ret = client_connect(&conn);
	if (ret != ESPCONN_OK) {
		os_printf("connect: %d\n", ret);
		lost();
	}
}

static void ICACHE_FLASH_ATTR look_up(void);

static void ICACHE_FLASH_ATTR on_address(const char *name, ip_addr_t *ip, void *arg)
{
	if (!ip) {
		os_printf("no address for %s yet\n", name);
		after(DNS_RETRY_MS, look_up);
		return;
	}
	cloud_ip = *ip;
	after(1, start_connect); /* not from within the lookup's callback */
}

/* look_up asks for the server's address. The SDK has room for four questions: there is no new one before the answer. */
static void ICACHE_FLASH_ATTR look_up(void)
{
	sint8 ret = espconn_gethostbyname(&conn, CLOUD_NAME, &cloud_ip, on_address);

	if (ret == ESPCONN_OK) /* known already: no callback */
		on_address(CLOUD_NAME, &cloud_ip, NULL);
	else if (ret != ESPCONN_INPROGRESS) {
		os_printf("espconn_gethostbyname: %d\n", ret);
		after(DNS_RETRY_MS, look_up);
	}
}

static void ICACHE_FLASH_ATTR check_ip(void)
{
	struct ip_info ip;

	wifi_get_ip_info(STATION_IF, &ip);
	if (wifi_station_get_connect_status() == STATION_GOT_IP && ip.ip.addr != 0)
		look_up();
	else
		after(CHECK_IP_MS, check_ip);
}

void ICACHE_FLASH_ATTR user_pre_init(void)
{
	if (!system_partition_table_regist(partitions, sizeof(partitions) / sizeof(partitions[0]), 6)) {
		os_printf("system_partition_table_regist failed\n");
		while (1)
			;
	}
}

void ICACHE_FLASH_ATTR user_init(void)
{
	os_printf("SDK %s\n", system_get_sdk_version());
	os_timer_setfn(&beacon_timer, (os_timer_func_t *)beacon, NULL);
#ifdef CLIENT_SSL_ENABLE
	check_server();
#endif
	after(CHECK_IP_MS, check_ip);
}
