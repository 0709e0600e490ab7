package deepsleep_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// report is what the device sends.
type report struct {
	Wake int
	MV   []int
}

// testbed is a sensor whose battery loses 1/1024 V (5 mV before the divider) with each reading, and a collector.
type testbed struct {
	*emulator.Device
	host     *vnet.Host
	reports  chan report
	readings int
	uart     bytes.Buffer
}

// lose is what the n-th reading says, in mV, n from 0 on.
func lose(n int) int { return adc(n) * 5000 / 1024 }

// adc is what the pin says at the n-th reading; a new battery comes every 500.
func adc(n int) int { return 1000 - n%500 }

func run(t *testing.T, profile espconn.Profile, test func(t *testing.T, l *testbed)) {
	image, err := wasm.LoadFile("../../testdata/firmware/deep-sleep.wasm")
	require.NoError(t, err)
	defer image.Close()
	assert.Empty(t, image.Missing())
	synctest.Test(t, func(t *testing.T) {
		l := &testbed{reports: make(chan report, 300)}
		l.Device = emulator.NewTest(t, emulator.Config{Profile: profile, UART: &l.uart, Seed: 1, Checks: emulator.ChecksFail,
			ADC: func() uint16 {
				l.readings++
				return uint16(adc(l.readings - 1))
			}})
		l.host = l.Network().Host("collector", netip.MustParseAddr("10.0.0.10"))
		require.NoError(t, l.Boot(image.Firmware())) // four wakes of five are without radio, so that there is no address to wait for
		test(t, l)
	})
}

// collect starts the collector; its Close stops it.
func (l *testbed) collect(t *testing.T) *devtest.Server {
	return devtest.TLSServer(t, l.Network(), devtest.Options{Host: l.host, Addr: netip.AddrPortFrom(l.host.Addr(), 8443),
		Handle: func(conn net.Conn) {
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				var r report
				if assert.NoError(t, json.Unmarshal(lines.Bytes(), &r)) {
					l.reports <- r
				}
			}
		}})
}

func (l *testbed) wait(t *testing.T, texts ...string) {
	t.Helper()
	devtest.WaitLog(t, l.Device, texts...)
}

// A day: a reading each minute, all of them arrive, five at a time, in order.
func TestDay(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.SDK306()} {
		t.Run(p.Name, func(t *testing.T) {
			run(t, p, func(t *testing.T, l *testbed) {
				collector := l.collect(t)
				time.Sleep(24 * time.Hour)
				collector.Close()
				n := 0
				for len(l.reports) > 0 {
					r := <-l.reports
					require.Len(t, r.MV, 5)
					for _, mv := range r.MV {
						require.Equal(t, lose(n), mv)
						n++
					}
					assert.Equal(t, n, r.Wake)
				}
				assert.InDelta(t, 24*60, n, 40, "a wake takes a moment more than a minute")
			})
		})
	}
}

// Without a collector, and without an access point, the readings stay in RTC memory, the newest twenty of them.
func TestNobodyThere(t *testing.T) {
	run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
		l.wait(t, "wake 5,", "connection failed, err -9", "wake 6,", "connection failed, err -9")
		require.NoError(t, l.SetAccessPointInRange(false))
		l.wait(t, "wake 7,", "nobody there")
		time.Sleep(16 * time.Minute)
		l.wait(t, "wake 24,", "nobody there")
		require.NoError(t, l.SetAccessPointInRange(true))
		collector := l.collect(t)
		l.wait(t, "delivered", "wake 26,")
		r := <-l.reports
		assert.Equal(t, 25, r.Wake)
		require.Len(t, r.MV, 20)
		assert.Equal(t, lose(5), r.MV[0], "the first five are lost")
		assert.Equal(t, lose(24), r.MV[19])
		collector.Close()
	})
}

// The reset button wakes the device, and RTC memory is as it was; a new battery is a new beginning.
func TestResetAndNewBattery(t *testing.T) {
	for range 2 { // the second device knows nothing of the first
		run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
			l.wait(t, "wake 1, reason 0", "wake 2, reason 5")
			time.Sleep(10 * time.Second)
			image, err := wasm.LoadFile("../../testdata/firmware/deep-sleep.wasm")
			require.NoError(t, err)
			defer image.Close()
			require.NoError(t, l.Reset())
			require.NoError(t, l.Boot(image.Firmware()))
			l.wait(t, "wake 3, reason 5")
			require.NoError(t, l.Reset())
		})
	}
}

// The output that the README shows.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
		collector := l.collect(t)
		l.wait(t, "delivered", "wake 6")
		collector.Close()
		require.NoError(t, l.Device.Close())
		assert.Contains(t, string(readme), "```\n"+l.uart.String()+"```\n", "the README shows another output:\n%s", l.uart.String())
	})
}
