/* Addresses in text. Own text of emu8266, MIT licence. */
#ifndef __LWIP_INET_H__
#define __LWIP_INET_H__

#include "lwip/ip_addr.h"

#define inet_addr(text) ipaddr_addr(text)
#define INADDR_NONE IPADDR_NONE
#define INADDR_ANY IPADDR_ANY

#endif
