/* The compiler's integer types, with the fast ones as the chip's compiler has them: as wide as a register. Deviation: long double has 16
 * bytes and wchar_t 4, with a sign, as in WebAssembly; on the chip they have 8 and 2, without. Own text of emu8266, MIT licence. */
#ifndef EMU8266_STDINT_H
#define EMU8266_STDINT_H

#include_next <stdint.h>

#ifndef __XTENSA__
#define int_fast8_t __INT32_TYPE__
#define int_fast16_t __INT32_TYPE__
#define uint_fast8_t __UINT32_TYPE__
#define uint_fast16_t __UINT32_TYPE__
#undef INT_FAST8_MIN
#undef INT_FAST8_MAX
#undef UINT_FAST8_MAX
#undef INT_FAST16_MIN
#undef INT_FAST16_MAX
#undef UINT_FAST16_MAX
#define INT_FAST8_MIN INT32_MIN
#define INT_FAST8_MAX INT32_MAX
#define UINT_FAST8_MAX UINT32_MAX
#define INT_FAST16_MIN INT32_MIN
#define INT_FAST16_MAX INT32_MAX
#define UINT_FAST16_MAX UINT32_MAX
#endif

#endif
