/* The drivers that the SDK comes with as sources and as a library (sdk-surface.md, driver_lib), for firmware that does not
 * bring them. Everything is weak: the firmware's own functions go before these. What is not used is not linked. Own text
 * of emu8266, MIT licence. */
#include "c_types.h"
#include "eagle_soc.h"
#include "ets_sys.h"
#include "gpio.h"
#include "mem.h"
#include "osapi.h"
#include "driver/gpio16.h"
#include "driver/hw_timer.h"
#include "driver/i2c_master.h"
#include "driver/key.h"
#include "driver/uart.h"

#define WEAK __attribute__((weak))
#ifdef __XTENSA__
#define SDK(name) __asm__(#name)
#else
#define SDK(name) __attribute__((import_module("esp"), import_name(#name))) /* under a name that firmware cannot spoil */
#endif

/* ---- UART ---- */

void esp_uart_div(uint32_t uart, uint32_t div) SDK(uart_div_modify);
uint32_t esp_os_task(void (*task)(os_event_t *), uint32_t prio, os_event_t *queue, uint32_t depth) SDK(system_os_task);
uint32_t esp_os_post(uint32_t prio, uint32_t sig, uint32_t par) SDK(system_os_post);
uint32_t esp_time(void) SDK(system_get_time);

/* The ROM's description of UART0, as the boot ROM leaves it. */
WEAK UartDevice UartDev = {
	.baut_rate = 74880, .data_bits = EIGHT_BITS, .stop_bits = ONE_STOP_BIT, .rcv_buff = {.RcvBuffSize = 0x100, .TrigLvl = 1}
};

#define TASK_PRIO 0
#define TASK_QUEUE 10
static os_event_t uart_queue[TASK_QUEUE];

static uint32_t sending(uint8_t uart) { return READ_PERI_REG(UART_STATUS(uart)) >> UART_TXFIFO_CNT_S & UART_TXFIFO_CNT; }

#define FIFO_ROOM 126

WEAK STATUS uart_tx_one_char(uint8_t uart, uint8_t c)
{
	while (sending(uart) >= FIFO_ROOM)
		;
	WRITE_PERI_REG(UART_FIFO(uart), c);
	return OK;
}

WEAK STATUS uart_tx_one_char_no_wait(uint8_t uart, uint8_t c)
{
	if (sending(uart) < FIFO_ROOM)
		WRITE_PERI_REG(UART_FIFO(uart), c);
	return OK;
}

WEAK STATUS uart0_tx_one_char_no_wait(uint8_t c) { return uart_tx_one_char_no_wait(UART0, c); }

WEAK void uart0_tx_buffer(uint8_t *buf, uint16_t len)
{
	while (len--)
		uart_tx_one_char(UART0, *buf++);
}

WEAK void uart0_sendStr(const char *str)
{
	while (*str)
		uart_tx_one_char(UART0, *str++);
}

WEAK void uart1_sendStr_no_wait(const char *str)
{
	while (*str)
		uart_tx_one_char_no_wait(UART1, *str++);
}

/* Lines end in CR and LF. */
static void write_char(uint8_t uart, char c)
{
	if (c == '\n')
		uart_tx_one_char(uart, '\r');
	if (c != '\r')
		uart_tx_one_char(uart, c);
}
static void write_uart0(char c) { write_char(UART0, c); }
static void write_uart1(char c) { write_char(UART1, c); }

WEAK void UART_SetPrintPort(uint8_t uart) { ets_install_putc1(uart == UART1 ? write_uart1 : write_uart0); }

WEAK void uart_rx_intr_enable(uint8_t uart) { SET_PERI_REG_MASK(UART_INT_ENA(uart), UART_RXFIFO_FULL_INT_ENA | UART_RXFIFO_TOUT_INT_ENA); }
WEAK void uart_rx_intr_disable(uint8_t uart) { CLEAR_PERI_REG_MASK(UART_INT_ENA(uart), UART_RXFIFO_FULL_INT_ENA | UART_RXFIFO_TOUT_INT_ENA); }

