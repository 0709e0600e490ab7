/*
 * iot-server: a plug with a web server, for the NonOS SDK: HTTPS when the build defines SERVER_SSL_ENABLE, else HTTP. Pages and
 * JSON are sent a piece at a time; after the last one the connection is closed.
 */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"
#include "spi_flash.h"
#include "http.h"

/* The functions of TLS and of TCP must not be mixed: all of one kind, by the macro. */
#ifdef SERVER_SSL_ENABLE
#include "cert.h"
#include "private_key.h"
#define SERVER_NAME "https"
#define server_accept espconn_secure_accept
#define server_sent espconn_secure_sent
#define server_disconnect espconn_secure_disconnect
#else
#define SERVER_NAME "http"
#define server_accept espconn_accept
#define server_sent espconn_sent
#define server_disconnect espconn_disconnect
#endif

static const partition_item_t partitions[] = {
	{SYSTEM_PARTITION_SSL_SERVER_CA, CA_SECTOR * 0x1000, 0x1000},
	{SYSTEM_PARTITION_BOOTLOADER, 0x0, 0x1000},
	{SYSTEM_PARTITION_OTA_1, 0x1000, 0x30000},
	{SYSTEM_PARTITION_OTA_2, 0x101000, 0x30000},
	{SYSTEM_PARTITION_RF_CAL, 0x3FB000, 0x1000},
	{SYSTEM_PARTITION_PHY_DATA, 0x3FC000, 0x1000},
	{SYSTEM_PARTITION_SYSTEM_PARAMETER, 0x3FD000, 0x3000},
};

static const char page[] =
	"<!doctype html>\n"
	"<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>A plug</title>\n"
	"<style>\n"
	"body { font: 1.1em/1.6 sans-serif; max-width: 36em; margin: 2em auto; padding: 0 1em; }\n"
	"button { font: inherit; padding: .2em 1em; margin: 0 .3em; border: 1px solid; border-radius: .3em; }\n"
	"</style>\n"
	"<h1>A plug</h1>\n"
	"<p>Its relay is <b id=s>?</b> <button onclick=set(1)>on</button> <button onclick=set(0)>off</button>\n"
	"<p>Up for <span id=u>?</span> s, <span id=h>?</span> bytes of heap free, <span id=r>?</span> requests answered.\n"
	"<p><button onclick=\"fetch('/config?command=reboot',{method:'POST'})\">restart</button>\n"
	"<script>\n"
	"// One request after the other: the device serves one TLS client at a time.\n"
	"async function ask(url, options) { return (await fetch(url, options)).json() }\n"
	"async function show() {\n"
	"  s.textContent = (await ask('/config?command=switch')).status ? 'on' : 'off'\n"
	"  let i = await ask('/client?command=info')\n"
	"  u.textContent = i.uptime; h.textContent = i.heap; r.textContent = i.requests\n"
	"}\n"
	"async function set(v) {\n"
	"  await ask('/config?command=switch', {method: 'POST', body: JSON.stringify({status: v})})\n"
	"  await show()\n"
	"}\n"
	"show(); setInterval(show, 5000)\n"
	"</script>\n";

static struct espconn server;
static esp_tcp tcp;
static struct espconn *client; /* NULL: none */
static os_event_t queue[1];
static os_timer_t reboot_timer;
static struct http_request request; /* one is enough: there is one TLS client at a time */
static char answer[HTTP_ANSWER_MAX];
static uint16 answer_length, answer_sent;
static int relay;
static uint32 requests;
static bool rebooting;

/* Each handler writes the answer's body and returns its status. */

static int ICACHE_FLASH_ATTR get_info(char *json)
{
	os_sprintf(json, "{\"version\":\"1.0\",\"chip\":\"%06x\",\"uptime\":%d,\"heap\":%d,\"requests\":%d}", system_get_chip_id(),
		system_get_time() / 1000000, system_get_free_heap_size(), requests);
	return 200;
}

