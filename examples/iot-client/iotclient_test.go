package iotclient_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

var cloudAddr = netip.MustParseAddr("10.0.0.10")

// testbed is a device and the network it lives on. The server's name is not known until the test says so.
type testbed struct {
	*emulator.Device
	network *vnet.Network
	gateway *vnet.Gateway
	host    *vnet.Host
	uart    bytes.Buffer
}

// start boots the firmware, built with CLIENT_SSL_ENABLE.
func start(t *testing.T, profile espconn.Profile) *testbed {
	return startBuild(t, "iot-client", emulator.Config{Profile: profile})
}

// startBuild boots an image of testdata/firmware. A finding fails the test.
func startBuild(t *testing.T, build string, cfg emulator.Config) *testbed {
	i, err := wasm.LoadFile("../../testdata/firmware/" + build + ".wasm")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, i.Close()) })
	assert.Empty(t, i.Missing())
	l := &testbed{network: vnet.New(vnet.Options{Seed: 1})}
	l.gateway = l.network.Gateway(vnet.GatewayConfig{})
	l.host = l.network.Host("cloud", cloudAddr)
	cfg.Network, cfg.UART, cfg.Seed, cfg.Checks = l.network, &l.uart, 1, emulator.ChecksFail
	l.Device = emulator.NewTest(t, cfg)
	require.NoError(t, l.Boot(i.Firmware()))
	return l
}

func (l *testbed) stop(t *testing.T) {
	require.NoError(t, l.Device.Close())
	require.NoError(t, l.network.Close())
}

func (l *testbed) wait(t *testing.T, texts ...string) {
	t.Helper()
	devtest.WaitLog(t, l.Device, texts...)
}

// cloud is the server: it answers each line with {"status":200} and keeps what it was told.
type cloud struct {
	*devtest.Server
	said chan string // lines of the devices
}

// serve starts the server; its Certificate message has chainLen bytes, 0 for as it comes.
func (l *testbed) serve(t *testing.T, chainLen int) *cloud {
	return l.serveAs(t, devtest.Options{ChainLen: chainLen})
}

// serveAs is serve with other options.
func (l *testbed) serveAs(t *testing.T, o devtest.Options) *cloud {
	c := &cloud{said: make(chan string, 100)}
	o.Host, o.Addr, o.Handle = l.host, netip.AddrPortFrom(l.host.Addr(), 8443), c.talk
	c.Server = devtest.TLSServer(t, l.network, o)
	return c
}

// talk serves one connection.
func (c *cloud) talk(conn net.Conn) {
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		c.said <- lines.Text()
		if !strings.Contains(lines.Text(), "datapoint") {
			fmt.Fprintf(conn, "{\"status\":200}\n")
		}
	}
}

// order sends text to the device that connected last.
func (c *cloud) order(t *testing.T, text string) {
	_, err := c.Last().Write([]byte(text))
	require.NoError(t, err)
}

// profiles are those of the tests; the example is that of the manual V1.0.
var profiles = []espconn.Profile{espconn.ManualV10(), espconn.ManualV21(), espconn.SDK306()}

// Lookup, connection, orders, beacons; the heap stays as it was.
func TestCloud(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := start(t, p)
				l.gateway.SetName("cloud.example", cloudAddr)
				c := l.serve(t, 0)
				l.wait(t, "connected", `cloud: {"status":200}`)
				assert.Equal(t, `{"path":"/identify","mac":"`+l.MAC().String()+`","relay":0}`, <-c.said)

				c.order(t, `{"action":"on"}`+"\n"+`{"act`) // a line and a half
				assert.Equal(t, `{"path":"/datapoint","relay":1}`, <-c.said)
				time.Sleep(time.Second)
				c.order(t, `ion":"off"}`+"\n")
				assert.Equal(t, `{"path":"/datapoint","relay":0}`, <-c.said)

				time.Sleep(10 * time.Second)
				free := l.HeapStats().Free
				time.Sleep(time.Hour)
				require.Len(t, c.said, 72, "beacons in an hour")
				for range 72 {
					assert.Equal(t, `{"path":"/ping"}`, <-c.said)
				}
				assert.Equal(t, free, l.HeapStats().Free)
				c.Close()
				l.stop(t)
			})
		})
	}
}

// The build without CLIENT_SSL_ENABLE is the same client over plain TCP, on port 8000.
func TestPlainBuild(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := startBuild(t, "iot-client-plain", emulator.Config{Profile: p})
				l.gateway.SetName("cloud.example", cloudAddr)
				c, conns := &cloud{said: make(chan string, 100)}, make(chan net.Conn, 2)
				listener, err := l.host.Listen("tcp", ":8000")
				require.NoError(t, err)
				serve := func() {
					conn, err := listener.Accept()
					if !assert.NoError(t, err) {
						return
					}
					conns <- conn
					c.talk(conn)
					_ = conn.Close()
				}
				go serve()
				l.wait(t, "connect to 10.0.0.10:8000", "connected", `cloud: {"status":200}`)
				assert.Equal(t, `{"path":"/identify","mac":"`+l.MAC().String()+`","relay":0}`, <-c.said)
				first := <-conns
				_, err = io.WriteString(first, `{"action":"on"}`+"\n")
				require.NoError(t, err)
				assert.Equal(t, `{"path":"/datapoint","relay":1}`, <-c.said)
				require.NoError(t, first.Close())
				go serve()
				l.wait(t, "disconnected", "connected", `cloud: {"status":200}`)
				require.NoError(t, (<-conns).Close())
				require.NoError(t, listener.Close())
				l.stop(t)
			})
		})
	}
}

