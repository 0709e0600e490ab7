package emulator_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Connect looks at the mode and the interfaces first (espconn.md 5.1 rows 4 to 7, tls.md 5.1 rows 2 to 6). The manual's
// profile never returns a status (manual-profile.md #7).
func TestConnectByMode(t *testing.T) {
	near, far := [4]byte{192, 168, 4, 9}, [4]byte{10, 0, 0, 9}
	noIP := func(s *emulator.SDK) {
		s.WifiSoftapDhcpsStop()
		none := netip.IPv4Unspecified()
		s.WifiSetIPInfo(wifi.SoftAPIf, wifi.IPInfo{IP: none, Netmask: none, GW: none})
	}
	for _, c := range []struct {
		name     string
		mode     uint8
		cfg      emulator.Config
		init     func(*emulator.SDK)
		wait     time.Duration
		remote   [4]byte
		sdk, man espconn.Err
	}{
		{name: "null mode", mode: wifi.NullMode, remote: far, sdk: -99, man: espconn.RTE},
		{name: "station without address", mode: wifi.StationMode, remote: far, sdk: espconn.RTE, man: espconn.RTE},
		{name: "station with address", mode: wifi.StationMode, wait: 10 * time.Second, remote: far},
		{name: "soft-AP", mode: wifi.SoftAPMode, remote: near},
		{name: "soft-AP, another network", mode: wifi.SoftAPMode, remote: far},
		{name: "soft-AP without address", mode: wifi.SoftAPMode, init: noIP, remote: near, sdk: espconn.RTE, man: espconn.RTE},
		{name: "both, to a station of ours", mode: wifi.StationAPMode, remote: near},
		{name: "both, station connecting", mode: wifi.StationAPMode, remote: far, sdk: 1, man: espconn.RTE},
		{name: "both, wrong password", mode: wifi.StationAPMode, wait: 3 * time.Second, remote: far, sdk: 2, man: espconn.RTE,
			cfg: emulator.Config{
				AccessPoint: wifi.AccessPoint{SSID: "x", Password: "secretsecret", KeyReason: wifi.Reason4WayHandshakeTimeout},
				Station:     wifi.StationConfig{SSID: "x"}}},
		{name: "both, no access point", mode: wifi.StationAPMode, wait: 7 * time.Second, remote: far, sdk: 3, man: espconn.RTE,
			cfg: emulator.Config{Station: wifi.StationConfig{SSID: "nowhere"}}},
		{name: "both, station idle", mode: wifi.StationAPMode, remote: far, sdk: espconn.RTE, man: espconn.RTE,
			cfg: emulator.Config{NoAutoConnect: true}},
		{name: "both, station with address", mode: wifi.StationAPMode, wait: 10 * time.Second, remote: far},
	} {
		for _, profile := range []espconn.Profile{espconn.ManualV21(), espconn.SDK306()} {
			t.Run(c.name+"/"+profile.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cfg := c.cfg
					cfg.Profile = profile
					d, sdk, _ := apDevice(t, cfg, c.mode|wifi.SoftAPMode, func(s *emulator.SDK) {
						if c.init != nil {
							c.init(s)
						}
						require.True(t, s.WifiSetOpmodeCurrent(c.mode))
					})
					time.Sleep(c.wait)
					want := c.man
					if profile.StatusReturned {
						want = c.sdk
					}
					require.NoError(t, d.Do(func() {
						conn := func() *espconn.Espconn {
							to := &espconn.TCP{RemoteIP: c.remote, RemotePort: 443}
							return &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: to}}
						}
						plain, secure := want, want
						if want == -99 { // mode 0 is not looked at: TCP has no route
							plain, secure = espconn.RTE, espconn.MEM
						}
						assert.Equal(t, plain, sdk.Connect(conn()), "plain")
						assert.Equal(t, secure, sdk.SecureConnect(conn()), "secure")
					}))
				})
			})
		}
	}
}

