/* Nothing: code that was written for a system with files and threads includes it. Own text of emu8266, MIT licence. */
#ifndef EMU8266_SYS_STAT_H
#define EMU8266_SYS_STAT_H

#include <sys/types.h>

#endif
