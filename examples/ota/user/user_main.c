/*
 * ota: firmware for the NonOS SDK that replaces itself. It asks an HTTP server for the newest version each minute, loads a
 * newer one into the slot that it does not run from, and restarts into that. The new version is on trial until it has
 * reached the server itself.
 */
#include "ets_sys.h"
#include "mem.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"
#include "upgrade.h"
#include <stdlib.h>

#define RTC_BLOCK 64
#define ON_TRIAL 0x74726961

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x6A000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x6A000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static const uint8 server_ip[4] = SERVER_IP;
static struct espconn conn;
static esp_tcp tcp;
static os_timer_t check_timer, trial_timer;
static char answer[512]; /* to "GET /version" */
static uint16 answer_length;
static bool loading;

static uint8 ICACHE_FLASH_ATTR other_slot(void) { return system_upgrade_userbin_check() == UPGRADE_FW_BIN1 ? 2 : 1; }

static uint32 ICACHE_FLASH_ATTR read_trial(void)
{
	uint32 trial = 0;

	system_rtc_mem_read(RTC_BLOCK, &trial, sizeof(trial));
	return trial;
}

static void ICACHE_FLASH_ATTR write_trial(uint32 trial) { system_rtc_mem_write(RTC_BLOCK, &trial, sizeof(trial)); }

static void ICACHE_FLASH_ATTR on_loaded(void *arg)
{
	struct upgrade_server_info *info = arg;
	bool ok = info->upgrade_flag;

	os_printf("download: %s\n", ok ? "complete" : "failed");
	loading = false;
	os_free(info->url);
	os_free(info);
	if (!ok) {
		os_timer_arm(&check_timer, CHECK_MS, 0);
		return;
	}
	write_trial(ON_TRIAL);
	system_upgrade_reboot();
}

static void ICACHE_FLASH_ATTR load(int version)
{
	struct upgrade_server_info *info = os_zalloc(sizeof(*info));
	char *url = os_zalloc(160);

	if (!info || !url) {
		os_printf("no memory\n");
		os_free(info);
		os_free(url);
		os_timer_arm(&check_timer, CHECK_MS, 0);
		return;
	}
	os_sprintf(url, "GET /%d/user%d.bin HTTP/1.0\r\nHost: " IPSTR "\r\nConnection: keep-alive\r\n\r\n", version, other_slot(), IP2STR(server_ip));
	info->url = (uint8 *)url;
	os_memcpy(info->ip, server_ip, 4);
	info->port = SERVER_PORT;
	info->check_times = DOWNLOAD_MS;
	info->check_cb = on_loaded;
	os_printf("version %d into user%d\n", version, other_slot());
	loading = true;
	if (!system_upgrade_start(info)) {
		os_printf("system_upgrade_start failed\n");
		on_loaded(info);
	}
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	if (len > sizeof(answer) - 1 - answer_length)
		len = sizeof(answer) - 1 - answer_length;
	os_memcpy(answer + answer_length, data, len);
	answer_length += len;
}

/* on_disconnect: the server has said all that it has to say. */
static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	const char *body;
	int version;

	answer[answer_length] = 0;
	body = os_strstr(answer, "\r\n\r\n");
	version = body && os_strstr(answer, " 200 ") ? atoi(body + 4) : 0;
	if (version > 0 && read_trial() == ON_TRIAL) {
		os_printf("version %d has passed its trial\n", VERSION);
		os_timer_disarm(&trial_timer);
		write_trial(0);
	}
	if (version > VERSION)
		load(version);
	else
		os_timer_arm(&check_timer, CHECK_MS, 0);
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("no server, err %d\n", err);
	os_timer_arm(&check_timer, CHECK_MS, 0);
}

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	static const char request[] = "GET /version HTTP/1.0\r\n\r\n";

	espconn_regist_recvcb(&conn, on_recv);
	espconn_send(&conn, (uint8 *)request, sizeof(request) - 1);
}

static void ICACHE_FLASH_ATTR check(void)
{
	sint8 ret;

	os_bzero(&conn, sizeof(conn));
	os_bzero(&tcp, sizeof(tcp));
	conn.type = ESPCONN_TCP;
	conn.state = ESPCONN_NONE;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = SERVER_PORT;
	os_memcpy(tcp.remote_ip, server_ip, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_disconcb(&conn, on_disconnect);
	espconn_regist_reconcb(&conn, on_reconnect);
	answer_length = 0;
	ret = espconn_connect(&conn);
	if (ret != ESPCONN_OK) { /* no address yet, or none any more */
		os_printf("espconn_connect: %d\n", ret);
		os_timer_arm(&check_timer, CHECK_MS, 0);
	}
}

static void ICACHE_FLASH_ATTR trial_over(void)
{
	os_printf("version %d has not reached the server: back to user%d\n", VERSION, other_slot());
	write_trial(0);
	system_upgrade_flag_set(UPGRADE_FLAG_FINISH);
	system_upgrade_reboot();
}

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP && !loading) {
		os_timer_disarm(&check_timer);
		os_timer_arm(&check_timer, 100, 0);
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
	os_printf("version %d, user%d%s\n", VERSION, 3 - other_slot(), read_trial() == ON_TRIAL ? ", on trial" : "");
	os_timer_setfn(&check_timer, (os_timer_func_t *)check, NULL);
	os_timer_setfn(&trial_timer, (os_timer_func_t *)trial_over, NULL);
	if (read_trial() == ON_TRIAL)
		os_timer_arm(&trial_timer, TRIAL_MS, 0);
	wifi_set_event_handler_cb(on_wifi);
}
