/* Firmware that misuses the network API, and says where. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

static struct espconn server;
static esp_tcp tcp;

#define TELL(rule) os_printf(rule " comes at line %d\n", __LINE__ + 1)

static void __attribute__((noinline)) sizes(void)
{
	espconn_secure_set_size(ESPCONN_CLIENT, 3072);
	TELL("sizes-differ");
	espconn_secure_get_size(ESPCONN_BOTH);
}

static void on_write(void *arg)
{
}

static void nothing(void *arg)
{
}

/* What the SDK keeps may not end with this function. */
static void __attribute__((noinline)) keep(void)
{
	os_timer_t on_stack, *in_heap = (os_timer_t *)os_zalloc(sizeof *in_heap);
	os_event_t queue[2];
	struct espconn conn = {.type = ESPCONN_UDP};
	esp_udp udp = {.local_port = 5000};

	os_timer_disarm(&on_stack);
	os_timer_setfn(&on_stack, nothing, NULL);
	TELL("kept-on-stack");
	os_timer_arm(&on_stack, 5000, 0);
	os_timer_disarm(&on_stack);
	TELL("kept-on-stack");
	system_os_task((os_task_t)nothing, USER_TASK_PRIO_0, queue, 2);
	conn.proto.udp = &udp;
	TELL("kept-on-stack");
	espconn_create(&conn);
	espconn_delete(&conn);
	os_timer_setfn(in_heap, nothing, NULL);
	os_timer_arm(in_heap, 5000, 0);
	TELL("freed-in-use");
	os_free(in_heap);
	os_timer_disarm(in_heap);
}

static void listen(void *arg)
{
	keep();
	server.type = ESPCONN_TCP;
	server.proto.tcp = &tcp;
	tcp.local_port = 443;
	tcp.write_finish_fn = on_write;
	TELL("secure-write-finish");
	espconn_secure_accept(&server);
	tcp.write_finish_fn = NULL;
	sizes();
	TELL("accept-without-certificate");
	espconn_secure_accept(&server);
	espconn_secure_ca_enable(ESPCONN_CLIENT, 0x7B);
	TELL("sector-not-free");
	espconn_secure_ca_enable(ESPCONN_CLIENT, 0x7A); /* the end of a program of 0x79F00 bytes */
}

void user_init(void)
{
	static os_timer_t timer;

	os_timer_setfn(&timer, listen, NULL);
	os_timer_arm(&timer, 100, 0);
}
