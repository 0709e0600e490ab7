/* Functions of the ROM that read what takes whole words only. CASE says which is tried last. */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"

static const char text[] ICACHE_RODATA_ATTR STORE_ATTR = "words and bytes";
static char to[32] STORE_ATTR;

void user_init(void)
{
	const char *volatile from = text;
	volatile int n = 8;

	uart_div_modify(0, UART_CLK_FREQ / 115200);
	os_memcpy(to, from, n); /* whole words, */
	os_printf("%s, ", to);
	os_memcpy(to, from + 1, n); /* also from between them, */
	os_printf("%s, %d ", to, os_strlen(from));
	os_memcpy(to + 1, from, 0);
	os_memcpy(to + 1, to + 9, 3); /* and all of data RAM */
	os_printf("good: %08x\n", (uint32)from);
#if CASE == 1
	os_memcpy(to, from, n + 1);
#elif CASE == 2
	os_memcpy(to + 2, from, n);
#elif CASE == 3
	n = os_strlen(from + 3);
#elif CASE == 4
	os_memcpy(to, from + 1, 3);
#endif
	os_printf("end %d\n", n);
}