/* What arrives is for the task: until it has read the FIFO, no more interrupts. */
static void uart_interrupt(void *arg)
{
	uint32_t st = READ_PERI_REG(UART_INT_ST(UART0));

	(void)arg;
	if (st & (UART_RXFIFO_FULL_INT_ST | UART_RXFIFO_TOUT_INT_ST)) {
		uart_rx_intr_disable(UART0);
		esp_os_post(TASK_PRIO, 0, 0);
	}
	if (st & UART_TXFIFO_EMPTY_INT_ST)
		CLEAR_PERI_REG_MASK(UART_INT_ENA(UART0), UART_TXFIFO_EMPTY_INT_ENA);
	WRITE_PERI_REG(UART_INT_CLR(UART0), st);
}

/* The SDK's driver sends back what it receives. */
static void uart_task(os_event_t *e)
{
	uint32_t n;

	if (e->sig != 0)
		return;
	for (n = READ_PERI_REG(UART_STATUS(UART0)) & UART_RXFIFO_CNT; n > 0; n--)
		uart_tx_one_char(UART0, READ_PERI_REG(UART_FIFO(UART0)));
	WRITE_PERI_REG(UART_INT_CLR(UART0), UART_RXFIFO_FULL_INT_CLR | UART_RXFIFO_TOUT_INT_CLR);
	uart_rx_intr_enable(UART0);
}

WEAK void UART_ResetFifo(uint8_t uart)
{
	SET_PERI_REG_MASK(UART_CONF0(uart), UART_RXFIFO_RST | UART_TXFIFO_RST);
	CLEAR_PERI_REG_MASK(UART_CONF0(uart), UART_RXFIFO_RST | UART_TXFIFO_RST);
}

static void uart_config(uint8_t uart, uint32_t baud)
{
	UartDev.baut_rate = baud;
	if (uart == UART1) {
		PIN_FUNC_SELECT(PERIPHS_IO_MUX_GPIO2_U, FUNC_U1TXD_BK);
	} else {
		ets_isr_attach(ETS_UART_INUM, uart_interrupt, &UartDev.rcv_buff);
		PIN_PULLUP_DIS(PERIPHS_IO_MUX_U0TXD_U);
		PIN_FUNC_SELECT(PERIPHS_IO_MUX_U0TXD_U, FUNC_U0TXD);
	}
	esp_uart_div(uart, UART_CLK_FREQ / baud);
	WRITE_PERI_REG(UART_CONF0(uart), UartDev.exist_parity << UART_PARITY_EN_S | UartDev.parity << UART_PARITY_S |
		UartDev.stop_bits << UART_STOP_BIT_NUM_S | UartDev.data_bits << UART_BIT_NUM_S);
	UART_ResetFifo(uart);
	if (uart == UART0) {
		WRITE_PERI_REG(UART_CONF1(uart), 100 << UART_RXFIFO_FULL_THRHD_S | 2 << UART_RX_TOUT_THRHD_S | UART_RX_TOUT_EN |
			0x10 << UART_TXFIFO_EMPTY_THRHD_S);
		SET_PERI_REG_MASK(UART_INT_ENA(uart), UART_RXFIFO_TOUT_INT_ENA | UART_FRM_ERR_INT_ENA);
	} else {
		WRITE_PERI_REG(UART_CONF1(uart), UartDev.rcv_buff.TrigLvl << UART_RXFIFO_FULL_THRHD_S);
	}
	WRITE_PERI_REG(UART_INT_CLR(uart), 0xffff);
	SET_PERI_REG_MASK(UART_INT_ENA(uart), UART_RXFIFO_FULL_INT_ENA | UART_RXFIFO_OVF_INT_ENA);
}

WEAK void uart_init(UartBautRate uart0_br, UartBautRate uart1_br)
{
	esp_os_task(uart_task, TASK_PRIO, uart_queue, TASK_QUEUE);
	uart_config(UART0, uart0_br);
	uart_config(UART1, uart1_br);
	ets_isr_unmask(1 << ETS_UART_INUM);
}

