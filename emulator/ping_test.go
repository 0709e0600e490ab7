package emulator_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
)

// pinged boots a device, lets it get an address, starts a ping and returns what was heard, with seconds since then.
func pinged(t *testing.T, d *emulator.Device, sdk *emulator.SDK, o *emulator.PingOption, wait time.Duration) []string {
	t.Helper()
	var heard []string
	began := time.Now()
	note := func(what string) func(*emulator.PingOption, *emulator.PingResp) {
		return func(got *emulator.PingOption, r *emulator.PingResp) {
			assert.Same(t, o, got)
			heard = append(heard, fmt.Sprintf("%.1f %s %+v", time.Since(began).Seconds(), what, *r))
		}
	}
	require.NoError(t, d.Do(func() {
		assert.True(t, sdk.PingRegistRecv(o, note("recv")))
		assert.True(t, sdk.PingRegistSent(o, note("sent")))
		assert.True(t, sdk.PingStart(o))
	}))
	time.Sleep(wait)
	var all []string
	require.NoError(t, d.Do(func() { all = heard })) // the device's goroutine wrote it
	return all
}

func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s })
		time.Sleep(5 * time.Second)
		free := d.HeapStats().Free
		gateway := netip.MustParseAddr("10.0.0.1")

		heard := pinged(t, d, sdk, &emulator.PingOption{Count: 2, IP: gateway, CoarseTime: 3}, 10*time.Second)
		assert.Equal(t, []string{
			"0.0 recv {TotalCount:0 RespTime:4 Seqno:1 TimeoutCount:0 Bytes:32 TotalBytes:0 TotalTime:0 PingErr:0}",
			"3.0 recv {TotalCount:0 RespTime:2 Seqno:2 TimeoutCount:0 Bytes:32 TotalBytes:0 TotalTime:0 PingErr:0}",
			"3.0 sent {TotalCount:2 RespTime:0 Seqno:0 TimeoutCount:0 Bytes:0 TotalBytes:64 TotalTime:3002 PingErr:0}",
		}, heard)

		nobody := netip.MustParseAddr("10.0.77.77")
		heard = pinged(t, d, sdk, &emulator.PingOption{IP: nobody}, 10*time.Second)
		require.Len(t, heard, 5, "four requests by default")
		assert.Equal(t, "1.0 recv {TotalCount:0 RespTime:0 Seqno:0 TimeoutCount:0 Bytes:0 TotalBytes:0 TotalTime:0 PingErr:-1}", heard[0])
		assert.Equal(t, "4.0 sent {TotalCount:4 RespTime:0 Seqno:0 TimeoutCount:4 Bytes:0 TotalBytes:0 TotalTime:4000 PingErr:0}", heard[4])

		assert.Equal(t, free, d.HeapStats().Free)
	})
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{Profile: espconn.SDK221()}, func(s *emulator.SDK) { sdk = s })
		time.Sleep(5 * time.Second)
		free := d.HeapStats().Free
		heard := pinged(t, d, sdk, &emulator.PingOption{Count: 2, IP: netip.MustParseAddr("10.0.0.1"), CoarseTime: 3}, 10*time.Second)
		require.Len(t, heard, 3)
		assert.Equal(t, "6.0 sent {TotalCount:2 RespTime:0 Seqno:0 TimeoutCount:0 Bytes:0 TotalBytes:64 TotalTime:6000 PingErr:0}",
			heard[2],
			"a period after the last request")
		assert.Equal(t, free, d.HeapStats().Free)
	})
}

// Without functions the SDK prints; another ping replaces the one under way.
func TestPingPrints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		var uart bytes.Buffer
		d := boot(t, emulator.Config{UART: &uart}, func(s *emulator.SDK) { sdk = s })
		time.Sleep(5 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.False(t, sdk.PingStart(nil))
			assert.False(t, sdk.PingRegistRecv(nil, nil))
			assert.False(t, sdk.PingRegistSent(nil, nil))
			uart.Reset()
			assert.True(t, sdk.PingStart(&emulator.PingOption{Count: 100, IP: netip.MustParseAddr("10.0.77.77")}))
		}))
		time.Sleep(1500 * time.Millisecond)
		require.NoError(t, d.Do(func() {
			assert.True(t, sdk.PingStart(&emulator.PingOption{Count: 1, IP: netip.MustParseAddr("10.0.0.1")}))
		}))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, "ping timeout\nrecv 10.0.0.1: byte = 32, time = 4 ms, seq = 3\n"+
				"ping 1, timeout 0, total payload 32 bytes, 4 ms\n", uart.String())
		}))
	})
}

func TestPingWithoutMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s })
		require.NoError(t, d.Do(func() {
			free := sdk.SystemGetFreeHeapSize()
			for _, room := range []uint32{16, 64} { // none, and none for the socket
				hog := sdk.OsMalloc(free - room - 16)
				require.NotZero(t, hog)
				assert.False(t, sdk.PingStart(&emulator.PingOption{IP: netip.MustParseAddr("10.0.0.1")}))
				sdk.OsFree(hog)
			}
			assert.Equal(t, free, sdk.SystemGetFreeHeapSize())
		}))
	})
}
