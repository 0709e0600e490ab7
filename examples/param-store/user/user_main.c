/*
 * param-store: settings that outlive resets and power cuts, with system_param_save_with_protect, for the NonOS SDK. It
 * counts its boots, and while it runs a setting changes twice a second.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"

#define MAGIC 0x53455431 /* changes with the struct */

/* What is saved. Its address and its length are multiples of 4, as the flash wants. */
struct settings {
	uint32 magic;
	uint32 boots;
	uint32 interval; /* seconds */
	char name[20];
	uint32 checksum; /* of what is before it */
};

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_CUSTOMER_BEGIN, PARAM_SECTOR * 0x1000, 0x3000},
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x30000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x30000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static struct settings settings;
static os_timer_t timer;

/* checksum is Fletcher's, over 16-bit words. */
static uint32 ICACHE_FLASH_ATTR checksum(const struct settings *s)
{
	const uint16 *p = (const uint16 *)s, *end = (const uint16 *)&s->checksum;
	uint32 a = 0xffff, b = 0xffff;

	while (p < end) {
		a = (a + *p++) % 65535;
		b = (b + a) % 65535;
	}
	return b << 16 | a;
}

static void ICACHE_FLASH_ATTR show(const char *what)
{
	os_printf("%s: boots %d, interval %d, name %s\n", what, settings.boots, settings.interval, settings.name);
}

static void ICACHE_FLASH_ATTR load(void)
{
	bool ok = system_param_load(PARAM_SECTOR, 0, &settings, sizeof(settings));

	if (ok && settings.magic == MAGIC && settings.checksum == checksum(&settings)) {
		show("loaded");
		return;
	}
	os_bzero(&settings, sizeof(settings));
	settings.magic = MAGIC;
	settings.interval = 10;
	os_strcpy(settings.name, "sensor");
	show("defaults");
}

static void ICACHE_FLASH_ATTR save(void)
{
	settings.checksum = checksum(&settings);
	show("saving");
	if (system_param_save_with_protect(PARAM_SECTOR, &settings, sizeof(settings)))
		os_printf("saved\n");
	else
		os_printf("not saved\n");
}

static void ICACHE_FLASH_ATTR tick(void *arg)
{
	settings.interval = settings.interval < 60 ? settings.interval + 1 : 10;
	os_sprintf(settings.name, "sensor-%d", settings.interval);
	save();
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
	load();
	settings.boots++;
	save();
	os_timer_setfn(&timer, tick, NULL);
	os_timer_arm(&timer, TICK_MS, 1);
}
