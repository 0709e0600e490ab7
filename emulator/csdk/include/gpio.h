/* GPIO0 to 15 (sdk-surface.md, gpio.h). Own text of emu8266, MIT licence. */
#ifndef _GPIO_H_
#define _GPIO_H_

#include "c_types.h"
#include "eagle_soc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GPIO_PIN_ADDR(i) (GPIO_PIN0_ADDRESS + (i) * 4)
#define GPIO_ID_IS_PIN_REGISTER(reg_id) (((reg_id) >= GPIO_ID_PIN0) && ((reg_id) <= GPIO_ID_PIN(GPIO_PIN_COUNT - 1)))
#define GPIO_REGID_TO_PINIDX(reg_id) ((reg_id) - GPIO_ID_PIN0)

typedef enum {
	GPIO_PIN_INTR_DISABLE = 0,
	GPIO_PIN_INTR_POSEDGE,
	GPIO_PIN_INTR_NEGEDGE,
	GPIO_PIN_INTR_ANYEDGE,
	GPIO_PIN_INTR_LOLEVEL,
	GPIO_PIN_INTR_HILEVEL
} GPIO_INT_TYPE;

#define GPIO_PIN_INTR_ANYEGDE GPIO_PIN_INTR_ANYEDGE /* as firmware for older SDKs writes it */

#define GPIO_OUTPUT_SET(gpio_no, bit_value) \
	gpio_output_set((bit_value) << (gpio_no), ((~(bit_value)) & 0x01) << (gpio_no), 1 << (gpio_no), 0)
#define GPIO_DIS_OUTPUT(gpio_no) gpio_output_set(0, 0, 0, 1 << (gpio_no))
#define GPIO_INPUT_GET(gpio_no) ((gpio_input_get() >> (gpio_no)) & BIT0)

typedef void (*gpio_intr_handler_fn_t)(uint32 intr_mask, void *arg);

ESP_SDK void gpio_init(void);
ESP_SDK void gpio_output_set(uint32 set_mask, uint32 clear_mask, uint32 enable_mask, uint32 disable_mask);
ESP_SDK uint32 gpio_input_get(void);
ESP_SDK void gpio_register_set(uint32 reg_id, uint32 value); /* reg_id: offset in the GPIO block */
ESP_SDK uint32 gpio_register_get(uint32 reg_id);
ESP_SDK void gpio_intr_handler_register(gpio_intr_handler_fn_t fn, void *arg);
ESP_SDK uint32 gpio_intr_pending(void);
ESP_SDK void gpio_intr_ack(uint32 ack_mask);
ESP_SDK void gpio_pin_wakeup_enable(uint32 i, GPIO_INT_TYPE intr_state);
ESP_SDK void gpio_pin_wakeup_disable(void);
ESP_SDK void gpio_pin_intr_state_set(uint32 i, GPIO_INT_TYPE intr_state);

#ifdef __cplusplus
}
#endif

#endif
