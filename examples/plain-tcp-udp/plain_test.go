package plain_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// testbed is a device with its firmware and a host in its network.
type testbed struct {
	*emulator.Device
	host *vnet.Host
	uart bytes.Buffer
}

// run calls test in virtual time, after the device has got its address, with each of the profiles.
func run(t *testing.T, profiles []espconn.Profile, test func(t *testing.T, l *testbed)) {
	image, err := wasm.LoadFile("../../testdata/firmware/plain-tcp-udp.wasm")
	require.NoError(t, err)
	defer image.Close()
	assert.Empty(t, image.Missing())
	for _, p := range profiles {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &testbed{}
				l.Device = emulator.NewTest(t, emulator.Config{Address: netip.MustParsePrefix("10.0.1.1/16"), Profile: p,
					UART: &l.uart, Seed: 1, Checks: emulator.ChecksFail})
				l.host = l.Network().Host("host", netip.Addr{})
				devtest.Boot(t, l.Device, image.Firmware())
				test(t, l)
			})
		})
	}
}

var both = []espconn.Profile{espconn.ManualV21(), espconn.SDK306()}

func (l *testbed) wait(t *testing.T, texts ...string) {
	t.Helper()
	devtest.WaitLog(t, l.Device, texts...)
}

func (l *testbed) dial(t *testing.T) net.Conn {
	c, err := l.host.Dial("tcp", "10.0.1.1:7000")
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(5*time.Minute)))
	return c
}

// Who asks by broadcast, and who asks for one device, gets an answer; others get none.
func TestFind(t *testing.T) {
	run(t, both, func(t *testing.T, l *testbed) {
		p, err := l.host.ListenPacket("udp", ":0")
		require.NoError(t, err)
		defer p.Close()
		broadcast := &net.UDPAddr{IP: net.IPv4(10, 0, 255, 255), Port: 1025}
		device := &net.UDPAddr{IP: net.IPv4(10, 0, 1, 1), Port: 1025}
		answer := "plug " + l.MAC().String() + " 10.0.1.1"
		for _, row := range []struct {
			question string
			to       net.Addr
			want     string
		}{
			{"who is there?", broadcast, answer},
			{"who is there?", device, answer},
			{"who is there? " + l.MAC().String(), broadcast, answer},
			{"who is there? 02:00:00:00:00:01", broadcast, ""},
			{"who is there? " + l.MAC().String() + "!", broadcast, ""},
			{"who is there", broadcast, ""},
			{"", device, ""},
		} {
			_, err := p.WriteTo([]byte(row.question), row.to)
			require.NoError(t, err)
			require.NoError(t, p.SetReadDeadline(time.Now().Add(time.Second)))
			b := make([]byte, 100)
			n, from, err := p.ReadFrom(b)
			if row.want == "" {
				assert.ErrorIs(t, err, os.ErrDeadlineExceeded, row.question)
				continue
			}
			require.NoError(t, err, row.question)
			assert.Equal(t, row.want, string(b[:n]))
			assert.Equal(t, "10.0.1.1:1025", from.String())
		}
	})
}

// Three clients at a time get back what they send, however much that is; the heap is theirs only while they are there. A
// fourth one is reset.
func TestEcho(t *testing.T) {
	run(t, both, func(t *testing.T, l *testbed) {
		free := l.HeapStats().Free
		var all sync.WaitGroup
		clients := []net.Conn{l.dial(t), l.dial(t), l.dial(t)}
		fourth := l.dial(t)
		_, err := fourth.Read(make([]byte, 1))
		assert.ErrorContains(t, err, "connection reset")
		require.NoError(t, fourth.Close())
		for i, c := range clients {
			data := make([]byte, 50000*i+1)
			random := rand.NewChaCha8([32]byte{byte(i)})
			_, _ = random.Read(data) // never fails
			all.Go(func() {
				_, err := c.Write(data)
				assert.NoError(t, err)
			})
			all.Go(func() {
				got := make([]byte, len(data))
				_, err := io.ReadFull(c, got)
				assert.NoError(t, err)
				assert.True(t, bytes.Equal(data, got))
				assert.NoError(t, c.Close())
			})
		}
		all.Wait()
		time.Sleep(10 * time.Minute)
		assert.Equal(t, free, l.HeapStats().Free)
	})
}

// A client that says nothing for a minute is disconnected.
func TestIdle(t *testing.T) {
	run(t, both, func(t *testing.T, l *testbed) {
		c := l.dial(t)
		before := time.Now()
		n, err := c.Read(make([]byte, 1))
		assert.Zero(t, n)
		assert.ErrorIs(t, err, io.EOF)
		assert.InDelta(t, 60, time.Since(before).Seconds(), 2)
		require.NoError(t, c.Close())
		l.wait(t, "gone, err 0, 0 bytes echoed")
	})
}

// A client that takes nothing back stops the echo, and no more than a window waits on the device; what waits there is freed when he goes.
func TestClientThatDoesNotRead(t *testing.T) {
	run(t, both[:1], func(t *testing.T, l *testbed) {
		free := l.HeapStats().Free
		c := l.dial(t)
		require.NoError(t, c.(interface{ SetWriteBuffer(int) error }).SetWriteBuffer(16384))
		require.NoError(t, c.SetWriteDeadline(time.Now().Add(5*time.Second)))
		n, err := c.Write(make([]byte, 1<<20))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Less(t, n, 1<<20)
		assert.Less(t, l.HeapStats().ChargedPeak, uint32(5840+2920+7000),
			"a window, what is being sent of it, the connection and what was there before")
		require.NoError(t, c.Close())
		l.wait(t, "echoed")
		time.Sleep(10 * time.Minute)
		assert.Equal(t, free, l.HeapStats().Free)
	})
}

// A client that resets its connection.
func TestReset(t *testing.T) {
	run(t, both, func(t *testing.T, l *testbed) {
		c := l.dial(t)
		_, err := c.Write([]byte("hello"))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, c.(interface{ SetLinger(int) error }).SetLinger(0))
		require.NoError(t, c.Close())
		l.wait(t, "lost, err -9, 5 bytes echoed")
	})
}

// The output that the README shows.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	run(t, both[:1], func(t *testing.T, l *testbed) {
		p, err := l.host.ListenPacket("udp", ":5000")
		require.NoError(t, err)
		defer p.Close()
		_, err = p.WriteTo([]byte("who is there?"), &net.UDPAddr{IP: net.IPv4(10, 0, 255, 255), Port: 1025})
		require.NoError(t, err)
		l.wait(t, "asked")
		first, second := l.dial(t), l.dial(t)
		for _, c := range []net.Conn{first, second} {
			_, err = c.Write([]byte("hello"))
			require.NoError(t, err)
			_, err = io.ReadFull(c, make([]byte, 5))
			require.NoError(t, err)
		}
		require.NoError(t, first.Close())
		l.wait(t, "gone", "gone") // the second, after a minute
		require.NoError(t, l.Device.Close())
		require.NoError(t, second.Close())
		assert.Contains(t, string(readme), "```\n"+l.uart.String()+"```\n", "the README shows another output:\n%s", l.uart.String())
	})
}
