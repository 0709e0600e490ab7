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

// A line of the SDK whose format finds no memory where enough is free ends the device; without an order nothing of it stays in the heap
// (lwip.md 16).
func TestLineWithoutMemory(t *testing.T) {
	for _, fails := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var said strings.Builder
			d := emulator.NewTest(t, emulator.Config{Seed: 1, ExpectCrash: fails, UART: &said})
			var before, after uint32
			if fails {
				d.Fail(emulator.Shortage{Nth: 1, Except: func(block string) bool { return block != "format of a line" }})
			}
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				before = sdk.SystemGetFreeHeapSize()
				sdk.SntpGetCurrentTimestamp()
				after = sdk.SystemGetFreeHeapSize()
			})))
			time.Sleep(time.Second)
			crash := d.Crash()
			require.NoError(t, d.Close())
			if fails {
				require.NotNil(t, crash)
				assert.Equal(t, espconn.CauseStoreProhibited, crash.Cause)
				assert.NotContains(t, said.String(), "please start sntp first")
				return
			}
			require.Nil(t, crash)
			assert.NotZero(t, before)
			assert.Equal(t, before, after)
			assert.Contains(t, said.String(), "please start sntp first !\n")
		})
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
