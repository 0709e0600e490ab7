/* Plain connections: a name is looked up, a TCP client asks it, a server answers, UDP echoes. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

static struct espconn client, server, udp;
static esp_tcp client_tcp, server_tcp;
static esp_udp udp_proto;
static ip_addr_t addr;
static char fetched[16];

static void client_recv(void *arg, char *data, unsigned short len)
{
	os_printf("client recv, data %d, len %d, waiting %d\n", data != NULL, len, espconn_recved_len(arg));
	len = espconn_recv(arg, fetched, sizeof fetched - 1);
	fetched[len] = 0;
	os_printf("fetched %s\n", fetched);
}

static void client_sent(void *arg)
{
	struct espconn_packet p;

	os_printf("client sent, packet info %d, length %d, queue %d\n", espconn_get_packet_info(arg, &p), p.sent_length, p.total_queuelen);
}

static void client_connect(void *arg)
{
	int idle = 30, got = 0;

	os_printf("client connect, set_opt %d\n", espconn_set_opt(arg, ESPCONN_MANUALRECV | ESPCONN_KEEPALIVE));
	espconn_set_keepalive(arg, ESPCONN_KEEPIDLE, &idle);
	espconn_get_keepalive(arg, ESPCONN_KEEPIDLE, &got);
	os_printf("keepalive %d, send %d\n", got, espconn_send(arg, (uint8 *)"question", 8));
}

static void client_disconnect(void *arg)
{
	os_printf("client disconnect, own espconn %d\n", arg == &client);
}

static void found(const char *name, ip_addr_t *ip, void *arg)
{
	os_printf("found %s, address %d, arg %d\n", name, ip != NULL, arg == &client);
	if (ip == NULL)
		return;
	os_printf("address " IPSTR "\n", IP2STR(ip));
	client.type = ESPCONN_TCP;
	client.proto.tcp = &client_tcp;
	client_tcp.remote_port = 7777;
	client_tcp.local_port = espconn_port();
	os_memcpy(client_tcp.remote_ip, ip, 4);
	espconn_regist_connectcb(&client, client_connect);
	espconn_regist_disconcb(&client, client_disconnect);
	espconn_regist_recvcb(&client, client_recv);
	espconn_regist_sentcb(&client, client_sent);
	os_printf("connect %d\n", espconn_connect(&client));
}

static void server_recv(void *arg, char *data, unsigned short len)
{
	remot_info *info = NULL;
	sint8 ret = espconn_get_connection_info(&server, &info, 0);

	os_printf("server recv %s, connections %d %d, state %d, port %d, " IPSTR "\n", data, ret, server.link_cnt, info->state, info->remote_port != 0,
		IP2STR(info->remote_ip));
	espconn_send(arg, (uint8 *)"answer", 6);
}

static void server_disconnect(void *arg)
{
	os_printf("server disconnect, server espconn %d\n", arg == &server);
}

static void udp_recv(void *arg, char *data, unsigned short len)
{
	remot_info *info = NULL;

	espconn_get_connection_info(arg, &info, 0);
	os_printf("udp recv %d, " IPSTR "\n", len, IP2STR(info->remote_ip));
	udp_proto.remote_port = info->remote_port;
	os_memcpy(udp_proto.remote_ip, info->remote_ip, 4);
	os_printf("sendto %d\n", espconn_sendto(arg, (uint8 *)data, len));
}

static void advertise(struct ip_info *ip)
{
	struct mdns_info info;

	os_memset(&info, 0, sizeof info);
	info.host_name = "lamp";
	info.server_name = "http";
	info.ipAddr = ip->ip.addr;
	info.txt_data[0] = "version = 1";
	espconn_mdns_init(&info);
	os_printf("mdns %s %s\n", espconn_mdns_get_hostname(), espconn_mdns_get_servername());
}

static void on_event(System_Event_t *e)
{
	struct ip_info ip;
	ip_addr_t dns;

	if (e->event != EVENT_STAMODE_GOT_IP)
		return;
	server.type = ESPCONN_TCP;
	server.proto.tcp = &server_tcp;
	server_tcp.local_port = 80;
	espconn_regist_recvcb(&server, server_recv);
	espconn_regist_disconcb(&server, server_disconnect);
	os_printf("accept %d, time %d, max con %d\n", espconn_accept(&server), espconn_regist_time(&server, 5, 0), espconn_tcp_get_max_con());
	udp.type = ESPCONN_UDP;
	udp.proto.udp = &udp_proto;
	udp_proto.local_port = 5000;
	espconn_regist_recvcb(&udp, udp_recv);
	os_printf("create %d\n", espconn_create(&udp));
	wifi_get_ip_info(STATION_IF, &ip);
	advertise(&ip);
	dns = espconn_dns_getserver(0);
	os_printf("dns server " IPSTR "\n", IP2STR(&dns));
	os_printf("literal %d\n", espconn_gethostbyname(&client, "1.2.3.4", &addr, found));
	os_printf("address " IPSTR "\n", IP2STR(&addr));
	os_printf("lookup %d\n", espconn_gethostbyname(&client, "peer.test", &addr, found));
}

void user_init(void)
{
	wifi_set_event_handler_cb(on_event);
}
