/* Arithmetic that the compiler leaves to functions of the ROM. */
#include "osapi.h"
#include "user_interface.h"

static volatile long long a = 1234567890123LL, b = -987654321LL;
static volatile unsigned long long u = 0xFFFFFFFFFFFFFFFFULL;
static volatile float f = 1.5f;
static volatile double d = -2.25;
static volatile int n = -7;

static unsigned high(long long v) { return (unsigned)(v >> 32); }

void user_init(void)
{
	uart_div_modify(0, UART_CLK_FREQ / 115200);
	os_printf("%x%08x ", high(a * b), (unsigned)(a * b));
	os_printf("%d %d %u ", (int)(a / b), (int)(a % b), (unsigned)(u / 10000000000ULL));
	os_printf("%d %d %d ", (int)(f * 100), (int)(d * f * 1000), (int)((d + n) / 0.5));
	os_printf("%u %d %d\n", (unsigned)(f + 3e9f), (int)(n / f * 100), n / 2);
}
