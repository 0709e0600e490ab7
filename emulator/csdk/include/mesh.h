/* The mesh of SDK 2.0 and 2.1: devices that pass each other's data on. The emulator does not have it: calling one of these
 * functions ends the firmware with an exception that names it. Own text of emu8266, MIT licence. */
#ifndef __LWIP_API_MESH_H__
#define __LWIP_API_MESH_H__

#include "espconn.h"
#include "ip_addr.h"
#include "user_interface.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_MESH_GROUP_ID_LEN 6

enum mesh_type { MESH_CLOSE, MESH_LOCAL, MESH_ONLINE, MESH_NONE = 0xff };
enum mesh_status { MESH_DISABLE, MESH_WIFI_CONN, MESH_NET_CONN, MESH_LOCAL_AVAIL, MESH_ONLINE_AVAIL };
enum mesh_node_type { MESH_NODE_PARENT, MESH_NODE_CHILD, MESH_NODE_ALL };

typedef void (*espconn_mesh_callback)();
typedef void (*espconn_mesh_scan_callback)(void *arg, int8_t status);

struct mesh_scan_para_type {
	espconn_mesh_scan_callback usr_scan_cb;
	uint8_t grp_id[ESP_MESH_GROUP_ID_LEN];
	bool grp_set; /* false: access points that are none of a mesh are listed, too */
};

int8_t espconn_mesh_connect(struct espconn *usr_esp);
int8_t espconn_mesh_disconnect(struct espconn *usr_esp);
int8_t espconn_mesh_get_status(void);
int8_t espconn_mesh_sent(struct espconn *usr_esp, uint8 *pdata, uint16 len);
uint8_t espconn_mesh_get_dev_type(void);
uint8_t espconn_mesh_get_max_hops(void);
bool espconn_mesh_encrypt_init(AUTH_MODE mode, uint8_t *passwd, uint8_t passwd_len);
bool espconn_mesh_get_node_info(enum mesh_node_type type, uint8_t **info, uint8_t *count);
bool espconn_mesh_get_router(struct station_config *router);
bool espconn_mesh_group_id_init(uint8_t *grp_id, uint16_t gid_len);
bool espconn_mesh_local_addr(struct ip_addr *ip);
bool espconn_mesh_server_init(struct ip_addr *ip, uint16_t port);
bool espconn_mesh_set_dev_type(uint8_t dev_type);
bool espconn_mesh_set_max_hops(uint8_t max_hops);
bool espconn_mesh_set_router(struct station_config *router);
bool espconn_mesh_set_ssid_prefix(uint8_t *prefix, uint8_t prefix_len);
void espconn_mesh_disable(espconn_mesh_callback disable_cb);
void espconn_mesh_enable(espconn_mesh_callback enable_cb, enum mesh_type type);
void espconn_mesh_print_ver(void);
void espconn_mesh_scan(struct mesh_scan_para_type *para);

#ifdef __cplusplus
}
#endif

#endif
