/* ICMP echo (sdk-surface.md, ping.h). Own text of emu8266, MIT licence. */
#ifndef __PING_H__
#define __PING_H__

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*ping_recv_function)(void *option, void *response);
typedef void (*ping_sent_function)(void *option, void *response);

struct ping_option {
	uint32 count;       /* 0: 4 */
	uint32 ip;          /* network order */
	uint32 coarse_time; /* seconds between two requests; 0: 1 */
	ping_recv_function recv_function;
	ping_sent_function sent_function;
	void *reverse;
};
ESP_LAYOUT(struct ping_option, 24);
ESP_OFFSET(struct ping_option, recv_function, 12);

struct ping_resp {
	uint32 total_count;
	uint32 resp_time; /* ms */
	uint32 seqno;
	uint32 timeout_count;
	uint32 bytes;
	uint32 total_bytes;
	uint32 total_time; /* ms */
	sint8 ping_err;    /* 0, or -1 after a second without reply */
};
ESP_LAYOUT(struct ping_resp, 32);
ESP_OFFSET(struct ping_resp, ping_err, 28);

ESP_SDK bool ping_start(struct ping_option *option);
ESP_SDK bool ping_regist_recv(struct ping_option *option, ping_recv_function recv);
ESP_SDK bool ping_regist_sent(struct ping_option *option, ping_sent_function sent);

#ifdef __cplusplus
}
#endif

#endif
