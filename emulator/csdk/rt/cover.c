/* Counts the blocks of code that run, for firmware that is built for tests: clang puts a call of
 * __sanitizer_cov_trace_pc_guard at the beginning of each (-fsanitize-coverage=trace-pc-guard,no-prune) and gives it a
 * word of zeros, which is the counter. Compiled without -flto, so that the calls stay. Own text of emu8266, MIT licence. */
#include <stdint.h>

__attribute__((export_name("esp_cover"), used)) void __sanitizer_cov_trace_pc_guard(uint32_t *counter)
{
	if (*counter != 0xFFFFFFFF)
		++*counter;
}

void __sanitizer_cov_trace_pc_guard_init(uint32_t *first, uint32_t *end) {}
