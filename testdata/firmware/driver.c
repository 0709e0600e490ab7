/*
 * Firmware that does what a script in its flash says, and prints every result and every callback: generated scenarios play it on
 * different engines and stacks. Who has the vendor's SDK links it with that.
 *
 * The script lies at SCRIPT: the word MAGIC, the number of steps, then the steps. A step is carried out once: at a time, or when a slot
 * has had a callback for the nth time. Slots 0 to 5 are espconns of the firmware's own; 8 to 13 are clients of its servers, in the order
 * in which they connect.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"
#include "sntp.h"

#define SCRIPT 0x200000
#define MAGIC 0x31565244 /* DRV1 */
#define STEPS 64
#define SLOTS 6
#define CLIENT 8
#define UNKNOWN (CLIENT + SLOTS)
#define DATA_MAX 8192

/* What a step waits for. */
enum { AT_TIME, ON_IP, ON_CONNECT, ON_RECONNECT, ON_DISCONNECT, ON_RECV, ON_SENT, ON_DNS, EVENTS };

struct step {
	uint8 when;  /* AT_TIME and so on */
	uint8 from;  /* the slot whose callback it is */
	uint16 nth;  /* the callback's number from 1; of AT_TIME 10 ms since user_init */
	uint8 call;  /* what to do, see carry_out */
	uint8 slot;  /* with what */
	uint16 a;
	uint32 b;
	uint32 c;
};

struct slot {
	struct espconn conn;
	esp_tcp tcp;
	esp_udp udp;
};

static struct step steps[STEPS];
static uint8 done[STEPS];
static uint32 count;
static struct slot slots[SLOTS];
static void *clients[SLOTS];
static int ports[SLOTS]; /* of theirs */
static uint8 accepted; /* clients so far */
static uint16 seen[EVENTS][UNKNOWN + 1];
static uint8 data[DATA_MAX + 64];
static void *blocks[8];
static os_timer_t timer;
static uint32 now;
static ip_addr_t found_addr;

static const char *const names[] = { "peer.test", "nobody.test", "10.0.0.7", "a", "" };
static const char *const hosts[] = { "driver", "other", "" };
static const char *const services[] = { "iot", "http", "a" };

static void happened(uint8 event, uint8 slot);

/* The number of an espconn, UNKNOWN for one that has not connected. */
static uint8 ICACHE_FLASH_ATTR number(void *arg)
{
	uint8 i;

	for (i = 0; i < SLOTS; i++)
		if (arg == &slots[i].conn)
			return i;
	for (i = 0; i < SLOTS; i++)
		if (arg == clients[i])
			return CLIENT + i;
	return UNKNOWN;
}

/* The number of an espconn that has connected: a client is a new one, wherever in the heap its espconn lies. */
static uint8 ICACHE_FLASH_ATTR connected(void *arg)
{
	uint8 k = number(arg);

	if (k < SLOTS)
		return k;
	if (k < UNKNOWN)
		clients[k - CLIENT] = NULL;
	if (accepted == SLOTS)
		return UNKNOWN;
	clients[accepted] = arg;
	ports[accepted] = ((struct espconn *)arg)->proto.tcp->remote_port;
	return CLIENT + accepted++;
}

/* A client's espconn is gone behind its last callback, which may come with the server's espconn: then the port tells whose it is. */
static void ICACHE_FLASH_ATTR forget(void *arg)
{
	struct espconn *c = arg;
	uint8 i;

	for (i = 0; i < SLOTS; i++)
		if (clients[i] != NULL && (clients[i] == arg || (c->type == ESPCONN_TCP && ports[i] == c->proto.tcp->remote_port)))
			clients[i] = NULL;
}

static uint32 ICACHE_FLASH_ATTR sum(const uint8 *p, uint32 n)
{
	uint32 s = 0;

	while (n-- > 0)
		s = s * 31 + *p++;
	return s;
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *p, unsigned short n)
{
	uint8 k = number(arg);

	os_printf("@ %d recv %d %08x\n", k, n, p != NULL ? sum((uint8 *)p, n) : 0); /* NULL with ESPCONN_MANUALRECV */
	happened(ON_RECV, k);
}

static void ICACHE_FLASH_ATTR on_sent(void *arg)
{
	uint8 k = number(arg);

	os_printf("@ %d sent\n", k);
	happened(ON_SENT, k);
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	uint8 k = number(arg);

	os_printf("@ %d disconnect %d\n", k, ((struct espconn *)arg)->state);
	happened(ON_DISCONNECT, k);
	forget(arg);
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	uint8 k = number(arg);

	os_printf("@ %d reconnect %d\n", k, err);
	happened(ON_RECONNECT, k);
	forget(arg);
}

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	uint8 k = connected(arg);

	os_printf("@ %d connect %d\n", k, ((struct espconn *)arg)->state);
	happened(ON_CONNECT, k);
}

