/* Functions of one line each: none has a second line to stop at. */
#include "osapi.h"
#include "user_interface.h"
static int ticks;
static os_timer_t timer;
static void on_tick(void *arg) { ticks++; os_printf("tick %d\n", ticks); }
void user_init(void) { os_printf("begin\n"); os_timer_setfn(&timer, on_tick, NULL); os_timer_arm(&timer, 100, 1); }
