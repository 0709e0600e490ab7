/* Network connections (espconn.md 1 to 3). Own text of emu8266, MIT licence. */
#ifndef __ESPCONN_H__
#define __ESPCONN_H__

#include "c_types.h"
#include "ip_addr.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef sint8 err_t;

#define ESPCONN_OK 0
#define ESPCONN_MEM -1
#define ESPCONN_TIMEOUT -3
#define ESPCONN_RTE -4
#define ESPCONN_INPROGRESS -5
#define ESPCONN_MAXNUM -7
#define ESPCONN_ABRT -8
#define ESPCONN_RST -9
#define ESPCONN_CLSD -10
#define ESPCONN_CONN -11
#define ESPCONN_ARG -12
#define ESPCONN_IF -14
#define ESPCONN_ISCONN -15
#define ESPCONN_HANDSHAKE -28
#define ESPCONN_SSL_INVALID_DATA -61

#define ESPCONN_SSL_MAX_SIZE 8192 /* most that espconn_secure_set_size takes */

enum espconn_type { ESPCONN_INVALID = 0, ESPCONN_TCP = 0x10, ESPCONN_UDP = 0x20 };

enum espconn_state { ESPCONN_NONE, ESPCONN_WAIT, ESPCONN_LISTEN, ESPCONN_CONNECT, ESPCONN_WRITE, ESPCONN_READ, ESPCONN_CLOSE };

/* Options of a connection, for espconn_set_opt. */
enum espconn_option {
	ESPCONN_START = 0x00,
	ESPCONN_REUSEADDR = 0x01,
	ESPCONN_NODELAY = 0x02,
	ESPCONN_COPY = 0x04,
	ESPCONN_KEEPALIVE = 0x08,
	ESPCONN_MANUALRECV = 0x10,
	ESPCONN_END
};

enum espconn_level { ESPCONN_KEEPIDLE, ESPCONN_KEEPINTVL, ESPCONN_KEEPCNT };

/* Levels of the secure settings. */
enum { ESPCONN_IDLE, ESPCONN_CLIENT, ESPCONN_SERVER, ESPCONN_BOTH, ESPCONN_MAX };

typedef void (*espconn_connect_callback)(void *arg);
typedef void (*espconn_reconnect_callback)(void *arg, sint8 err);
typedef void (*espconn_recv_callback)(void *arg, char *data, unsigned short len);
typedef void (*espconn_sent_callback)(void *arg);

typedef struct _esp_tcp {
	int remote_port;
	int local_port;
	uint8 local_ip[4];
	uint8 remote_ip[4];
	espconn_connect_callback connect_callback;
	espconn_reconnect_callback reconnect_callback;
	espconn_connect_callback disconnect_callback;
	espconn_connect_callback write_finish_fn;
} esp_tcp;
ESP_LAYOUT(esp_tcp, 32);
ESP_OFFSET(esp_tcp, remote_ip, 12);
ESP_OFFSET(esp_tcp, write_finish_fn, 28);

typedef struct _esp_udp {
	int remote_port;
	int local_port;
	uint8 local_ip[4];
	uint8 remote_ip[4];
} esp_udp;
ESP_LAYOUT(esp_udp, 16);

struct espconn {
	enum espconn_type type;
	enum espconn_state state;
	union {
		esp_tcp *tcp;
		esp_udp *udp;
	} proto;
	espconn_recv_callback recv_callback;
	espconn_sent_callback sent_callback;
	uint8 link_cnt;
	void *reverse;
};
ESP_LAYOUT(struct espconn, 28);
ESP_OFFSET(struct espconn, proto, 8);
ESP_OFFSET(struct espconn, link_cnt, 20);
ESP_OFFSET(struct espconn, reverse, 24);

typedef struct _remot_info {
	enum espconn_state state;
	int remote_port;
	uint8 remote_ip[4];
} remot_info;
ESP_LAYOUT(remot_info, 12);

