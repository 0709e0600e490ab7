/* What ends firmware on the chip and on no other machine. The first word of flash sector 0x100 says how. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "spi_flash.h"
#include "driver/uart_register.h"

static os_timer_t timer;
static uint32 mode;
static uint8 bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8 table[] ICACHE_RODATA_ATTR STORE_ATTR = {10, 20, 30, 40};
static volatile int sink;

static void __attribute__((noinline)) store32(volatile uint32 *p)
{
	*p = 7;
}

static uint32 __attribute__((noinline)) load32(const volatile uint32 *p)
{
	return *p;
}

static uint16 __attribute__((noinline)) load16(const volatile uint16 *p)
{
	return *p;
}

static uint8 __attribute__((noinline)) load8(const volatile uint8 *p)
{
	return *p;
}

static int __attribute__((noinline)) quotient(int a, int b)
{
	return a / b;
}

static unsigned __attribute__((noinline)) rest(unsigned a, unsigned b)
{
	return a % b;
}

static int __attribute__((noinline)) deep(int n)
{
	volatile char buf[256];

	buf[n & 255] = n;
	return n == 0 ? 0 : deep(n - 1) + buf[0];
}

static void ICACHE_FLASH_ATTR in_flash(void *arg)
{
	WRITE_PERI_REG(UART_INT_CLR(0), 0xFFFF);
	sink = READ_PERI_REG(UART_FIFO(0));
}

static void in_ram(void *arg)
{
	WRITE_PERI_REG(UART_INT_CLR(0), 0xFFFF);
	sink = READ_PERI_REG(UART_FIFO(0));
}

static void ICACHE_FLASH_ATTR erase(void (*handler)(void *))
{
	ETS_UART_INTR_ATTACH(handler, NULL);
	WRITE_PERI_REG(UART_CONF1(0), 1);
	WRITE_PERI_REG(UART_INT_ENA(0), UART_RXFIFO_FULL_INT_ENA);
	ETS_UART_INTR_ENABLE();
	sink = 0;
	os_printf("erased %d", spi_flash_erase_sector(0x200));
	os_printf(", received %d\n", sink);
}

static void ICACHE_FLASH_ATTR run(void *arg)
{
	switch (mode) {
	case 1: sink = load32((uint32 *)(bytes + 1)); break;
	case 2: sink = load16((uint16 *)(bytes + 1)); break;
	case 3: store32((uint32 *)(bytes + 2)); break;
	case 4: sink = load8(table + 1); break;
	case 5: sink = load16((uint16 *)(table + 2)); break;
	case 6: sink = load32((uint32 *)0); break;
	case 7: store32((uint32 *)0); break;
	case 8: ((void (*)(void))bytes)(); break;
	case 9: sink = quotient(mode, sink); break;
	case 10: sink = rest(mode, sink); break;
	case 11: for (;;) sink++; break;
	case 12: system_soft_wdt_stop(); for (;;) sink++; break;
	case 13: store32((uint32 *)table); break;
	case 14: __builtin_trap(); break;
	case 15: ((void (*)(void))0)(); break;
	case 16: sink = deep(100); break;
	case 21: sink = deep(1 << 30); break;
	case 17: sink = load8((uint8 *)run); break;
	case 18: sink = load8((uint8 *)table + 0 * sink) ; break;
	case 22: erase(in_flash); break;
	case 25: spi_flash_read((uint32)table - 0x40200000, &mode, 4); os_printf("table %x", mode);
		spi_flash_read(0x100000, &mode, 4); os_printf(" %d\n", mode); break;
	case 23: erase(in_ram); break;
	case 24: ETS_INTR_LOCK(); erase(in_flash); ETS_INTR_UNLOCK(); os_printf("then %d\n", sink); break;
	case 20: os_printf("%d %d %d\n", load32((uint32 *)table) == 0x281e140a, load32((uint32 *)bytes) == 0x04030201, load16((uint16 *)(bytes + 2))); break;
	}
}

void ICACHE_FLASH_ATTR user_init(void)
{
	spi_flash_read(0x100000, &mode, 4);
	os_timer_setfn(&timer, run, &timer);
	os_timer_arm(&timer, 10, 0);
}