WEAK void uart_reattach(void) { uart_init(BIT_RATE_115200, BIT_RATE_115200); }

WEAK void UART_SetWordLength(uint8_t uart, UartBitsNum4Char len) { SET_PERI_REG_BITS(UART_CONF0(uart), UART_BIT_NUM, len, UART_BIT_NUM_S); }
WEAK void UART_SetStopBits(uint8_t uart, UartStopBitsNum n) { SET_PERI_REG_BITS(UART_CONF0(uart), UART_STOP_BIT_NUM, n, UART_STOP_BIT_NUM_S); }
WEAK void UART_SetBaudrate(uint8_t uart, uint32_t baud) { esp_uart_div(uart, UART_CLK_FREQ / baud); }
WEAK void UART_ClearIntrStatus(uint8_t uart, uint32_t mask) { WRITE_PERI_REG(UART_INT_CLR(uart), mask); }
WEAK void UART_SetIntrEna(uint8_t uart, uint32_t mask) { SET_PERI_REG_MASK(UART_INT_ENA(uart), mask); }

WEAK void UART_SetLineInverse(uint8_t uart, UART_LineLevelInverse mask)
{
	CLEAR_PERI_REG_MASK(UART_CONF0(uart), UART_LINE_INV_MASK);
	SET_PERI_REG_MASK(UART_CONF0(uart), mask);
}

WEAK void UART_SetParity(uint8_t uart, UartParityMode mode)
{
	CLEAR_PERI_REG_MASK(UART_CONF0(uart), UART_PARITY | UART_PARITY_EN);
	if (mode != NONE_BITS)
		SET_PERI_REG_MASK(UART_CONF0(uart), mode | UART_PARITY_EN);
}

WEAK void UART_SetFlowCtrl(uint8_t uart, UART_HwFlowCtrl flow, uint8_t threshold)
{
	if (flow & USART_HardwareFlowControl_RTS) {
		PIN_FUNC_SELECT(PERIPHS_IO_MUX_MTDO_U, FUNC_U0RTS);
		SET_PERI_REG_BITS(UART_CONF1(uart), UART_RX_FLOW_THRHD, threshold, UART_RX_FLOW_THRHD_S);
		SET_PERI_REG_MASK(UART_CONF1(uart), UART_RX_FLOW_EN);
	} else {
		CLEAR_PERI_REG_MASK(UART_CONF1(uart), UART_RX_FLOW_EN);
	}
	if (flow & USART_HardwareFlowControl_CTS) {
		PIN_FUNC_SELECT(PERIPHS_IO_MUX_MTCK_U, FUNC_UART0_CTS);
		SET_PERI_REG_MASK(UART_CONF0(uart), UART_TX_FLOW_EN);
	} else {
		CLEAR_PERI_REG_MASK(UART_CONF0(uart), UART_TX_FLOW_EN);
	}
}

#define WDT_FEED 0x60000914

WEAK bool UART_CheckOutputFinished(uint8_t uart, uint32_t time_out_us)
{
	uint32_t from = esp_time();

	while (sending(uart) > 0) {
		if (esp_time() - from > time_out_us)
			return FALSE;
		WRITE_PERI_REG(WDT_FEED, 0x73);
	}
	return TRUE;
}

WEAK void UART_WaitTxFifoEmpty(uint8_t uart, uint32_t time_out_us) { UART_CheckOutputFinished(uart, time_out_us); }

/* ---- FRC1 ---- */

static void (*timer_func)(void);

static void timer_nmi(void)
{
	if (timer_func)
		timer_func();
}

static void timer_interrupt(void *arg)
{
	(void)arg;
	timer_nmi();
}

WEAK void hw_timer_init(frc1_timer_source_type source, uint8_t repeats)
{
	RTC_REG_WRITE(FRC1_CTRL_ADDRESS, (repeats == 1 ? BIT6 : 0) | DIVDED_BY_16 | BIT7 | TM_EDGE_INT);
	if (source == NMI_SOURCE)
		NmiTimSetFunc(timer_nmi);
	else
		ets_isr_attach(ETS_FRC_TIMER1_INUM, timer_interrupt, NULL);
	TM1_EDGE_INT_ENABLE();
	ets_isr_unmask(1 << ETS_FRC_TIMER1_INUM);
}

