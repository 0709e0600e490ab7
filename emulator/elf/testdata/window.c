/* What the flash chip holds, seen as memory: before and after it is written, as data and as code. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "spi_flash.h"
#include "user_interface.h"

#define SECTOR 0x80
#define WINDOW(sector) ((volatile uint32 *)(0x40200000 + (sector) * SPI_FLASH_SEC_SIZE))

static os_timer_t timer;
static uint32 turn;

/* movi.n a2, n; ret.n */
static uint32 code(uint32 n)
{
	return 0xF00D020C | n << 12;
}

static void ICACHE_FLASH_ATTR again(void *arg)
{
	uint32 word = code(++turn), copy = 0;
	uint32 (*f)(void) = (uint32 (*)(void))WINDOW(SECTOR);

	spi_flash_erase_sector(SECTOR);
	os_printf("erased %x\n", *WINDOW(SECTOR));
	spi_flash_write(SECTOR * SPI_FLASH_SEC_SIZE, &word, 4);
	os_memcpy(&copy, (const void *)WINDOW(SECTOR), 4);
	os_printf("written %x %x, runs: %u\n", *WINDOW(SECTOR), copy, f());
}

void ICACHE_FLASH_ATTR user_init(void)
{
	uart_div_modify(0, UART_CLK_FREQ / 115200);
	os_printf("before %x %x\n", *WINDOW(SECTOR), *WINDOW(SECTOR + 1));
	os_timer_setfn(&timer, again, NULL);
	os_timer_arm(&timer, 1000, 1);
}
