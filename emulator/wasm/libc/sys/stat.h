/* Nothing: code that was written for a system with files and threads includes it. Own text of espemu, MIT licence. */
#ifndef ESPEMU_SYS_STAT_H
#define ESPEMU_SYS_STAT_H

#include <sys/types.h>

#endif