struct espconn_packet {
	uint16 sent_length;
	uint16 snd_buf_size;
	uint16 snd_queuelen;
	uint16 total_queuelen;
	uint32 packseqno;
	uint32 packseq_nxt;
	uint32 packnum;
};
ESP_LAYOUT(struct espconn_packet, 20);
ESP_OFFSET(struct espconn_packet, packseqno, 8);

/* The callback of a name that was looked up; ipaddr is NULL when there is no address. */
typedef void (*dns_found_callback)(const char *name, ip_addr_t *ipaddr, void *callback_arg);

ESP_SDK sint8 espconn_connect(struct espconn *conn);
ESP_SDK sint8 espconn_accept(struct espconn *conn);
ESP_SDK sint8 espconn_create(struct espconn *conn);
ESP_SDK sint8 espconn_delete(struct espconn *conn);
ESP_SDK sint8 espconn_disconnect(struct espconn *conn);
ESP_SDK sint8 espconn_abort(struct espconn *conn);
ESP_SDK sint8 espconn_send(struct espconn *conn, uint8 *data, uint16 len);
ESP_SDK sint8 espconn_sent(struct espconn *conn, uint8 *data, uint16 len);
ESP_SDK sint16 espconn_sendto(struct espconn *conn, uint8 *data, uint16 len);
ESP_SDK sint8 espconn_recv_hold(struct espconn *conn);
ESP_SDK sint8 espconn_recv_unhold(struct espconn *conn);
ESP_SDK sint16 espconn_recved_len(struct espconn *conn);
ESP_SDK sint8 espconn_set_opt(struct espconn *conn, uint8 opt);
ESP_SDK sint8 espconn_clear_opt(struct espconn *conn, uint8 opt);
ESP_SDK sint8 espconn_set_keepalive(struct espconn *conn, uint8 level, void *optarg);
ESP_SDK sint8 espconn_get_keepalive(struct espconn *conn, uint8 level, void *optarg);
ESP_SDK sint8 espconn_regist_time(struct espconn *conn, uint32 interval, uint8 type_flag);
ESP_SDK sint8 espconn_get_connection_info(struct espconn *conn, remot_info **info, uint8 typeflags);
ESP_SDK sint8 espconn_get_packet_info(struct espconn *conn, struct espconn_packet *info);
ESP_SDK err_t espconn_gethostbyname(struct espconn *conn, const char *hostname, ip_addr_t *addr, dns_found_callback found);
ESP_SDK void espconn_dns_setserver(uint8 numdns, ip_addr_t *dnsserver);
ESP_SDK ip_addr_t espconn_dns_getserver(uint8 numdns);
ESP_SDK sint8 espconn_igmp_join(ip_addr_t *host_ip, ip_addr_t *multicast_ip);
ESP_SDK sint8 espconn_igmp_leave(ip_addr_t *host_ip, ip_addr_t *multicast_ip);
ESP_SDK uint8 espconn_tcp_get_max_con(void);
ESP_SDK sint8 espconn_tcp_set_max_con(uint8 num);
ESP_SDK sint8 espconn_tcp_get_max_con_allow(struct espconn *conn);
ESP_SDK sint8 espconn_tcp_set_max_con_allow(struct espconn *conn, uint8 num);

struct mdns_info {
	char *host_name;
	char *server_name;
	uint16 server_port;
	unsigned long ipAddr;
	char *txt_data[10];
};
ESP_LAYOUT(struct mdns_info, 56);
ESP_OFFSET(struct mdns_info, txt_data, 16);

ESP_SDK void espconn_mdns_init(struct mdns_info *info);
ESP_SDK void espconn_mdns_close(void);
ESP_SDK void espconn_mdns_server_register(void);
ESP_SDK void espconn_mdns_server_unregister(void);
ESP_SDK char *espconn_mdns_get_servername(void);
ESP_SDK void espconn_mdns_set_servername(const char *name);
ESP_SDK void espconn_mdns_set_hostname(char *name);
ESP_SDK char *espconn_mdns_get_hostname(void);
ESP_SDK void espconn_mdns_enable(void);
ESP_SDK void espconn_mdns_disable(void);

