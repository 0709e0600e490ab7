/* Firmware that works each 10 ms, and computes. */
#include "ets_sys.h"
#include "osapi.h"
#include "os_type.h"
#include "user_interface.h"

static os_timer_t timer;
uint32 ticks;
static uint8 table[1024];
static char text[64];

static uint32 compute(void)
{
    uint32 n, sum = 0;
    for (n = 0; n < sizeof(table); n++) {
        table[n] = table[n] * 5 + n + 1;
        sum += table[n];
    }
    return sum;                                        /* compute: return */
}

static void on_timer(void *arg)
{
    uint32 sum = compute();                            /* timer: begin */
    ticks++;                                           /* timer: count */
    os_sprintf(text, "%u: %u", ticks, sum);            /* timer: text */
    os_memcpy(table, text, os_strlen(text));           /* timer: copy */
    if (ticks % 6000 == 0)
        os_printf("%s\n", text);                       /* timer: print */
}

void user_init(void)
{
    os_timer_disarm(&timer);
    os_timer_setfn(&timer, on_timer, NULL);
    os_timer_arm(&timer, 10, 1);
}
