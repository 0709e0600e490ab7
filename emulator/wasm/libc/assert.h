/* assert stops the firmware where it stands. Own text of espemu, MIT licence. */
#ifndef ESPEMU_ASSERT_H
#define ESPEMU_ASSERT_H

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())
#endif

#endif