WEAK void hw_timer_set_func(void (*func)(void)) { timer_func = func; }

/* 80 MHz by 16 are five counts a microsecond. */
WEAK void hw_timer_arm(uint32_t us) { RTC_REG_WRITE(FRC1_LOAD_ADDRESS, us * 5); }

/* ---- GPIO16 ---- */

static void gpio16_conf(uint32_t output)
{
	WRITE_PERI_REG(PAD_XPD_DCDC_CONF, (READ_PERI_REG(PAD_XPD_DCDC_CONF) & ~0x43) | 1);
	CLEAR_PERI_REG_MASK(RTC_GPIO_CONF, 1);
	WRITE_PERI_REG(RTC_GPIO_ENABLE, (READ_PERI_REG(RTC_GPIO_ENABLE) & ~1) | output);
}

WEAK void gpio16_output_conf(void) { gpio16_conf(1); }
WEAK void gpio16_input_conf(void) { gpio16_conf(0); }
WEAK void gpio16_output_set(uint8_t value) { WRITE_PERI_REG(RTC_GPIO_OUT, (READ_PERI_REG(RTC_GPIO_OUT) & ~1) | (value & 1)); }
WEAK uint8_t gpio16_input_get(void) { return READ_PERI_REG(RTC_GPIO_IN_DATA) & 1; }

/* ---- I2C ---- */

static uint8_t last_sda, last_scl;

/* lines moves the two lines and waits. */
static void lines(uint8_t sda, uint8_t scl, uint32_t us)
{
	uint32_t both = 1 << I2C_MASTER_SDA_GPIO | 1 << I2C_MASTER_SCL_GPIO, high = (sda & 1) << I2C_MASTER_SDA_GPIO | (scl & 1) << I2C_MASTER_SCL_GPIO;

	last_sda = sda & 1;
	last_scl = scl & 1;
	gpio_output_set(high, both & ~high, both, 0);
	ets_delay_us(us);
}

/* bit sends a bit, or receives one, and returns what is on the line. */
static uint8_t bit(uint8_t value, uint32_t us)
{
	uint8_t level;

	lines(last_sda, 0, 5);
	lines(value, 0, 5);
	lines(value, 1, us);
	level = GPIO_INPUT_GET(I2C_MASTER_SDA_GPIO);
	lines(value, 0, 5);
	return level;
}

WEAK void i2c_master_start(void)
{
	lines(1, last_scl, 5);
	lines(1, 1, 5);
	lines(0, 1, 5);
}

WEAK void i2c_master_stop(void)
{
	lines(0, last_scl, 5);
	lines(0, 1, 5);
	lines(1, 1, 5);
}

/* i2c_master_init gives slaves the clocks to end a byte. */
WEAK void i2c_master_init(void)
{
	int i;

	lines(1, 1, 5);
	for (i = 0; i < 28; i++) {
		lines(1, 0, 5);
		lines(1, 1, 5);
	}
	i2c_master_stop();
}

WEAK void i2c_master_gpio_init(void)
{
	PIN_FUNC_SELECT(I2C_MASTER_SDA_MUX, I2C_MASTER_SDA_FUNC);
	PIN_FUNC_SELECT(I2C_MASTER_SCL_MUX, I2C_MASTER_SCL_FUNC);
	GPIO_REG_WRITE(GPIO_PIN_ADDR(I2C_MASTER_SDA_GPIO), GPIO_REG_READ(GPIO_PIN_ADDR(I2C_MASTER_SDA_GPIO)) | GPIO_PIN_PAD_DRIVER_SET(GPIO_PAD_DRIVER_ENABLE));
	GPIO_REG_WRITE(GPIO_PIN_ADDR(I2C_MASTER_SCL_GPIO), GPIO_REG_READ(GPIO_PIN_ADDR(I2C_MASTER_SCL_GPIO)) | GPIO_PIN_PAD_DRIVER_SET(GPIO_PAD_DRIVER_ENABLE));
	i2c_master_init();
}

