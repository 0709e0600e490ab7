/* Firmware that breaks in many ways. The first word of flash sector 0x100 says how: a test writes it before boot. */
#include <assert.h>
#include <stdlib.h>
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

static os_timer_t timer;
static volatile int sink;
static uint32 mode;

static int __attribute__((noinline)) divide(int a, int b)
{
	return a / b;
}

static void __attribute__((noinline)) poke(volatile int *p)
{
	*p = 7;
}

static volatile int *volatile nowhere = (volatile int *)0x70000304;
static int __attribute__((noinline)) peek(volatile int *p)
{
	return *p;
}

static int __attribute__((noinline)) deep(int n, char *p)
{
	volatile char buf[256];

	buf[n & 255] = n;
	return n == 0 ? p[0] : deep(n - 1, (char *)buf) + buf[0];
}

static int __attribute__((noinline)) endless(int n)
{
	return n + (sink ? endless(n + 1) : endless(n + 2)) * 3;
}

/* Frames that leave the stack, and go no further than the page of NULL. */
static int __attribute__((noinline)) grow(int n)
{
	volatile char buf[600];

	buf[n & 511] = n;
	return n == 0 ? buf[0] : grow(n - 1) + buf[1];
}

static void (*volatile hook)(int);	/* never set */

static void __attribute__((noinline)) call_hook(int n)
{
	hook(n);
}

static void put_recursive(char c)
{
	os_printf("%c", c);
}

static void two_arguments(int a, int b)
{
	os_printf("two arguments %d %d\n", a, b);
}

/* A cast that wasm cannot call. */
static void (*volatile wrong)(int) = (void (*)(int))two_arguments;

static void wide_argument(long long a)
{
	os_printf("never here\n");
}

static void ICACHE_FLASH_ATTR run(void *arg)
{
	switch (mode) {
	case 1: sink = divide(100 + sink, sink); break;
	case 2: poke(nowhere); break;
	case 3: sink = peek(nowhere); break;
	case 4: ((void (*)(int))arg)(1); break;	/* a data pointer called: outside of the table */
	case 5: wrong(1); break;
	case 6: __builtin_trap(); break;
	case 7: for (;;) sink++; break;
	case 8: sink = deep(100, (char *)&timer); break;
	case 9: sink = endless(0); break;
	case 10: os_printf("%s\n", (char *)0x7fffffff); break;
	case 11: os_printf("%s\n", (char *)0); break;
	case 12: espconn_secure_connect((struct espconn *)0x70000000); break;
	case 13: os_install_putc1(put_recursive); os_printf("x"); break;
	case 14: for (;;) os_delay_us(1000); break;
	case 15: for (;;) { os_delay_us(1000); system_soft_wdt_feed(); if (system_get_time() > 10000000) break; } os_printf("fed\n"); break;
	case 16: while (os_malloc(1000)) ; os_printf("heap empty, %d free\n", system_get_free_heap_size()); break;
	case 17: os_free((void *)run); break;
	case 18: { char *p = os_malloc(8); os_free(p); os_free(p); os_printf("freed twice\n"); break; }
	case 19: while (system_get_time() < 200000) ; os_printf("time passed\n"); break;
	case 20: os_printf("%d %d\n", os_strlen("four"), os_strlen((char *)0xfffffff0)); break;
	case 21: { static struct espconn c; static esp_tcp t; c.type = ESPCONN_TCP; c.proto.tcp = &t;
		espconn_regist_connectcb(&c, (espconn_connect_callback)two_arguments); c.proto.tcp = (esp_tcp *)0x70000000;
		espconn_secure_connect(&c); break; }
	case 22: __builtin_wasm_memory_grow(0, 65535); __builtin_wasm_memory_grow(0, 1); os_printf("grown to %d pages\n", __builtin_wasm_memory_size(0)); break;
	case 25: sink = grow(7); break;
	case 26: call_hook(3); break;
	case 27: for (sink = 0; sink < 5; sink++) os_malloc(10 + sink); os_zalloc(100); os_free(os_malloc(50)); break;
	case 28: assert(sink == 1 && arg); break;
	case 29: if (!sink) abort();
		break;
	}
}

void ICACHE_FLASH_ATTR user_init(void)
{
	spi_flash_read(0x100000, &mode, 4);
	os_printf("mode %d\n", mode);
	os_timer_setfn(&timer, mode == 23 ? (os_timer_func_t *)wide_argument : mode == 24 ? (os_timer_func_t *)0x12345 : run, &timer);
	os_timer_arm(&timer, 10, 0);
}
