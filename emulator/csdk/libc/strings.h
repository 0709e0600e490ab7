/* Strings without case. Own text of emu8266, MIT licence. */
#ifndef EMU8266_STRINGS_H
#define EMU8266_STRINGS_H

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

void bzero(void *s, size_t n);

#ifdef __cplusplus
}
#endif

#endif
