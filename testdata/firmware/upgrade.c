/* Firmware that loads another version of itself into the slot that it does not run from, and restarts into that. VERSION 1
 * uses system_upgrade_start, VERSION 2 the functions below it, VERSION 3 stays. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"
#include "spi_flash.h"
#include "upgrade.h"

static void on_loaded(void *arg)
{
	struct upgrade_server_info *server = arg;

	os_printf("loaded %d\n", server->upgrade_flag);
	os_free(server->url);
	if (server->upgrade_flag)
		system_upgrade_reboot();
	os_free(server);
}

static void start(void)
{
	struct upgrade_server_info *server = os_zalloc(sizeof *server);

	server->ip[0] = 10;
	server->ip[3] = 9;
	server->port = 80;
	server->check_times = 60000;
	server->check_cb = on_loaded;
	server->url = os_zalloc(256);
	os_sprintf((char *)server->url, "GET /user%d.bin HTTP/1.1\r\nHost: 10.0.0.9\r\nConnection: keep-alive\r\n\r\n", 2 - system_upgrade_userbin_check());
	os_printf("start %d\n", system_upgrade_start(server));
}

static struct espconn conn;
static esp_tcp tcp;
static bool body;
extern void system_upgrade_erase_flash(uint16 n);

static void on_recv(void *arg, char *data, unsigned short n)
{
	char *end;

	if (!body && (end = os_strstr(data, "\r\n\r\n"))) {
		body = true;
		n -= end + 4 - data;
		data = end + 4;
	}
	if (body)
		system_upgrade((uint8 *)data, n);
}

static void on_disconnect(void *arg)
{
	os_printf("written, flag %d\n", system_upgrade_flag_check());
	system_upgrade_deinit();
	system_upgrade_flag_set(UPGRADE_FLAG_FINISH);
	system_upgrade_reboot();
}

static void on_connect(void *arg)
{
	char request[64];
	int n = os_sprintf(request, "GET /user%d.bin HTTP/1.0\r\n\r\n", 2 - system_upgrade_userbin_check());

	espconn_send(&conn, (uint8 *)request, n);
}

static void by_hand(void)
{
	conn.type = ESPCONN_TCP;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = 80;
	tcp.remote_ip[0] = 10;
	tcp.remote_ip[3] = 9;
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_recvcb(&conn, on_recv);
	espconn_regist_disconcb(&conn, on_disconnect);
	system_upgrade_init();
	system_upgrade_flag_set(UPGRADE_FLAG_START);
	system_upgrade_erase_flash(0xFFFF);
	system_upgrade_erase_flash(0xFFFF);
	espconn_connect(&conn);
}

static void on_event(System_Event_t *e)
{
	if (e->event != EVENT_STAMODE_GOT_IP)
		return;
	if (VERSION == 1)
		start();
	else if (VERSION == 2)
		by_hand();
}

void user_init(void)
{
	os_printf("version %d in user%d\n", VERSION, system_upgrade_userbin_check() + 1);
	wifi_set_event_handler_cb(on_event);
}
