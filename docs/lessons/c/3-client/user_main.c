#include "osapi.h"
#include "user_interface.h"

static void wait_a_second(void)
{
	int ms;

	for (ms = 0; ms < 1000; ms++)
		os_delay_us(1000); /* nothing else runs here: no Wi-Fi, no TCP, no timer */
}

static void hello_forever(void *arg)
{
	for (;;) {
		os_printf("hello\n");
		wait_a_second();
	}
}

static os_timer_t timer;

void ICACHE_FLASH_ATTR user_init(void)
{
	os_timer_setfn(&timer, hello_forever, NULL);
	os_timer_arm(&timer, 1000, 0);
}
