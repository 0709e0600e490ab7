#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"

static struct espconn conn;
static esp_tcp tcp;

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	os_printf("received %d bytes\n", len);
	espconn_secure_disconnect(&conn);
}

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	espconn_regist_recvcb(&conn, on_recv);
	espconn_secure_send(&conn, (uint8 *)"hello", 5);
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	os_printf("disconnected\n");
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("reconnect callback, err %d\n", err);
}

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	static const uint8 server[4] = {10, 0, 0, 10};

	if (e->event != EVENT_STAMODE_GOT_IP)
		return;
	conn.type = ESPCONN_TCP;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = 443;
	os_memcpy(tcp.remote_ip, server, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_disconcb(&conn, on_disconnect);
	espconn_regist_reconcb(&conn, on_reconnect);
	espconn_secure_connect(&conn);
}

void ICACHE_FLASH_ATTR user_init(void)
{
	wifi_set_event_handler_cb(on_wifi);
}
