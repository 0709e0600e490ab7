/*
 * Firmware by which the replay of the recorded traces (../oracle_vendor_test.go) reaches the libraries that it is linked with: it calls
 * their functions by name, reads and writes memory, and tells of each callback and each frame. It does nothing of its own. Who has the
 * SDK links it with that; docs/vendor-stack.md says how.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

void ets_write_char(char c); /* the ROM's */
extern uint32 *netif_default; /* lwIP's */
extern os_timer_t check_timeouts_timer;
void sys_check_timeouts(void *);

/* What the libraries have and their headers do not tell. */
sint16 espconn_recv(struct espconn *c, void *to, size_t n) __attribute__((weak)); /* liblwip_536 lacks it */
sint16 espconn_recved_len(struct espconn *c) __attribute__((weak));
uint8 espconn_tcp_get_wnd(void), espconn_tcp_get_max_retran(void), espconn_tcp_get_max_syn(void);
uint16 espconn_tcp_get_mss(void);
sint8 espconn_tcp_set_wnd(uint8 n), espconn_tcp_set_max_retran(uint8 n), espconn_tcp_set_max_syn(uint8 n);
sint8 espconn_tcp_set_buf_count(struct espconn *c, uint8 n);
uint32 xPortGetFreeHeapSize(void);
void netif_set_addr(void *n, ip_addr_t *ip, ip_addr_t *mask, ip_addr_t *gw), netif_set_up(void *n), netif_set_down(void *n);
void netif_set_link_up(void *n), netif_set_link_down(void *n);
sint8 dhcp_start(void *n);

#define LINK_OUTPUT 6 /* words into lwIP's struct netif */

/* Kinds of what is told. 0 to 5 are callbacks, in the order of the table below. */
enum { DNS = 6, TASK, FRAME };

/* What has happened. It is told by the character 1, at which the replay looks here. */
struct {
	uint32 kind;
	const void *conn;
	const void *data;
	uint32 n;
} told;

/* Room for what calls point to: the espconns, an address, a name. */
uint32 room[1024 / 4];

/* What is sent: byte i is 7 * i + 3. It lies in flash, where the heap is not the smaller for it. */
#define B(i) (uint8)(7 * (i) + 3)
#define B16(i) B(i), B(i + 1), B(i + 2), B(i + 3), B(i + 4), B(i + 5), B(i + 6), B(i + 7), B(i + 8), B(i + 9), B(i + 10), B(i + 11), \
	B(i + 12), B(i + 13), B(i + 14), B(i + 15)
#define B256 B16(0), B16(16), B16(32), B16(48), B16(64), B16(80), B16(96), B16(112), B16(128), B16(144), B16(160), B16(176), B16(192), \
	B16(208), B16(224), B16(240)
#define B2048 B256, B256, B256, B256, B256, B256, B256, B256
#define B16384 B2048, B2048, B2048, B2048, B2048, B2048, B2048, B2048
static const uint8 data[65536] ICACHE_RODATA_ATTR __attribute__((aligned(4))) = { B16384, B16384, B16384, B16384 };

static void ICACHE_FLASH_ATTR tell(uint32 kind, const void *conn, const void *data, uint32 n)
{
	told.kind = kind;
	told.conn = conn;
	told.data = data;
	told.n = n;
	ets_write_char(1);
}

static void ICACHE_FLASH_ATTR connected(void *c) { tell(0, c, NULL, 0); }
static void ICACHE_FLASH_ATTR reconnect(void *c, sint8 err) { tell(1, c, NULL, (uint32)err); }
static void ICACHE_FLASH_ATTR disconnected(void *c) { tell(2, c, NULL, 0); }
static void ICACHE_FLASH_ATTR received(void *c, char *data, unsigned short n) { tell(3, c, data, n); }
static void ICACHE_FLASH_ATTR sent(void *c) { tell(4, c, NULL, 0); }
static void ICACHE_FLASH_ATTR finished(void *c) { tell(5, c, NULL, 0); }
static void ICACHE_FLASH_ATTR found(const char *name, ip_addr_t *ip, void *c) { tell(DNS, c, ip, (uint32)name); }

static void ICACHE_FLASH_ATTR task(os_event_t *e) { tell(TASK, NULL, (void *)e->par, e->sig); }

/* Takes a frame of the network interface's: a struct pbuf. */
static sint8 ICACHE_FLASH_ATTR transmit(void *netif, void *p)
{
	tell(FRAME, NULL, p, 0);
	return 0;
}

