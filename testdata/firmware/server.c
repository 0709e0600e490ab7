/* A TLS echo server. Its certificate and key, DER, lie in flash sectors 0x100 and 0x101 behind a 32-bit length. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

static struct espconn server;
static esp_tcp tcp;
static os_timer_t close_timer;

static void on_sent(void *arg)
{
	os_printf("sent, own espconn %d\n", arg != &server);
}

static void on_recv(void *arg, char *data, unsigned short len)
{
	os_printf("recv %d: %s\n", len, data);
	espconn_secure_sent(arg, (uint8 *)"echo", 4);
}

static void on_disconnect(void *arg)
{
	struct espconn *c = arg;

	os_printf("disconnect, server espconn %d, port known %d, reverse %s, heap %d\n", c == &server, c->proto.tcp->remote_port != 0, (char *)c->reverse,
		system_get_free_heap_size());
}

static void on_reconnect(void *arg, sint8 err)
{
	os_printf("reconnect %d\n", err);
}

static void on_connect(void *arg)
{
	struct espconn *c = arg;

	os_printf("client " IPSTR ", state %d, reverse %s, espconn in the heap %d\n", IP2STR(c->proto.tcp->remote_ip), c->state, (char *)c->reverse, c != &server);
	c->reverse = "changed";
	espconn_regist_recvcb(c, on_recv);
	espconn_regist_sentcb(c, on_sent);
}

static uint8 *load(uint32 sector, uint32 *len)
{
	uint8 *p;

	spi_flash_read(sector * SPI_FLASH_SEC_SIZE, len, 4);
	p = os_malloc((*len + 3) & ~3);
	spi_flash_read(sector * SPI_FLASH_SEC_SIZE + 4, (uint32 *)p, (*len + 3) & ~3);
	return p;
}

void user_init(void)
{
	uint32 len;
	uint8 *p = load(0x100, &len);
	int cert = espconn_secure_set_default_certificate(p, len), key;

	os_free(p);
	p = load(0x101, &len);
	key = espconn_secure_set_default_private_key(p, len);
	os_free(p);
	server.type = ESPCONN_TCP;
	server.proto.tcp = &tcp;
	server.reverse = "mine";
	tcp.local_port = 443;
	espconn_regist_connectcb(&server, on_connect);
	espconn_regist_disconcb(&server, on_disconnect);
	espconn_regist_reconcb(&server, on_reconnect);
	os_printf("certificate %d, key %d, accept %d, state %d\n", cert, key, espconn_secure_accept(&server), server.state);
	os_timer_disarm(&close_timer);
}