/* Exported by the SDK without a declaration. */
ESP_SDK sint16 espconn_recv(struct espconn *conn, void *mem, uint32 len);
ESP_SDK uint8 espconn_tcp_get_wnd(void);
ESP_SDK sint8 espconn_tcp_set_wnd(uint8 num);
ESP_SDK uint16 espconn_tcp_get_mss(void);
ESP_SDK uint8 espconn_tcp_get_max_retran(void);
ESP_SDK sint8 espconn_tcp_set_max_retran(uint8 num);
ESP_SDK uint8 espconn_tcp_get_max_syn(void);
ESP_SDK sint8 espconn_tcp_set_max_syn(uint8 num);
ESP_SDK sint8 espconn_tcp_set_buf_count(struct espconn *conn, uint8 num);

/* For plain and secure connections. espconn_port gives a free local port, 1024 to 49999 (the SDK: any); the others 0 or ESPCONN_ARG. */
ESP_SDK uint32 espconn_port(void);
ESP_SDK sint8 espconn_regist_connectcb(struct espconn *conn, espconn_connect_callback cb);
ESP_SDK sint8 espconn_regist_reconcb(struct espconn *conn, espconn_reconnect_callback cb);
ESP_SDK sint8 espconn_regist_disconcb(struct espconn *conn, espconn_connect_callback cb);
ESP_SDK sint8 espconn_regist_recvcb(struct espconn *conn, espconn_recv_callback cb);
ESP_SDK sint8 espconn_regist_sentcb(struct espconn *conn, espconn_sent_callback cb);
ESP_SDK sint8 espconn_regist_write_finish(struct espconn *conn, espconn_connect_callback cb);

/*
 * Secure connections: TLS over TCP. The numbers in brackets are sections of the SSL manual V2.1 and, behind the stroke, of V1.0.
 * On a secure espconn use these functions, espconn_regist_*cb and espconn_port only; a plain function is refused with ESPCONN_ARG [5/4].
 * A level is 1 for the client (espconn_secure_connect), 2 for the server (espconn_secure_accept), 3 for both. A flash sector has
 * 4,096 bytes: 0x7B is flash address 0x7B000. What an SDK does otherwise than the manuals say depends on the profile that the device
 * follows: docs/tables/documented-vs-actual.md.
 */

#ifdef EMU8266_SSL_V10 /* -D EMU8266_SSL_V10: for firmware that repeats the prototype of espconn_secure_ca_enable in V1.0 */
typedef uint16 espconn_ca_sector;
#else
typedef uint32 espconn_ca_sector;
#endif

/*
 * Connects to remote_ip and remote_port; local_port is not looked at. One client at a time: disconnect it before the next [5.5/4.6].
 * 0: the connect, reconnect or disconnect callback will follow. Otherwise nothing was changed and no callback comes: ESPCONN_ISCONN
 * a connection exists, ESPCONN_MEM too little memory (22 KB for a size of 8,192 [4.2]) or a size over 3,072 with mutual
 * authentication, ESPCONN_ARG NULL or not TCP, ESPCONN_RTE no address yet.
 */
ESP_SDK sint8 espconn_secure_connect(struct espconn *conn);

/*
 * Listens on local_port, for one server with one client at a time. Set certificate and key before [5.1/4.3].
 * 0: listening. ESPCONN_ISCONN: a server exists. ESPCONN_MEM: too little memory, the port is taken, or a size over 3,072 with the
 * server's CA check on [3.2]. ESPCONN_ARG: NULL, not TCP, or no certificate and key.
 */
ESP_SDK sint8 espconn_secure_accept(struct espconn *conn);

