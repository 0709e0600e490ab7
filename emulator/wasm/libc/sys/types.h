/* Types of the C library. Own text of espemu, MIT licence. */
#ifndef ESPEMU_SYS_TYPES_H
#define ESPEMU_SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef int ssize_t;

#endif
