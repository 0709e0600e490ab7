/* Output: the formatter of os_printf under its C names. Own text of emu8266, MIT licence. */
#ifndef EMU8266_STDIO_H
#define EMU8266_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#ifdef __XTENSA__
#define ESP_STDIO(name) __asm__(name)
#else
#define ESP_STDIO(name) __attribute__((import_module("esp"), import_name(name)))
#endif
int printf(const char *format, ...) ESP_STDIO("os_printf_plus");
int sprintf(char *to, const char *format, ...) ESP_STDIO("ets_sprintf");
int snprintf(char *to, size_t size, const char *format, ...) ESP_STDIO("ets_snprintf");
int vsnprintf(char *to, size_t size, const char *format, va_list args) ESP_STDIO("ets_vsnprintf");
#undef ESP_STDIO

#define EOF (-1)

#endif