static void ICACHE_FLASH_ATTR on_found(const char *name, ip_addr_t *ip, void *arg)
{
	uint8 k = number(arg);

	os_printf("@ %d dns %s %08x\n", k, name != NULL ? name : "NULL", ip != NULL ? ip->addr : 0);
	happened(ON_DNS, k);
}

static void ICACHE_FLASH_ATTR on_event(System_Event_t *e)
{
	os_printf("@ wifi %d\n", e->event);
	if (e->event == EVENT_STAMODE_GOT_IP)
		happened(ON_IP, 0);
}

/* An espconn of type for a slot, with all callbacks. */
static struct espconn *ICACHE_FLASH_ATTR prepare(uint8 slot, enum espconn_type type, uint16 local, uint32 remote, uint16 port)
{
	struct slot *s = &slots[slot < SLOTS ? slot : 0];

	os_memset(s, 0, sizeof *s);
	s->conn.type = type;
	s->conn.state = ESPCONN_NONE;
	if (type == ESPCONN_TCP) {
		s->conn.proto.tcp = &s->tcp;
		s->tcp.local_port = local;
		s->tcp.remote_port = port;
		os_memcpy(s->tcp.remote_ip, &remote, 4);
	} else {
		s->conn.proto.udp = &s->udp;
		s->udp.local_port = local;
		s->udp.remote_port = port;
		os_memcpy(s->udp.remote_ip, &remote, 4);
	}
	if (type == ESPCONN_TCP) { /* they lie in struct esp_tcp */
		espconn_regist_connectcb(&s->conn, on_connect);
		espconn_regist_reconcb(&s->conn, on_reconnect);
		espconn_regist_disconcb(&s->conn, on_disconnect);
	}
	espconn_regist_recvcb(&s->conn, on_recv);
	espconn_regist_sentcb(&s->conn, on_sent);
	return &s->conn;
}

static sint32 ICACHE_FLASH_ATTR inform(struct espconn *c)
{
	remot_info *info = NULL;
	sint8 r = espconn_get_connection_info(c, &info, 0);
	uint8 i;

	for (i = 0; r == 0 && info != NULL && i < c->link_cnt && i < 5; i++)
		os_printf("  link %d state %d\n", i, info[i].state);
	return r;
}

static sint32 ICACHE_FLASH_ATTR announce(uint16 port, uint32 host, uint32 server)
{
	static struct mdns_info info;
	struct ip_info ip;

	wifi_get_ip_info(STATION_IF, &ip);
	os_memset(&info, 0, sizeof info);
	info.host_name = (char *)hosts[host % 3];
	info.server_name = (char *)services[server % 3];
	info.server_port = port;
	info.ipAddr = ip.ip.addr;
	info.txt_data[0] = "a=b";
	espconn_mdns_init(&info);
	return 0;
}

