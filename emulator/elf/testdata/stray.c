// Accesses to the heap outside the program's blocks. The mode, in flash, says which.

#include "c_types.h"
#include "mem.h"
#include "osapi.h"
#include "spi_flash.h"
#include "user_interface.h"

static uint32 mode;
static os_timer_t timer;

static ICACHE_FLASH_ATTR __attribute__((noinline)) void put(uint8 *p, int i) { p[i] = 7; }
static ICACHE_FLASH_ATTR __attribute__((noinline)) uint32 get(uint32 *p) { return *p; }

static ICACHE_FLASH_ATTR void run(void *arg) {
	uint8 *p = os_malloc(21);
	int i;
	(void)arg;
	for (i = 0; i < 21; i++)
		put(p, i);
	switch (mode) {
	case 1: put(p, 21); break;
	case 2: os_free(p); os_printf("%d\n", get((uint32 *)p) == 0); return;
	case 3: for (i = 0; i < 100; i++) put(p, 24 + i); break;
	case 4: os_memset(p, 0, 25); break;
	case 5: os_printf("%d\n", (int)get((uint32 *)(p + 20)) & 0xFF); break; // the word in which the last byte lies
	}
	os_printf("done\n");
	os_free(p);
}

void ICACHE_FLASH_ATTR user_init(void) {
	spi_flash_read(0x100000, &mode, 4);
	os_timer_setfn(&timer, run, NULL);
	os_timer_arm(&timer, 10, 0);
}