static int ICACHE_FLASH_ATTR get_status(char *json)
{
	os_sprintf(json, "{\"status\":%d}", wifi_station_get_connect_status());
	return 200;
}

static int ICACHE_FLASH_ATTR get_switch(char *json)
{
	os_sprintf(json, "{\"status\":%d}", relay);
	return 200;
}

static int ICACHE_FLASH_ATTR post_switch(char *json)
{
	int status;

	if (!json_number(request.body, "status", &status) || (status != 0 && status != 1)) {
		os_strcpy(json, "{\"error\":\"status must be 0 or 1\"}");
		return 400;
	}
	relay = status;
	os_printf("relay %s\n", relay ? "on" : "off");
	return get_switch(json);
}

static int ICACHE_FLASH_ATTR post_reboot(char *json)
{
	rebooting = true; /* when this connection has ended */
	os_strcpy(json, "{\"rebooting\":true}");
	return 200;
}

static const struct route {
	enum http_method method;
	const char *path;
	const char *command;
	int (*handle)(char *json);
} routes[] = {
	{HTTP_GET, "/client", "info", get_info},
	{HTTP_GET, "/client", "status", get_status},
	{HTTP_GET, "/config", "switch", get_switch},
	{HTTP_POST, "/config", "switch", post_switch},
	{HTTP_POST, "/config", "reboot", post_reboot},
};

static void ICACHE_FLASH_ATTR send_piece(struct espconn *conn)
{
	uint16 n = answer_length - answer_sent;
	sint8 ret;

	if (n > SEND_MAX)
		n = SEND_MAX;
	ret = server_sent(conn, (uint8 *)answer + answer_sent, n);
	if (ret != ESPCONN_OK)
		os_printf("sent: %d\n", ret);
	answer_sent += n;
}

static void ICACHE_FLASH_ATTR reply(struct espconn *conn, int status, const char *type, const char *body)
{
	requests++;
	answer_length = http_answer(answer, status, type, body);
	answer_sent = 0;
	os_printf("answer %d, %d bytes\n", status, answer_length);
	send_piece(conn);
}

static void ICACHE_FLASH_ATTR route(struct espconn *conn)
{
	char json[128];
	int status = 404;
	const struct route *r;

	os_printf("%s %s %s\n", request.method == HTTP_GET ? "GET" : request.method == HTTP_POST ? "POST" : "?", request.path, request.command);
	if (request.method == HTTP_GET && os_strcmp(request.path, "/") == 0) {
		reply(conn, 200, "text/html", page);
		return;
	}
	os_strcpy(json, "{\"error\":\"no such page\"}");
	for (r = routes; r < routes + sizeof(routes) / sizeof(routes[0]); r++) {
		if (os_strcmp(r->path, request.path) != 0 || os_strcmp(r->command, request.command) != 0)
			continue;
		if (r->method == request.method) {
			status = r->handle(json);
			break;
		}
		os_strcpy(json, "{\"error\":\"wrong method\"}");
		status = 405;
	}
	reply(conn, status, "application/json", json);
}

static void ICACHE_FLASH_ATTR on_recv(void *arg, char *data, unsigned short len)
{
	struct espconn *conn = arg;

	if (answer_length > 0)
		return; /* one request for each connection */
	switch (http_feed(&request, data, len)) {
	case HTTP_MORE:
		os_printf("%d bytes, not all yet\n", len);
		return;
	case HTTP_DONE:
		route(conn);
		return;
	case HTTP_TOO_LONG:
		reply(conn, 413, "application/json", "{\"error\":\"too long\"}");
		return;
	case HTTP_BAD:
		reply(conn, 400, "application/json", "{\"error\":\"no HTTP\"}");
		return;
	}
}

static void ICACHE_FLASH_ATTR on_sent(void *arg)
{
	if (answer_sent < answer_length)
		send_piece(arg);
	else
		system_os_post(USER_TASK_PRIO_1, 0, 0); /* never disconnect inside a callback */
}

