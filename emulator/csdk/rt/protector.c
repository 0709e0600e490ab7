/* The end of a function of the LX106 whose local array has been written beyond its end: GCC's -fstack-protector calls it
 * when the word behind the array has changed. Own text of emu8266, MIT licence. */
#include <stdint.h>

#define CHECK_LOCAL 7 /* internal/cabi/checks.go */

void esp_memory_fault(uint32_t addr, uint32_t size, uint32_t store, uint32_t kind);

uintptr_t __stack_chk_guard = 0xA55A3CC3;
void __stack_chk_fail(void) { esp_memory_fault((uint32_t)__builtin_frame_address(0), 0, 1, CHECK_LOCAL); }