// A CA image at sector 0x3B of the flash lets the client check its server (manual V1.0 3, 4.2): burned there, nothing else changes.
func TestServerIsChecked(t *testing.T) {
	for name, lost := range map[string]string{"ManualV10": "err -28", "ManualV21": "err -39"} {
		for _, wrong := range []bool{false, true} {
			t.Run(fmt.Sprint(name, wrong), func(t *testing.T) {
				p, ok := espconn.ProfileByName(name)
				require.True(t, ok)
				chip, err := flash.New(emulator.FlashDefault)
				require.NoError(t, err)
				t.Cleanup(func() { assert.NoError(t, chip.Close()) })
				ca := testpki.NewCA(t, testpki.CA2048)
				require.NoError(t, image.Certs{{Name: "ca.cer", Data: ca.Raw}}.WriteAt(chip, 0x3B))
				synctest.Test(t, func(t *testing.T) {
					l := startBuild(t, "iot-client", emulator.Config{Profile: p, Flash: chip, Clock: 1700000000})
					l.gateway.SetName("cloud.example", cloudAddr)
					c := l.serveAs(t, devtest.Options{WrongCA: wrong})
					if wrong {
						l.wait(t, "connection lost, "+lost)
					} else {
						l.wait(t, "connected", `cloud: {"status":200}`)
					}
					c.Close()
					l.stop(t)
				})
			})
		}
	}
}

// The name is not known at first: the device asks each second until it is.
func TestNameComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, espconn.ManualV21())
		c := l.serve(t, 0)
		l.wait(t, "no address for cloud.example yet", "no address", "no address")
		l.gateway.SetName("cloud.example", cloudAddr)
		l.wait(t, "connect to 10.0.0.10:8443", "connected")
		c.Close()
		l.stop(t)
	})
}

// The server goes away and comes back; then it moves to another address.
func TestRestart(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := start(t, p)
				l.gateway.SetName("cloud.example", cloudAddr)
				c := l.serve(t, 0)
				l.wait(t, "connected", `cloud: {"status":200}`)
				c.Close()
				l.wait(t, "disconnected", "connect to", "connection lost, err -9", "connect to", "connection lost, err -9")
				c = l.serve(t, 0)
				l.wait(t, "connected", `cloud: {"status":200}`)
				c.Close()

				l.host = l.network.Host("other", netip.MustParseAddr("10.0.0.11"))
				c = l.serve(t, 0)
				time.Sleep(time.Hour) // a name is kept for as long as its record says
				l.gateway.SetName("cloud.example", l.host.Addr())
				l.wait(t, "connect to 10.0.0.11:8443", "connected")
				c.Close()
				l.stop(t)
			})
		})
	}
}

// The link is cut: nobody says so, and the second beacon finds no answer to the first.
func TestCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, espconn.ManualV21())
		l.gateway.SetName("cloud.example", cloudAddr)
		c := l.serve(t, 0)
		l.wait(t, "connected", `cloud: {"status":200}`)
		l.network.Partition([]string{"cloud"}, []string{l.Name(), "gateway"})
		before := time.Now()
		l.wait(t, "beacon without answer")
		assert.InDelta(t, 100, time.Since(before).Seconds(), 1)
		l.wait(t, "connect to")
		l.network.Heal()
		l.wait(t, "connected", `cloud: {"status":200}`)
		c.Close()
		l.stop(t)
	})
}

// The access point goes and comes back.
func TestWiFiLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, espconn.ManualV21())
		l.gateway.SetName("cloud.example", cloudAddr)
		c := l.serve(t, 0)
		l.wait(t, "connected")
		l.SetAccessPointInRange(false)
		time.Sleep(10 * time.Minute)
		l.SetAccessPointInRange(true)
		l.wait(t, "connected", `cloud: {"status":200}`)
		c.Close()
		l.stop(t)
	})
}

// The server's certificates take more than the buffer of 2,048 bytes: the connection fails each time, and Explain says which size works.
func TestChainTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 4000
		l := start(t, espconn.ManualV21())
		l.gateway.SetName("cloud.example", cloudAddr)
		c := l.serve(t, size)
		l.wait(t, "client handshake failed!", "Reason:[-0x7200]", "connection lost, err -114")
		said := l.Explain().String()
		assert.Contains(t, said, fmt.Sprintf("Certificate message of %d bytes", size))
		assert.Contains(t, said, "limit 2048")
		assert.Contains(t, said, fmt.Sprintf("set the size to %d", size))

		before := time.Now() // the pause doubles
		for range 8 {
			l.wait(t, "connection lost")
		}
		assert.InDelta(t, (1+2+4+8+16+32+64+64)*time.Second, time.Since(before), float64(time.Second))
		c.Close()
		l.stop(t)
	})
}

// The output that the README shows.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		l := start(t, espconn.ManualV21())
		c := l.serve(t, 0)
		l.wait(t, "no address")
		l.gateway.SetName("cloud.example", cloudAddr)
		l.wait(t, `cloud: {"status":200}`)
		c.order(t, `{"action":"on"}`+"\n")
		l.wait(t, "action")
		c.Close()
		l.wait(t, "err -9")
		c = l.serve(t, 0)
		l.wait(t, `cloud: {"status":200}`)
		c.Close()
		require.NoError(t, l.Device.Close()) // the UART is ours now
		require.NoError(t, l.network.Close())
		assert.Contains(t, string(readme), "```\n"+l.uart.String()+"```\n", "the README shows another output:\n%s", l.uart.String())
	})
}
