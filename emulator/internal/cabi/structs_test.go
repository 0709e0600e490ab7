package cabi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// versions are those whose layouts differ.
var versions = []int{cabi.SDK20, cabi.SDK21, cabi.SDK22, cabi.SDK30}

// struct station_config in each version: its length, and where the version has its fields (sdk-surface.md, Struct layouts).
func TestStationConfig(t *testing.T) {
	for version, l := range map[int]struct{ size, bssid, rssi uint32 }{
		cabi.SDK20: {103, 96, 0}, cabi.SDK21: {103, 96, 0}, cabi.SDK22: {112, 96, 104}, cabi.SDK30: {116, 97, 104},
	} {
		boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{SDK: version}, func(g *fake) {
			p := g.space(120)
			b := g.bytes(p, 120)
			clear(b[:l.size])
			copy(b, "net")
			copy(b[32:], "password")
			copy(b[l.bssid:], "\x01\x02\x03\x04\x05\x06\x07")
			if l.rssi > 0 {
				b[l.rssi], b[l.rssi+4] = 0xA6, byte(wifi.AuthWPA2PSK) // -90
			}
			set := bytes.Clone(b)
			assert.EqualValues(t, 1, g.call("wifi_station_set_config_current", p))
			c := g.board.Radio().StationGetConfig()
			assert.Equal(t, "net password true 020304050607", fmt.Sprintf("%s %s %t %x", c.SSID, c.Password, c.BSSIDSet, c.BSSID[:]))
			if l.rssi > 0 {
				assert.Equal(t, wifi.Threshold{RSSI: -90, AuthMode: wifi.AuthWPA2PSK}, c.Threshold)
			}
			for i := range b {
				b[i] = 0xEE
			}
			for i := l.bssid + 7; i < l.size; i++ {
				if version < cabi.SDK30 || i != 112 { // open_and_wep_mode_disable
					set[i] = 0xEE // the threshold and all_channel_scan are not told
				}
			}
			assert.EqualValues(t, 1, g.call("wifi_station_get_config", p))
			for _, function := range []string{"wifi_station_get_config", "wifi_station_get_config_default", "wifi_station_set_config",
				"wifi_station_set_config_current"} {
				assert.Zero(t, g.call(function, 0), function)
			}
			assert.Equal(t, set[:l.size], b[:l.size], "SDK %d", version)
			assert.Equal(t, bytes.Repeat([]byte{0xEE}, int(120-l.size)), b[l.size:], "SDK %d writes beyond the struct", version)
		}, nil)
	}
}

// A scan in each version: struct bss_info in the heap, scannum by its symbol.
func TestScan(t *testing.T) {
	for _, sdk := range versions {
		got := ""
		boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{SDK: sdk}, func(g *fake) {
			size := uint32(68)
			if sdk >= cabi.SDK22 {
				size = 80
			}
			g.names["scannum"] = g.words(0)
			done := g.function(func(w []uint32) {
				p := w[0]
				b, ok := g.board.HeapBlock(p)
				assert.True(t, ok)
				assert.Equal(t, size, b.Requested, "SDK %d", sdk)
				info := g.bytes(p, size)
				assert.Zero(t, order.Uint32(info), "the only one")
				ssid, bssid, count := info[10:10+info[42]], info[4:10], g.u32(g.names["scannum"])
				got = fmt.Sprintf("status %d: %s, %x, channel %d, %d networks", w[1], ssid, bssid, info[43], count)
			})
			g.call("system_init_done_cb", g.function(func([]uint32) { assert.EqualValues(t, 1, g.call("wifi_station_scan", 0, done)) }))
		}, func(d *emulator.Device, g *fake) {
			time.Sleep(5 * time.Second)
			require.NoError(t, d.Do(func() { assert.Equal(t, "status 0: emu8266, 02000a000001, channel 6, 1 networks", got) }))
		})
	}
}