// A device in both modes has a server for its stations and for the network of its access point at once.
func TestServerOnBothInterfaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, events := apDevice(t, emulator.Config{}, wifi.StationAPMode, func(s *emulator.SDK) { greeter(t, s) })
		phone := join(t, d, "phone")
		require.Eventually(t, func() bool { return d.Addr().IsValid() }, time.Minute, time.Second)
		got, err := say(phone, apAddr, "from a station")
		require.NoError(t, err)
		assert.Equal(t, "you said from a station", got)
		host := d.Network().Host("host", netip.Addr{})
		got, err = say(host, d.Addr(), "from the network")
		require.NoError(t, err)
		assert.Equal(t, "you said from the network", got)
		got, err = say(phone, d.Addr(), "the other address") // the weak host model (lwip.md 8)
		require.NoError(t, err)
		assert.Equal(t, "you said the other address", got)
		assert.Subset(t, events(), []string{"0", "3"})
		require.NoError(t, d.Do(func() {
			ap, sta := sdk.WifiGetIPInfo(wifi.SoftAPIf), sdk.WifiGetIPInfo(wifi.StationIf)
			assert.Equal(t, "192.168.4.1 255.255.255.0 192.168.4.1", fmt.Sprint(ap.IP, " ", ap.Netmask, " ", ap.GW))
			assert.NotEqual(t, ap.IP, sta.IP)
			assert.EqualValues(t, 6, sdk.WifiGetChannel())
		}))
	})
}

// A secure server of a soft-AP, as a phone sees it.
func TestSecureServerOfASoftAP(t *testing.T) {
	own := selfSigned(t)
	key := x509.MarshalPKCS1PrivateKey(own.PrivateKey.(*rsa.PrivateKey))
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := apDevice(t, emulator.Config{}, wifi.SoftAPMode, func(s *emulator.SDK) {
			server := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 443}}}
			require.True(t, s.SecureSetDefaultCertificate(own.Certificate[0]))
			require.True(t, s.SecureSetDefaultPrivateKey(key))
			require.True(t, s.SecureSetSize(2, 4096))
			s.RegistRecvcb(server, func(c *espconn.Espconn, data []byte) {
				assert.Equal(t, espconn.OK, s.SecureSend(c, append([]byte("secretly "), data...)))
			})
			require.Equal(t, espconn.OK, s.SecureAccept(server))
		})
		phone := join(t, d, "phone")
		raw, err := phone.Dial("tcp", "192.168.4.1:443")
		require.NoError(t, err)
		conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA},
			MaxVersion: tls.VersionTLS12})
		require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
		_, err = conn.Write([]byte("hello"))
		require.NoError(t, err)
		b := make([]byte, 14)
		_, err = io.ReadFull(conn, b)
		require.NoError(t, err)
		assert.Equal(t, "secretly hello", string(b))
		_ = conn.Close()
	})
}

// What becomes of a connection when its station leaves, and when the soft-AP ends.
func TestConnectionsWhenAssociationsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(sdk *emulator.SDK, phone *vnet.Host)
		want string
	}{
		// The station is gone without a word to TCP: the data is repeated until TCP gives up (lwip.md 4).
		"the station leaves": {func(_ *emulator.SDK, phone *vnet.Host) { phone.Close() }, "reconnect ESPCONN_TIMEOUT"},
		// The address goes away, and every connection with it (lwip.md 7.5).
		"the mode changes": {func(sdk *emulator.SDK, _ *vnet.Host) { sdk.WifiSetOpmodeCurrent(wifi.StationMode) },
			"reconnect ESPCONN_CONN"},
		"the configuration changes": {func(sdk *emulator.SDK,
			_ *vnet.Host) {
			c := lamp
			c.Channel = 1
			sdk.WifiSoftapSetConfigCurrent(c)
		}, "reconnect ESPCONN_CONN"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen []string
				var conn *espconn.Espconn
				d, sdk, events := apDevice(t, emulator.Config{}, wifi.StationAPMode, func(s *emulator.SDK) {
					server := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 80}}}
					s.RegistConnectcb(server, func(c *espconn.Espconn) { conn = c })
					s.RegistReconcb(server, func(_ *espconn.Espconn, e espconn.Err) { seen = append(seen, fmt.Sprint("reconnect ", e)) })
					s.RegistDisconcb(server, func(*espconn.Espconn) { seen = append(seen, "disconnect") })
					require.Equal(t, espconn.OK, s.Accept(server))
					require.Equal(t, espconn.OK, s.RegistTime(server, 0, 0))
				})
				phone := join(t, d, "phone")
				c1, err := phone.Dial("tcp", "192.168.4.1:80")
				require.NoError(t, err)
				time.Sleep(time.Second)
				events()
				require.NoError(t, d.Do(func() {
					require.NotNil(t, conn)
					c.end(sdk, phone)
					if name == "the station leaves" {
						assert.Equal(t, espconn.OK, sdk.Send(conn, []byte("is anybody there")))
					}
				}))
				time.Sleep(20 * time.Minute)
				require.NoError(t, d.Do(func() { assert.Equal(t, []string{c.want}, seen) }))
				_, err = c1.Read(make([]byte, 1))
				if name != "the station leaves" {
					assert.ErrorIs(t, err, syscall.ENETDOWN)
					assert.Equal(t, vnet.ReasonAuthLeave, phone.GoneReason())
					assert.Contains(t, events(), fmt.Sprintf("6 %v 1", phone.MAC()))
				}
			})
		})
	}
}

