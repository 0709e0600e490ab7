/*
 * deep-sleep: a battery sensor for the NonOS SDK. It sleeps, wakes, takes a reading into RTC memory and sleeps again,
 * without radio; each fifth time it sends the readings over TLS.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"

#define RTC_BLOCK 64 /* the first one that is ours */
#define MAGIC 0x42415431

#define RADIO_ON 1 /* system_deep_sleep_set_option: calibrated at the next wake */
#define RADIO_OFF 4

/* What outlives deep sleep. It is lost when the battery is changed. */
struct memory {
	uint32 magic;
	uint32 wakes;
	uint32 count; /* readings that nobody has got */
	uint16 readings[READINGS_MAX]; /* mV, the oldest first */
	uint32 checksum;
};

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x6A000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x6A000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static struct memory memory;
static struct espconn conn;
static esp_tcp tcp;
static os_timer_t awake_timer;
static os_event_t queue[1];
static bool delivered, asleep;
static char message[32 + 6 * READINGS_MAX];

static uint32 ICACHE_FLASH_ATTR checksum(void)
{
	const uint32 *p = (const uint32 *)&memory;
	uint32 sum = 0;

	while (p < &memory.checksum)
		sum = (sum << 5 | sum >> 27) ^ *p++;
	return sum;
}

static void ICACHE_FLASH_ATTR go_to_sleep(void)
{
	if (asleep)
		return; /* what is said on the way into sleep */
	asleep = true;
	os_timer_disarm(&awake_timer);
	memory.checksum = checksum();
	system_rtc_mem_write(RTC_BLOCK, &memory, sizeof(memory));
	system_deep_sleep_set_option(memory.count + 1 >= SEND_EVERY ? RADIO_ON : RADIO_OFF);
	system_deep_sleep((uint64)SLEEP_S * 1000000);
}

/* task puts the device to sleep; with signal 1 it disconnects, and the disconnect callback goes on. */
static void ICACHE_FLASH_ATTR task(os_event_t *e)
{
	if (e->sig == 1)
		espconn_secure_disconnect(&conn);
	else
		go_to_sleep();
}

static void ICACHE_FLASH_ATTR on_sent(void *arg)
{
	delivered = true; /* to the collector's TCP */
	system_os_post(USER_TASK_PRIO_0, 1, 0);
}

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	char *p = message;
	uint32 i;

	p += os_sprintf(p, "{\"wake\":%d,\"mV\":[", memory.wakes);
	for (i = 0; i < memory.count; i++)
		p += os_sprintf(p, i ? ",%d" : "%d", memory.readings[i]);
	p += os_sprintf(p, "]}\n");
	espconn_regist_sentcb(&conn, on_sent);
	os_printf("sending %s", message);
	espconn_secure_send(&conn, (uint8 *)message, p - message);
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	if (delivered)
		memory.count = 0;
	os_printf("%s\n", delivered ? "delivered" : "not delivered");
	system_os_post(USER_TASK_PRIO_0, 0, 0);
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("connection failed, err %d\n", err);
	system_os_post(USER_TASK_PRIO_0, 0, 0);
}

static void ICACHE_FLASH_ATTR start_connect(void)
{
	static const uint8 collector[4] = COLLECTOR_IP;
	sint8 ret;

	conn.type = ESPCONN_TCP;
	conn.state = ESPCONN_NONE;
	conn.proto.tcp = &tcp;
	tcp.local_port = espconn_port();
	tcp.remote_port = COLLECTOR_PORT;
	os_memcpy(tcp.remote_ip, collector, 4);
	espconn_regist_connectcb(&conn, on_connect);
	espconn_regist_reconcb(&conn, on_reconnect);
	espconn_regist_disconcb(&conn, on_disconnect);
	espconn_secure_set_size(ESPCONN_CLIENT, TLS_SIZE);
	ret = espconn_secure_connect(&conn);
	if (ret != ESPCONN_OK) {
		os_printf("espconn_secure_connect: %d\n", ret);
		go_to_sleep();
	}
}

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP)
		start_connect();
}

/* give_up: no access point, no collector: the battery is worth more than the readings. */
static void ICACHE_FLASH_ATTR give_up(void)
{
	os_printf("nobody there\n");
	go_to_sleep();
}

static void ICACHE_FLASH_ATTR wake(void)
{
	uint32 reason = system_get_rst_info()->reason;
	uint16 mv = system_adc_read() * 5000 / 1024; /* a divider of 1:5 before the pin, which takes 1 V */

	if (!system_rtc_mem_read(RTC_BLOCK, &memory, sizeof(memory)) || memory.magic != MAGIC || memory.checksum != checksum()) {
		os_bzero(&memory, sizeof(memory));
		memory.magic = MAGIC;
	}
	memory.wakes++;
	if (memory.count == READINGS_MAX) { /* the oldest one goes */
		os_memmove(memory.readings, memory.readings + 1, (READINGS_MAX - 1) * sizeof(memory.readings[0]));
		memory.count--;
	}
	memory.readings[memory.count++] = mv;
	os_printf("wake %d, reason %d, %d mV\n", memory.wakes, reason, mv);
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
	system_os_task(task, USER_TASK_PRIO_0, queue, 1);
	wake();
	if (memory.count < SEND_EVERY) {
		go_to_sleep();
		return;
	}
	wifi_set_event_handler_cb(on_wifi);
	os_timer_setfn(&awake_timer, (os_timer_func_t *)give_up, NULL);
	os_timer_arm(&awake_timer, AWAKE_MAX_MS, 0);
}
