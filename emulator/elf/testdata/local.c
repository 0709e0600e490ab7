/* Functions with local arrays of 21 bytes, of which they fill as many bytes as a word of the flash says. */
#include "osapi.h"
#include "user_interface.h"
#include "spi_flash.h"

static void __attribute__((noinline)) fill(char *p, int n)
{
	while (n > 0)
		p[--n] = 'x';
}

static int __attribute__((noinline)) local(int n)
{
	char bytes[21];

	fill(bytes, n);
	return bytes[3];
}

void user_init(void)
{
	uint32 n;

	spi_flash_read(0x100000, &n, sizeof n);
	os_printf("filled with %c\n", local(n));
}
