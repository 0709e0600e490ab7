/* The guest side of the emulator: linked into every firmware, compiled without debug information, so that it never
 * shows up as firmware. Own text of emu8266, MIT licence. */
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name), used))
#define WEAK __attribute__((weak))

/* The SDK whose headers the firmware was compiled with: the emulator reads structs in that SDK's layout. It looks at the
 * name only. */
#ifndef EMU8266_FIRMWARE_SDK
#define EMU8266_FIRMWARE_SDK 30000
#endif
#define TEXT(x) #x
#define SDK_NAME(v) "esp_sdk_" TEXT(v)
__attribute__((export_name(SDK_NAME(EMU8266_FIRMWARE_SDK)), used)) void esp_sdk(void) {}

/* The watchdog. When the emulator loads an image it puts a count into each function and each loop, which calls this when it is
 * used up. */
__attribute__((import_module("esp"))) void esp_watchdog(void);
EXPORT(esp_bite) void esp_bite(void) { esp_watchdog(); }

/* The way into a function pointer. The emulator knows the real type of each function (firmware casts callbacks freely)
 * and says it in shape: twice the number of parameters, plus one with a result. */
EXPORT(esp_call) void esp_call(uint32_t f, uint32_t shape, uint32_t a, uint32_t b, uint32_t c) {
	switch (shape) {
	case 0: ((void (*)(void))f)(); break;
	case 1: ((uint32_t(*)(void))f)(); break;
	case 2: ((void (*)(uint32_t))f)(a); break;
	case 3: ((uint32_t(*)(uint32_t))f)(a); break;
	case 4: ((void (*)(uint32_t, uint32_t))f)(a, b); break;
	case 5: ((uint32_t(*)(uint32_t, uint32_t))f)(a, b); break;
	case 6: ((void (*)(uint32_t, uint32_t, uint32_t))f)(a, b, c); break;
	case 7: ((uint32_t(*)(uint32_t, uint32_t, uint32_t))f)(a, b, c); break;
	}
}

/* Loads and stores at addresses of the chip: registers, and the flash that the chip shows as memory. The emulator puts calls of these
 * in the place of such loads and stores when it loads the image. kind is the number of bytes, with RAW_SIGNED if their sign fills
 * the result. */
__attribute__((import_module("esp"))) uint32_t esp_load(uint32_t addr, uint32_t size);
__attribute__((import_module("esp"))) void esp_store(uint32_t addr, uint32_t value, uint32_t size);
#define RAW_SIGNED 0x80
EXPORT(esp_raw_load) uint32_t esp_raw_load(uint32_t addr, uint32_t kind) {
	uint32_t value = esp_load(addr, kind & ~RAW_SIGNED);

	if (kind == (RAW_SIGNED | 1))
		return (int32_t)(int8_t)value;
	return kind == (RAW_SIGNED | 2) ? (uint32_t)(int32_t)(int16_t)value : value;
}
EXPORT(esp_raw_store) void esp_raw_store(uint32_t addr, uint32_t value, uint32_t size) { esp_store(addr, value, size); }

/* Conversions to numbers without a fraction. The emulator puts calls of these in the place of the instructions for them when it loads the
 * image: C leaves open what becomes of a number that does not fit, and the chip's answer, libgcc's for it, is another one than
 * WebAssembly's (lx106.md 6). */
EXPORT(esp_fix_s32) uint32_t esp_fix_s32(double x) { return x != x ? INT32_MAX : __builtin_wasm_trunc_saturate_s_i32_f64(x); }
EXPORT(esp_fix_u32) uint32_t esp_fix_u32(double x) {
	if (x != x || x >= 0x1p32)
		return UINT32_MAX;
	return x <= -0x1p31 ? 0x80000000 : (uint32_t)__builtin_wasm_trunc_saturate_s_i64_f64(x);
}
EXPORT(esp_fix_s64) uint64_t esp_fix_s64(double x) { return x != x ? INT64_MAX : __builtin_wasm_trunc_saturate_s_i64_f64(x); }
EXPORT(esp_fix_u64) uint64_t esp_fix_u64(double x) {
	if (x != x || x >= 0x1p64)
		return UINT64_MAX;
	if (x >= 0)
		return __builtin_wasm_trunc_saturate_u_i64_f64(x);
	return x <= -0x1p63 ? 1ULL << 63 : -(uint64_t)__builtin_wasm_trunc_saturate_u_i64_f64(-x);
}

/* Divisions of numbers with a sign, in the same way: the smallest number divided by -1 ends WebAssembly, and is itself on the chip. */
EXPORT(esp_div_s32) int32_t esp_div_s32(int32_t a, int32_t b) { return b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b; }
EXPORT(esp_div_s64) int64_t esp_div_s64(int64_t a, int64_t b) { return b == -1 ? (int64_t)(0ULL - (uint64_t)a) : a / b; }

/* What the compiler calls by itself. The firmware's own functions go before these. The rest of the C library is in libc.c. */
WEAK void *memcpy(void *to, const void *from, size_t n) {
	char *t = to;
	const char *f = from;
	while (n--)
		*t++ = *f++;
	return to;
}

WEAK void *memmove(void *to, const void *from, size_t n) {
	char *t = to;
	const char *f = from;
	if (t < f)
		return memcpy(to, from, n);
	while (n--)
		t[n] = f[n];
	return to;
}

WEAK void *memset(void *to, int value, size_t n) {
	char *t = to;
	while (n--)
		*t++ = value;
	return to;
}

WEAK int memcmp(const void *a, const void *b, size_t n) {
	const unsigned char *x = a, *y = b;
	for (; n--; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

WEAK size_t strlen(const char *s) {
	const char *p = s;
	while (*p)
		p++;
	return p - s;
}
