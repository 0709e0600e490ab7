/* Error numbers. Own text of espemu, MIT licence. */
#ifndef ESPEMU_ERRNO_H
#define ESPEMU_ERRNO_H

#define ENOENT 2
#define EIO 5
#define ENOMEM 12
#define EINVAL 22
#define ERANGE 34

extern int errno;

#endif
