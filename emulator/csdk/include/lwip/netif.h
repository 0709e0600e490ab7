/* lwIP's network interfaces. The emulator has a network stack of its own below espconn, without a struct netif behind it: calling
 * one of these functions ends the firmware with an exception that names the function. wifi_get_ip_info and its like say what
 * firmware asks an interface for. Own text of emu8266, MIT licence. */
#ifndef __LWIP_NETIF_H__
#define __LWIP_NETIF_H__

#include "lwip/err.h"
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NETIF_MAX_HWADDR_LEN 6
#define NETIF_FLAG_UP 0x01
#define NETIF_FLAG_BROADCAST 0x02
#define NETIF_FLAG_POINTTOPOINT 0x04
#define NETIF_FLAG_DHCP 0x08
#define NETIF_FLAG_LINK_UP 0x10
#define NETIF_FLAG_ETHARP 0x20
#define NETIF_FLAG_IGMP 0x80

struct netif;
typedef err_t (*netif_init_fn)(struct netif *netif);
typedef err_t (*netif_input_fn)(struct pbuf *p, struct netif *netif);
typedef err_t (*netif_output_fn)(struct netif *netif, struct pbuf *p, ip_addr_t *to);
typedef err_t (*netif_linkoutput_fn)(struct netif *netif, struct pbuf *p);

/* struct netif has the members of lwIP 1.4 that firmware names; the SDK's order and its further members are not here. */
struct netif {
	struct netif *next;
	ip_addr_t ip_addr;
	ip_addr_t netmask;
	ip_addr_t gw;
	netif_input_fn input;
	netif_output_fn output;
	netif_linkoutput_fn linkoutput;
	void *state;
	char *hostname;
	u16 mtu;
	u8 hwaddr_len;
	u8 hwaddr[NETIF_MAX_HWADDR_LEN];
	u8 flags;
	char name[2];
	u8 num;
};

struct netif *eagle_lwip_getif(uint8 index);
struct netif *netif_find(char *name);
struct netif *netif_add(struct netif *netif, ip_addr_t *ip, ip_addr_t *mask, ip_addr_t *gateway, void *state, netif_init_fn init,
	netif_input_fn input);
void netif_remove(struct netif *netif);
void netif_set_default(struct netif *netif);
void netif_set_addr(struct netif *netif, ip_addr_t *ip, ip_addr_t *mask, ip_addr_t *gateway);
void netif_set_ipaddr(struct netif *netif, ip_addr_t *ip);
void netif_set_netmask(struct netif *netif, ip_addr_t *mask);
void netif_set_gw(struct netif *netif, ip_addr_t *gateway);
void netif_set_up(struct netif *netif);
void netif_set_down(struct netif *netif);
#define netif_is_up(netif) (((netif)->flags & NETIF_FLAG_UP) != 0)
#define netif_is_link_up(netif) (((netif)->flags & NETIF_FLAG_LINK_UP) != 0)
#define netif_set_hostname(netif, text) ((netif)->hostname = (text))
#define netif_get_hostname(netif) ((netif)->hostname)

#ifdef __cplusplus
}
#endif

#endif
