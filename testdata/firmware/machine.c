/* Firmware that uses the system calls and prints what they do. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

static os_timer_t once, often, none, host;
static os_event_t queue[2];
static int ticks, marks;
static const char banner[] ICACHE_RODATA_ATTR STORE_ATTR = "flash string";

static void on_once(void *arg)
{
	os_printf("once: %s at %u ms, mark %d\n", (char *)arg, system_get_time() / 1000, once.timer_next == (os_timer_t *)0xffffffff);
}

static void on_often(void *arg)
{
	os_printf("often %d at %u ms\n", ++ticks, system_get_time() / 1000);
	if (ticks == 3)
		os_timer_disarm(&often);
}

static void no_argument(void)
{
	os_printf("no argument\n");
}

static int with_result(int a, int b, int c)
{
	os_printf("with result %d %d %d\n", a, b, c);
	return 1;
}

static void task(os_event_t *e)
{
	os_printf("task: sig %u par %u, in the ring %d\n", e->sig, e->par, e == &queue[0] || e == &queue[1]);
}

static void put(char c)
{
	if (c == '\n')
		marks++;
	os_putc(c == 'a' ? 'A' : c);
}

static void print(void)
{
	char buf[32];
	int n;

	os_printf("%s|%5d|%-5d|%05u|%x|%08X|%c|%%|%p\n", banner, -42, 7, 9u, 0xbeef, 0xCAFEu, 'z', (void *)0x3ffe8000);
	os_printf("%ld|%lu|%hhu|%3s|%.2s|%i|%02x:%02X|%zu\n", -1L, 4000000000UL, 300, "a", "abcdef", -2147483647 - 1, 5, 171, sizeof(buf));
	n = os_sprintf(buf, "%s-%d", "text", 12);
	os_printf("sprintf %d %s\n", n, buf);
	n = os_snprintf(buf, 5, "%s", "truncated");
	os_printf("snprintf %d %s\n", n, buf);
	os_install_putc1(put);
	os_printf("banana\n");
	os_install_putc1(os_putc);
	os_printf("lines through putc: %d\n", marks);
}

static void heap(void)
{
	uint32 before = system_get_free_heap_size();
	char *p = os_malloc(100), *q = os_zalloc(10), *r;

	os_strcpy(p, "kept");
	os_printf("taken %d, zeroed %d, aligned %d\n", before - system_get_free_heap_size(), q[0] == 0 && q[9] == 0, ((uint32)p & 7) == 0);
	r = os_realloc(p, 2000);
	os_printf("realloc keeps \"%s\"\n", r);
	os_free(r);
	os_free(q);
	os_free(NULL);
	os_printf("left %d, too much: %d\n", before - system_get_free_heap_size(), os_malloc(100000) == NULL);
}

static void flash(void)
{
	uint32 w[2] = {0x12345678, 0xF0F0F0F0}, r[2];
	int erased = spi_flash_erase_sector(0x80), written = spi_flash_write(0x80000, w, 8), back = spi_flash_read(0x80000, r, 8);

	os_printf("flash %d %d %d %x %x, unaligned %d, outside %d\n", erased, written, back, r[0], r[1],
		spi_flash_write(0x80002, w, 4), spi_flash_read(0x800000, r, 4));
}

static void partitions(void)
{
	static const partition_item_t good[] = {
		{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000}, {SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
		{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000}, {SYSTEM_PARTITION_CUSTOMER_BEGIN, 0x100000, 0x1000},
	};
	static partition_item_t item;
	uint32 saved = 0xC0FFEE, loaded = 0;

	os_printf("map %d id %06x, tables %d %d %d\n", system_get_flash_size_map(), spi_flash_get_id(), system_partition_table_regist(good, 2, 6),
		system_partition_table_regist(good, 4, 4), system_partition_table_regist(good, 4, 6));
	os_printf("item %d at %x, none %d\n", system_partition_get_item(SYSTEM_PARTITION_CUSTOMER_BEGIN, &item), item.addr,
		system_partition_get_item(SYSTEM_PARTITION_OTA_1, &item));
	os_printf("param %d", system_param_save_with_protect(0x90, &saved, sizeof(saved)));
	os_printf(" %d", system_param_load(0x90, 0, &loaded, sizeof(loaded)));
	os_printf(" %x, NULL %d\n", loaded, system_param_load(0x90, 0, NULL, 4));
}

static void strings(void)
{
	char buf[16];

	os_memset(buf, 'x', sizeof(buf));
	os_strncpy(buf, "abc", 5);
	os_printf("%s %d %d %d %s %s %d %d\n", buf, buf[4], os_strcmp("abc", "abd") < 0, os_strncmp("abc", "abd", 2), os_strstr("hello", "ll"),
		os_strchr("hello", 'o'), os_memcmp("ab", "ac", 2) < 0, os_strstr("hello", "x") == NULL);
	os_memmove(buf + 1, buf, 3);
	os_bzero(buf + 4, 1);
	os_strcat(buf, "!");
	os_printf("%s\n", buf);
}

static void wifi(void)
{
	struct station_config config;
	struct ip_info info;
	uint8 mac[6];

	wifi_station_get_config(&config);
	wifi_get_ip_info(STATION_IF, &info);
	wifi_get_macaddr(SOFTAP_IF, mac);
	os_printf("mode %d ssid %s status %d ip " IPSTR " mac " MACSTR " chip %06x\n", wifi_get_opmode(), config.ssid,
		wifi_station_get_connect_status(), IP2STR(&info.ip), MAC2STR(mac), system_get_chip_id());
	os_printf("set %d\n", wifi_station_set_config(&config));
}

static void on_wifi(System_Event_t *e)
{
	struct ip_info info;

	switch (e->event) {
	case EVENT_STAMODE_CONNECTED:
		os_printf("connected to %s, %d bytes, channel %d\n", e->event_info.connected.ssid, e->event_info.connected.ssid_len, e->event_info.connected.channel);
		break;
	case EVENT_STAMODE_GOT_IP:
		wifi_get_ip_info(STATION_IF, &info);
		os_printf("got ip " IPSTR " mask " IPSTR " gw " IPSTR ", equal %d, status %d\n", IP2STR(&e->event_info.got_ip.ip), IP2STR(&e->event_info.got_ip.mask),
			IP2STR(&e->event_info.got_ip.gw), ip_addr_cmp(&info.ip, &e->event_info.got_ip.ip), wifi_station_get_connect_status());
		wifi_station_disconnect();
		break;
	case EVENT_STAMODE_DISCONNECTED:
		os_printf("disconnected from %s, reason %d\n", e->event_info.disconnected.ssid, e->event_info.disconnected.reason);
		break;
	}
}

static void secure(void)
{
	static struct espconn c;

	os_printf("size %d, set %d, %d, size %d, bad level %d\n", espconn_secure_get_size(1), espconn_secure_set_size(1, 5120), espconn_secure_set_size(1, 9000),
		espconn_secure_get_size(1), espconn_secure_get_size(7));
	os_printf("ca %d %d, cert %d %d\n", espconn_secure_ca_enable(1, 0x3C), espconn_secure_ca_disable(1), espconn_secure_cert_req_enable(1, 0x3D),
		espconn_secure_cert_req_disable(1));
	os_printf("NULL: %d %d %d %d %d %d, no connection: %d, port %d\n", espconn_secure_connect(NULL), espconn_secure_send(NULL, (uint8 *)"x", 1), espconn_secure_disconnect(NULL),
		espconn_secure_accept(NULL), espconn_secure_delete(NULL), espconn_regist_recvcb(NULL, NULL), espconn_secure_disconnect(&c), espconn_port() >= 1024);
}

static void done(void)
{
	os_printf("init done\n");
	os_printf("posted %d %d %d\n", system_os_post(1, 1, 10), system_os_post(1, 2, 20), system_os_post(1, 3, 30));
}

void user_init(void)
{
	uint32 random[2] = {0, 0};

	os_printf("sdk %s\n", system_get_sdk_version());
	print();
	heap();
	flash();
	partitions();
	strings();
	wifi();
	secure();
	os_get_random((unsigned char *)random, sizeof(random));
	os_printf("random %d %d\n", os_random() != os_random(), random[0] != random[1]);
	os_printf("tasks %d %d %d\n", system_os_task(task, 1, queue, 2), system_os_task(task, 3, queue, 2), system_os_post(2, 0, 0));
	os_timer_setfn(&once, on_once, "argument");
	os_timer_arm(&once, 1500, 0);
	os_timer_setfn(&often, on_often, NULL);
	os_timer_arm(&often, 100, 1);
	os_timer_setfn(&none, (os_timer_func_t *)no_argument, NULL);
	os_timer_arm(&none, 500, 0);
	os_timer_setfn(&host, (os_timer_func_t *)with_result, (void *)5);
	os_timer_arm(&host, 600, 0);
	wifi_set_event_handler_cb(on_wifi);
	system_init_done_cb(done);
}
