/* Error numbers. Own text of emu8266, MIT licence. */
#ifndef EMU8266_ERRNO_H
#define EMU8266_ERRNO_H

#define ENOENT 2
#define EIO 5
#define ENOMEM 12
#define EINVAL 22
#define ERANGE 34

extern int errno;

#endif