/*
 * Ends the server conn and frees its certificate and key: set them again before the next accept [5.2].
 * 0: done. ESPCONN_INPROGRESS: a client is connected, disconnect it first. ESPCONN_ARG: conn is not the server.
 */
ESP_SDK sint8 espconn_secure_delete(struct espconn *conn);

/*
 * Sends len bytes, at most 1,024 of plaintext (1,460 encrypted); the next send only after the sent callback. Keep data unchanged
 * until then [5.6]. 0: taken. ESPCONN_ARG: no such connection, or too many bytes. ESPCONN_INPROGRESS: before the connect callback,
 * or before the sent callback of the send before.
 */
ESP_SDK sint8 espconn_secure_send(struct espconn *conn, uint8 *data, uint16 len);

/* espconn_secure_send by its name in V1.0, which knows no limit of 1,024 bytes [-/4.7]. */
ESP_SDK sint8 espconn_secure_sent(struct espconn *conn, uint8 *data, uint16 len);

/*
 * Closes the connection; the disconnect callback follows. Not inside an espconn callback: post to a task of your own with
 * system_os_post and call it there [5.7/4.8]. 0: closing. ESPCONN_ARG: no such connection. ESPCONN_INPROGRESS: closing already.
 */
ESP_SDK sint8 espconn_secure_disconnect(struct espconn *conn);

/*
 * Sets the TLS buffer of a level in bytes, 1 to 8,192, 2,048 after boot. Call it before connect or accept: it holds for the next
 * connection. A record or handshake message over the size ends the connection with the reconnect callback [5.3/4.4].
 * true: set. false: another level or size; nothing was changed.
 */
ESP_SDK bool espconn_secure_set_size(uint8 level, uint16 size);

/* The size of a level in bytes [5.4/4.5]; ESPCONN_ARG for another level. Level 3 with two sizes gives the client's. */
ESP_SDK sint16 espconn_secure_get_size(uint8 level);

/*
 * Switches the check of the peer's certificate on: against the image esp_ca_cert.bin at a flash sector. Level 1: the client checks
 * the server; 2: the server asks its client for a certificate and checks it; 3: both. Off after boot. Call it before connect or
 * accept [5.8/4.2]. true: taken, without a look at the sector. false: another level, or sector 0.
 */
ESP_SDK bool espconn_secure_ca_enable(uint8 level, espconn_ca_sector flash_sector);

/*
 * Switches it off again, for level 1, 2 or 3; the other role keeps its setting. Call it before connect or accept [5.9/4.1].
 * true: off. false: another level.
 */
ESP_SDK bool espconn_secure_ca_disable(uint8 level);

/*
 * Lets the client (level 1, no other) present the certificate of the image esp_cert_private_key.bin at a flash sector to a server
 * that asks for one. Off after boot. Call it before connect [5.10]. true: taken, without a look at the sector. false: another level,
 * or sector 0. The sector must not be one of the program or of the system's parameters.
 */
ESP_SDK bool espconn_secure_cert_req_enable(uint8 level, uint32 flash_sector);

/* Switches it off again; level 1, no other [5.11, where the prototype has the name of ca_disable]. true: off. */
ESP_SDK bool espconn_secure_cert_req_disable(uint8 level);

/*
 * The server's certificate, 1 to 8,192 bytes in DER or PEM (axTLS: DER), copied: default_certificate and default_certificate_len of
 * cert.h. Call it before accept [5.12]. true: taken. false: NULL, a length out of range, or no memory. V1.0 has no such function:
 * including cert.h is enough there [-/2.1].
 */
ESP_SDK bool espconn_secure_set_default_certificate(const uint8 *certificate, uint16 length);

/* The server's RSA key in the same way: default_private_key and default_private_key_len of private_key.h [5.13]. */
ESP_SDK bool espconn_secure_set_default_private_key(const uint8 *private_key, uint16 length);

typedef void *espconn_handle;

#ifdef __cplusplus
}
#endif

#endif
