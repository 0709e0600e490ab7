/* plain-tcp-udp: device find over UDP and an echo server over TCP, for the NonOS SDK. */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "app.h"

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x6A000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x6A000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP)
		os_printf("got ip " IPSTR "\n", IP2STR(&e->event_info.got_ip.ip));
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
	wifi_set_event_handler_cb(on_wifi);
	find_init();
	echo_init();
}
