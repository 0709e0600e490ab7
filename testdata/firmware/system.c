/* Firmware that calls the system functions, the ROM's and the libraries of the SDK and prints what they say. */
#define USE_US_TIMER
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "spi_flash.h"
#include "sntp.h"
#include "ping.h"
#include "upgrade.h"
#include "json/jsonparse.h"
#include "json/jsontree.h"
#include <stdarg.h>

/* Firmware declares what the SDK's headers do not. */
extern SpiFlashChip *flashchip;
extern int ets_vsnprintf(char *to, size_t size, const char *format, va_list args);
extern int ets_vprintf(void (*put)(char), const char *format, va_list args);
extern int ets_uart_printf(const char *format, ...);
extern int ets_printf(const char *format, ...);
extern int SPIRead(uint32 from, void *to, uint32 n);
extern int SPIWrite(uint32 to, const void *from, uint32 n);
extern int SPIEraseSector(uint32 sector);
extern int SPIEraseBlock(uint32 block);
extern void ets_str2macaddr(uint8 *mac, const char *text);
extern int rom_i2c_readReg_Mask(int block, int host, int reg, int msb, int lsb);
extern void rom_i2c_writeReg_Mask(int block, int host, int reg, int msb, int lsb, int data);
extern int rtc_get_reset_reason(void);
extern int ets_get_cpu_frequency(void);
extern void ets_update_cpu_frequency(int mhz);
extern void ets_wdt_disable(void);
extern void ets_wdt_enable(int mode, int a, int b);
struct md5 {
	uint32 state[4], count[2];
	uint8 block[64];
};
extern void MD5Init(struct md5 *c);
extern void MD5Update(struct md5 *c, const void *data, uint32 n);
extern void MD5Final(uint8 *digest, struct md5 *c);
struct sha1 {
	uint32 state[5], count[2];
	uint8 block[64];
};
extern void SHA1Init(struct sha1 *c);
extern void SHA1Update(struct sha1 *c, const void *data, uint32 n);
extern void SHA1Final(uint8 *digest, struct sha1 *c);

static char line[160];
static int used;

static int to_line(int c)
{
	if (c == '\n')
		c = '/';
	if (used < (int)sizeof(line) - 1)
		line[used++] = c;
	line[used] = 0;
	return c;
}

static int with_args(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = ets_vsnprintf(to, size, format, args);
	va_end(args);
	return n;
}

static void put(char c) { to_line(c); }

static int print_to(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = ets_vprintf(put, format, args);
	va_end(args);
	return n;
}

static void printing(void)
{
	char text[8];

	os_printf("vsnprintf %d %s\n", with_args(text, sizeof text, "%d and %s", 12, "more"), text);
	os_printf("snprintf %d %s\n", os_snprintf(text, sizeof text, "%05x", 0xabc), text);
	used = 0;
	os_printf("vprintf %d %s\n", print_to("<%s %u>", "x", 7), line);
	ets_printf("%s %d\n", "rom", 1);
	ets_uart_printf("%s %d\n", "uart", 2);
}

static void heap(void)
{
	uint32 before = system_get_free_heap_size(), i;
	uint8 *p = os_zalloc(100), *q = os_calloc(3, 10), *r = os_malloc_dram(5), *s = os_zalloc_dram(6), *u = os_calloc_dram(2, 2), *v = os_malloc(1);
	uint32 sum = 0;

	p[99] = 7;
	p = os_realloc(p, 200);
	for (i = 0; i < 30; i++)
		sum += q[i];
	for (i = 0; i < 6; i++)
		sum += s[i];
	os_printf("heap %d %d %d\n", p[99], sum, before - system_get_free_heap_size());
	os_free(p), os_free(q), os_free(r), os_free(s), os_free(u), os_free(v), os_free(NULL);
	os_printf("heap left %d\n", before - system_get_free_heap_size());
}

static void hex(const char *name, const uint8 *b, int n)
{
	os_printf("%s ", name);
	while (n--)
		os_printf("%02x", *b++);
	os_printf("\n");
}

