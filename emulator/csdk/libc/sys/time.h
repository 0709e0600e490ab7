/* Times with microseconds: the type. Own text of emu8266, MIT licence. */
#ifndef EMU8266_SYS_TIME_H
#define EMU8266_SYS_TIME_H

#include <sys/types.h>
#include <time.h>

struct timeval {
	time_t tv_sec;
	long tv_usec;
};

#endif
