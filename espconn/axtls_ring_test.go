package espconn_test

import (
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
)

// pack is a peer's side that keeps what TLS writes after the handshake, and sends all of it at once, or so many bytes of it.
type pack struct {
	net.Conn
	keep bool
	kept []byte
}

func (p *pack) Write(b []byte) (int, error) {
	if !p.keep {
		return p.Conn.Write(b)
	}
	p.kept = append(p.kept, b...)
	return len(b), nil
}

func (p *pack) send(n int) {
	if n == 0 || n > len(p.kept) {
		n = len(p.kept)
	}
	_, _ = p.Conn.Write(p.kept[:n])
	p.kept = p.kept[n:]
}

// withPack connects the device to a server that then talks by a pack.
func withPack(rig *deviceRig) (*pack, *tls.Conn) {
	ready := make(chan *tls.Conn, 1)
	var p *pack
	rig.listen(func(c net.Conn) {
		p = &pack{Conn: c}
		tc := tls.Server(p, rsaServer(rig.t, leaf(rig.t, 0)))
		if tc.Handshake() == nil {
			p.keep = true
			ready <- tc
			hold(tc)
		}
	})
	rig.do(func() { require.Equal(rig.t, espconn.OK, rig.SecureConnect(rig.c)) })
	tc := <-ready
	return p, tc
}

func rest() {
	time.Sleep(settle)
	synctest.Wait()
}

// TestAxTLSWithoutReceiver: without a recv callback axTLS reads one record of a segment, which is lost, and stays in READ; what is behind
// it waits for the next segment (axtls.md 2.2).
func TestAxTLSWithoutReceiver(t *testing.T) {
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		p, tc := withPack(rig)
		rest()
		require.Equal(t, "connect", rig.seen())
		var receiver func(*espconn.Espconn, []byte)
		rig.do(func() { receiver, rig.c.RecvCallback = rig.c.RecvCallback, nil })
		for _, s := range []string{"1", "22", "333"} {
			_, _ = tc.Write([]byte(s))
		}
		p.send(0)
		rest()
		assert.Equal(t, espconn.StateRead, rig.state(rig.c))
		rig.do(func() { rig.c.RecvCallback = receiver })
		assert.Empty(t, rig.seen())
		_, _ = tc.Write([]byte("4444"))
		p.send(20)
		rest()
		assert.Equal(t, "recv 2, recv 3", rig.seen())
		assert.Equal(t, espconn.StateRead, rig.state(rig.c), "a record is not whole")
		p.send(0)
		rest()
		assert.Equal(t, "recv 4", rig.seen())
		assert.Equal(t, espconn.StateConnect, rig.state(rig.c))
	})
}

// TestAxTLSRing: the receive ring of axTLS has 2,920 bytes. A segment that finds no room behind unread bytes is counted and is
// not there; one that fills the ring to the last byte crashes (axtls.md 2.2). Without the bug both are taken.
func TestAxTLSRing(t *testing.T) {
	const nine = 9 * 149 // bytes on the wire of nine records of 100
	for _, bug := range []bool{true, false} {
		p := espconn.SDK306SSL()
		x := p.TLS.(espconn.AxTLS)
		x.RingWraps = bug
		p.TLS = x
		onDevice(t, p, func(rig *deviceRig) {
			pk, tc := withPack(rig)
			rest()
			rig.do(func() { rig.c.RecvCallback = nil })
			for range 27 {
				_, _ = tc.Write(make([]byte, 100))
			}
			require.Equal(t, 3*nine, len(pk.kept))
			for range 3 {
				pk.send(nine)
				rest()
			}
			rig.do(func() { rig.record(rig.c); rig.log = nil })
			_, _ = tc.Write(make([]byte, 300))
			pk.send(0)
			rest()
			if bug { // of 18 records three were read, and the fourth segment found no room either
				assert.Regexp(t, `^(recv 100, ){15}reconnect -61$`, rig.seen())
				assert.Contains(t, rig.lines(), "Error: connection lost")
				return
			}
			assert.Regexp(t, `^(recv 100, ){24}recv 300$`, rig.seen())
		})
		onDevice(t, p, func(rig *deviceRig) {
			pk, tc := withPack(rig)
			rest()
			rig.do(func() { rig.c.RecvCallback = nil })
			for range 30 {
				_, _ = tc.Write(make([]byte, 100))
			}
			pk.send(1460)
			rest()
			if bug {
				rig.dev.ExpectCrash()
			}
			pk.send(1460)
			rest()
			crash := rig.dev.Crash()
			if !bug {
				require.Nil(t, crash)
				return
			}
			require.NotNil(t, crash)
			assert.Equal(t, espconn.CauseLoadProhibited, crash.Cause)
			assert.Contains(t, crash.Why, "full to its last byte")
		})
	}
}
