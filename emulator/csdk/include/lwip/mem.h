/* The heap. Own text of emu8266, MIT licence. */
#ifndef __LWIP_MEM_H__
#define __LWIP_MEM_H__

#include <mem.h>

#endif
