/* Times with microseconds: the type. Own text of espemu, MIT licence. */
#ifndef ESPEMU_SYS_TIME_H
#define ESPEMU_SYS_TIME_H

#include <sys/types.h>
#include <time.h>

struct timeval {
	time_t tv_sec;
	long tv_usec;
};

#endif
