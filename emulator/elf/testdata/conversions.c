/* What C leaves open and the chip does: divisions that overflow, and each conversion of a float and of a double to a number without a fraction, for the bits of a float. */
#include "osapi.h"
#include "user_interface.h"

static void wide(unsigned long long v) { os_printf(" %08x%08x", (unsigned)(v >> 32), (unsigned)v); }

void convert(unsigned bits)
{
	volatile union {
		unsigned bits;
		float f;
	} one;
	volatile double d;

	one.bits = bits;
	d = one.f;
	os_printf("%08x: %08x %08x %08x %08x", bits, (int)one.f, (unsigned)one.f, (int)d, (unsigned)d);
	wide((long long)one.f);
	wide((unsigned long long)one.f);
	wide((long long)d);
	wide((unsigned long long)d);
	os_printf("\n");
}

static volatile int numbers[2] = {-2147483647 - 1, -1};
static __attribute__((noinline)) int quotient(const volatile int *p) { return p[0] / p[1]; }

/* The smallest number divided by -1. */
static void divide(void)
{
	volatile int a = -2147483647 - 1, b = -1;
	volatile long long c = -9223372036854775807LL - 1, d = -1;
	volatile signed char e = -128;

	os_printf("divided: %08x %d %d", a / b, a % b, e / (signed char)b);
	wide(c / d);
	wide(c % d);
	os_printf(" %08x", quotient(numbers));
	a = 7;
	b = -2;
	d = 2;
	os_printf(" %d %d", a / b, a / -1);
	wide(c / d);
	os_printf("\n");
}

void user_init(void)
{
	static const unsigned bits[] = {
		0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, /* infinite, not a number */
		0x4EFFFFFF, 0x4F000000, 0xCF000000, 0xCF000001, 0x4F32D05E, 0xCF32D05E, 0xCEFFFFFF, /* 2^31 */
		0x4F7FFFFF, 0x4F800000, 0xCF7FFFFF, 0xCF800000, 0x50000000, 0xD0000000, /* 2^32 */
		0x5EFFFFFF, 0x5F000000, 0xDF000000, 0xDF000001, 0xDEFFFFFF, 0x5F7FFFFF, 0x5F800000, 0xDF800000, 0x6F000000, 0xEF000000, /* 2^63, 2^64 */
		0xC0A00000, 0xBF000000, 0xBF800000, 0x43960000, 0xC3960000, 0x80000000, 0x00000001, 0x3F7FFFFF, 0x40490FDB,
	};
	unsigned n, r = 1;

	uart_div_modify(0, UART_CLK_FREQ / 4000000);
	divide();
	for (n = 0; n < sizeof bits / sizeof bits[0]; n++)
		convert(bits[n]);
	for (n = 0; n < 200; n++) { /* around all of these powers */
		r = r * 1664525 + 1013904223;
		convert(((r >> 8) & 0x7FFFFF) | (r & 0x80000000) | (120 + n % 72) << 23);
	}
}