WEAK void i2c_master_setAck(uint8_t level)
{
	bit(level, 8);
	lines(1, 0, 5);
}

WEAK uint8_t i2c_master_getAck(void) { return bit(1, 5); }
WEAK bool i2c_master_checkAck(void) { return !i2c_master_getAck(); }
WEAK void i2c_master_send_ack(void) { i2c_master_setAck(0); }
WEAK void i2c_master_send_nack(void) { i2c_master_setAck(1); }

WEAK uint8_t i2c_master_readByte(void)
{
	uint8_t value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 1 | bit(1, 5);
	return value;
}

WEAK void i2c_master_writeByte(uint8_t value)
{
	int i;

	for (i = 7; i >= 0; i--)
		bit(value >> i, 5);
}

/* ---- keys ---- */

WEAK struct single_key_param *key_init_single(uint8_t gpio_id, uint32_t gpio_name, uint8_t gpio_func, key_function long_press, key_function short_press)
{
	struct single_key_param *key = os_zalloc(sizeof(*key));

	if (key) {
		key->gpio_id = gpio_id;
		key->gpio_name = gpio_name;
		key->gpio_func = gpio_func;
		key->long_press = long_press;
		key->short_press = short_press;
	}
	return key;
}

static void key_held(void *arg)
{
	struct single_key_param *key = arg;

	if (!GPIO_INPUT_GET(key->gpio_id) && key->long_press)
		key->long_press();
}

/* key_settled is 50 ms after the key came up. */
static void key_settled(void *arg)
{
	struct single_key_param *key = arg;

	if (!GPIO_INPUT_GET(key->gpio_id)) {
		gpio_pin_intr_state_set(key->gpio_id, GPIO_PIN_INTR_POSEDGE);
		return;
	}
	ets_timer_disarm(&key->key_5s);
	key->key_level = 1;
	gpio_pin_intr_state_set(key->gpio_id, GPIO_PIN_INTR_NEGEDGE);
	if (key->short_press)
		key->short_press();
}

static void key_interrupt(void *arg)
{
	struct keys_param *keys = arg;
	uint32_t status = GPIO_REG_READ(GPIO_STATUS_ADDRESS);
	int i;

	for (i = 0; i < keys->key_num; i++) {
		struct single_key_param *key = keys->single_key[i];
		os_timer_t *timer = key->key_level ? &key->key_5s : &key->key_50ms;

		if (!(status & 1 << key->gpio_id))
			continue;
		gpio_pin_intr_state_set(key->gpio_id, GPIO_PIN_INTR_DISABLE);
		GPIO_REG_WRITE(GPIO_STATUS_W1TC_ADDRESS, 1 << key->gpio_id);
		ets_timer_disarm(timer);
		ets_timer_setfn(timer, key->key_level ? key_held : key_settled, key);
		os_timer_arm(timer, key->key_level ? 5000 : 50, 0);
		if (key->key_level) {
			key->key_level = 0;
			gpio_pin_intr_state_set(key->gpio_id, GPIO_PIN_INTR_POSEDGE);
		}
	}
}

WEAK void key_init(struct keys_param *keys)
{
	int i;

	ets_isr_attach(ETS_GPIO_INUM, key_interrupt, keys);
	ets_isr_mask(1 << ETS_GPIO_INUM);
	for (i = 0; i < keys->key_num; i++) {
		struct single_key_param *key = keys->single_key[i];

		key->key_level = 1;
		PIN_FUNC_SELECT(key->gpio_name, key->gpio_func);
		gpio_output_set(0, 0, 0, 1 << key->gpio_id);
		gpio_register_set(GPIO_PIN_ADDR(key->gpio_id), 0);
		GPIO_REG_WRITE(GPIO_STATUS_W1TC_ADDRESS, 1 << key->gpio_id);
		gpio_pin_intr_state_set(key->gpio_id, GPIO_PIN_INTR_NEGEDGE);
	}
	ets_isr_unmask(1 << ETS_GPIO_INUM);
}
