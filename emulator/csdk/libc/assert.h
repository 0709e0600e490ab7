/* assert says what does not hold, and stops the firmware where it stands. Own text of emu8266, MIT licence. */
#ifndef EMU8266_ASSERT_H
#define EMU8266_ASSERT_H

#ifdef __cplusplus
extern "C" {
#endif

/* The name is that of newlib's. */
void __assert_func(const char *file, int line, const char *function, const char *condition) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __assert_func(__FILE__, __LINE__, __func__, #condition))
#endif

#endif