static void rom(void)
{
	static uint32 word[2] = {0x12345678, 0x9abcdef0};
	struct md5 m;
	struct sha1 h;
	uint8 digest[20];

	MD5Init(&m);
	MD5Update(&m, "message ", 8);
	MD5Update(&m, "digest", 6);
	MD5Final(digest, &m);
	hex("md5", digest, 16);
	SHA1Init(&h);
	SHA1Update(&h, "ab", 2);
	SHA1Update(&h, "c", 1);
	SHA1Final(digest, &h);
	hex("sha1", digest, 20);
	ets_str2macaddr(digest, "1a:fe:34:00:0B:c");
	hex("mac", digest, 6);
	os_printf("chip %x %d %d %d\n", flashchip->deviceId, flashchip->chip_size, flashchip->sector_size, flashchip->page_size);
	os_printf("spi %d %d", SPIEraseSector(0x200), SPIWrite(0x200000, word, 8));
	word[0] = word[1] = 0;
	os_printf(" %d %x %x", SPIRead(0x200000, word, 8), word[0], word[1]);
	os_printf(" %d", SPIEraseBlock(0x20));
	SPIRead(0x200000, word, 4);
	os_printf(" %x\n", word[0]);
	rom_i2c_writeReg_Mask(0x67, 4, 2, 6, 4, 5);
	rom_i2c_writeReg_Mask(0x67, 4, 2, 1, 0, 7);
	os_printf("i2c %x %x\n", rom_i2c_readReg_Mask(0x67, 4, 2, 7, 0), rom_i2c_readReg_Mask(0x67, 4, 2, 6, 4));
	ets_update_cpu_frequency(52);
	os_printf("rom %d %d\n", rtc_get_reset_reason(), ets_get_cpu_frequency());
	ets_wdt_disable();
	ets_wdt_enable(2, 3, 3);
}

/* JSON: a tree with every kind of value. */
static struct jsontree_string name = JSONTREE_STRING("light \"1\"");
static struct jsontree_int level = {JSON_TYPE_INT, -42};

static int get_on(struct jsontree_context *c)
{
	const char *path = jsontree_path_name(c, c->depth - 1);

	if (!os_strcmp(path, "on"))
		jsontree_write_atom(c, "true");
	else
		jsontree_write_int_array(c, (int[]){1, -2, 2147483647}, 3);
	return 0;
}

static int set_on(struct jsontree_context *c, struct jsonparse_state *s)
{
	char text[8];
	int type;

	while ((type = jsonparse_next(s)))
		if (type == JSON_TYPE_PAIR_NAME && !jsonparse_strcmp_value(s, "level")) {
			jsonparse_next(s);
			jsonparse_next(s);
			level.value = jsonparse_get_value_as_int(s);
			os_printf("long %ld %lu\n", jsonparse_get_value_as_long(s), jsonparse_get_value_as_ulong(s));
		} else if (type == JSON_TYPE_STRING) {
			jsonparse_copy_value(s, text, sizeof text);
			os_printf("set %s %d\n", text, jsonparse_get_len(s));
		}
	os_printf("end %d %d\n", s->error, jsonparse_has_next(s));
	return 0;
}

static struct jsontree_callback on = JSONTREE_CALLBACK(get_on, set_on);
static struct jsontree_callback list = JSONTREE_CALLBACK(get_on, NULL);
JSONTREE_ARRAY(values, JSONTREE_PAIR_ARRAY(&level), JSONTREE_PAIR_ARRAY(&name));
JSONTREE_OBJECT(empty);
JSONTREE_OBJECT(inner, JSONTREE_PAIR("on", &on), JSONTREE_PAIR("list", &list), JSONTREE_PAIR("none", &empty));
JSONTREE_OBJECT(root, JSONTREE_PAIR("name", &name), JSONTREE_PAIR("inner", &inner), JSONTREE_PAIR("values", &values));