static void ICACHE_FLASH_ATTR close_task(os_event_t *e)
{
	if (client) /* it may have left after the task was posted */
		server_disconnect(client);
}

static void ICACHE_FLASH_ATTR ended(void)
{
	client = NULL;
	if (rebooting)
		os_timer_arm(&reboot_timer, REBOOT_MS, 0);
}

static void ICACHE_FLASH_ATTR on_disconnect(void *arg)
{
	os_printf("client gone, %d bytes of heap free\n", system_get_free_heap_size());
	ended();
}

static void ICACHE_FLASH_ATTR on_reconnect(void *arg, sint8 err)
{
	os_printf("client lost, err %d\n", err);
	ended();
}

/* The espconn of this callback is one of the client's own; registering on it is enough for recv and sent. */
static void ICACHE_FLASH_ATTR on_connect(void *arg)
{
	struct espconn *conn = arg;

	client = conn;
	os_printf("client " IPSTR ", %d bytes of heap free\n", IP2STR(conn->proto.tcp->remote_ip), system_get_free_heap_size());
	http_reset(&request);
	answer_length = answer_sent = 0;
	espconn_regist_recvcb(conn, on_recv);
	espconn_regist_sentcb(conn, on_sent);
}

#ifdef SERVER_SSL_ENABLE
/* tls_init gives the server its certificate and key, and, if a CA image was burned, lets it check its clients with that. */
static void ICACHE_FLASH_ATTR tls_init(void)
{
	uint32 first;

	espconn_secure_set_default_certificate(default_certificate, default_certificate_len);
	espconn_secure_set_default_private_key(default_private_key, default_private_key_len);
	if (spi_flash_read(CA_SECTOR * SPI_FLASH_SEC_SIZE, &first, sizeof(first)) == SPI_FLASH_RESULT_OK && first != 0xFFFFFFFF) {
		espconn_secure_ca_enable(ESPCONN_SERVER, CA_SECTOR);
		os_printf("clients need a certificate of the CA at sector 0x%x\n", CA_SECTOR);
	}
}
#endif

static void ICACHE_FLASH_ATTR webserver_init(void)
{
	sint8 ret;

	server.type = ESPCONN_TCP;
	server.state = ESPCONN_NONE;
	server.proto.tcp = &tcp;
	tcp.local_port = SERVER_PORT;
	espconn_regist_connectcb(&server, on_connect);
	espconn_regist_disconcb(&server, on_disconnect); /* on the server's espconn, where they are called */
	espconn_regist_reconcb(&server, on_reconnect);
#ifdef SERVER_SSL_ENABLE
	tls_init();
#endif
	ret = server_accept(&server);
#ifndef SERVER_SSL_ENABLE
	espconn_tcp_set_max_con_allow(&server, 1); /* one client at a time, as with TLS: there is one request */
#endif
	os_printf(SERVER_NAME " server on port %d: %d\n", SERVER_PORT, ret);
}

static void ICACHE_FLASH_ATTR on_wifi(System_Event_t *e)
{
	if (e->event == EVENT_STAMODE_GOT_IP)
		os_printf("got ip " IPSTR "\n", IP2STR(&e->event_info.got_ip.ip));
}

void ICACHE_FLASH_ATTR user_pre_init(void)
{
	if (!system_partition_table_regist(partitions, sizeof(partitions) / sizeof(partitions[0]), 6)) {
		os_printf("system_partition_table_regist failed\n");
		while (1)
			;
	}
}

void ICACHE_FLASH_ATTR user_init(void)
{
	os_printf("SDK %s, boot reason %d\n", system_get_sdk_version(), system_get_rst_info()->reason);
	system_os_task(close_task, USER_TASK_PRIO_1, queue, sizeof(queue) / sizeof(queue[0]));
	os_timer_setfn(&reboot_timer, (os_timer_func_t *)system_restart, NULL); /* an SDK function, of another type: usual */
	wifi_set_event_handler_cb(on_wifi);
	webserver_init();
}
