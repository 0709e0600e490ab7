/* Firmware that the tests of the debugger walk through. Lines with a marker in a comment are found by it. */
#include "ets_sys.h"
#include "osapi.h"
#include "os_type.h"
#include "user_interface.h"

struct node {
    int number;
    char name[8];
    struct node *next;
};

static struct node second = {2, "second", NULL};
static struct node first = {1, "first", &second};
static os_timer_t timer;
int total;
static uint8 ticks;

static int add(int a, int b)
{
    int sum = a + b;                                   /* add: sum */
    total += sum;                                      /* add: total */
    return sum;                                        /* add: return */
}

static int walk(struct node *n, int depth)
{
    int here = add(n->number, depth);                  /* walk: add */
    if (n->next != NULL)                               /* walk: if */
        here += walk(n->next, depth + 1);              /* walk: deeper */
    return here;                                       /* walk: return */
}

static void on_tick(void *arg)
{
    int result;
    ticks++;                                           /* tick: begin */
    result = walk(&first, 10);                         /* tick: walk */
    os_printf("tick %d: %d, random %d\n", ticks, result, (int)(os_random() & 1)); /* tick: print */
    if (ticks == 200)                                  /* tick: if */
        *(volatile int *)0x10 = result;                /* tick: fault */
}                                                      /* tick: end */

void user_init(void)
{
    os_printf("hello from %s\n", first.name);          /* init: print */
    os_memcpy(second.name, "other", 6);                /* init: copy */
    os_timer_disarm(&timer);                           /* init: disarm */
    os_timer_setfn(&timer, on_tick, NULL);
    os_timer_arm(&timer, 100, 1);                      /* init: arm */
}
