/* Types of the C library. Own text of emu8266, MIT licence. */
#ifndef EMU8266_SYS_TYPES_H
#define EMU8266_SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef int ssize_t;

#endif
