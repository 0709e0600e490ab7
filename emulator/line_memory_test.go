package emulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// While a line of the SDK's is printed its format is in the heap, and nothing of it stays; without memory for it the line is printed
// (lwip.md 16).
func TestLineTakesMemory(t *testing.T) {
	for _, fails := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var said strings.Builder
			d := emulator.NewTest(t, emulator.Config{Seed: 1, UART: &said})
			if fails {
				d.Fail(emulator.Shortage{Nth: 1, Except: func(block string) bool { return block != "format of a line" }})
			}
			var before, after uint32
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				before = sdk.SystemGetFreeHeapSize()
				sdk.SntpGetCurrentTimestamp()
				after = sdk.SystemGetFreeHeapSize()
			})))
			time.Sleep(time.Second)
			require.NoError(t, d.Close())
			assert.NotZero(t, before)
			assert.Equal(t, before, after)
			assert.Equal(t, fails, strings.Contains(said.String(), "E:M 48\n"))
			assert.Contains(t, said.String(), "please start sntp first !\n")
		})
	}
}

// A line whose format finds no memory, though enough is free, ends an SDK's device, as the copy goes to address 0: one of the system's own,
// and one of espconn's. With the manual's profile it is printed.
func TestLineWithoutMemory(t *testing.T) {
	server := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 80}}}
	for _, crashes := range []bool{false, true} {
		for line, do := range map[string]func(sdk *emulator.SDK){
			"please start sntp first !": func(sdk *emulator.SDK) { sdk.SntpGetCurrentTimestamp() },
			"espconn_tcp_delete 1, 80":  func(sdk *emulator.SDK) { sdk.Accept(server); sdk.Delete(server) },
		} {
			synctest.Test(t, func(t *testing.T) {
				var said strings.Builder
				profile := espconn.SDK306()
				profile.LineCrashes = crashes
				d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: profile, UART: &said, ExpectCrash: crashes})
				d.Fail(emulator.Shortage{Nth: 1, Except: func(block string) bool { return block != "format of a line" }})
				require.NoError(t, d.Boot(emulator.Go(do)))
				time.Sleep(time.Second)
				crash := d.Crash()
				require.NoError(t, d.Close())
				assert.Equal(t, !crashes, strings.Contains(said.String(), line), said.String())
				assert.Contains(t, said.String(), "E:M 48\n")
				if crashes {
					require.NotNil(t, crash)
					assert.Equal(t, espconn.CauseStoreProhibited, crash.Cause)
				}
			})
		}
	}
}

// An announcement of mDNS has memory for the longest message, and for its first text: without the one there is a line, without the other
// the device ends (espconn.md 5.20).
func TestMdnsWithoutMemory(t *testing.T) {
	for _, block := range []string{"", "pbuf", "mdns text"} {
		synctest.Test(t, func(t *testing.T) {
			var said strings.Builder
			d := emulator.NewTest(t, emulator.Config{Seed: 1, ExpectCrash: block == "mdns text", UART: &said})
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
					if e.Event == wifi.EventStamodeGotIP {
						sdk.MdnsInit(&espconn.MdnsInfo{HostName: "lamp", ServerName: "http", IPAddr: e.IP.As4()})
					}
				})
			})))
			time.Sleep(4500 * time.Millisecond) // the second announcement is over, as are the reports of IGMP
			if block != "" {
				d.FailBlock(block, 1)
			}
			time.Sleep(5 * time.Second)
			crash := d.Crash()
			require.NoError(t, d.Close())
			assert.Contains(t, said.String(), "host_name = lamp")
			assert.Equal(t, block == "pbuf", strings.Contains(said.String(), "ERR_MEM \n"))
			assert.Equal(t, block == "mdns text", crash != nil)
		})
	}
}
