/* Output: the formatter of os_printf under its C names. Own text of emu8266, MIT licence. */
#ifndef EMU8266_STDIO_H
#define EMU8266_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int puts(const char *line);
int putchar(int c);
int sprintf(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
int snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsprintf(char *to, const char *format, va_list args);
int vsnprintf(char *to, size_t size, const char *format, va_list args);

#define EOF (-1)

#ifdef __cplusplus
}
#endif

#endif
