/* Strings without case. Own text of espemu, MIT licence. */
#ifndef ESPEMU_STRINGS_H
#define ESPEMU_STRINGS_H

#include <string.h>

void bzero(void *s, size_t n);

#endif
