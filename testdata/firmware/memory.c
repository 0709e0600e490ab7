/* Firmware with wild loads and stores, built with memory checks. The first word of flash sector 0x100 chooses one. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"

static const char constant[] ICACHE_RODATA_ATTR STORE_ATTR = "constant";
static volatile uint32 sink;
static uint32 mode, words[8];
static uint8 *volatile bytes = (uint8 *)words; /* where it points the compiler cannot know */
static os_timer_t timer;

static void __attribute__((noinline)) load1(volatile uint8 *p) { sink = *p; }
static void __attribute__((noinline)) load2(volatile uint16 *p) { sink = *p; }
static void __attribute__((noinline)) load4(volatile uint32 *p) { sink = *p; }
static void __attribute__((noinline)) store1(volatile uint8 *p) { *p = 1; }
static void __attribute__((noinline)) store4(volatile uint32 *p) { *p = 1; }

static void __attribute__((noinline)) fill(uint32 n) { volatile uint8 few[5]; while (n) few[--n] = 1; }

static void run(void *arg)
{
	uint8 *p = os_malloc(13), *q;

	switch (mode) {
	case 1: load4(NULL); break;
	case 2: store4((uint32 *)8); break;
	case 3: load4((uint32 *)(bytes + 1)); break;
	case 4: load2((uint16 *)(bytes + 1)); break;
	case 5: store4((uint32 *)0x70000304); break;
	case 6: load4((uint32 *)0x3ffe8000); break;
	case 7: load1(p + 12); store1(p + 13); break;
	case 8: os_free(p); load1(p); break;
	case 9: store1(p - 1); break;
	case 10: load4((uint32 *)constant); load1((uint8 *)constant); break;
	case 11: store4((uint32 *)constant); break;
	case 12: os_memset(p, 0, 14); break;
	case 13: os_memset(p, 'x', 13); os_printf("%s\n", p); break;
	case 14: q = os_malloc(100000); os_strcpy((char *)q, "unchecked malloc"); break;
	case 15: os_sprintf((char *)p, "%d", 1000000000); os_sprintf((char *)p, "four%d", 1000000000); break;
	case 17: fill(5); os_printf("fits\n"); fill(12); break;
	case 16: p = os_realloc(p, 40); store1(p + 39); os_free(p); p = os_zalloc(8); load1(p + 7); os_printf("all right\n"); break;
	}
	os_printf("survived\n");
}

void user_init(void)
{
	spi_flash_read(0x100000, &mode, 4);
	os_timer_setfn(&timer, run, NULL);
	os_timer_arm(&timer, 10, 0);
}
