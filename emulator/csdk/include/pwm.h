/* PWM on up to eight pins (sdk-surface.md, pwm.h). A duty counts 45 ns. Own text of emu8266, MIT licence. */
#ifndef __PWM_H__
#define __PWM_H__

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef PWM_CHANNEL_NUM_MAX
#define PWM_CHANNEL_NUM_MAX 8
#endif

struct pwm_param {
	uint32 period; /* us */
	uint32 freq;
	uint32 duty[PWM_CHANNEL_NUM_MAX];
};
ESP_OFFSET(struct pwm_param, duty, 8);

/* pin_info_list: a row for each channel, {register in IO_MUX, function, GPIO}. */
ESP_SDK void pwm_init(uint32 period, uint32 *duty, uint32 pwm_channel_num, uint32 (*pin_info_list)[3]);
ESP_SDK void pwm_start(void); /* makes what the next two set valid */
ESP_SDK void pwm_set_duty(uint32 duty, uint8 channel);
ESP_SDK void pwm_set_period(uint32 period);
ESP_SDK uint32 pwm_get_duty(uint8 channel);
ESP_SDK uint32 pwm_get_period(void);
ESP_SDK uint32 get_pwm_version(void);
ESP_SDK void set_pwm_debug_en(uint8 print_en);

#ifdef __cplusplus
}
#endif

#endif
