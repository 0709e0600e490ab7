/* Nothing: code that was written for a system with files and threads includes it. Own text of espemu, MIT licence. */
#ifndef ESPEMU_FCNTL_H
#define ESPEMU_FCNTL_H

#include <sys/types.h>

#endif
