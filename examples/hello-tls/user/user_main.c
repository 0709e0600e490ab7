/*
 * hello-tls: a TLS client for the NonOS SDK. It waits for an address, connects with espconn_secure_connect, sends one
 * message, prints the answer, and disconnects from a task. When the connection fails it tries once more by a timer.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"

#ifndef TLS_SIZE
#define TLS_SIZE 2048 /* bytes of the TLS buffer: what one handshake message may take */
#endif
#define SERVER_PORT 8883
#define RETRY_MS 1000

static const uint8 server_ip[4] = {10, 0, 0, 1};
static const char message[] = "hello from C";

static struct espconn conn;
static esp_tcp tcp;
static os_timer_t retry_timer;
static os_event_t task_queue[1];
static uint32 received;
static int retries = 1;

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x6A000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x6A000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static void ICACHE_FLASH_ATTR on_sent(void *arg)
{
	os_printf("sent callback\n");
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	os_printf("recv callback, %d bytes: %s\n", len, data);
	received += len;
	if (received >= sizeof(message) - 1)
		system_os_post(USER_TASK_PRIO_0, 0, (os_param_t)arg); /* never disconnect inside a callback */
}

static void ICACHE_FLASH_ATTR disconnect_task(os_event_t *e)
{
	espconn_secure_disconnect((struct espconn *)e->par);
}

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	struct espconn *c = arg;

	os_printf("connect callback, %d bytes of heap free\n", system_get_free_heap_size());
	espconn_regist_recvcb(c, on_recv);
	espconn_regist_sentcb(c, on_sent);
	espconn_secure_send(c, (uint8 *)message, sizeof(message) - 1);
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	os_printf("disconnect callback\n");
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("reconnect callback, err %d\n", err);
	if (retries > 0) {
		retries--;
		os_timer_arm(&retry_timer, RETRY_MS, 0);
	}
}

static void ICACHE_FLASH_ATTR tls_connect(void)
{
	sint8 ret;

	received = 0;
	os_memset(&conn, 0, sizeof(conn));
	os_memset(&tcp, 0, sizeof(tcp));
	conn.type = ESPCONN_TCP;
	conn.state = ESPCONN_NONE;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = SERVER_PORT;
	os_memcpy(tcp.remote_ip, server_ip, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_reconcb(&conn, on_reconnect);
	espconn_regist_disconcb(&conn, on_disconnect);

	if (!espconn_secure_set_size(ESPCONN_CLIENT, TLS_SIZE)) {
		os_printf("espconn_secure_set_size(1, %d) failed\n", TLS_SIZE);
		return;
	}
	os_printf("connect to " IPSTR ":%d, buffer %d bytes\n", IP2STR(tcp.remote_ip), SERVER_PORT, TLS_SIZE);
	ret = espconn_secure_connect(&conn);
	if (ret != ESPCONN_OK)
		os_printf("espconn_secure_connect failed: %d\n", ret);
}

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP) {
		os_printf("got ip " IPSTR "\n", IP2STR(&e->event_info.got_ip.ip));
		tls_connect();
	}
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
	os_printf("user_init, %u bytes of heap free\n", system_get_free_heap_size());
	system_os_task(disconnect_task, USER_TASK_PRIO_0, task_queue, 1);
	os_timer_setfn(&retry_timer, (os_timer_func_t *)tls_connect, NULL); /* no argument: usual, and works on the device */
	wifi_set_event_handler_cb(on_wifi);
}
