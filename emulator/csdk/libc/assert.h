/* assert stops the firmware where it stands. Own text of emu8266, MIT licence. */
#ifndef EMU8266_ASSERT_H
#define EMU8266_ASSERT_H

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())
#endif

#endif
