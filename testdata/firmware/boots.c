/* Firmware that counts its boots in RTC memory and ends each one in another way. */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"

static struct {
	uint32 magic;
	uint32 boots;
} count;

static os_timer_t timer;
static volatile int zero;

static void later(void *arg)
{
	switch ((uint32)arg) {
	case 1:
		os_printf("%d\n", 100 / zero);
		break;
	case 2:
		os_delay_us(10000000);
		break;
	case 3:
		system_deep_sleep(5000000000ULL); /* more than 32 bits hold */
		break;
	}
}

void user_init(void)
{
	struct rst_info *info = system_get_rst_info();
	char odd[8];

	system_rtc_mem_read(64, &count, sizeof count);
	if (count.magic != 0x626f6f74) {
		count.magic = 0x626f6f74;
		count.boots = 0;
	}
	os_printf("boot %d reason %d cause %d\n", count.boots, info->reason, info->exccause);
	count.boots++;
	os_printf("rtc %d %d %d\n", system_rtc_mem_write(64, &count, sizeof count), system_rtc_mem_write(190, odd, 12),
		system_rtc_mem_read(64, (char *)&count + 1, 4));
	switch (count.boots) {
	case 1:
		os_printf("cpu %d %d %d, adc %d, cali %d\n", system_get_cpu_freq(), system_update_cpu_freq(160), system_get_cpu_freq(),
			system_adc_read(), system_rtc_clock_cali_proc());
		os_timer_setfn(&timer, (os_timer_func_t *)system_restart, NULL);
		break;
	default:
		os_timer_setfn(&timer, later, (void *)(count.boots - 1));
		break;
	}
	os_timer_arm(&timer, 1000, 0);
}
