/* Error numbers under their other name. Own text of espemu, MIT licence. */
#ifndef ESPEMU_SYS_ERRNO_H
#define ESPEMU_SYS_ERRNO_H

#include <errno.h>

#endif
