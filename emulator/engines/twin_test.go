package engines_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// twin is examples/hello-tls/user/user_main.c in Go.
type twin struct {
	sdk      *emulator.SDK
	size     uint16
	conn     espconn.Espconn
	tcp      espconn.TCP
	retry    emulator.OsTimer
	received int
	retries  int
}

const twinMessage = "hello from C"

func (w *twin) init(sdk *emulator.SDK) {
	w.sdk, w.retries = sdk, 1
	sdk.OsPrintf("user_init, %u bytes of heap free\n", sdk.SystemGetFreeHeapSize())
	sdk.SystemOsTask(func(chip.OsEvent) { sdk.SecureDisconnect(&w.conn) }, 0, make([]chip.OsEvent, 1))
	sdk.OsTimerSetfn(&w.retry, w.connect)
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP {
			sdk.OsPrintf("got ip %s\n", e.IP)
			w.connect()
		}
	})
}

func (w *twin) connect() {
	sdk := w.sdk
	w.received = 0
	w.tcp = espconn.TCP{LocalPort: int(sdk.Port()), RemotePort: 8883, RemoteIP: [4]byte{10, 0, 0, 1}}
	w.conn = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &w.tcp}}
	sdk.RegistConnectcb(&w.conn, func(c *espconn.Espconn) {
		sdk.OsPrintf("connect callback, %d bytes of heap free\n", sdk.SystemGetFreeHeapSize())
		sdk.RegistRecvcb(c, func(_ *espconn.Espconn, data []byte) {
			sdk.OsPrintf("recv callback, %d bytes: %s\n", len(data), data)
			if w.received += len(data); w.received >= len(twinMessage) {
				sdk.SystemOsPost(0, 0, 0)
			}
		})
		sdk.RegistSentcb(c, func(*espconn.Espconn) { sdk.OsPrintf("sent callback\n") })
		sdk.SecureSend(c, []byte(twinMessage))
	})
	sdk.RegistReconcb(&w.conn, func(_ *espconn.Espconn, err espconn.Err) {
		sdk.OsPrintf("reconnect callback, err %d\n", int(err))
		if w.retries > 0 {
			w.retries--
			sdk.OsTimerArm(&w.retry, 1000, false)
		}
	})
	sdk.RegistDisconcb(&w.conn, func(*espconn.Espconn) { sdk.OsPrintf("disconnect callback\n") })
	if !sdk.SecureSetSize(1, w.size) {
		sdk.OsPrintf("espconn_secure_set_size(1, %d) failed\n", w.size)
		return
	}
	sdk.OsPrintf("connect to 10.0.0.1:8883, buffer %d bytes\n", w.size)
	if ret := sdk.SecureConnect(&w.conn); ret != espconn.OK {
		sdk.OsPrintf("espconn_secure_connect failed: %d\n", int(ret))
	}
}

// The same program in C and in Go, on the same network with the same server: the same trace, event by event, with calls,
// callbacks, codes, TLS records, heap blocks, lines and times.
func TestTwins(t *testing.T) { onEach(t, testTwins) }

func testTwins(t *testing.T, e engine) {
	ends := map[string][2]string{ // the callback that ends the connection with 2,048 and with 4,096 bytes
		"ManualV21": {"reconnect", "disconnect"},
		"SDK301":    {"reconnect", "disconnect"},
		"SDK306":    {"reconnect", "disconnect"},
		"SDK221":    {"disconnect", "disconnect"}, // raises 2,048 to a size that works
	}
	for _, profile := range espconn.Profiles() {
		for n, size := range []uint16{2048, 4096} {
			t.Run(fmt.Sprintf("%s/%d", profile.Name, size), func(t *testing.T) {
				i := e.image(t, fmt.Sprintf("hello-tls-%d", size))
				c := twinRun(t, profile, i.Firmware())
				g := twinRun(t, profile, emulator.Go((&twin{size: size}).init))
				assert.Equal(t, g, c)
				if end, ok := ends[profile.Name]; ok {
					assert.Contains(t, strings.Join(c, "\n"), "line "+end[n]+" callback")
				}
				t.Logf("%d events", len(c))
			})
		}
	}
}

// twinRun boots fw against the server for five virtual seconds and returns the trace.
func twinRun(t *testing.T, profile espconn.Profile, fw emulator.Firmware) (lines []string) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		startServer(t, network, netip.MustParseAddrPort("10.0.0.1:8883"), 0)
		d, err := emulator.New(emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"), Profile: profile, Seed: 7})
		require.NoError(t, err)
		require.NoError(t, d.Boot(fw))
		time.Sleep(5 * time.Second)
		require.Nil(t, d.Crash())
		require.NoError(t, d.Close())
		require.NoError(t, network.Close())
		for _, e := range d.Trace().Events() {
			lines = append(lines, e.String())
		}
	})
	return lines
}

// A server in C: accepted connections get an espconn in the heap, which is gone afterwards; what the connect callback
// changes leaks into the server's espconn as on the device (espconn.md 4.4).
func TestServer(t *testing.T) { onEach(t, testServer) }

func testServer(t *testing.T, e engine) {
	i := e.image(t, "server")
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		chip := modeFlash(t, 0)
		require.NoError(t, chip.EraseSector(0x100))
		cert, key := serverObjects(t)
		require.NoError(t, chip.Write(0x100000, lengthPrefixed(cert)))
		require.NoError(t, chip.Write(0x101000, lengthPrefixed(key)))
		d := emulator.NewTest(t, emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"), Flash: chip, Seed: 1})
		t.Cleanup(func() { assert.NoError(t, network.Close()) })
		require.NoError(t, d.Boot(i.Firmware()))
		_, err := d.WaitLog(t.Context(), "certificate 1, key 1, accept 0, state 2")
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		client := network.Host("client", netip.MustParseAddr("10.0.0.9"))
		before := d.HeapStats()
		for _, reverse := range []string{"mine", "changed"} {
			talk(t, client, d.Addr(), "ping")
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			for _, want := range []string{
				"client 10.0.0.9, state 3, reverse " + reverse + ", espconn in the heap 1",
				"recv 4: ping", "sent, own espconn 1", "disconnect, server espconn 1, port known 1, reverse changed",
			} {
				_, err := d.WaitLog(ctx, want)
				require.NoError(t, err)
			}
			cancel()
			time.Sleep(5 * time.Minute) // TIME_WAIT
		}
		require.Nil(t, d.Crash())
		after := d.HeapStats()
		assert.Equal(t, before.Blocks, after.Blocks)
		assert.Equal(t, before.Free, after.Free)
	})
}
