package engines_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// C firmware as a soft-AP: structs, lists and events in guest memory.
func TestSoftAP(t *testing.T) { onEach(t, testSoftAP) }

func testSoftAP(t *testing.T, e engine) {
	i := e.image(t, "softap")
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Neighbors: []wifi.AccessPoint{{SSID: "cafe", Channel: 1, RSSI: -80}}})
		require.NoError(t, d.Boot(i.Firmware()))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		wait := func(lines ...string) {
			t.Helper()
			for _, want := range lines {
				_, err := d.WaitLog(ctx, want)
				require.NoError(t, err)
			}
		}
		wait("default 1, mac 1", "ESP_010001, len 10, channel 1, auth 0, max 4, beacon 100", "short password 0, good one 1",
			"stop 1, ip 1, lease 1, time 1, start 1, status 1, offer 1", "lease 1 192.168.9.30, minutes 30, enable 0", "broadcast 1 1",
			"aps 1, emu8266, id 0, change 0", "threshold 0 0, channel 3, all 0", "hostname configured, rssi 31, auto 1, dhcp 1 1",
			"country CN 1 13", "rate 3 11, phy 3, sleep 2, channel 1 0", "accept 0")
		phone, err := d.Network().Join(ctx, "phone", vnet.Membership{SSID: "configure me", Password: "12345678"})
		require.NoError(t, err)
		mac := phone.MAC().String()
		wait("probe -50 dBm, "+mac, "joined "+mac+", aid 1", "gave 192.168.9.20 to aid 1")
		conn, err := phone.Dial("tcp", "192.168.9.1:80")
		require.NoError(t, err)
		_, err = conn.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		require.NoError(t, err)
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, "HTTP/1.0 200 OK\r\n\r\ncafe\nemu8266\n", string(got))
		_ = conn.Close()
		wait("connect from 192.168.9.20", "station "+mac+" at 192.168.9.20", "request 18 bytes, 1 stations", "scanning 1",
			"found cafe, len 4, 02:00:0a:00:01:01, channel 1, rssi -80, auth 0, ciphers 0 0, n 1",
			"found emu8266, len 7, 02:00:0a:00:00:01, channel 6, rssi -50, auth 0, ciphers 0 0, n 1", "scan 0, heap 1", "sent 0")
		phone.Close()
		wait("left "+mac+", aid 1", "sleep 0", "woken, mode 0")
		time.Sleep(time.Minute)
		for _, b := range []string{"bss_info", "station_info"} {
			assert.NotContains(t, blocks(t, d), b)
		}
		_, err = d.Network().Join(ctx, "again", vnet.Membership{SSID: "configure me", Password: "12345678"})
		require.NoError(t, err, "on again, and its settings are still there")
		require.Nil(t, d.Crash())
	})
}

// blocks are the names of what lies in the device's heap.
func blocks(t *testing.T, d *emulator.Device) (names []string) {
	t.Helper()
	for _, e := range d.Trace().Events() {
		if e.Source != trace.SourceHeap {
			continue
		}
		switch e.Kind {
		case trace.KindAlloc:
			names = append(names, e.Name)
		case trace.KindFree:
			for i, n := range names {
				if n == e.Name {
					names = append(names[:i], names[i+1:]...)
					break
				}
			}
		}
	}
	return names
}
