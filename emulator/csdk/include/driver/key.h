/* Keys between a GPIO and ground (sdk-surface.md, driver_lib). Own text of emu8266, MIT licence. */
#ifndef __KEY_H__
#define __KEY_H__

#include "ets_sys.h"
#include "gpio.h"
#include "os_type.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*key_function)(void);

struct single_key_param {
	uint8_t key_level;
	uint8_t gpio_id;
	uint8_t gpio_func;
	uint32_t gpio_name;
	os_timer_t key_5s;
	os_timer_t key_50ms;
	key_function short_press;
	key_function long_press;
};
ESP_LAYOUT(struct single_key_param, 56);
ESP_OFFSET(struct single_key_param, key_50ms, 28);

struct keys_param {
	uint8_t key_num;
	struct single_key_param **single_key;
};
ESP_LAYOUT(struct keys_param, 8);

/* long_press: down for 5 s; short_press: it has come up. */
struct single_key_param *key_init_single(uint8_t gpio_id, uint32_t gpio_name, uint8_t gpio_func, key_function long_press, key_function short_press);
void key_init(struct keys_param *key);

#ifdef __cplusplus
}
#endif

#endif
