/* The time (sdk-surface.md, sntp.h). Own text of emu8266, MIT licence. */
#ifndef __SNTP_H__
#define __SNTP_H__

#include "ip_addr.h"
#include "os_type.h"

#ifdef __cplusplus
extern "C" {
#endif

ESP_SDK void sntp_init(void);
ESP_SDK void sntp_stop(void);
ESP_SDK void sntp_setserver(unsigned char i, ip_addr_t *addr);
ESP_SDK ip_addr_t sntp_getserver(unsigned char i);
ESP_SDK void sntp_setservername(unsigned char i, char *name); /* the name is kept, not copied */
ESP_SDK char *sntp_getservername(unsigned char i);
ESP_SDK bool sntp_set_timezone(sint8 hours);
ESP_SDK sint8 sntp_get_timezone(void);
ESP_SDK uint32 sntp_get_current_timestamp(void);
ESP_SDK char *sntp_get_real_time(long t);

#define sntp_servermode_dhcp(x)

#ifdef __cplusplus
}
#endif

#endif
