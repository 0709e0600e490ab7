/* Bytes and half words where the chip has words only: SDK 3.0 and later make up for it. */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"

static const uint8 bytes[] ICACHE_RODATA_ATTR STORE_ATTR = {0x10, 0x81, 0x32, 0x93, 0x54, 0x65, 0x76, 0x87};
static const uint16 halves[] ICACHE_RODATA_ATTR STORE_ATTR = {0x8001, 0x7002, 0xFFFE};
static const uint16 *const half = halves;
static const uint8 *volatile b = bytes;
static const uint16 *volatile h = halves;
static uint32 code[4] __attribute__((section(".text.code"))) = {0x11223344, 0x55667788}; /* in instruction RAM */

void user_init(void)
{
	int i;
	volatile uint8 *iram = (volatile uint8 *)code;

	uart_div_modify(0, UART_CLK_FREQ / 115200);
	for (i = 0; i < 8; i++)
		os_printf("%02x ", b[i]);
	for (i = 0; i < 3; i++)
		os_printf("%d %u ", ((const sint16 *)h)[i], h[i]);
	iram[1] = 0xAB;
	*(volatile uint16 *)(iram + 6) = 0xCDEF;
	os_printf("%02x %08x %08x\n", iram[3], code[0], code[1]);
	if (system_get_chip_id() == 0) /* never */
		os_printf("%p", half);
	*(volatile uint8 *)b = 1; /* flash is not written so */
}
