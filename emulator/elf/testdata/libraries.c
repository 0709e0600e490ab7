/* A program with network libraries of its own, under the names of the SDK's: small enough to be read, large enough to need what stands
 * below them. The address of the station comes from whoever answers a frame of type 0x88B5. */
#include "ets_sys.h"
#include "espconn.h"
#include "mem.h"
#include "osapi.h"
#include "user_interface.h"

struct pbuf {
	struct pbuf *next;
	uint8 *payload;
	uint16 total, len;
	uint8 type, flags;
	uint16 refs;
	void *buffer;
};

struct netif {
	uint32 next, ip, mask, gw;
	uint8 rest[12];
	uint32 *interface;
	uint8 more[19], mac[6], flags, name[3];
};

struct received { /* of the radio */
	struct pbuf *pbuf;
	struct { uint32 state; uint8 *frame; } *where;
	uint8 rest[14];
	uint16 len;
};

uint32 g_ic[8], info[6], answers;
uint8 dhcpc_flag = 1;
uint16 lwip_timer_interval;
ETSTimer check_timeouts_timer;
static struct netif station, host;
static ETSEvent frames[4], events[4], steps[2];
static void (*handler)(System_Event_t *);
static uint32 heap[512], used, ticks;

/* What the emulator stands for: the compiler must not look into it. */
#define OUTSIDE __attribute__((noipa))
OUTSIDE int ieee80211_output_pbuf(struct netif *n, struct pbuf *p) { return n == 0 && p == 0; }
OUTSIDE void ppRecycleRxPkt(void *buffer) { (void)buffer; }
OUTSIDE int wifi_softap_set_station_info(uint8 *mac, uint8 *ip) { return mac == 0 && ip == 0; }
OUTSIDE uint32 RxNodeNum(void) { return 99; }
OUTSIDE int system_station_got_ip_set(uint32 *ip, uint32 *mask, uint32 *gw) { return *ip + *mask + *gw; }
void pm_attach(void); /* without debug information, as in the SDK's libraries */
__asm__(".section .irom0.text, \"ax\"\n.global pm_attach\n.type pm_attach, @function\n.align 4\npm_attach: ret.n\n"
	".size pm_attach, . - pm_attach\n.text\n");
OUTSIDE void ets_task(void (*f)(ETSEvent *), int priority, ETSEvent *queue, int depth) { (void)f, (void)priority, (void)queue, (void)depth; }
OUTSIDE int ets_post(int priority, uint32 signal, void *parameter) { return priority == -1 && signal == 0 && parameter == 0; }

OUTSIDE void *pvPortMalloc(size_t n, const char *file, unsigned line, bool iram)
{
	void *p = &heap[used];
	if (n > sizeof heap - 4 * used)
		return 0;
	used += (n + 3) / 4;
	(void)file, (void)line, (void)iram;
	return p;
}

void *pvPortZalloc(size_t n, const char *file, unsigned line)
{
	void *p = pvPortMalloc(n, file, line, 0);
	if (p)
		os_memset(p, 0, n);
	return p;
}

OUTSIDE void vPortFree(void *p, const char *file, unsigned line) { (void)p, (void)file, (void)line; }
size_t xPortGetFreeHeapSize(void) { return sizeof heap - 4 * used; }
int os_printf_plus(const char *format, ...) { return format == 0; }
void sys_check_timeouts(void) { ticks++; }
void lwip_init(void) { ets_printf("lwip_init, every %d ms\n", lwip_timer_interval); }
void espconn_init(void) { ets_printf("espconn_init\n"); }
void netif_set_default(struct netif *n) { ets_printf("netif_set_default %d\n", n == &station); }
void netif_set_up(struct netif *n) { n->flags |= 1; }
void netif_set_down(struct netif *n) { n->flags &= ~1; ets_printf("down after %d ticks or more\n", ticks > 20 ? 20 : ticks); }
void netif_set_addr(struct netif *n, uint32 *ip, uint32 *mask, uint32 *gw) { n->ip = *ip, n->mask = *mask, n->gw = *gw; }
void dhcp_release(struct netif *n) { ets_printf("dhcp_release, running %d\n", n->flags >> 3 & 1), n->ip = 0; }
void dhcp_stop(struct netif *n) { n->flags &= ~8; }
void dhcp_cleanup(struct netif *n) { (void)n; }

