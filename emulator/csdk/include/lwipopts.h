/* lwIP's options. The emulator has a stack of its own: they set nothing. Own text of emu8266, MIT licence. */
#ifndef __LWIPOPTS_H__
#define __LWIPOPTS_H__

#include "lwip/opt.h"

#endif
