/* Firmware that uses pins and peripherals: a LED that blinks, a button counted by interrupt, a key with the SDK's driver,
 * a UART that answers lines, PWM that fades, the analogue input, a sensor on the I2C bus, and the hardware timer. */
#include "ets_sys.h"
#include "osapi.h"
#include "gpio.h"
#include "pwm.h"
#include "mem.h"
#include "user_interface.h"
#include "driver/gpio16.h"
#include "driver/hw_timer.h"
#include "driver/i2c_master.h"
#include "driver/key.h"
#include "driver/uart.h"

#define LED 5
#define BUTTON 4
#define KEY 0
#define PULSE 13
#define SENSOR 0x40

static os_timer_t blink, debounce, fade, measure;
static os_event_t queue[4];
static int presses, on, ticks;
static char line[64];
static int length;

static void on_blink(void *arg)
{
	on = !on;
	GPIO_OUTPUT_SET(LED, on);
	gpio16_output_set(on);
}

/* The button: its interrupt is off for 20 ms after each edge. */
static void on_button(void *arg)
{
	uint32 status = GPIO_REG_READ(GPIO_STATUS_ADDRESS);

	gpio_pin_intr_state_set(GPIO_ID_PIN(BUTTON), GPIO_PIN_INTR_DISABLE);
	GPIO_REG_WRITE(GPIO_STATUS_W1TC_ADDRESS, status);
	if (status & BIT(BUTTON)) {
		os_timer_disarm(&debounce);
		os_timer_arm(&debounce, 20, 0);
	}
}

static void on_debounce(void *arg)
{
	if (GPIO_INPUT_GET(BUTTON) == 0)
		os_printf("press %d\n", ++presses);
	gpio_pin_intr_state_set(GPIO_ID_PIN(BUTTON), GPIO_PIN_INTR_NEGEDGE);
}

/* The UART: the handler wakes the task, which reads the FIFO and answers lines. */
static void on_uart(void *arg)
{
	if (arg != (void *)queue)
		os_printf("bad argument\n");
	CLEAR_PERI_REG_MASK(UART_INT_ENA(UART0), UART_RXFIFO_FULL_INT_ENA | UART_RXFIFO_TOUT_INT_ENA);
	WRITE_PERI_REG(UART_INT_CLR(UART0), 0xffff);
	system_os_post(USER_TASK_PRIO_1, 1, 0);
}

static void task(os_event_t *e)
{
	while (READ_PERI_REG(UART_STATUS(UART0)) & UART_RXFIFO_CNT) {
		char c = READ_PERI_REG(UART_FIFO(UART0)) & 0xff;

		if (c != '\n' && length < (int)sizeof(line) - 1) {
			line[length++] = c;
			continue;
		}
		line[length] = 0;
		length = 0;
		uart0_sendStr("you said ");
		uart0_sendStr(line);
		uart0_sendStr("\n");
	}
	uart_rx_intr_enable(UART0);
}

static void uart(void)
{
	system_os_task(task, USER_TASK_PRIO_1, queue, 4);
	uart_div_modify(UART0, UART_CLK_FREQ / 9600);
	ETS_UART_INTR_ATTACH(on_uart, queue);
	WRITE_PERI_REG(UART_CONF1(UART0), 16 | 2 << UART_RX_TOUT_THRHD_S | UART_RX_TOUT_EN);
	WRITE_PERI_REG(UART_INT_CLR(UART0), 0xffff);
	uart_rx_intr_enable(UART0);
	ETS_UART_INTR_ENABLE();
}

static void on_fade(void *arg)
{
	uint32 duty = pwm_get_duty(0) + 5555;

	if (duty > 22222)
		return;
	pwm_set_duty(duty, 0);
	pwm_start();
	os_timer_arm(&fade, 100, 0);
}

static int sensor(uint8 reg, uint8 *data, int n)
{
	int ok;

	i2c_master_start();
	i2c_master_writeByte(SENSOR << 1);
	ok = i2c_master_checkAck();
	i2c_master_writeByte(reg);
	ok = i2c_master_checkAck() && ok;
	i2c_master_start();
	i2c_master_writeByte(SENSOR << 1 | 1);
	ok = i2c_master_checkAck() && ok;
	while (ok && n--) {
		*data++ = i2c_master_readByte();
		i2c_master_setAck(n == 0);
	}
	i2c_master_stop();
	return ok;
}

static void on_measure(void *arg)
{
	uint8 data[2] = {0, 0};
	int ok = sensor(0xE3, data, 2);

	os_printf("sensor %d %d, adc %d\n", ok, data[0] << 8 | data[1], system_adc_read());
}

static void on_tick(void)
{
	ticks++;
	GPIO_REG_WRITE(ticks & 1 ? GPIO_OUT_W1TS_ADDRESS : GPIO_OUT_W1TC_ADDRESS, BIT(PULSE));
	if (ticks == 6)
		RTC_CLR_REG_MASK(FRC1_CTRL_ADDRESS, BIT7);
}

static void on_short(void) { os_printf("key short\n"); }
static void on_long(void) { os_printf("key long\n"); }

void user_init(void)
{
	static struct single_key_param *single[1];
	static struct keys_param keys = {1, single};
	static uint32 pins[1][3] = {{PERIPHS_IO_MUX_MTDI_U, FUNC_GPIO12, 12}};
	uint32 duty[1] = {0};

	PIN_FUNC_SELECT(PERIPHS_IO_MUX_GPIO5_U, FUNC_GPIO5);
	gpio16_output_conf();
	os_timer_setfn(&blink, on_blink, NULL);
	os_timer_arm(&blink, 500, 1);

	/* Button and key share the interrupt. */
	single[0] = key_init_single(KEY, PERIPHS_IO_MUX_GPIO0_U, FUNC_GPIO0, on_long, on_short);
	if (system_get_chip_id() & 1) {
		key_init(&keys);
	} else {
		PIN_FUNC_SELECT(PERIPHS_IO_MUX_GPIO4_U, FUNC_GPIO4);
		PIN_PULLUP_EN(PERIPHS_IO_MUX_GPIO4_U);
		GPIO_DIS_OUTPUT(BUTTON);
		ETS_GPIO_INTR_DISABLE();
		ETS_GPIO_INTR_ATTACH(on_button, NULL);
		os_timer_setfn(&debounce, on_debounce, NULL);
		gpio_pin_intr_state_set(GPIO_ID_PIN(BUTTON), GPIO_PIN_INTR_NEGEDGE);
		ETS_GPIO_INTR_ENABLE();
	}

	uart();
	pwm_init(1000, duty, 1, pins);
	os_timer_setfn(&fade, on_fade, NULL);
	os_timer_arm(&fade, 100, 0);

	i2c_master_gpio_init();
	os_timer_setfn(&measure, on_measure, NULL);
	os_timer_arm(&measure, 1000, 1);

	PIN_FUNC_SELECT(PERIPHS_IO_MUX_MTCK_U, FUNC_GPIO13);
	GPIO_OUTPUT_SET(PULSE, 0);
	hw_timer_init(FRC1_SOURCE, 1);
	hw_timer_set_func(on_tick);
	hw_timer_arm(250);

	os_printf("vdd %d, random %d\n", system_get_vdd33(), READ_PERI_REG(0x3FF20E44) != READ_PERI_REG(0x3FF20E44));
}
