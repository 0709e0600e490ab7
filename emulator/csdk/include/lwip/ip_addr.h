/* lwIP's names for addresses. Own text of emu8266, MIT licence. */
#ifndef __LWIP_IP_ADDR_H__
#define __LWIP_IP_ADDR_H__

#include <ip_addr.h>
#include "lwip/def.h"

#define ip_addr_copy(to, from) ((to).addr = (from).addr)
#define ip_addr_set(to, from) ((to)->addr = (from) ? (from)->addr : 0)
#define ip_addr_set_zero(ip) ((ip)->addr = 0)
#define ip_addr_isany(ip) (!(ip) || (ip)->addr == IPADDR_ANY)
#define ip_addr_isbroadcast_all(ip) ((ip)->addr == IPADDR_NONE)
#define ip_addr_ismulticast(ip) (((ip)->addr & 0xf0) == 0xe0)
#define ip4_addr_get_u32(ip) ((ip)->addr)
#define ip4_addr_set_u32(ip, value) ((ip)->addr = (value))

#endif