// Wi-Fi events are lent for the callback's time.
func TestWiFiEvents(t *testing.T) {
	var got []uint32
	var event uint32
	boot(t, emulator.Config{}, cabi.Program{}, func(g *fake) {
		g.call("wifi_set_event_handler_cb", g.function(func(w []uint32) {
			event = w[0]
			got = append(got, g.u32(event))
			if len(got) == 1 {
				assert.Equal(t, "emu8266", string(g.bytes(event+4, 7)))
			}
			if g.u32(event) == wifi.EventStamodeGotIP {
				assert.Equal(t, byte(10), g.bytes(event+4, 1)[0])
			}
		}))
	}, func(d *emulator.Device, g *fake) {
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []uint32{wifi.EventStamodeConnected, wifi.EventStamodeGotIP}, got)
			assert.GreaterOrEqual(t, event, uint32(lendBase))
			assert.Equal(t, bytes.Repeat([]byte{0xA5}, 44), g.bytes(event, 44), "what was lent is gone")
			info := g.space(12)
			g.call("wifi_get_ip_info", 0, info)
			assert.Equal(t, d.Addr(), netip.AddrFrom4([4]byte(g.bytes(info, 4))))
		}))
	})
}

// A struct espconn over its whole life, in the program's memory, in each version: a name is looked up, the connection made,
// data sent and received, and the peer closes.
func TestConnection(t *testing.T) {
	for _, sdk := range versions {
		var got []string
		var lent, conn uint32
		boot(t, emulator.Config{}, cabi.Program{SDK: sdk}, func(g *fake) {
			tcp := g.space(32)
			clear(g.bytes(tcp, 32))
			conn = g.words(0x10, 0, tcp, 0, 0, 0, 0) // ESPCONN_TCP
			note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
			connected := g.function(func(w []uint32) {
				note("connect %t, state %d", w[0] == conn, g.u32(conn+4))
				note("send %d", int32(g.call("espconn_send", w[0], "question", 8)))
			})
			received := g.function(func(w []uint32) {
				lent = w[1]
				note("recv %t %q", w[0] == conn, g.bytes(w[1], w[2]))
			})
			sent := g.function(func(w []uint32) { note("sent %t", w[0] == conn) })
			closed := g.function(func(w []uint32) { note("disconnect %t", w[0] == conn) })
			failed := g.function(func(w []uint32) { note("reconnect %d", int32(w[1])) })
			address := g.words(0)
			found := g.function(func(w []uint32) {
				note("found %s %s for %t", g.text(w[0]), netip.AddrFrom4([4]byte(g.bytes(w[1], 4))), w[2] == conn)
				g.setU32(tcp, 7777)
				g.setU32(tcp+4, g.call("espconn_port"))
				copy(g.bytes(tcp+12, 4), g.bytes(w[1], 4))
				for name, fn := range map[string]uint32{
					"connectcb": connected, "recvcb": received, "sentcb": sent, "disconcb": closed, "reconcb": failed,
				} {
					assert.Zero(t, g.call("espconn_regist_"+name, conn, fn))
				}
				assert.Equal(t, connected, g.u32(tcp+16), "in the program's esp_tcp")
				note("connect %d", int32(g.call("espconn_connect", conn)))
			})
			g.call("wifi_set_event_handler_cb", g.function(func(w []uint32) {
				if g.u32(w[0]) == wifi.EventStamodeGotIP {
					note("lookup %d", int32(g.call("espconn_gethostbyname", conn, "peer.test", address, found)))
				}
			}))
		}, func(d *emulator.Device, g *fake) {
			l, err := d.Network().Host("peer", netip.MustParseAddr("10.0.0.9")).Listen("tcp", ":7777")
			require.NoError(t, err)
			go func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				b := make([]byte, 8)
				_, _ = io.ReadFull(c, b)
				_, _ = c.Write([]byte("reply to " + string(b)))
				time.Sleep(time.Second)
				_ = c.Close()
			}()
			time.Sleep(20 * time.Second)
			require.NoError(t, d.Do(func() {
				assert.Equal(t, []string{
					"lookup -5", "found peer.test 10.0.0.9 for true", "connect 0", "connect true, state 3", "send 0", "sent true",
					`recv true "reply to question"`, "disconnect true",
				}, got, "SDK %d", sdk)
				assert.Equal(t, bytes.Repeat([]byte{0xA5}, 17), g.bytes(lent, 17), "what was lent is gone")
				assert.Equal(t, "10.0.0.9", netip.AddrFrom4([4]byte(g.bytes(g.u32(conn+8)+12, 4))).String())
			}))
			require.NoError(t, l.Close())
		})
	}
}

