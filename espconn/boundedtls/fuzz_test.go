package boundedtls_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// feedAll gives wire to a connection in the pieces that cut asks for and checks
// what must hold whatever came.
func feedAll(t *testing.T, c boundedtls.Conn, h *countingHeap, wire, cut []byte) {
	var p [64]byte
	for i := 0; len(wire) > 0; i++ {
		n := len(wire)
		if len(cut) > 0 {
			n = min(n, 1+int(cut[i%len(cut)]))
		}
		c.Feed(wire[:n])
		wire = wire[n:]
		st := c.Handshake()
		for rounds := 0; st == boundedtls.HasOutput; rounds++ {
			require.Less(t, rounds, 32, "a flight has an end")
			require.NotEmpty(t, c.Output())
			st = c.Handshake()
		}
		if st == boundedtls.Failed {
			require.NotNil(t, c.Err())
			require.NotEmpty(t, c.Err().Cause.ID)
		}
		if st == boundedtls.Done && !c.State().Established {
			c.FinishHandshake()
		}
		c.Read(p[:])
	}
	c.CloseNotify()
	c.Close()
	require.Zero(t, h.now)
}

func fuzzSeeds(f *testing.F, server bool) {
	rec := func(typ byte, body ...byte) []byte {
		return append([]byte{typ, 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
	}
	f.Add(rec(21, 2, 40), []byte{0})
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"), []byte{})
	f.Add(rec(22, 0, 0, 0, 0), []byte{3})
	f.Add(rec(20, 1), []byte{})
	hello := append([]byte{2, 0, 0, 38, 3, 3}, make([]byte, 33)...)
	hello = append(hello, 0, 0x2F, 0)
	if server {
		hello = append([]byte{1, 0, 0, 43, 3, 3}, make([]byte, 33)...)
		hello = append(hello, 0, 4, 0, 0x2F, 0, 0xFF, 1, 0)
	}
	f.Add(rec(22, hello...), []byte{255})
	chain := []byte{11, 0, 0, 0, 0, 0, 0}
	der := certificate(f, "leaf2048.pem", "leaf2048.key.pem").Certificate[0]
	chain = append(append(chain, 0, byte(len(der)>>8), byte(len(der))), der...)
	n := len(chain) - 4
	chain[2], chain[3], chain[5], chain[6] = byte(n>>8), byte(n), byte((n-3)>>8), byte(n-3)
	f.Add(append(rec(22, hello...), rec(22, append(chain, 14, 0, 0, 0)...)...), []byte{255})
}

// FuzzClientFeed: no server can make the client panic, loop or leak.
func FuzzClientFeed(f *testing.F) {
	fuzzSeeds(f, false)
	ca := pki(f, "ca.pem")
	f.Fuzz(func(t *testing.T, wire, cut []byte) {
		for _, eng := range []mbedtls.Engine{mbedtls.Early(), mbedtls.Late()} {
			h := newCountingHeap()
			c := eng.New(boundedtls.Config{Heap: h, Verify: len(cut)%2 == 1})
			require.Nil(t, c.CA(ca))
			require.Nil(t, c.Setup())
			feedAll(t, c, h, wire, cut)
		}
	})
}

// FuzzServerFeed: no client can make the server panic, loop or leak.
func FuzzServerFeed(f *testing.F) {
	fuzzSeeds(f, true)
	cert, key, ca := pki(f, "leaf512.pem"), pki(f, "leaf512.key.pem"), pki(f, "ca.pem")
	f.Fuzz(func(t *testing.T, wire, cut []byte) {
		for _, eng := range []mbedtls.Engine{mbedtls.Early(), mbedtls.Late()} {
			h := newCountingHeap()
			c := eng.New(boundedtls.Config{Role: boundedtls.Server, Heap: h, Verify: len(cut)%2 == 1})
			require.Nil(t, c.OwnCert(cert))
			require.Nil(t, c.OwnKey(key))
			require.Nil(t, c.CA(ca))
			require.Nil(t, c.Setup())
			feedAll(t, c, h, wire, cut)
		}
	})
}
