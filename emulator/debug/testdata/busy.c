/* Firmware that computes, waits and asks for restarts. */
#include "ets_sys.h"
#include "osapi.h"
#include "os_type.h"
#include "user_interface.h"

static os_timer_t timer;
static volatile uint32 spins;
int boots;
static uint32 kept;

static void on_timer(void *arg)
{
    uint32 n;
    for (n = 0; n < 200000; n++)
        spins++;                                       /* timer: spin */
    os_printf("spun %u\n", spins);                     /* timer: print */
    if (spins >= 600000) {
        system_rtc_mem_read(64, &kept, 4);
        kept++;
        system_rtc_mem_write(64, &kept, 4);            /* timer: write */
        system_restart();                              /* timer: restart */
    }
}

void user_init(void)
{
    system_rtc_mem_read(64, &kept, 4);
    if (system_get_rst_info()->reason != 4) {
        kept = 0;
        system_rtc_mem_write(64, &kept, 4);
    }
    boots = kept;
    os_printf("boot %d\n", boots);                     /* init: boot */
    os_timer_disarm(&timer);
    os_timer_setfn(&timer, on_timer, NULL);
    os_timer_arm(&timer, 500, 1);                      /* init: arm */
}
