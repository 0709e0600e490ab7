/* Error numbers under their other name. Own text of emu8266, MIT licence. */
#ifndef EMU8266_SYS_ERRNO_H
#define EMU8266_SYS_ERRNO_H

#include <errno.h>

#endif
