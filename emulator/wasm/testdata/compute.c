/* Pure computing, for the benchmark that compares it with the same code elsewhere: as firmware, and as a program of this machine
 * that prints the nanoseconds of the CPU's time for a round of each. Own text of emu8266, MIT licence. */
typedef unsigned u32;
typedef unsigned char u8;

#ifdef __wasm__
#define KERNEL(name) __attribute__((export_name(#name), used))
#else
#define KERNEL(name) __attribute__((noinline))
#endif

static u8 data[4096];

/* CRC-32 of 4 KB, a bit at a time. */
KERNEL(crc) u32 crc(u32 rounds)
{
	u32 c = ~0u, i, k;

	while (rounds--)
		for (i = 0; i < sizeof(data); i++) {
			c ^= data[i];
			for (k = 0; k < 8; k++)
				c = (c >> 1) ^ (0xEDB88320u & -(c & 1));
		}
	return ~c;
}

#define ROTATE(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
static u32 state[8], schedule[64];

/* The shape of SHA-256 (FIPS 180-4, 6.2.2), 64 blocks; its constants are counted on, for nobody looks at the result. */
static void block(const u8 *p)
{
	u32 a[8], i, k = 0x428A2F98;

	for (i = 0; i < 16; i++)
		schedule[i] = (u32)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
	for (; i < 64; i++) {
		u32 x = schedule[i - 15], y = schedule[i - 2];

		schedule[i] = schedule[i - 16] + (ROTATE(x, 7) ^ ROTATE(x, 18) ^ x >> 3) + schedule[i - 7] +
			(ROTATE(y, 17) ^ ROTATE(y, 19) ^ y >> 10);
	}
	for (i = 0; i < 8; i++)
		a[i] = state[i];
	for (i = 0; i < 64; i++, k += 0x9E3779B9) {
		u32 e = a[4], t = a[7] + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + ((e & a[5]) ^ (~e & a[6])) + k + schedule[i];
		u32 b = a[0], s = (ROTATE(b, 2) ^ ROTATE(b, 13) ^ ROTATE(b, 22)) + ((b & a[1]) ^ (b & a[2]) ^ (a[1] & a[2]));

		a[7] = a[6], a[6] = a[5], a[5] = a[4], a[4] = a[3] + t;
		a[3] = a[2], a[2] = a[1], a[1] = a[0], a[0] = t + s;
	}
	for (i = 0; i < 8; i++)
		state[i] += a[i];
}

KERNEL(sha) u32 sha(u32 rounds)
{
	u32 i;

	while (rounds--)
		for (i = 0; i < sizeof(data); i += 64)
			block(data + i);
	return state[0];
}

/* 4,096 steps of a filter. */
KERNEL(floats) u32 floats(u32 rounds)
{
	float x = 1, sum = 0;
	u32 i;

	while (rounds--)
		for (i = 0; i < 4096; i++) {
			x = x * 0.999f + 0.001f * (float)(i & 15);
			sum += x * x;
		}
	return sum;
}

/* 4,096 decisions that nobody can guess. */
KERNEL(branches) u32 branches(u32 rounds)
{
	u32 a = 12345, sum = 0, i;

	while (rounds--)
		for (i = 0; i < 4096; i++) {
			a = a * 1664525 + 1013904223;
			if (a & 0x10000)
				sum += i;
			else if (a & 0x20000)
				sum ^= a;
			else
				sum -= 3;
		}
	return sum;
}

/* 4,096 calls of a small function. */
static __attribute__((noinline)) u32 mixed(u32 a, u32 b) { return a * 31 ^ b >> 3; }

KERNEL(calls) u32 calls(u32 rounds)
{
	u32 sum = 1, i;

	while (rounds--)
		for (i = 0; i < 4096; i++)
			sum = mixed(sum, i);
	return sum;
}

#ifdef __wasm__
void user_init(void) {}
#else
#include <stdio.h>
#include <sys/resource.h>

static double now(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_utime.tv_sec * 1e9 + r.ru_utime.tv_usec * 1e3;
}

int main(void)
{
	static u32 (*const all[])(u32) = {crc, sha, floats, branches, calls};
	static const char *const names[] = {"crc", "sha", "floats", "branches", "calls"};
	volatile u32 sink;
	unsigned i;

	for (i = 0; i < 5; i++) {
		double from = now();

		sink = all[i](1000);
		printf("%s %.0f\n", names[i], (now() - from) / 1000);
	}
	return sink == 1;
}
#endif
