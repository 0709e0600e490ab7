/* lwIP's types. Own text of emu8266, MIT licence. */
#ifndef __LWIP_ARCH_H__
#define __LWIP_ARCH_H__

#include "c_types.h"

typedef uint32 mem_ptr_t;
typedef sint8 err_t;

#endif
