/* assert says what does not hold, and stops the firmware where it stands. Own text of emu8266, MIT licence. */
#ifndef EMU8266_ASSERT_H
#define EMU8266_ASSERT_H

#include <stdio.h>

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) \
	((condition) ? (void)0 : (printf("\nassertion failed: %s, %s:%d\n", #condition, __FILE__, __LINE__), __builtin_trap()))
#endif

#endif
