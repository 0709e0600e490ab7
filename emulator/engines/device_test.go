package engines_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// C firmware over four boots: restart, exception, watchdog, deep sleep. It counts them in RTC memory.
func TestBoots(t *testing.T) { onEach(t, testBoots) }

func testBoots(t *testing.T, e engine) {
	i := e.image(t, "boots")
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &uart, AutoReboot: true, NoAutoConnect: true, Seed: 1, ExpectCrash: true,
			ADC: func() uint16 { return 300 }})
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(time.Hour)
		var asleep int // bytes printed so far: nothing runs any more
		require.NoError(t, d.Do(func() { asleep = uart.Len() }))
		time.Sleep(time.Hour)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, `boot 0 reason 0 cause 0
rtc 1 0 0
cpu 80 1 160, adc 300, cali 23552
boot 1 reason 4 cause 0
rtc 1 0 0
Fatal exception (0):
epc1=0x4000dce5, epc2=0x00000000, epc3=0x00000000, excvaddr=0x00000000, depc=0x00000000
boot 2 reason 2 cause 0
rtc 1 0 0
soft wdt reset
boot 3 reason 3 cause 0
rtc 1 0 0
boot 4 reason 5 cause 0
rtc 1 0 0
`, uart.String())
			assert.Greater(t, uart.Len(), asleep)
		}))
	})
}
