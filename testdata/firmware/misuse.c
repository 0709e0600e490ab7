/* Firmware that misuses the network API, and says where. */
#include "ets_sys.h"
#include "osapi.h"
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

static void listen(void *arg)
{
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
