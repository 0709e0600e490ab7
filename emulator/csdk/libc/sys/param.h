/* The smaller and the greater of two. Own text of emu8266, MIT licence. */
#ifndef EMU8266_SYS_PARAM_H
#define EMU8266_SYS_PARAM_H

#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif

#endif
