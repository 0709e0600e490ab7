package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// patience bounds every wait. It is no measure of anything: a busy machine may need seconds for what takes milliseconds.
const patience = 2 * time.Minute

// stall is how long a receiver does not read: long enough for several zero-window probes of each stack.
const stall = 3 * time.Second

// lossy is the fault of the scenario "loss".
var lossy = vnet.Faults{Latency: 200 * time.Microsecond, Bandwidth: -1, Loss: 0.05}

// scenario is what the two ends of a connection do. a is the end under test, in either role.
type scenario struct {
	name string
	loss bool
	rst  bool // it ends with a reset
	play func(t *testing.T, a, b conn, l *testbed)
}

var scenarios = []scenario{
	{name: "bulk", play: func(t *testing.T, a, b conn, l *testbed) {
		transfer(t, a, b, l.amount(400_000))
		transfer(t, b, a, l.amount(400_000))
		goodbye(t, a, b)
	}},
	{name: "both-ways", play: func(t *testing.T, a, b conn, l *testbed) {
		var both sync.WaitGroup
		both.Go(func() { transfer(t, a, b, l.amount(200_000)) })
		both.Go(func() { transfer(t, b, a, l.amount(200_000)) })
		both.Wait()
		goodbye(t, b, a)
	}},
	{name: "small-writes", play: func(t *testing.T, a, b conn, l *testbed) {
		buf := make([]byte, 100)
		for i := range l.amount(300) {
			text := bytes.Repeat([]byte{byte(i)}, 1+i%50)
			for _, way := range [][2]conn{{a, b}, {b, a}} {
				if _, err := way[0].Write(text); !assert.NoError(t, err) {
					return
				}
				if _, err := io.ReadFull(way[1], buf[:len(text)]); !assert.NoError(t, err) {
					return
				}
				assert.Equal(t, text, buf[:len(text)])
			}
		}
		goodbye(t, a, b)
	}},
	{name: "half-close", play: func(t *testing.T, a, b conn, l *testbed) {
		// The peer says all it has to say and closes its half; the answer still arrives.
		_, err := b.Write([]byte("question"))
		require.NoError(t, err)
		require.NoError(t, b.CloseWrite())
		got, err := io.ReadAll(a)
		require.NoError(t, err)
		assert.Equal(t, "question", string(got))
		answer := ramp(l.amount(100_000))
		go func() {
			_, err := a.Write(answer)
			assert.NoError(t, err)
			assert.NoError(t, a.CloseWrite())
		}()
		got, err = io.ReadAll(b)
		require.NoError(t, err)
		assertSame(t, answer, got)
	}},
	{name: "own-half-close", play: func(t *testing.T, a, b conn, l *testbed) {
		_, err := a.Write([]byte("question"))
		require.NoError(t, err)
		require.NoError(t, a.CloseWrite())
		got, err := io.ReadAll(b)
		require.NoError(t, err)
		assert.Equal(t, "question", string(got))
		answer := ramp(l.amount(100_000))
		go func() {
			_, err := b.Write(answer)
			assert.NoError(t, err)
			assert.NoError(t, b.CloseWrite())
		}()
		got, err = io.ReadAll(a)
		require.NoError(t, err)
		assertSame(t, answer, got)
	}},
	{name: "reset-by-peer", rst: true, play: func(t *testing.T, a, b conn, l *testbed) {
		transfer(t, a, b, l.amount(3000))
		b.reset()
		hearReset(t, a)
	}},
	{name: "reset-by-us", rst: true, play: func(t *testing.T, a, b conn, l *testbed) {
		transfer(t, b, a, l.amount(3000))
		a.reset()
		hearReset(t, b)
	}},
	{name: "zero-window", play: func(t *testing.T, a, b conn, l *testbed) {
		// First the peer does not read, then we do not.
		for _, way := range [][2]conn{{a, b}, {b, a}} {
			data := ramp(l.amount(3_000_000))
			if _, ours := way[1].(*deviceConn); ours {
				data = data[:l.amount(100_000)]
			}
			go func() {
				_, err := way[0].Write(data)
				assert.NoError(t, err)
			}()
			time.Sleep(stall)
			got := make([]byte, len(data))
			_, err := io.ReadFull(way[1], got)
			require.NoError(t, err)
			assertSame(t, data, got)
		}
		goodbye(t, a, b)
	}},
	{name: "loss", loss: true, play: func(t *testing.T, a, b conn, l *testbed) {
		transfer(t, a, b, l.amount(60_000))
		transfer(t, b, a, l.amount(60_000))
		goodbye(t, a, b)
	}},
}

// ramp is data in which a lost or doubled piece shows.
func ramp(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8 + i>>16)
	}
	return b
}

// assertSame tells where bytes that arrived differ from those sent.
func assertSame(t *testing.T, sent, got []byte) bool {
	t.Helper()
	if bytes.Equal(sent, got) {
		return true
	}
	n := 0
	for n < min(len(sent), len(got)) && sent[n] == got[n] {
		n++
	}
	last := min(len(sent), len(got))
	for last > n && sent[last-1] == got[last-1] {
		last--
	}
	return assert.Fail(t, "other bytes", "sent %d, got %d, other from byte %d to %d: sent % x, got % x", len(sent), len(got), n, last,
		sent[n:min(n+32, len(sent))], got[n:min(n+32, len(got))])
}

