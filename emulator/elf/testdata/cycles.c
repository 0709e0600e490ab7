/* Code of which the cycles are known, measured by the clock of the SDK and by the core's counter. */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"

static uint32 ccount(void)
{
	uint32 n;

	__asm__ volatile("rsr %0, ccount" : "=r"(n));
	return n;
}

/* Two instructions a round. */
static void __attribute__((noinline)) rounds(uint32 n)
{
	__asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+a"(n));
}

static os_timer_t timer;

static void late(void *arg)
{
	os_printf("timer at %u\n", system_get_time());
}

static void measure(uint32 n)
{
	uint32 time = system_get_time(), cycles = ccount();

	rounds(n);
	cycles = ccount() - cycles;
	time = system_get_time() - time;
	os_printf("%u rounds: %u cycles, %u us\n", n, cycles, time);
}

void user_init(void)
{
	os_timer_setfn(&timer, late, NULL);
	os_timer_arm(&timer, 1, 0);
	measure(40000);
	system_update_cpu_freq(160);
	measure(40000);
	measure(4000000);
}
