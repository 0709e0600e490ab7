/* Times of the C library: the types. Firmware gets its time from sntp.h. Own text of emu8266, MIT licence. */
#ifndef EMU8266_TIME_H
#define EMU8266_TIME_H

#include <stddef.h>

typedef long time_t;
typedef unsigned long clock_t;

struct tm {
	int tm_sec;
	int tm_min;
	int tm_hour;
	int tm_mday;
	int tm_mon;  /* 0 is January */
	int tm_year; /* since 1900 */
	int tm_wday; /* 0 is Sunday */
	int tm_yday;
	int tm_isdst;
};

struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

#endif