/* Carries a step out and prints what comes of it. */
static void ICACHE_FLASH_ATTR carry_out(const struct step *s)
{
	struct espconn *c = NULL;
	struct espconn_packet packet;
	uint32 value = s->b;
	sint32 r = 0;
	uint8 i;

	if (s->slot < SLOTS)
		c = &slots[s->slot].conn;
	else if (s->slot >= CLIENT && s->slot < UNKNOWN)
		c = clients[s->slot - CLIENT];
	if (c == NULL) {
		os_printf("# %d of nobody\n", s->call);
		return;
	}
	switch (s->call) {
	case 1: r = espconn_connect(prepare(s->slot, ESPCONN_TCP, s->c >> 16, s->b, s->c)); break;
	case 2: r = espconn_accept(prepare(s->slot, ESPCONN_TCP, s->a, 0, 0)); break;
	case 3: r = espconn_send(c, data + s->b % 64, s->a); break;
	case 4: r = espconn_disconnect(c); break;
	case 5:
		if (s->slot >= CLIENT)
			clients[s->slot - CLIENT] = NULL;
		r = espconn_abort(c);
		break;
	case 6: r = espconn_delete(c); break;
	case 7: r = espconn_create(prepare(s->slot, ESPCONN_UDP, s->a, s->b, s->c)); break;
	case 8: r = espconn_sendto(c, data + s->b % 64, s->a); break;
	case 9: r = espconn_regist_time(c, s->b, s->a); break;
	case 10: r = espconn_set_opt(c, s->a); break;
	case 11: r = espconn_clear_opt(c, s->a); break;
	case 12: r = espconn_set_keepalive(c, s->a, &value); break;
	case 13:
		value = 0;
		r = espconn_get_keepalive(c, s->a, &value);
		os_printf("  keepalive %d\n", value);
		break;
	case 14: r = espconn_recv_hold(c); break;
	case 15: r = espconn_recv_unhold(c); break;
	case 16: r = espconn_tcp_set_max_con(s->a); break;
	case 17: r = espconn_tcp_get_max_con(); break;
	case 18: r = espconn_tcp_set_max_con_allow(c, s->a); break;
	case 19: r = espconn_tcp_get_max_con_allow(c); break;
	case 20: r = espconn_gethostbyname(c, names[s->a % 5], &found_addr, on_found); break;
	case 21: r = espconn_secure_set_size(s->a, s->b); break;
	case 22: r = espconn_secure_get_size(s->a); break;
	case 23: r = espconn_secure_connect(prepare(s->slot, ESPCONN_TCP, s->c >> 16, s->b, s->c)); break;
	case 24: r = espconn_secure_accept(prepare(s->slot, ESPCONN_TCP, s->a, 0, 0)); break;
	case 25: r = espconn_secure_send(c, data + s->b % 64, s->a); break;
	case 26: r = espconn_secure_disconnect(c); break;
	case 27: r = espconn_secure_ca_enable(s->a, s->b); break;
	case 28: r = espconn_secure_ca_disable(s->a); break;
	case 29: r = system_get_free_heap_size(); break;
	case 30: /* a block stays until call 31 */
		r = (blocks[s->slot % 8] = os_malloc(s->a)) != NULL;
		break;
	case 31:
		for (i = 0; i < 8; i++) {
			if (blocks[i] != NULL)
				os_free(blocks[i]);
			blocks[i] = NULL;
		}
		break;
	case 32:
		os_memset(&packet, 0, sizeof packet);
		r = espconn_get_packet_info(c, &packet);
		os_printf("  packet %d %d %d %d %d\n", packet.sent_length, packet.snd_buf_size, packet.snd_queuelen, packet.total_queuelen,
			packet.packseqno);
		break;
	case 33: r = inform(c); break;
	case 34: r = wifi_station_disconnect(); break;
	case 35: r = wifi_station_connect(); break;
	case 36: r = c->state; break;
	case 37: sntp_setservername(s->a % 3, (char *)names[s->b % 5]); break;
	case 38: sntp_init(); break;
	case 39: sntp_stop(); break;
	case 40: r = sntp_get_current_timestamp(); break;
	case 41: r = announce(s->a, s->b, s->c); break;
	case 42: espconn_mdns_close(); break;
	case 43: espconn_mdns_enable(); break;
	case 44: espconn_mdns_disable(); break;
	case 45: espconn_mdns_server_register(); break;
	case 46: espconn_mdns_server_unregister(); break;
	default: r = -99;
	}
	os_printf("# %d %d = %d\n", s->call, s->slot, r);
}

/* Carries out what waits for a callback. */
static void ICACHE_FLASH_ATTR happened(uint8 event, uint8 slot)
{
	uint16 nth = ++seen[event][slot];
	uint32 i;

	for (i = 0; i < count; i++)
		if (!done[i] && steps[i].when == event && steps[i].from == slot && steps[i].nth == nth) {
			done[i] = 1;
			carry_out(&steps[i]);
		}
}

/* Carries out what is due and waits for what comes next. */
static void ICACHE_FLASH_ATTR on_time(void *arg)
{
	uint32 i, next = 0xFFFFFFFF;

	for (i = 0; i < count; i++)
		if (!done[i] && steps[i].when == AT_TIME && steps[i].nth <= now) {
			done[i] = 1;
			carry_out(&steps[i]);
		}
	for (i = 0; i < count; i++)
		if (!done[i] && steps[i].when == AT_TIME && steps[i].nth < next)
			next = steps[i].nth;
	if (next == 0xFFFFFFFF)
		return;
	os_timer_arm(&timer, (next - now) * 10, 0);
	now = next;
}

void ICACHE_FLASH_ATTR user_init(void)
{
	static uint32 head[2];
	struct station_config station;
	uint32 i;

	for (i = 0; i < sizeof data; i++)
		data[i] = i * 7 + (i >> 8);
	spi_flash_read(SCRIPT, head, sizeof head);
	if (head[0] != MAGIC || head[1] > STEPS) {
		os_printf("there is no script at 0x%x\n", SCRIPT);
		return;
	}
	count = head[1];
	spi_flash_read(SCRIPT + sizeof head, (uint32 *)steps, count * sizeof steps[0]);
	os_printf("%d steps\n", count);
	wifi_set_opmode_current(STATION_MODE);
	os_memset(&station, 0, sizeof station);
	os_strcpy((char *)station.ssid, "emu8266");
	wifi_station_set_config_current(&station);
	wifi_set_event_handler_cb(on_event);
	os_timer_disarm(&timer);
	os_timer_setfn(&timer, on_time, NULL);
	on_time(NULL);
}
