package build

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// driverMain uses each function of the UART driver and prints what it did to the registers.
const driverMain = `
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "driver/uart.h"
#include "driver/hw_timer.h"
extern UartDevice UartDev;
static void registers(const char *what)
{
	os_printf("%s: conf0 %x conf1 %x ena %x\n", what, READ_PERI_REG(UART_CONF0(UART0)),
		READ_PERI_REG(UART_CONF1(UART0)), READ_PERI_REG(UART_INT_ENA(UART0)));
}
static void tick(void) { os_printf("tick\n"); }
void user_init(void)
{
	uint32 from;

	os_printf("boot: baud %d bits %d stop %d\n", UartDev.baut_rate, UartDev.data_bits, UartDev.stop_bits);
	uart_init(BIT_RATE_9600, BIT_RATE_115200);
	registers("init");
	UART_SetWordLength(UART0, SEVEN_BITS);
	UART_SetStopBits(UART0, TWO_STOP_BIT);
	UART_SetParity(UART0, ODD_BITS);
	UART_SetLineInverse(UART0, UART_Rxd_Inverse);
	UART_SetFlowCtrl(UART0, USART_HardwareFlowControl_CTS_RTS, 100);
	registers("set");
	UART_SetWordLength(UART0, EIGHT_BITS);
	UART_SetStopBits(UART0, ONE_STOP_BIT);
	UART_SetParity(UART0, NONE_BITS);
	UART_SetLineInverse(UART0, UART_None_Inverse);
	UART_SetFlowCtrl(UART0, USART_HardwareFlowControl_None, 0);
	UART_SetIntrEna(UART0, 0);
	UART_ClearIntrStatus(UART0, 0xffff);
	registers("plain");
	uart_rx_intr_disable(UART0);
	registers("off");
	uart_rx_intr_enable(UART0);
	UART_WaitTxFifoEmpty(UART0, 1000000);
	from = system_get_time();
	uart0_tx_buffer((uint8 *)"0123456789", 10);
	os_printf("%d ", UART_CheckOutputFinished(UART0, 1000));
	UART_WaitTxFifoEmpty(UART0, 1000000);
	os_printf("in %d ms\n", (system_get_time() - from) / 1000);
	UART_SetBaudrate(UART0, 1000000);
	uart_tx_one_char_no_wait(UART1, 'U');
	uart1_sendStr_no_wait("ART1\n");
	UART_SetPrintPort(UART1);
	os_printf("printed there\n");
	UART_SetPrintPort(UART0);
	os_printf("and here\n");
	UART_ResetFifo(UART0);
	hw_timer_init(NMI_SOURCE, 0);
	hw_timer_set_func(tick);
	hw_timer_arm(100);
}
`

// The drivers that firmware does not bring are those of the runtime: the UART of the SDK echoes what it receives. One that
// it brings goes before.
func TestDrivers(t *testing.T) {
	needTools(t)
	own := `
#include "driver/uart.h"
#include "osapi.h"
void uart_init(UartBautRate a, UartBautRate b) { os_printf("own uart_init %d %d\n", a, b); }
`
	load := func(t *testing.T, files map[string]string) *wasm.Image {
		o := options(t, tree(t, files))
		r, err := Build(t.Context(), o)
		require.NoError(t, err)
		assert.Empty(t, r.Missing)
		assert.Empty(t, r.Warnings)
		b, err := os.ReadFile(filepath.Join(o.Dir, o.Output))
		require.NoError(t, err)
		image, err := wasm.Load(b)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, image.Close()) })
		return image
	}
	t.Run("the runtime's", func(t *testing.T) {
		image := load(t, map[string]string{"main.c": driverMain})
		synctest.Test(t, func(t *testing.T) {
			var uart, debug bytes.Buffer
			d := emulator.NewTest(t, emulator.Config{UART: &uart, NoAutoConnect: true, UARTTiming: true, Seed: 1,
				Checks: emulator.ChecksFail})
			require.NoError(t, d.UART().Listen(1, &debug))
			require.NoError(t, d.Boot(image.Firmware()))
			time.Sleep(time.Second)
			assert.InDelta(t, 1e6, d.UART().Baud(0), 1)
			_, err := d.UART().Write([]byte("echo\n"))
			require.NoError(t, err)
			time.Sleep(time.Second)
			require.NoError(t, d.Close())
			const want = "boot: baud 74880 bits 3 stop 1\n" +
				"init: conf0 1c conf1 82001064 ena 119\n" +
				"set: conf0 8803b conf1 82e41064 ena 119\n" +
				"plain: conf0 1c conf1 82641064 ena 119\n" +
				"off: conf0 1c conf1 82641064 ena 18\n" +
				"01234567890 in 12 ms\n" +
				"and here\r\ntick\r\necho\n"
			assert.Equal(t, want, uart.String())
			assert.Equal(t, "UART1\nprinted there\r\n", debug.String())
		})
	})
	t.Run("the firmware's", func(t *testing.T) {
		image := load(t, map[string]string{"main.c": driverMain, "driver/uart.c": own})
		boot(t, image, "own uart_init 9600 115200\n", "and here\r\n")
	})
}

// Findings of registers, timers, tasks and flash name the line of C.
func TestFindingsInC(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{"main.c": `#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
void user_init(void)
{
	static os_timer_t timer;
	uint32 word = 0;

	WRITE_PERI_REG(0x60000E08, 1);
	os_timer_arm(&timer, 1, 0);
	system_os_post(1, 0, 0);
	spi_flash_write(0x7B002, &word, 4);
}
`}))
	_, err := Build(t.Context(), o)
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(o.Dir, o.Output))
	require.NoError(t, err)
	image, err := wasm.Load(b)
	require.NoError(t, err)
	defer image.Close()
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1})
		require.NoError(t, d.Boot(image.Firmware()))
		var at []string
		for _, f := range d.Findings() {
			at = append(at, f.Where)
		}
		assert.Equal(t, []string{"main.c:9", "main.c:10", "main.c:11", "main.c:12"}, at)
	})
}
