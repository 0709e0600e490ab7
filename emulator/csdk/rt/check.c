/* Memory checks, for firmware that is built with them: the compiler then calls one of these functions before each load
 * and store, volatile ones too. Compiled without -flto: clang 14 cannot inline them into code with debug information.
 * Own text of emu8266, MIT licence. */
#include <stddef.h>
#include <stdint.h>

#define NULL_PAGE 1024
#define HEAP_MAX 81920

/* What went wrong: internal/cabi/checks.go has the same numbers. */
enum { CHECK_NULL = 1, CHECK_ALIGNMENT, CHECK_NOWHERE, CHECK_HEAP, CHECK_FLASH_BYTE, CHECK_FLASH_STORE, CHECK_LOCAL };

__attribute__((import_module("esp"))) void esp_memory_fault(uint32_t addr, uint32_t size, uint32_t store, uint32_t kind);

/* The emulator fills this in. shadow has a byte for each 8 of the heap: 0 all of them may be used, 1 to 7 the first ones,
 * 255 none. */
struct {
	uint32_t memory_end, heap, heap_size;
	uint8_t shadow[HEAP_MAX / 8];
} esp_checks;
__attribute__((export_name("esp_checks_addr"), used)) void *esp_checks_addr(void) { return &esp_checks; }

/* Constants in flash; the linker knows the section's ends if there is one. */
extern char __start_esp_irom[] __attribute__((weak)), __stop_esp_irom[] __attribute__((weak));

static inline __attribute__((always_inline)) void check(uint32_t a, uint32_t n, int store)
{
	uint32_t in_heap = a - esp_checks.heap;

	if (a < NULL_PAGE)
		esp_memory_fault(a, n, store, CHECK_NULL);
	else if (a & ((n < 4 ? n : 4) - 1))
		esp_memory_fault(a, n, store, CHECK_ALIGNMENT);
	else if (a >= esp_checks.memory_end)
		esp_memory_fault(a, n, store, CHECK_NOWHERE);
	else if (in_heap < esp_checks.heap_size) {
		uint8_t s = esp_checks.shadow[in_heap >> 3];

		if (s && (in_heap & 7) + n > (s == 255 ? 0 : s))
			esp_memory_fault(a, n, store, CHECK_HEAP);
	} else if (a - (uint32_t)__start_esp_irom < (uint32_t)(__stop_esp_irom - __start_esp_irom)) {
		if (store)
			esp_memory_fault(a, n, store, CHECK_FLASH_STORE);
		else if (n < 4)
			esp_memory_fault(a, n, store, CHECK_FLASH_BYTE);
	}
}

#define SIZE(n) \
	void __asan_load##n##_noabort(uint32_t a) { check(a, n, 0); } \
	void __asan_store##n##_noabort(uint32_t a) { check(a, n, 1); }
SIZE(1)
SIZE(2)
SIZE(4)
SIZE(8)
SIZE(16)
void __asan_loadN_noabort(uint32_t a, uint32_t n) { check(a, 1, 0); }
void __asan_storeN_noabort(uint32_t a, uint32_t n) { check(a, 1, 1); }
void __asan_handle_no_return(void) {}

/* Functions with arrays keep a word behind them, which they compare before they return. */
uintptr_t __stack_chk_guard = 0xA55A3CC3;
void __stack_chk_fail(void) { esp_memory_fault((uint32_t)__builtin_frame_address(0), 0, 1, CHECK_LOCAL); }
