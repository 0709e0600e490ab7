/* A UART driver of the program's own: registers, an interrupt, the ROM's UartDev. Its names are the SDK's. */
#include "ets_sys.h"
#include "osapi.h"
#include "gpio.h"
#include "spi_flash.h"
#include "user_interface.h"
#include "driver/uart_register.h"

typedef struct {
	uint32 size;
	uint8 *buffer, *write, *read;
	uint8 trigger;
	int state;
} receive_t;

typedef struct {
	int rate, bits, has_parity, parity, stop, flow;
	receive_t receive;
	uint32 transmit[5];
} device_t;

/* The ROM's, at the addresses that the SDK's linker script gives them. */
#define UartDev (*(device_t *)0x3FFFDE10)
#undef flashchip
#define flashchip (*(SpiFlashChip **)0x3FFFC714)

static uint8 big[20 * 1024]; /* .bss */
static uint32 lines, calls;
static os_event_t queue[4];

static uint8 uart_tx_one_char(uint8 uart, uint8 c)
{
	while ((READ_PERI_REG(UART_STATUS(uart)) >> UART_TXFIFO_CNT_S & UART_TXFIFO_CNT) >= 126)
		;
	WRITE_PERI_REG(UART_FIFO(uart), c);
	return 0;
}

static void put(char c) { uart_tx_one_char(0, c); }

static void received(void *arg)
{
	receive_t *r = arg;

	if (!(READ_PERI_REG(UART_INT_ST(0)) & (UART_RXFIFO_FULL_INT_ST | UART_RXFIFO_TOUT_INT_ST)))
		return;
	while (READ_PERI_REG(UART_STATUS(0)) >> UART_RXFIFO_CNT_S & UART_RXFIFO_CNT) {
		*r->write = READ_PERI_REG(UART_FIFO(0));
		if (*r->write == '\r')
			system_os_post(0, 0, 0);
		if (++r->write == r->buffer + r->size)
			r->write = r->buffer;
	}
	WRITE_PERI_REG(UART_INT_CLR(0), UART_RXFIFO_FULL_INT_CLR | UART_RXFIFO_TOUT_INT_CLR);
}

static void line(os_event_t *e)
{
	receive_t *r = &UartDev.receive;

	lines++;
	os_printf("line %u: ", lines);
	for (; r->read != r->write; r->read = r->read + 1 == r->buffer + r->size ? r->buffer : r->read + 1)
		if (*r->read >= ' ')
			put(*r->read);
	os_printf(", %d bytes of flash, %s\n", flashchip->chip_size, system_get_sdk_version());
}

/* The program's own function of an SDK's name wins. */
uint8 wifi_get_channel(void)
{
	calls++;
	return 77;
}

void uart_init(int rate)
{
	os_printf("%d %d %d %d\n", UartDev.rate, UartDev.bits, UartDev.stop, UartDev.receive.size);
	UartDev.rate = rate;
	ETS_UART_INTR_ATTACH(received, &UartDev.receive);
	uart_div_modify(0, UART_CLK_FREQ / UartDev.rate);
	WRITE_PERI_REG(UART_CONF0(0), UartDev.bits << UART_BIT_NUM_S | UartDev.stop << UART_STOP_BIT_NUM_S);
	WRITE_PERI_REG(UART_CONF1(0), (UartDev.receive.trigger & UART_RXFIFO_FULL_THRHD) << UART_RXFIFO_FULL_THRHD_S);
	WRITE_PERI_REG(UART_INT_CLR(0), 0xFFFF);
	SET_PERI_REG_MASK(UART_INT_ENA(0), UART_RXFIFO_FULL_INT_ENA);
	ETS_UART_INTR_ENABLE();
	os_install_putc1(put);
}

void user_init(void)
{
	system_os_task(line, 0, queue, 4);
	uart_init(115200);
	os_memset(big, 0x5A, sizeof big);
	os_printf("channel %d, %u, %x\n", wifi_get_channel(), calls, big[sizeof big - 1]);
}
