/* AirKiss: an app in WeChat finds the device in the LAN. The emulator does not have it: calling one of these
 * functions ends the firmware with an exception that names it. Own text of
 * emu8266, MIT licence. */
#ifndef AIRKISS_H_
#define AIRKISS_H_

#ifdef __cplusplus
extern "C" {
#endif

typedef void *(*airkiss_memset_fn)(void *to, int value, unsigned int n);
typedef void *(*airkiss_memcpy_fn)(void *to, const void *from, unsigned int n);
typedef int (*airkiss_memcmp_fn)(const void *a, const void *b, unsigned int n);
typedef int (*airkiss_printf_fn)(const char *format, ...);

typedef struct {
	airkiss_memset_fn memset;
	airkiss_memcpy_fn memcpy;
	airkiss_memcmp_fn memcmp;
	airkiss_printf_fn printf;
} airkiss_config_t;

typedef enum {
	AIRKISS_LAN_ERR_OVERFLOW = -5,
	AIRKISS_LAN_ERR_CMD,
	AIRKISS_LAN_ERR_PAKE,
	AIRKISS_LAN_ERR_PARA,
	AIRKISS_LAN_ERR_PKG,
	AIRKISS_LAN_CONTINUE,
	AIRKISS_LAN_SSDP_REQ,
	AIRKISS_LAN_PAKE_READY
} airkiss_lan_ret_t;

typedef enum {
	AIRKISS_LAN_SSDP_REQ_CMD = 0x1,
	AIRKISS_LAN_SSDP_RESP_CMD = 0x1001,
	AIRKISS_LAN_SSDP_NOTIFY_CMD = 0x1002
} airkiss_lan_cmdid_t;

const char *airkiss_version(void);
int airkiss_lan_recv(const void *body, unsigned short length, const airkiss_config_t *config);
int airkiss_lan_pack(airkiss_lan_cmdid_t command, void *app_id, void *device_id, void *data, unsigned short length, void *out,
	unsigned short *out_length, const airkiss_config_t *config);

#ifdef __cplusplus
}
#endif

#endif