// A server's connections get a struct espconn of the SDK's in the heap, which goes when they do.
func TestServer(t *testing.T) {
	var got []string
	boot(t, emulator.Config{}, cabi.Program{}, func(g *fake) {
		tcp := g.space(32)
		clear(g.bytes(tcp, 32))
		g.setU32(tcp+4, 80)
		server := g.words(0x10, 0, tcp, 0, 0, 0, 0)
		g.call("espconn_regist_connectcb", server, g.function(func(w []uint32) {
			b, ok := g.board.HeapBlock(w[0])
			got = append(got, fmt.Sprintf("connect own %t, block %t of %d, port %d", w[0] == server, ok,
				b.Requested, g.u32(g.u32(w[0]+8)+4)))
			g.call("espconn_regist_recvcb", w[0], g.function(func(w []uint32) {
				got = append(got, fmt.Sprintf("recv %q", g.bytes(w[1], w[2])))
				g.call("espconn_send", w[0], "answer", 6)
			}))
		}))
		assert.Zero(t, g.call("espconn_accept", server))
	}, func(d *emulator.Device, g *fake) {
		time.Sleep(10 * time.Second)
		peer := d.Network().Host("peer", netip.MustParseAddr("10.0.0.9"))
		c, err := peer.DialContext(context.Background(), "tcp", netip.AddrPortFrom(d.Addr(), 80).String())
		require.NoError(t, err)
		_, err = c.Write([]byte("hello"))
		require.NoError(t, err)
		b := make([]byte, 6)
		_, err = io.ReadFull(c, b)
		require.NoError(t, err)
		assert.Equal(t, "answer", string(b))
		require.NoError(t, c.Close())
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() { assert.Equal(t, []string{"connect own false, block true of 28, port 80", `recv "hello"`}, got) }))
	})
}

// A callback is made whatever the firmware has made of the espconn's type since.
func TestCallbackOfAnotherType(t *testing.T) {
	for _, kind := range []uint32{0x10, 0x20, 0, 1} {
		var got []uint32
		boot(t, emulator.Config{}, cabi.Program{}, func(g *fake) {
			tcp := g.space(32)
			clear(g.bytes(tcp, 32))
			g.setU32(tcp+4, 80)
			server := g.words(0x10, 0, tcp, 0, 0, 0, 0)
			g.call("espconn_regist_disconcb", server, g.function(func(w []uint32) { got = append(got, g.u32(w[0])) }))
			assert.Zero(t, g.call("espconn_accept", server))
			g.setU32(server, kind)
		}, func(d *emulator.Device, _ *fake) {
			time.Sleep(10 * time.Second)
			peer := d.Network().Host("peer", netip.MustParseAddr("10.0.0.9"))
			c, err := peer.DialContext(context.Background(), "tcp", netip.AddrPortFrom(d.Addr(), 80).String())
			require.NoError(t, err)
			time.Sleep(time.Second)
			require.NoError(t, c.Close())
			time.Sleep(time.Second)
			require.NoError(t, d.Do(func() { assert.Equal(t, []uint32{kind}, got) }))
		})
	}
}

// All names that there are can be called, and each says how many arguments it takes.
func TestNames(t *testing.T) {
	names := cabi.Names()
	assert.Greater(t, len(names), 300)
	for _, name := range names {
		f, ok := cabi.Find(name)
		require.True(t, ok)
		assert.Regexp(t, `^[pfil]*[vV]?$`, f.Params, name)
	}
	_, ok := cabi.Find("system_make_coffee")
	assert.False(t, ok)
}
