/* Firmware that stops the software watchdog and never returns. */
#include "osapi.h"
#include "user_interface.h"

static os_timer_t timer;

static void spin(void *arg)
{
	volatile int n = 0;

	system_soft_wdt_stop();
	for (;;)
		n++;
}

void user_init(void)
{
	os_timer_setfn(&timer, spin, NULL);
	os_timer_arm(&timer, 10, 0);
}
