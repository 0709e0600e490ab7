/* An app on a phone tells the station an access point (sdk-surface.md, smartconfig.h). Own text of emu8266, MIT licence. */
#ifndef __SMARTCONFIG_H__
#define __SMARTCONFIG_H__

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
	SC_STATUS_WAIT = 0,
	SC_STATUS_FIND_CHANNEL,      /* it listens */
	SC_STATUS_GETTING_SSID_PSWD, /* data: sc_type * */
	SC_STATUS_LINK,              /* data: struct station_config *, for wifi_station_set_config */
	SC_STATUS_LINK_OVER,         /* data: the phone's address, uint8[4]; NULL for AirKiss */
} sc_status;

typedef enum { SC_TYPE_ESPTOUCH = 0, SC_TYPE_AIRKISS, SC_TYPE_ESPTOUCH_AIRKISS } sc_type;

typedef void (*sc_callback_t)(sc_status status, void *data);

ESP_SDK const char *smartconfig_get_version(void);
ESP_SDK bool smartconfig_start(sc_callback_t cb, ...); /* 1 behind cb: more lines */
ESP_SDK bool smartconfig_stop(void);
ESP_SDK bool esptouch_set_timeout(uint8 time_s); /* 15 to 255, 80 at boot */
ESP_SDK bool smartconfig_set_type(sc_type type);

#ifdef __cplusplus
}
#endif

#endif