/* An espconn that is connected at once, and what TLS calculates keys with. */
void library_call(void *f, void *argument); /* without debug information: the program's own calls are no callbacks */
__asm__(".section .irom0.text, \"ax\"\n.global library_call\n.type library_call, @function\n.align 4\n"
	"library_call: addi a1, a1, -16\ns32i a0, a1, 0\nmov a4, a2\nmov a2, a3\ncallx0 a4\nl32i a0, a1, 0\naddi a1, a1, 16\nret\n"
	".size library_call, . - library_call\n.text\n");

OUTSIDE sint8 espconn_regist_connectcb(struct espconn *c, espconn_connect_callback f)
{
	c->proto.tcp->connect_callback = f;
	return ESPCONN_OK;
}

OUTSIDE sint8 espconn_connect(struct espconn *c)
{
	if (c->state != ESPCONN_NONE)
		return ESPCONN_ISCONN;
	c->state = ESPCONN_CONNECT;
	library_call(c->proto.tcp->connect_callback, c);
	return ESPCONN_OK;
}

OUTSIDE int mbedtls_md_hmac_starts(void *context, const uint8 *key, size_t n) { return context == 0 && key == 0 && n == 0; }
OUTSIDE int mbedtls_md_hmac_update(void *context, const uint8 *data, size_t n) { return context == 0 && data == 0 && n == 0; }

/* dhcp_start asks for an address, in two pieces. */
void dhcp_start(struct netif *n)
{
	static uint8 head[14] = {255, 255, 255, 255, 255, 255}, body[] = "who am I?";
	struct pbuf second = {0, body, sizeof body, sizeof body}, first = {&second, head, 14 + sizeof body, 14};
	int i, sent = 0;
	n->flags |= 8;
	os_memcpy(head + 6, n->mac, 6);
	head[12] = 0x88, head[13] = 0xB5;
	for (i = 0; i < 10; i++)
		sent += ieee80211_output_pbuf(n, &first) == 0;
	ets_printf("%d frames sent\n", sent);
}

struct pbuf *pbuf_alloc(int layer, uint16 n, int type)
{
	struct pbuf *p = pvPortZalloc(sizeof *p, 0, 0);
	p->len = p->total = n, p->type = layer, p->flags = type;
	return p;
}

void pbuf_free(struct pbuf *p) { (void)p; }

/* input takes a frame. */
static void input(ETSEvent *e)
{
	struct pbuf *p = (struct pbuf *)e->par;
	if (p->len >= 26 && p->payload[12] == 0x88 && answers++ == 0) {
		uint32 before[3] = {station.ip, station.mask, station.gw};
		os_memcpy(&station.ip, p->payload + 14, 12);
		ets_printf("answer of %d bytes, %d buffers free\n", p->len, RxNodeNum());
		system_station_got_ip_set(&before[0], &before[1], &before[2]);
	}
	ppRecycleRxPkt(p->buffer);
}

void ieee80211_deliver_data(uint32 *interface, struct received *r)
{
	struct pbuf *p = pvPortZalloc(sizeof *p, 0, 0);
	if (*interface != (uint32)&station || !p)
		return;
	p->payload = r->where->frame, p->len = p->total = r->len, p->buffer = r;
	if (ets_post(28, 0, p))
		ets_printf("lost\n");
}

/* hosted takes a frame of a station: each is answered with an address. */
static void hosted(ETSEvent *e)
{
	struct pbuf *p = (struct pbuf *)e->par;
	static uint8 ip[4] = {192, 168, 4, 2};
	if (answers++ == 0) {
		ets_printf("station's frame, %d %d, %d buffers free\n", p->type, p->flags, RxNodeNum());
		wifi_softap_set_station_info(p->payload + 6, ip);
		ieee80211_output_pbuf(&host, p);
	}
	ppRecycleRxPkt(p->buffer);
}