// listener collects datagrams to a port of a host.
func listener(t *testing.T, h *vnet.Host) (got func() []string) {
	p, err := h.ListenPacket("udp", ":1025")
	require.NoError(t, err)
	var mu sync.Mutex
	var all []string
	go func() {
		b := make([]byte, 100)
		for {
			n, from, err := p.ReadFrom(b)
			if err != nil {
				return
			}
			mu.Lock()
			all = append(all, fmt.Sprintf("%s from %v", b[:n], from.(*net.UDPAddr).AddrPort().Addr()))
			mu.Unlock()
		}
	}()
	t.Cleanup(func() { _ = p.Close() })
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		l := all
		all = nil
		return l
	}
}

// wifi_set_broadcast_if says where a broadcast leaves (espconn.md 5.8); in the other modes there is no choice.
func TestBroadcastInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: &espconn.UDP{
			LocalPort: 1024, RemotePort: 1025, RemoteIP: [4]byte{255, 255, 255, 255}}}}
		var sent int
		d, sdk, _ := apDevice(t, emulator.Config{}, wifi.StationAPMode, func(s *emulator.SDK) {
			assert.EqualValues(t, 1, s.WifiGetBroadcastIf(), "there is no interface yet")
			assert.False(t, s.WifiSetBroadcastIf(1), "there is no interface yet")
			assert.False(t, s.WifiSetBroadcastIf(2), "there is no interface yet")
			require.Equal(t, espconn.OK, s.RegistSentcb(conn, func(*espconn.Espconn) { sent++ }))
			require.Equal(t, espconn.OK, s.Create(conn))
		})
		phone, host := join(t, d, "phone"), d.Network().Host("host", netip.Addr{})
		time.Sleep(10 * time.Second)
		atPhone, atHost := listener(t, phone), listener(t, host)
		broadcast := func(ifs uint8) (string, string) {
			require.NoError(t, d.Do(func() {
				if ifs > 0 {
					assert.True(t, sdk.WifiSetBroadcastIf(ifs))
					assert.Equal(t, ifs, sdk.WifiGetBroadcastIf())
				}
				assert.Equal(t, espconn.OK, sdk.Sendto(conn, []byte("x")))
			}))
			time.Sleep(time.Second)
			return fmt.Sprint(atPhone()), fmt.Sprint(atHost())
		}
		check := func(ifs uint8, wantPhone, wantHost bool) {
			t.Helper()
			p, h := broadcast(ifs)
			want := map[bool]string{false: "[]", true: "[x from 192.168.4.1]"}
			assert.Equal(t, want[wantPhone], p)
			want[true] = fmt.Sprintf("[x from %v]", d.Addr())
			assert.Equal(t, want[wantHost], h)
		}
		refused := func(list ...uint8) {
			require.NoError(t, d.Do(func() {
				for _, ifs := range list {
					assert.False(t, sdk.WifiSetBroadcastIf(ifs), ifs)
				}
			}))
		}
		is := func(want uint8) { require.NoError(t, d.Do(func() { assert.Equal(t, want, sdk.WifiGetBroadcastIf()) })) }
		is(2)
		check(0, true, false)
		check(1, false, true)
		check(2, true, false)
		check(1, false, true)
		check(3, true, true)
		refused(0, 4)
		is(3)
		assert.Equal(t, 5, sent, "one for each call")

		// What was chosen is the default interface until the soft-AP starts again.
		check(1, false, true)
		require.NoError(t, d.Do(func() {
			c := sdk.WifiSoftapGetConfig()
			c.BeaconInterval = 200
			require.True(t, sdk.WifiSoftapSetConfigCurrent(c))
		}))
		is(2)
		require.NoError(t, d.Do(func() { require.True(t, sdk.WifiSetOpmodeCurrent(wifi.StationMode)) }))
		is(1)
		refused(2, 3)
		check(1, false, true)
		require.NoError(t, d.Do(func() { require.True(t, sdk.WifiSetOpmodeCurrent(wifi.SoftAPMode)) }))
		is(2)
		refused(1, 3)
		phone = join(t, d, "phone again")
		atPhone = listener(t, phone)
		check(0, true, false)

		// With the station alone the DHCP server's answers, which are broadcasts, miss the cell.
		require.NoError(t, d.Do(func() { require.True(t, sdk.WifiSetOpmodeCurrent(wifi.StationAPMode)) }))
		time.Sleep(10 * time.Second)
		check(1, false, true)
		_, err := d.Network().Join(t.Context(), "late", member)
		assert.ErrorIs(t, err, vnet.ErrNoAddress)
	})
}

