/* The benchmarks of the LX106's core as firmware. Each function returns the cycles that it took, 0 where there is no counter of them. */
#include "../../elf/internal/lx106/testdata/bench.c"

#include "osapi.h"
#include "user_interface.h"

static u32 cycles(void)
{
	u32 n = 0;

#ifdef __XTENSA__
	asm volatile("rsr %0, ccount" : "=r"(n));
#endif
	return n;
}

static volatile u32 sink;

u32 __attribute__((used)) crc(void)
{
	u32 from = cycles();

	sink = crc32(1024, 20);
	return cycles() - from;
}

u32 __attribute__((used)) sha(void)
{
	u32 from = cycles();

	sha256(1024, 20);
	return cycles() - from;
}

u32 __attribute__((used)) branch(void)
{
	u32 from = cycles();

	sink = branches(1000);
	return cycles() - from;
}

static u32 (*volatile all[])(void) = {crc, sha, branch};

void user_init(void)
{
	sink = all[0] != all[1];
}
