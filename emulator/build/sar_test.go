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
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// What read_sar_dout of libphy reads gives what system_adc_read returns, by the arithmetic of libphy and libmain; for both engines.
func TestReadSARDout(t *testing.T) {
	dir := tree(t, map[string]string{"user/user_main.c": `#include "osapi.h"
#include "user_interface.h"
extern void read_sar_dout(uint16 *);
static os_timer_t timer;
static void look(void *arg)
{
	uint16 dout[9];
	unsigned sum = 0, n;

	dout[8] = 7;
	read_sar_dout(dout);
	for (n = 0; n < 8; n++)
		sum += dout[n];
	n = ((sum + 8) >> 4) * 12 / 11;
	os_printf("%d %d %d\n", system_adc_read(), n > 1024 ? 1024 : n, dout[8]);
}
void user_init(void)
{
	os_timer_setfn(&timer, look, NULL);
	os_timer_arm(&timer, 10, 1);
}
`})
	for _, engine := range []string{EngineWasm, EngineLX106} {
		t.Run(engine, func(t *testing.T) {
			needTools(t)
			if engine == EngineLX106 {
				needGCC(t)
			}
			o := options(t, dir)
			o.Engine, o.Output = engine, filepath.Join(t.TempDir(), "out")
			_, err := Build(t.Context(), o)
			require.NoError(t, err)
			var firmware emulator.Firmware
			if engine == EngineLX106 {
				b, err := os.ReadFile(o.Output)
				require.NoError(t, err)
				image, err := elf.Load(b)
				require.NoError(t, err)
				firmware = image.Firmware()
			} else {
				image, err := wasm.LoadFile(o.Output)
				require.NoError(t, err)
				defer func() { assert.NoError(t, image.Close()) }()
				firmware = image.Firmware()
			}
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d := emulator.NewTest(t, emulator.Config{UART: &uart})
				require.NoError(t, d.Boot(firmware))
				time.Sleep(5 * time.Millisecond)
				for _, v := range []uint16{0, 1, 11, 12, 511, 1023, 1024} {
					require.NoError(t, d.Pins().SetTOUT(v))
					time.Sleep(10 * time.Millisecond)
				}
				require.NoError(t, d.Close())
				// 11 is none of what the chip's arithmetic makes: 10 becomes 10, and 11 becomes 12.
				assert.Equal(t, "0 0 7\n1 1 7\n11 12 7\n12 12 7\n511 511 7\n1023 1023 7\n1024 1024 7\n", uart.String())
			})
		})
	}
}