/* The functions that the replay calls: call_NAME(a, b, c, d). */
#define FUNCTIONS(F) \
	F(espconn_regist_connectcb) F(espconn_regist_reconcb) F(espconn_regist_disconcb) F(espconn_regist_recvcb) \
	F(espconn_regist_sentcb) F(espconn_regist_write_finish) F(espconn_regist_time) F(espconn_connect) F(espconn_accept) \
	F(espconn_create) F(espconn_delete) F(espconn_disconnect) F(espconn_abort) F(espconn_send) F(espconn_sent) F(espconn_sendto) \
	F(espconn_set_opt) F(espconn_clear_opt) F(espconn_set_keepalive) F(espconn_get_keepalive) F(espconn_recv_hold) \
	F(espconn_recv_unhold) F(espconn_recved_len) F(espconn_recv) F(espconn_get_connection_info) F(espconn_get_packet_info) \
	F(espconn_gethostbyname) F(espconn_dns_setserver) F(espconn_dns_getserver) F(espconn_port) F(espconn_tcp_get_max_con) \
	F(espconn_tcp_set_max_con) F(espconn_tcp_get_max_con_allow) F(espconn_tcp_set_max_con_allow) F(espconn_tcp_get_wnd) \
	F(espconn_tcp_set_wnd) F(espconn_tcp_get_mss) F(espconn_tcp_get_max_retran) F(espconn_tcp_set_max_retran) \
	F(espconn_tcp_get_max_syn) F(espconn_tcp_set_max_syn) F(espconn_tcp_set_buf_count) F(espconn_secure_connect) \
	F(espconn_secure_send) F(espconn_secure_sent) F(espconn_secure_disconnect) F(espconn_secure_accept) F(espconn_secure_delete) \
	F(espconn_secure_set_size) F(espconn_secure_get_size) F(espconn_secure_ca_enable) F(espconn_secure_ca_disable) \
	F(espconn_secure_cert_req_enable) F(espconn_secure_cert_req_disable) F(espconn_secure_set_default_certificate) \
	F(espconn_secure_set_default_private_key) F(espconn_igmp_join) F(espconn_igmp_leave) F(netif_set_addr) F(netif_set_up) \
	F(netif_set_down) F(netif_set_link_up) F(netif_set_link_down) F(dhcp_start) F(wifi_station_set_hostname) F(system_os_post) F(pvPortMalloc) \
	F(vPortFree) F(xPortGetFreeHeapSize)

#define CALL(name) \
	uint32 ICACHE_FLASH_ATTR call_##name(uint32 a, uint32 b, uint32 c, uint32 d) \
	{ \
		return ((uint32 (*)(uint32, uint32, uint32, uint32))name)(a, b, c, d); \
	}
FUNCTIONS(CALL)

void ICACHE_FLASH_ATTR peek(uint32 from, void *to, uint32 n) { os_memcpy(to, (void *)from, n); }
void ICACHE_FLASH_ATTR poke(uint32 to, const void *from, uint32 n) { os_memcpy((void *)to, from, n); }

/* axTLS asks for the time. It is that of the replay, and goes on. */
static uint32 now;
int ICACHE_FLASH_ATTR gettimeofday(uint32 *time, void *zone)
{
	time[0] = now + system_get_time() / 1000000;
	time[1] = 0;
	return 0;
}
void ICACHE_FLASH_ATTR set_clock(uint32 seconds) { now = seconds - system_get_time() / 1000000; }

/* From now on lwIP's clock runs every 25 ms. */
void ICACHE_FLASH_ATTR clock(void)
{
	os_timer_disarm(&check_timeouts_timer);
	os_timer_setfn(&check_timeouts_timer, sys_check_timeouts, NULL);
	os_timer_arm(&check_timeouts_timer, 25, 1);
}

/* From now on the replay has the frames. */
void ICACHE_FLASH_ATTR take(void) { netif_default[LINK_OUTPUT] = (uint32)transmit; }

/* Addresses: the callbacks, in the order of their kinds, and what lies where. */
static const void *const addresses[] ICACHE_RODATA_ATTR = {
	connected, reconnect, disconnected, received, sent, finished, found, &told, room, data, &netif_default,
};
uint32 ICACHE_FLASH_ATTR address(uint32 n) { return (uint32)addresses[n]; }

#define KEEP(name) call_##name,
static const void *const kept[] ICACHE_RODATA_ATTR = { FUNCTIONS(KEEP) peek, poke, set_clock, clock, take, address };

void ICACHE_FLASH_ATTR user_init(void)
{
	volatile uint32 keep = *(const uint32 *)kept; /* else the linker leaves them out */
	static os_event_t queues[3][4];
	uint8 i;

	for (i = 0; i < 3; i++)
		system_os_task(task, i, queues[i], 4);
}
