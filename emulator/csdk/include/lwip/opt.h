/* lwIP's options. The emulator has a stack of its own: they set nothing. Own text of emu8266, MIT licence. */
#ifndef __LWIP_OPT_H__
#define __LWIP_OPT_H__

#include "lwip/arch.h"

#endif
