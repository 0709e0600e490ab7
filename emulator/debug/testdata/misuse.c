/* Firmware that misuses the SDK. */
#include "ets_sys.h"
#include "osapi.h"
#include "os_type.h"
#include "user_interface.h"

static os_timer_t timer;

static void on_timer(void *arg)
{
}

void user_init(void)
{
    os_timer_setfn(&timer, on_timer, NULL);
    os_timer_arm(&timer, 8000000, 0);                  /* init: too long */
    os_printf("on\n");
}
