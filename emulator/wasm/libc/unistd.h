/* Nothing: code that was written for a system with files and threads includes it. Own text of espemu, MIT licence. */
#ifndef ESPEMU_UNISTD_H
#define ESPEMU_UNISTD_H

#include <sys/types.h>

#endif
