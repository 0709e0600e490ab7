/* IPv4 addresses, first octet in the lowest address (espconn.md 2). Own text of emu8266, MIT licence. */
#ifndef __IP_ADDR_H__
#define __IP_ADDR_H__

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ip_addr {
	uint32 addr;
};
typedef struct ip_addr ip_addr_t;

struct ip_info {
	struct ip_addr ip;
	struct ip_addr netmask;
	struct ip_addr gw;
};
ESP_LAYOUT(struct ip_info, 12);

#define IPADDR_NONE ((uint32)0xffffffffUL)
#define IPADDR_ANY ((uint32)0x00000000UL)

#define IP4_ADDR(ip, a, b, c, d) \
	(ip)->addr = ((uint32)((d)&0xff) << 24) | ((uint32)((c)&0xff) << 16) | ((uint32)((b)&0xff) << 8) | (uint32)((a)&0xff)

#define ip4_addr1(ip) (((uint8 *)(ip))[0])
#define ip4_addr2(ip) (((uint8 *)(ip))[1])
#define ip4_addr3(ip) (((uint8 *)(ip))[2])
#define ip4_addr4(ip) (((uint8 *)(ip))[3])
#define ip4_addr1_16(ip) ((uint16)ip4_addr1(ip))
#define ip4_addr2_16(ip) ((uint16)ip4_addr2(ip))
#define ip4_addr3_16(ip) ((uint16)ip4_addr3(ip))
#define ip4_addr4_16(ip) ((uint16)ip4_addr4(ip))

ESP_SDK uint32 ipaddr_addr(const char *text); /* IPADDR_NONE for what is no address */

#define ip_addr_cmp(a, b) ((a)->addr == (b)->addr)
#define ip_addr_netcmp(a, b, mask) (((a)->addr & (mask)->addr) == ((b)->addr & (mask)->addr))

#define IP2STR(ip) ip4_addr1_16(ip), ip4_addr2_16(ip), ip4_addr3_16(ip), ip4_addr4_16(ip)
#define IPSTR "%d.%d.%d.%d"

#ifdef __cplusplus
}
#endif

#endif
