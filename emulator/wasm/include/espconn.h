/* Network connections (espconn.md 1 to 3). Own text of espemu, MIT licence. */
#ifndef __ESPCONN_H__
#define __ESPCONN_H__

#include "c_types.h"

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

ESP_SDK uint32 espconn_port(void);
ESP_SDK sint8 espconn_regist_connectcb(struct espconn *conn, espconn_connect_callback cb);
ESP_SDK sint8 espconn_regist_reconcb(struct espconn *conn, espconn_reconnect_callback cb);
ESP_SDK sint8 espconn_regist_disconcb(struct espconn *conn, espconn_connect_callback cb);
ESP_SDK sint8 espconn_regist_recvcb(struct espconn *conn, espconn_recv_callback cb);
ESP_SDK sint8 espconn_regist_sentcb(struct espconn *conn, espconn_sent_callback cb);
ESP_SDK sint8 espconn_regist_write_finish(struct espconn *conn, espconn_connect_callback cb);

ESP_SDK sint8 espconn_secure_connect(struct espconn *conn);
ESP_SDK sint8 espconn_secure_accept(struct espconn *conn);
ESP_SDK sint8 espconn_secure_delete(struct espconn *conn);
ESP_SDK sint8 espconn_secure_send(struct espconn *conn, uint8 *data, uint16 len);
ESP_SDK sint8 espconn_secure_sent(struct espconn *conn, uint8 *data, uint16 len);
ESP_SDK sint8 espconn_secure_disconnect(struct espconn *conn);
ESP_SDK bool espconn_secure_set_size(uint8 level, uint16 size);
ESP_SDK sint16 espconn_secure_get_size(uint8 level);
ESP_SDK bool espconn_secure_ca_enable(uint8 level, uint32 flash_sector);
ESP_SDK bool espconn_secure_ca_disable(uint8 level);
ESP_SDK bool espconn_secure_cert_req_enable(uint8 level, uint32 flash_sector);
ESP_SDK bool espconn_secure_cert_req_disable(uint8 level);
ESP_SDK bool espconn_secure_set_default_certificate(const uint8 *certificate, uint16 length);
ESP_SDK bool espconn_secure_set_default_private_key(const uint8 *private_key, uint16 length);

#endif