// Memory for the copy is what a broadcast through both interfaces needs besides (espconn.md 5.8).
func TestBroadcastWithoutMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: &espconn.UDP{
			LocalPort: 1024, RemotePort: 1025, RemoteIP: [4]byte{255, 255, 255, 255}}}}
		d, sdk, _ := apDevice(t, emulator.Config{}, wifi.StationAPMode, func(s *emulator.SDK) {
			require.True(t, s.WifiSetBroadcastIf(3))
			require.Equal(t, espconn.OK, s.Create(conn))
		})
		time.Sleep(10 * time.Second)
		for n, want := range map[int]espconn.Err{1: espconn.MEM, 2: espconn.ARG} {
			d.FailBlock("pbuf", n)
			require.NoError(t, d.Do(func() {
				free := sdk.SystemGetFreeHeapSize()
				assert.Equal(t, want, sdk.Sendto(conn, []byte("x")), n)
				assert.Equal(t, free, sdk.SystemGetFreeHeapSize())
			}))
		}
	})
}

// A datagram from a station is received at the soft-AP's address, one from the network at the station's (espconn.md 5.9).
func TestReceivingInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at [][4]byte
		conn := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: &espconn.UDP{LocalPort: 1025}}}
		d, _, _ := apDevice(t, emulator.Config{}, wifi.StationAPMode, func(s *emulator.SDK) {
			s.RegistRecvcb(conn, func(c *espconn.Espconn, _ []byte) { at = append(at, c.Proto.UDP.LocalIP) })
			require.Equal(t, espconn.OK, s.Create(conn))
		})
		phone, host := join(t, d, "phone"), d.Network().Host("host", netip.Addr{})
		time.Sleep(10 * time.Second)
		for _, h := range []*vnet.Host{phone, host} {
			p, err := h.ListenPacket("udp", ":0")
			require.NoError(t, err)
			_, err = p.WriteTo([]byte("who is there"), net.UDPAddrFromAddrPort(netip.MustParseAddrPort("255.255.255.255:1025")))
			require.NoError(t, err)
			time.Sleep(time.Second)
			_ = p.Close()
		}
		require.NoError(t, d.Do(func() { assert.Equal(t, [][4]byte{apAddr.As4(), d.Addr().As4()}, at) }))
	})
}

// apNetworkCapture runs a device in both modes with two stations and returns the capture.
func apNetworkCapture(t *testing.T, seed uint64) []byte {
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		n := vnet.New(vnet.Options{Seed: seed, Faults: vnet.Faults{Loss: 0.02, Jitter: 2 * time.Millisecond}})
		n.Gateway(vnet.GatewayConfig{})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		d, _, _ := apDevice(t, emulator.Config{Network: n, Seed: seed}, wifi.StationAPMode, func(s *emulator.SDK) { greeter(t, s) })
		var group sync.WaitGroup
		for i := range 2 {
			group.Go(func() {
				h, err := n.Join(t.Context(), fmt.Sprint("phone", i), member)
				if !assert.NoError(t, err) {
					return
				}
				for k := range 5 {
					_, err := say(h, apAddr, fmt.Sprint(i, " says ", k))
					assert.NoError(t, err)
					time.Sleep(time.Second)
				}
				h.Close()
			})
		}
		group.Wait()
		time.Sleep(10 * time.Minute)
		require.NoError(t, d.Close())
		require.NoError(t, c.Close())
		require.NoError(t, n.Close())
	})
	return file.Bytes()
}

func TestSameSeedSameCaptureOfASoftAP(t *testing.T) {
	first := apNetworkCapture(t, 7)
	require.Greater(t, len(first), 10_000)
	for run := range 4 {
		if run == 2 {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		}
		require.True(t, bytes.Equal(first, apNetworkCapture(t, 7)), "run %d", run)
	}
	assert.False(t, bytes.Equal(first, apNetworkCapture(t, 8)), "another seed")
	for _, name := range []string{"dev/softap", "phone0", "phone1"} {
		assert.True(t, bytes.Contains(first, []byte(name)), name)
	}
}
