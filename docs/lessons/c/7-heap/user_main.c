#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

#define TLS_SIZE 4096
#define LATER 32000 /* bytes of a log that is written some day */

static struct espconn conn;
static esp_tcp tcp;
static char *later;

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	os_printf("connected, %u bytes of heap free\n", system_get_free_heap_size());
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("reconnect callback, err %d\n", err);
}

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	static const uint8 server[4] = {10, 0, 0, 10};
	sint8 ret;

	if (e->event != EVENT_STAMODE_GOT_IP)
		return;
	conn.type = ESPCONN_TCP;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = 443;
	os_memcpy(tcp.remote_ip, server, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_reconcb(&conn, on_reconnect);
	espconn_secure_set_size(ESPCONN_CLIENT, TLS_SIZE);
	ret = espconn_secure_connect(&conn);
	os_printf("espconn_secure_connect returned %d\n", ret);
}

void ICACHE_FLASH_ATTR user_init(void)
{
	later = (char *)os_malloc(LATER);
	os_printf("%u bytes of heap free\n", system_get_free_heap_size());
	wifi_set_event_handler_cb(on_wifi);
}