struct netif *eagle_lwip_if_alloc(uint32 *interface, uint8 *mac, uint32 *ip)
{
	if (interface[50]) {
		uint8 *a = (uint8 *)ip;
		ets_printf("soft-AP %02x, %d.%d.%d.%d\n", mac[0], a[0], a[1], a[2], a[3]);
		*interface = (uint32)&host;
		host.interface = interface;
		ets_task(hosted, 29, frames, 4);
		return &host;
	}
	station.interface = interface;
	os_memcpy(station.mac, mac, 6);
	*interface = (uint32)&station;
	ets_task(input, 28, frames, 4);
	return &station;
}

void eagle_lwip_if_free(uint32 *interface) { *interface = 0; }

static void tell(ETSEvent *e) { handler((System_Event_t *)e->par); }

void wifi_set_event_handler_cb(void (*f)(System_Event_t *))
{
	handler = f;
	ets_task(tell, 21, events, 4);
}

/* The program. */
static void step(ETSEvent *e) { ets_printf("task %d, %d\n", e->sig, (int)e->par); }

static void on_event(System_Event_t *e)
{
	ets_printf("event %d\n", e->event);
	if (e->event == EVENT_STAMODE_GOT_IP)
		ets_printf("status %d\n", wifi_station_get_connect_status());
#ifdef STOPPED
	if (e->event == EVENT_STAMODE_GOT_IP)
		dhcp_stop(&station);
	if (e->event == EVENT_STAMODE_DISCONNECTED)
		ets_printf("address %d %d %d\n", station.ip, station.mask, station.gw);
	return;
#endif
	if (e->event == EVENT_STAMODE_DISCONNECTED)
		pm_attach();
}

/* What nobody calls but the emulator. */
static void *const kept[] = {lwip_init, espconn_init, netif_set_default, netif_set_up, netif_set_down, netif_set_addr, dhcp_release, dhcp_stop,
	dhcp_cleanup, dhcp_start, ieee80211_deliver_data, eagle_lwip_if_alloc, eagle_lwip_if_free, pbuf_alloc, pbuf_free, pvPortMalloc, pvPortZalloc, vPortFree, xPortGetFreeHeapSize,
	os_printf_plus, sys_check_timeouts, &check_timeouts_timer, &lwip_timer_interval, g_ic, info, &dhcpc_flag};

static esp_tcp tcp = {443, 0, {0}, {10, 0, 0, 9}};
static struct espconn conn = {ESPCONN_TCP, ESPCONN_NONE, {&tcp}};

static void on_connect(void *c) { ets_printf("connected, %d\n", espconn_connect(c)); }

static void secure(void)
{
	static uint8 key[48], data[13 + 64] = "key expansion";
	int i;
	for (i = 0; i < 48; i++)
		key[i] = i;
	for (i = 13; i < 13 + 64; i++)
		data[i] = i;
	mbedtls_md_hmac_starts(data, key, 48);
	mbedtls_md_hmac_update(data, data, 13 + 64);
	mbedtls_md_hmac_update(data, data, 12 + 64);
}

void user_init(void)
{
	int i;
	void *p = os_malloc(10);
	ets_printf("block %d\n", p != 0);
	os_free(p);
	espconn_regist_connectcb(&conn, on_connect);
	ets_printf("espconn_connect %d\n", espconn_connect(&conn));
	on_connect(&conn);
	secure();
	for (i = 0; i < (int)(sizeof kept / sizeof kept[0]); i++)
		if (!((void *volatile *)kept)[i])
			return;
	ets_printf("user_init, %d bytes\n", xPortGetFreeHeapSize());
	wifi_set_event_handler_cb(on_event);
#ifdef SOFTAP
	wifi_set_opmode(SOFTAP_MODE);
	return;
#endif
	ets_task(step, 2, steps, 2);
	ets_task(step, 3, steps, 2);
	for (i = 0; i < 3; i++)
		ets_printf("post %d\n", ets_post(2, 2, (void *)i));
	ets_task(step, 3, &steps[1], 1);
	ets_printf("post %d\n", ets_post(40, 0, 0));
}
