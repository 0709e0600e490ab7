/* Strings, output, timers, delays (sdk-surface.md, osapi.h). Own text of emu8266, MIT licence. */
#ifndef _OSAPI_H_
#define _OSAPI_H_

#include "c_types.h"
#include "os_type.h"
#include <string.h>
#if __has_include("user_config.h")
#include "user_config.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Checked by the emulator: a bad pointer is the device's exception 28 or 29. */
ESP_SDK void ets_bzero(void *s, size_t n);
ESP_SDK int ets_memcmp(const void *a, const void *b, unsigned int n);
ESP_SDK void *ets_memcpy(void *to, const void *from, unsigned int n);
ESP_SDK void *ets_memmove(void *to, const void *from, unsigned int n);
ESP_SDK void *ets_memset(void *to, int value, unsigned int n);
ESP_SDK int ets_strcmp(const char *a, const char *b);
ESP_SDK char *ets_strcpy(char *to, const char *from);
ESP_SDK char *ets_strncpy(char *to, const char *from, unsigned int n);
ESP_SDK char *ets_strstr(const char *text, const char *part);
#if EMU8266_SDK >= 20100 /* before that firmware declares these itself, in one way or another (sdk-surface.md, trap 4) */
ESP_SDK int ets_strlen(const char *s);
ESP_SDK int ets_strncmp(const char *a, const char *b, unsigned int n);
ESP_SDK void ets_install_putc1(void (*put)(char c));
#endif

#define os_bzero ets_bzero
#define os_memcmp ets_memcmp
#define os_memcpy ets_memcpy
#define os_memmove ets_memmove
#define os_memset ets_memset
#define os_strcat strcat
#define os_strchr strchr
#define os_strcmp ets_strcmp
#define os_strcpy ets_strcpy
#define os_strlen ets_strlen
#define os_strncmp ets_strncmp
#define os_strncpy ets_strncpy
#define os_strstr ets_strstr

/* With variable arguments a declaration is needed even where the SDK has none. */
ESP_SDK int os_printf_plus(const char *format, ...) __attribute__((format(printf, 1, 2)));
ESP_SDK int ets_sprintf(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
ESP_SDK int ets_snprintf(char *to, unsigned int size, const char *format, ...) __attribute__((format(printf, 3, 4)));
ESP_SDK void ets_putc(char c); /* the UART itself, past what os_install_putc1 installed */

#define os_printf os_printf_plus
#define os_install_putc1 ets_install_putc1
#define os_putc ets_putc
#define os_str2macaddr ets_str2macaddr
#if EMU8266_SDK >= 30000
#define os_sprintf_plus ets_sprintf
#define os_sprintf(to, ...) os_sprintf_plus(to, __VA_ARGS__)
#define os_snprintf_plus ets_snprintf
#define os_snprintf(to, size, ...) os_snprintf_plus(to, size, __VA_ARGS__)
#else
#define os_sprintf ets_sprintf
#define os_snprintf ets_snprintf
#endif

#if EMU8266_SDK >= 20200
ESP_SDK void ets_delay_us(uint32_t us);
#elif EMU8266_SDK >= 20100
ESP_SDK void ets_delay_us(uint16_t us);
#endif
#define os_delay_us ets_delay_us

#define os_timer_arm(timer, ms, repeat) ets_timer_arm_new(timer, ms, repeat, 1)
#define os_timer_disarm ets_timer_disarm
#define os_timer_setfn ets_timer_setfn
#ifdef USE_US_TIMER
#define os_timer_arm_us(timer, us, repeat) ets_timer_arm_new(timer, us, repeat, 0)
#endif

ESP_SDK unsigned long os_random(void);
ESP_SDK int os_get_random(unsigned char *to, size_t n);

#ifdef __cplusplus
}
#endif

#endif