static void json(void)
{
	static const char text[] = "{\"level\": 17,\n\"a\":[1.5,\"x\\\"y\"], \"s\":\"long string\"}";
	struct jsontree_context c;
	struct jsontree_value *v;
	struct jsonparse_state s;
	int n;

	used = 0;
	jsontree_setup(&c, (struct jsontree_value *)&root, to_line);
	while (jsontree_print_next(&c))
		;
	os_printf("json %s\n", line);
	jsontree_reset(&c);
	for (n = 0; (v = jsontree_find_next(&c, JSON_TYPE_CALLBACK)); n++)
		if (((struct jsontree_callback *)v)->set) {
			jsonparse_setup(&s, text, os_strlen(text));
			((struct jsontree_callback *)v)->set(&c, &s);
		}
	os_printf("callbacks %d, level %d\n", n, level.value);
	jsonparse_setup(&s, "]", 1);
	os_printf("wrong %d", jsonparse_next(&s));
	os_printf(" %d", s.error);
	jsonparse_setup(&s, "{{{{{{{{{{{{", 12);
	for (n = 0; jsonparse_next(&s) > 0; n++)
		;
	os_printf(" %d %d\n", n, s.depth);
}

static os_timer_t fine, tick, dog;
static int ticks;

static void on_fine(void *arg) { os_printf("fine at %d\n", system_get_time() - *(uint32 *)arg); }

static void on_dog(void *arg)
{
	system_soft_wdt_stop();
	os_delay_us(5000000);
	system_soft_wdt_restart();
	os_printf("5 s later\n");
}

static void on_recv(void *arg, void *data)
{
	struct ping_resp *r = data;

	os_printf("ping %d: %d bytes, error %d\n", r->seqno, r->bytes, r->ping_err);
}

static void on_sent(void *arg, void *data)
{
	struct ping_resp *r = data;

	os_printf("pings %d, lost %d, reverse %s\n", r->total_count, r->timeout_count, (char *)((struct ping_option *)arg)->reverse);
}

static void on_tick(void *arg)
{
	static struct ping_option option = {.count = 2, .reverse = "mine"};
	struct ip_info info;

	if (++ticks == 1) {
		wifi_get_ip_info(STATION_IF, &info);
		option.ip = info.gw.addr;
		os_printf("ping %d %d %d\n", ping_regist_recv(&option, on_recv), ping_regist_sent(&option, on_sent), ping_start(&option));
		os_printf("sntp %s %x zone %d\n", sntp_getservername(1), sntp_getserver(0).addr, sntp_get_timezone());
	} else {
		os_printf("time %u %s", sntp_get_current_timestamp(), sntp_get_real_time(sntp_get_current_timestamp()));
		sntp_stop();
		os_timer_disarm(&tick);
		os_timer_arm(&dog, 10, 0);
	}
}

void user_rf_pre_init(void)
{
	system_phy_set_max_tpw(82);
	system_phy_set_rfoption(1);
	system_phy_set_powerup_option(3);
	system_phy_set_tpw_via_vdd33(3000);
}

void user_init(void)
{
	static uint32 start;
	ip_addr_t server;

	system_timer_reinit();
	os_printf("sdk %s\n", system_get_sdk_version());
	os_printf("boot %d %d %x %d\n", system_get_boot_version(), system_get_boot_mode(), system_get_userbin_addr(), system_upgrade_userbin_check());
	os_printf("mktime %u %u\n", (uint32)system_mktime(2016, 2, 29, 12, 0, 0), (uint32)(system_mktime(2106, 2, 7, 6, 28, 16) >> 32));
	printing();
	heap();
	rom();
	json();
	system_print_meminfo();
	IP4_ADDR(&server, 10, 0, 0, 1);
	sntp_setserver(0, &server);
	sntp_setservername(1, "time.example");
	sntp_set_timezone(-3);
	sntp_init();
	start = system_get_time();
	os_timer_setfn(&fine, on_fine, &start);
	os_timer_arm_us(&fine, 350, 0);
	os_timer_setfn(&tick, on_tick, NULL);
	os_timer_arm(&tick, 10000, 1);
	os_timer_setfn(&dog, on_dog, NULL);
}
