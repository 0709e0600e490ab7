/*
 * Echo over TCP. The SDK sends one thing at a time for each connection: what arrives meanwhile waits here. The window
 * stays closed until all of it is sent, so one client takes no more memory than a window and what the stack sends of it.
 */
#include "mem.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"
#include "app.h"

struct block {
	struct block *next;
	uint16 length;
	uint8 data[];
};

struct session {
	struct espconn *conn; /* NULL: free */
	struct block *first;  /* given to the SDK, ours again after the sent callback */
	struct block *last;
	uint32 echoed;
};

static struct espconn server;
static esp_tcp tcp;
static struct session sessions[ECHO_CLIENTS];
static os_event_t queue[ECHO_CLIENTS];

static void ICACHE_FLASH_ATTR send_first(struct session *s)
{
	sint8 ret = espconn_send(s->conn, s->first->data, s->first->length);

	if (ret != ESPCONN_OK) {
		os_printf("espconn_send: %d\n", ret);
		system_os_post(USER_TASK_PRIO_1, 0, (os_param_t)s->conn);
	}
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	struct espconn *conn = arg;
	struct session *s = conn->reverse;
	struct block *b;

	if (!s)
		return; /* on its way out */
	b = os_malloc(sizeof(*b) + len);
	if (!b) {
		os_printf("no memory for %d bytes\n", len);
		system_os_post(USER_TASK_PRIO_1, 0, (os_param_t)conn);
		return;
	}
	b->next = NULL;
	b->length = len;
	os_memcpy(b->data, data, len);
	if (s->first) {
		s->last->next = b;
		s->last = b;
		return;
	}
	s->first = s->last = b;
	espconn_recv_hold(conn);
	send_first(s);
}

/* drop_first frees the first block. */
static void ICACHE_FLASH_ATTR drop_first(struct session *s)
{
	struct block *b = s->first;

	s->first = b->next;
	os_free(b);
}

static void ICACHE_FLASH_ATTR on_sent(void *arg)
{
	struct espconn *conn = arg;
	struct session *s = conn->reverse;

	if (!s || !s->first)
		return;
	s->echoed += s->first->length;
	drop_first(s);
	if (s->first)
		send_first(s);
	else
		espconn_recv_unhold(conn);
}

/* The task disconnects whom we cannot serve, if he is still there. */
static void ICACHE_FLASH_ATTR drop_task(os_event_t *e)
{
	struct session *s;

	for (s = sessions; s < sessions + ECHO_CLIENTS; s++)
		if (s->conn && s->conn == (struct espconn *)e->par)
			espconn_disconnect(s->conn);
}

/* gone: arg is the server's espconn now, with the fields of the one that has ended, reverse too. */
static void ICACHE_FLASH_ATTR gone(struct espconn *arg, const char *how, sint8 err)
{
	struct session *s = arg->reverse;

	if (!s)
		return;
	os_printf("client " IPSTR " %s, err %d, %d bytes echoed\n", IP2STR(arg->proto.tcp->remote_ip), how, err, s->echoed);
	arg->reverse = NULL;
	while (s->first)
		drop_first(s);
	os_bzero(s, sizeof(*s));
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg) { gone(arg, "gone", 0); }
static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err) { gone(arg, "lost", err); }

static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	struct espconn *conn = arg;
	struct session *s = sessions;

	while (s < sessions + ECHO_CLIENTS && s->conn)
		s++;
	os_printf("client " IPSTR ", %d others\n", IP2STR(conn->proto.tcp->remote_ip), conn->link_cnt);
	s->conn = conn; /* there is one: the SDK lets no more clients in */
	conn->reverse = s;
	espconn_regist_recvcb(conn, on_recv);
	espconn_regist_sentcb(conn, on_sent);
}

void ICACHE_FLASH_ATTR echo_init(void)
{
	system_os_task(drop_task, USER_TASK_PRIO_1, queue, ECHO_CLIENTS);
	server.type = ESPCONN_TCP;
	server.state = ESPCONN_NONE;
	server.proto.tcp = &tcp;
	tcp.local_port = ECHO_PORT;
	espconn_regist_connectcb(&server, on_connect);
	espconn_regist_disconcb(&server, on_disconnect);
	espconn_regist_reconcb(&server, on_reconnect);
	os_printf("echo on TCP port %d: %d\n", ECHO_PORT, espconn_accept(&server));
	espconn_regist_time(&server, ECHO_IDLE_S, 0); /* both after espconn_accept, which sets 10 s and five clients */
	espconn_tcp_set_max_con_allow(&server, ECHO_CLIENTS);
}
