/* The servers for names. Own text of emu8266, MIT licence. */
#ifndef __LWIP_DNS_H__
#define __LWIP_DNS_H__

#include "lwip/ip_addr.h"

#ifdef __cplusplus
extern "C" {
#endif

ESP_SDK ip_addr_t dns_getserver(uint8 i);

#ifdef __cplusplus
}
#endif

#endif
