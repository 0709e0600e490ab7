/* An I2C master that moves two GPIOs (sdk-surface.md, driver_lib). Own text of emu8266, MIT licence. */
#ifndef __I2C_MASTER_H__
#define __I2C_MASTER_H__

#include "ets_sys.h"
#include "gpio.h"

#ifdef __cplusplus
extern "C" {
#endif

#define I2C_MASTER_SDA_MUX PERIPHS_IO_MUX_GPIO2_U
#define I2C_MASTER_SCL_MUX PERIPHS_IO_MUX_MTMS_U
#define I2C_MASTER_SDA_GPIO 2
#define I2C_MASTER_SCL_GPIO 14
#define I2C_MASTER_SDA_FUNC FUNC_GPIO2
#define I2C_MASTER_SCL_FUNC FUNC_GPIO14

/* Both lines are open drains that stay enabled. */
#define I2C_MASTER_SDA_HIGH_SCL_HIGH() \
	gpio_output_set(1 << I2C_MASTER_SDA_GPIO | 1 << I2C_MASTER_SCL_GPIO, 0, 1 << I2C_MASTER_SDA_GPIO | 1 << I2C_MASTER_SCL_GPIO, 0)
#define I2C_MASTER_SDA_HIGH_SCL_LOW() \
	gpio_output_set(1 << I2C_MASTER_SDA_GPIO, 1 << I2C_MASTER_SCL_GPIO, 1 << I2C_MASTER_SDA_GPIO | 1 << I2C_MASTER_SCL_GPIO, 0)
#define I2C_MASTER_SDA_LOW_SCL_HIGH() \
	gpio_output_set(1 << I2C_MASTER_SCL_GPIO, 1 << I2C_MASTER_SDA_GPIO, 1 << I2C_MASTER_SDA_GPIO | 1 << I2C_MASTER_SCL_GPIO, 0)
#define I2C_MASTER_SDA_LOW_SCL_LOW() \
	gpio_output_set(0, 1 << I2C_MASTER_SDA_GPIO | 1 << I2C_MASTER_SCL_GPIO, 1 << I2C_MASTER_SDA_GPIO | 1 << I2C_MASTER_SCL_GPIO, 0)

#define i2c_master_wait os_delay_us

void i2c_master_gpio_init(void);
void i2c_master_init(void);
void i2c_master_start(void);
void i2c_master_stop(void);
void i2c_master_setAck(uint8_t level);
uint8_t i2c_master_getAck(void);
bool i2c_master_checkAck(void);
void i2c_master_send_ack(void);
void i2c_master_send_nack(void);
uint8_t i2c_master_readByte(void);
void i2c_master_writeByte(uint8_t wrdata);

#ifdef __cplusplus
}
#endif

#endif
