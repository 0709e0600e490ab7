package espconn_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// plainDeviceRig is a device at 10.0.0.2 and a host at 10.0.0.9 in a bubble.
type plainDeviceRig struct {
	t       *testing.T
	network *vnet.Network
	dev     *emulator.Device
	sdk     *emulator.SDK
	host    *vnet.Host
	log     []string
	hook    map[string]func(c *espconn.Espconn) // by callback
}

func onPlainDevice(t *testing.T, profile string, test func(rig *plainDeviceRig)) {
	p, ok := espconn.ProfileByName(profile)
	require.True(t, ok)
	onPlainDeviceOf(t, p, test)
}

// onPlainDeviceOf is onPlainDevice with a profile that a test has changed.
func onPlainDeviceOf(t *testing.T, p espconn.Profile, test func(rig *plainDeviceRig)) {
	synctest.Test(t, func(t *testing.T) {
		rig := &plainDeviceRig{t: t, network: vnet.New(vnet.Options{Seed: 1}), hook: map[string]func(*espconn.Espconn){}}
		t.Cleanup(func() { _ = rig.network.Close() })
		rig.network.Gateway(vnet.GatewayConfig{})
		rig.host = rig.network.Host("peer", netip.MustParseAddr("10.0.0.9"))
		rig.dev = emulator.NewTest(t, emulator.Config{Profile: p, Network: rig.network, Seed: 1,
			Address: netip.MustParsePrefix("10.0.0.2/16")})
		require.NoError(t, rig.dev.Boot(emulator.Go(func(s *emulator.SDK) { rig.sdk = s })))
		time.Sleep(5 * time.Second)
		test(rig)
	})
}

// sleep waits, and then sees what the firmware wrote.
func (rig *plainDeviceRig) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait() // what peers and callbacks noted can be read
	rig.do(func() {})
}

func (rig *plainDeviceRig) do(fn func()) { require.NoError(rig.t, rig.dev.Do(fn)) }

func (rig *plainDeviceRig) note(kind string, c *espconn.Espconn, detail string) {
	rig.log = append(rig.log, kind+detail)
	if fn := rig.hook[kind]; fn != nil {
		fn(c)
	}
}

// conn registers all callbacks on c.
func (rig *plainDeviceRig) conn(c *espconn.Espconn) *espconn.Espconn {
	c.RecvCallback = func(c *espconn.Espconn, d []byte) { rig.note("recv", c, fmt.Sprint(" ", len(d))) }
	c.SentCallback = func(c *espconn.Espconn) { rig.note("sent", c, "") }
	if p := c.Proto.TCP; p != nil {
		p.ConnectCallback = func(c *espconn.Espconn) { rig.note("connect", c, "") }
		p.DisconnectCallback = func(c *espconn.Espconn) { rig.note("disconnect", c, "") }
		p.ReconnectCallback = func(c *espconn.Espconn, e espconn.Err) { rig.note("reconnect", c, fmt.Sprint(" ", int8(e))) }
		p.WriteFinish = func(c *espconn.Espconn) { rig.note("write_finish", c, "") }
	}
	return c
}

// seen returns the callbacks so far.
func (rig *plainDeviceRig) seen() (s string) {
	rig.do(func() { s = strings.Join(rig.log, ", ") })
	return s
}

// serve accepts one connection.
func (rig *plainDeviceRig) serve(port int, fn func(net.Conn)) {
	l, err := rig.host.Listen("tcp", fmt.Sprint(":", port))
	require.NoError(rig.t, err)
	rig.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go fn(c)
		}
	}()
}

func (rig *plainDeviceRig) dial(port int) net.Conn {
	c, err := rig.host.DialContext(rig.t.Context(), "tcp", fmt.Sprint("10.0.0.2:", port))
	require.NoError(rig.t, err)
	rig.t.Cleanup(func() { _ = c.Close() })
	return c
}

// holdPlain reads until the end.
func holdPlain(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

var plainProfiles = []string{"ManualV21", "SDK221", "SDK301", "SDK306"}
