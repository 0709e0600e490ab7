/* Upgrade over the air (sdk-surface.md, upgrade.h). Own text of emu8266, MIT licence. */
#ifndef __UPGRADE_H__
#define __UPGRADE_H__

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef SPI_FLASH_SEC_SIZE
#define SPI_FLASH_SEC_SIZE 4096
#endif
#define LIMIT_ERASE_SIZE 0x10000

#define USER_BIN1 0x00
#define USER_BIN2 0x01

/* States of system_upgrade_flag_set. */
#define UPGRADE_FLAG_IDLE 0x00
#define UPGRADE_FLAG_START 0x01
#define UPGRADE_FLAG_FINISH 0x02

/* Answers of system_upgrade_userbin_check. */
#define UPGRADE_FW_BIN1 0x00
#define UPGRADE_FW_BIN2 0x01

typedef void (*upgrade_states_check_callback)(void *server);

struct espconn;

struct upgrade_server_info {
	uint8 ip[4];
	uint16 port;
	uint8 upgrade_flag; /* set before check_cb: 1 the image is complete, 0 it is not */
	uint8 pre_version[16];
	uint8 upgrade_version[16];
	uint32 check_times; /* ms until check_cb at the latest */
	uint8 *url;         /* the whole HTTP request */
	upgrade_states_check_callback check_cb;
	struct espconn *pespconn;
};
ESP_LAYOUT(struct upgrade_server_info, 56);
ESP_OFFSET(struct upgrade_server_info, check_times, 40);
ESP_OFFSET(struct upgrade_server_info, check_cb, 48);

ESP_SDK bool system_upgrade_start(struct upgrade_server_info *server);
ESP_SDK void system_upgrade_init(void);
ESP_SDK void system_upgrade_deinit(void);
ESP_SDK bool system_upgrade(uint8 *data, uint16 len);

/* Firmware with UPGRADE_SSL_ENABLE names this one. No library of the SDK has it (its own header says so): a call ends the
 * firmware with the function's name. */
bool system_upgrade_start_ssl(struct upgrade_server_info *server);

#ifdef __cplusplus
}
#endif

#endif
