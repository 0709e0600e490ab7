package emulator_test

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// hears collects who sends datagrams to address, a group with a port, as a host hears them.
func hears(t *testing.T, h *vnet.Host, address string) (senders func() []string) {
	p, err := h.ListenPacket("udp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	var mu sync.Mutex
	all := []string{}
	go func() {
		for {
			_, from, err := p.ReadFrom(make([]byte, 1500))
			if err != nil {
				return
			}
			mu.Lock()
			all = append(all, from.(*net.UDPAddr).AddrPort().Addr().String())
			mu.Unlock()
		}
	}()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		l := all
		all = []string{}
		return l
	}
}

// inMode boots a device in a mode.
func inMode(t *testing.T, mode uint8, init func(*emulator.SDK)) (d *emulator.Device, sdk *emulator.SDK) {
	if mode&wifi.SoftAPMode != 0 {
		d, sdk, _ = apDevice(t, emulator.Config{}, mode, init)
		return d, sdk
	}
	d = boot(t, emulator.Config{}, func(s *emulator.SDK) {
		sdk = s
		init(s)
	})
	return d, sdk
}

// A datagram to a group leaves through the default interface: in the mode with both, the soft-AP, unless wifi_set_broadcast_if says the
// station; unlike a broadcast it never leaves through both (espconn.md 5.8). A finding says so of either where nothing was chosen.
func TestMulticastInterface(t *testing.T) {
	const station, softap = "station", "soft-AP"
	for _, c := range []struct {
		mode, ifs uint8
		to        string
		join      bool // the device joins the group on the station first: no matter
		want      []string
		finding   bool
	}{
		{wifi.StationMode, 0, "239.255.255.250", false, []string{station}, false},
		{wifi.SoftAPMode, 0, "239.255.255.250", false, []string{softap}, false},
		{wifi.StationAPMode, 0, "239.255.255.250", false, []string{softap}, true},
		{wifi.StationAPMode, 0, "224.0.0.7", true, []string{softap}, true},
		{wifi.StationAPMode, 1, "239.255.255.250", false, []string{station}, false},
		{wifi.StationAPMode, 2, "239.255.255.250", false, []string{softap}, false},
		{wifi.StationAPMode, 3, "239.255.255.250", false, []string{softap}, true},
		{wifi.StationAPMode, 0, "255.255.255.255", false, nil, true},
		{wifi.StationAPMode, 3, "255.255.255.255", false, nil, false},
	} {
		t.Run(fmt.Sprintf("mode %d, %d to %s", c.mode, c.ifs, c.to), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := netip.MustParseAddr(c.to)
				conn := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: &espconn.UDP{
					LocalPort: 1024, RemotePort: 1900, RemoteIP: to.As4()}}}
				d, sdk := inMode(t, c.mode, func(s *emulator.SDK) {
					require.Equal(t, espconn.OK, s.Create(conn))
				})
				host := d.Network().Host("host", netip.Addr{})
				time.Sleep(10 * time.Second)
				at := map[string]func() []string{}
				listen := func(name string, h *vnet.Host) {
					if to.IsMulticast() {
						at[name] = hears(t, h, c.to+":1900")
					}
				}
				listen(station, host)
				if c.mode != wifi.StationMode {
					listen(softap, join(t, d, "phone"))
				}
				time.Sleep(time.Second)
				require.NoError(t, d.Do(func() {
					if c.ifs != 0 {
						require.True(t, sdk.WifiSetBroadcastIf(c.ifs))
					}
					if c.join {
						require.Equal(t, espconn.OK, sdk.IgmpJoin(d.Addr().As4(), to.As4()))
					}
					assert.Equal(t, espconn.OK, sdk.Sendto(conn, []byte("NOTIFY")))
					assert.Equal(t, espconn.OK, sdk.Sendto(conn, []byte("NOTIFY")))
				}))
				time.Sleep(time.Second)
				found := 0
				for _, e := range d.Trace().Events() {
					if e.Kind == trace.KindFinding && e.Name == espconn.RuleOneInterface {
						found++
					}
				}
				var heard []string
				for _, name := range []string{station, softap} {
					if l := at[name]; l != nil && len(l()) == 2 {
						heard = append(heard, name)
					}
				}
				assert.Equal(t, c.want, heard)
				assert.Equal(t, c.finding, found == 1, "%d findings", found)
			})
		})
	}
}

// mDNS sends by the same rule, with wifi_set_broadcast_if(3) through both interfaces (espconn.md 5.20).
func TestMdnsInterfaces(t *testing.T) {
	for ifs, want := range map[uint8]string{0: "0 4", 1: "4 0", 2: "0 4", 3: "4 4"} {
		t.Run(fmt.Sprint(ifs), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, sdk, _ := apDevice(t, emulator.Config{}, wifi.StationAPMode, nil)
				host, phone := d.Network().Host("host", netip.Addr{}), join(t, d, "phone")
				time.Sleep(10 * time.Second)
				atHost, atPhone := hears(t, host, "224.0.0.251:5353"), hears(t, phone, "224.0.0.251:5353")
				require.NoError(t, d.Do(func() {
					if ifs != 0 {
						require.True(t, sdk.WifiSetBroadcastIf(ifs))
					}
					sdk.MdnsInit(&espconn.MdnsInfo{HostName: "lamp", ServerName: "http", IPAddr: d.Addr().As4()})
				}))
				time.Sleep(10 * time.Second)
				assert.Equal(t, want, fmt.Sprintf("%d %d", len(atHost()), len(atPhone())))
			})
		})
	}
}

// A peer on the network searches by SSDP: the device, a member of the group, answers it.
func TestSSDPPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := [4]byte{239, 255, 255, 250}
		conn := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: &espconn.UDP{LocalPort: 1900}}}
		d, _ := inMode(t, wifi.StationMode, func(s *emulator.SDK) {
			s.RegistRecvcb(conn, func(_ *espconn.Espconn, data []byte) {
				var from []espconn.RemotInfo
				require.Equal(t, espconn.OK, s.GetConnectionInfo(conn, &from, 0))
				conn.Proto.UDP.RemoteIP, conn.Proto.UDP.RemotePort = from[0].RemoteIP, from[0].RemotePort
				s.Sendto(conn, []byte("HTTP/1.1 200 OK"))
			})
			require.Equal(t, espconn.OK, s.Create(conn))
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP {
					assert.Equal(t, espconn.OK, s.IgmpJoin([4]byte{}, group))
				}
			})
		})
		peer := d.Network().Host("peer", netip.Addr{})
		time.Sleep(10 * time.Second)
		p, err := peer.ListenPacket("udp", ":0")
		require.NoError(t, err)
		defer p.Close()
		_, err = p.WriteTo([]byte("M-SEARCH * HTTP/1.1"), net.UDPAddrFromAddrPort(netip.MustParseAddrPort("239.255.255.250:1900")))
		require.NoError(t, err)
		b := make([]byte, 100)
		require.NoError(t, p.SetReadDeadline(time.Now().Add(5*time.Second)))
		n, from, err := p.ReadFrom(b)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("HTTP/1.1 200 OK from %v:1900", d.Addr()), fmt.Sprintf("%s from %v", b[:n], from))
	})
}