// transfer moves n bytes.
func transfer(t *testing.T, from, to conn, n int) {
	data := ramp(n)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := from.Write(data)
		assert.NoError(t, err)
	}()
	got := make([]byte, n)
	k, err := io.ReadFull(to, got)
	if assert.NoError(t, err, "after %d bytes", k) {
		assertSame(t, data, got)
	}
	<-done
}

// goodbye closes in order, first first.
func goodbye(t *testing.T, first, second conn) {
	require.NoError(t, first.CloseWrite())
	got, err := io.ReadAll(second)
	require.NoError(t, err)
	assert.Empty(t, got)
	require.NoError(t, second.CloseWrite())
	got, err = io.ReadAll(first)
	require.NoError(t, err)
	assert.Empty(t, got)
}

// hearReset reads until the peer's reset arrives. Nobody repeats a reset that is lost, but what is written to a peer without a connection
// is answered by another: a byte goes out every second.
func hearReset(t *testing.T, c conn) {
	t.Helper()
	read := make(chan struct{})
	var asking sync.WaitGroup
	var wrote error
	asking.Go(func() {
		for wrote == nil {
			select {
			case <-read:
				return
			case <-time.After(time.Second):
				_, wrote = c.Write([]byte{0})
			}
		}
	})
	_, err := c.Read(make([]byte, 1))
	close(read)
	asking.Wait()
	err = errors.Join(wrote, err) // a socket tells of its end once
	require.Error(t, err)
	require.True(t, strings.Contains(err.Error(), "reset"), "%v", err)
}

// testbed is one network with one foreign stack and its capture.
type testbed struct {
	net     *vnet.Network
	peer    party
	capture *vnet.Capture
	file    lockedBuffer
	next    byte            // number of the last address or port that was given out
	lossy   map[string]bool // addresses whose link loses
	resets  map[string]bool // addresses whose connections may end with a reset
	less    int             // divides the amount of data where every frame is slow; 0: 1
}

// amount scales what a scenario moves.
func (l *testbed) amount(n int) int { return n / max(l.less, 1) }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

var subnet = netip.MustParsePrefix("10.9.0.0/16")

func newTestbed(t *testing.T) *testbed {
	l := &testbed{lossy: make(map[string]bool), resets: make(map[string]bool)}
	l.net = vnet.New(vnet.Options{Seed: 1, Subnet: subnet, Faults: vnet.Faults{Latency: 100 * time.Microsecond, Bandwidth: -1}})
	c, err := l.net.Capture(&l.file)
	require.NoError(t, err)
	l.capture = c
	t.Cleanup(func() { require.NoError(t, l.net.Close()) })
	return l
}

// own makes the end under test.
func (l *testbed) own(t *testing.T, kind string, loss bool) party {
	l.next++
	addr := netip.AddrFrom4([4]byte{10, 9, 1, l.next})
	var p party
	var name string
	switch kind {
	case "device":
		d := newDevice(t, l.net, addr, wholeStream())
		p, name = d, d.port.Name()
	case "host":
		h := l.net.Host("host "+addr.String(), addr)
		p, name = hostParty{h}, h.Name()
	}
	if loss {
		l.lossy[addr.String()] = true
		l.net.SetFaults(name, "", lossy)
		l.net.SetFaults("", name, lossy)
	}
	return p
}

// wholeStream is the device's profile without the byte that the chip spoils in its own stream: after a loss, a zero-window probe that the
// peer takes carries a byte of the frame's header (StaleProbe; the wire traces of package netstack have it). What is compared here is
// whether everything else arrives.
func wholeStream() netstack.Profile {
	p := netstack.DeviceProfile()
	p.StaleProbe = false
	return p
}

// matrix plays every scenario in both roles with both of our stacks.
func (l *testbed) matrix(t *testing.T) {
	for _, kind := range []string{"device", "host"} {
		for _, role := range []string{"client", "server"} {
			for _, s := range scenarios {
				own := (party)(nil)
				l.next++
				port := 1000 + uint16(l.next)
				t.Run(fmt.Sprintf("%s-%s-%s", kind, role, s.name), func(t *testing.T) {
					own = l.own(t, kind, s.loss)
					l.resets[own.addr().String()] = s.rst
					t.Parallel()
					client, server := own, l.peer
					if role == "server" {
						client, server = server, client
					}
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					listener := server.listen(t, port)
					accepted := make(chan conn, 1)
					go func() {
						c, err := listener.accept()
						assert.NoError(t, err)
						accepted <- c
					}()
					c, err := client.dial(ctx, netip.AddrPortFrom(server.addr(), port))
					require.NoError(t, err)
					a, b := c, <-accepted
					if role == "server" {
						a, b = b, a
					}
					for _, c := range []conn{a, b} {
						require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
					}
					s.play(t, a, b, l)
					_ = a.Close()
					_ = b.Close()
				})
			}
		}
	}
}
