/* Addresses and the order of bytes; packets of IP are out of reach here. Own text of emu8266, MIT licence. */
#ifndef __LWIP_IP_H__
#define __LWIP_IP_H__

#include "lwip/err.h"
#include "lwip/ip_addr.h"

#endif
