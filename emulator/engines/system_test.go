package engines_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/espconn"
)

// What testdata/firmware/system.c prints: system functions, the ROM's, JSON, ping and SNTP.
const systemPrints = `sdk 3.0.6(emu8266)
boot 31 1 0 0
mktime 1456747200 1
vsnprintf 11 12 and 
snprintf 5 00abc
vprintf 5 <x 7>
rom 1
uart 2
heap 7 0 360
heap left 0
md5 f96b697d7cb7938d525a2f31aaf161d0
sha1 a9993e364706816aba3e25717850c26c9cd0d89d
mac 1afe34000b0c
chip 1640ef 4194304 4096 256
spi 0 0 0 12345678 9abcdef0 0 ffffffff
i2c 53 5
rom 1 52
json {/"name":"light \"1\"",/"inner":{/"on":true,/"list":1,-2,2147483647,/"none":{//}/},/"values":[/-42,/"light \"1\""/]/}
long 17 17
set x"y 4
set long st 11
end 0 0
callbacks 2, level 17
wrong 0 3 10 10
`

// where is what system_print_meminfo says of the linker's work.
var where = regexp.MustCompile(`(?m)^(data|rodata|bss) *: 0x[0-9a-f]+ ~ 0x[0-9a-f]+, len: \d+\n`)

const systemPrintsLater = `heap  : 0x3fff0000 ~ 0x3fffc000, len: 49152
fine at 350
ping 1 1 1
sntp time.example 100000a zone -3
ping 1: 32 bytes, error 0
ping 2: 32 bytes, error 0
pings 2, lost 0, reverse mine
time 946674019 Fri Dec 31 21:00:19 1999
5 s later
`

func TestSystemFunctions(t *testing.T) { onEach(t, testSystemFunctions) }

func testSystemFunctions(t *testing.T, e engine) {
	i := e.image(t, "system")
	assert.Equal(t, 30000, i.SDK())
	synctest.Test(t, func(t *testing.T) {
		var uart strings.Builder
		d := emulator.NewTest(t, emulator.Config{UART: &uart, Profile: espconn.SDK306()})
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Len(t, where.FindAllString(uart.String(), -1), 3)
			assert.Equal(t, systemPrints+systemPrintsLater, where.ReplaceAllString(uart.String(), ""))
		}))
		assert.Nil(t, d.Crash())
		assert.Empty(t, d.Findings())
		var phy []string
		for _, e := range d.Trace().Events() {
			if strings.HasPrefix(e.Name, "system_phy_") {
				phy = append(phy, e.Name)
			}
		}
		assert.Len(t, phy, 4)
	})
}

// With the software watchdog stopped the hardware one still ends an endless loop.
func TestHardWatchdog(t *testing.T) { onEach(t, testHardWatchdog) }

func testHardWatchdog(t *testing.T, e engine) {
	i := e.image(t, "spin")
	synctest.Test(t, func(t *testing.T) {
		d, err := emulator.New(emulator.Config{})
		require.NoError(t, err)
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(time.Second)
		crash := d.Crash()
		require.NotNil(t, crash)
		assert.Equal(t, chip.CauseHardWatchdog, crash.Cause)
		assert.Contains(t, crash.Where, "spin.c:")
		require.NoError(t, d.Close())
	})
}

// Device.FailCall: the call that is meant does nothing and returns what it says, once; others work, and the trace has it.
func TestFailCall(t *testing.T) { onEach(t, testFailCall) }

func testFailCall(t *testing.T, e engine) {
	for _, row := range []struct {
		function string
		result   int32
		n        int
		want     string
	}{
		{"espconn_secure_set_size", 0, 1, "espconn_secure_set_size(1, 2048) failed"},
		{"espconn_secure_connect", -12, 1, "espconn_secure_connect failed: -12"},
		{"espconn_secure_connect", -12, 2, "reconnect callback, err -9"},
		{"espconn_secure_connect", -12, 0, "reconnect callback, err -9"},
		{"espconn_connect", -12, 1, "reconnect callback, err -9"},
	} {
		t.Run(fmt.Sprint(row.function, row.n), func(t *testing.T) {
			i := e.image(t, "hello-tls-2048")
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{Seed: 1})
				d.FailCall(row.function, row.result, 1)
				d.FailCall(row.function, 0, 0) // taken back
				d.FailCall(row.function, row.result, row.n)
				require.NoError(t, d.Boot(i.Firmware()))
				devtest.WaitLog(t, d, row.want)
				told := 0
				for _, e := range d.Trace().Events() {
					if e.Text == "made to fail" {
						told++
						assert.Equal(t, row.function, e.Name)
						assert.Contains(t, e.Where, "user_main.c:")
					}
				}
				assert.Equal(t, row.n == 1 && row.function != "espconn_connect", told == 1)
			})
		})
	}
}
