package boundedtls_test

import (
	"bytes"
	"crypto/tls"
	"flag"
	"fmt"
	"testing"
	"testing/cryptotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// session is one handshake with crypto/tls, with certificates on both sides.
type session struct {
	role    boundedtls.Role
	engine  mbedtls.Engine
	heap    boundedtls.Heap
	mutual  bool
	version uint16
	keyLog  *bytes.Buffer
	observe func(boundedtls.Event)
}

var sessionFiles struct {
	cert     tls.Certificate
	crt, key []byte
	ca       []byte
	ready    bool
}

// run makes the handshake, sends 3,000 bytes there and back and closes. The
// error is the device's.
func (s session) run(tb testing.TB) (c boundedtls.Conn, sent []byte, err error) {
	f := &sessionFiles
	if !f.ready {
		f.cert = certificate(tb, "leaf2048.pem", "leaf2048.key.pem")
		f.crt, f.key, f.ca = pki(tb, "leaf2048.pem"), pki(tb, "leaf2048.key.pem"), pki(tb, "ca.pem")
		f.ready = true
	}
	v := s.version
	if v == 0 {
		v = tls.VersionTLS12
	}
	conf := &tls.Config{MinVersion: v, MaxVersion: v, Certificates: []tls.Certificate{f.cert}, InsecureSkipVerify: true,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, SessionTicketsDisabled: true}
	cfg := boundedtls.Config{Role: s.role, Heap: s.heap, Verify: s.mutual, Observe: s.observe}
	if s.keyLog != nil {
		cfg.KeyLog = s.keyLog
	}
	w := newWire()
	c = s.engine.New(cfg)
	peer := tls.Client(w, conf)
	if s.role == boundedtls.Client {
		if s.mutual {
			conf.ClientAuth = tls.RequireAnyClientCert
		}
		peer = tls.Server(w, conf)
	}
	configure := func() *boundedtls.Error {
		if s.mutual || s.role == boundedtls.Server {
			if err := c.OwnCert(f.crt); err != nil {
				return err
			}
			if err := c.OwnKey(f.key); err != nil {
				return err
			}
		}
		if s.mutual {
			if err := c.CA(f.ca); err != nil {
				return err
			}
		}
		return c.Setup()
	}
	if err := configure(); err != nil {
		return c, nil, err
	}
	data := dataPattern(3000)
	done := make(chan error, 1)
	go func() {
		err := echo(peer, len(data))
		close(w.fromPeer)
		done <- err
	}()
	d := &device{c: c, w: w, sent: &sent}
	err = d.handshake()
	if err == nil {
		err = d.write(data)
	}
	if err == nil {
		got := make([]byte, len(data))
		err = d.readFull(got)
		if err == nil {
			assert.Equal(tb, data, got)
		}
	}
	c.CloseNotify()
	d.flush()
	close(w.toPeer)
	<-done
	return c, sent, err
}

// long makes the sweep whole: go test ./espconn/boundedtls -long.
var long = flag.Bool("long", false, "fail every allocation, not each seventh")

// TestEveryAllocationFails fails each allocation in turn: the connection must
// fail in an orderly way, or hide the failure where the library does, and give
// everything back.
func TestEveryAllocationFails(t *testing.T) {
	step := 7
	if *long {
		step = 1
	}
	for _, eng := range []mbedtls.Engine{mbedtls.Early(), mbedtls.Early().WithoutBugs(), mbedtls.Late()} {
		for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
			t.Run(fmt.Sprintf("%s/%v/%s", eng, eng.SilentOutputBug, role), func(t *testing.T) {
				codes := map[string]bool{}
				for n := 1; ; n += step {
					require.Less(t, n, 2000)
					h := newCountingHeap()
					h.failAt = n
					c, _, err := session{role: role, engine: eng, heap: h, mutual: true}.run(t)
					if h.count < n {
						require.NoError(t, err)
						c.Close()
						assert.Zero(t, h.now)
						t.Logf("%d allocations, codes %v", h.count, codes)
						return
					}
					if e := c.Err(); e != nil {
						codes[e.Reason()] = true
						assert.NotEmpty(t, e.Cause.ID, h.failName)
					}
					c.Close()
					assert.Zero(t, h.now, "allocation %d, %s", n, h.failName)
					assert.Empty(t, h.blocks)
				}
			})
		}
	}
}

// TestOutputBufferOutOfMemory: the early mbedTLS's buffer after the handshake
// (tls.md 2.1, manual-profile.md #28).
func TestOutputBufferOutOfMemory(t *testing.T) {
	h := newCountingHeap()
	_, _, err := session{engine: mbedtls.Early(), heap: h}.run(t)
	require.NoError(t, err)
	last := h.count // the output buffer is the last allocation
	h = newCountingHeap()
	h.failAt = last
	_, _, err = session{engine: mbedtls.Early().WithoutBugs(), heap: h}.run(t)
	require.Error(t, err)
	assert.Equal(t, "-0x7f00", err.(*boundedtls.Error).Reason())
	h = newCountingHeap()
	h.failAt = last
	c, _, err := session{engine: mbedtls.Early(), heap: h}.run(t)
	assert.True(t, c.State().Established, "the SDK does not notice")
	require.Error(t, err, "but both directions count in one place")
	assert.Equal(t, "out buffer", h.failName)
}

// TestDeterminism: the same reader, the same bytes.
func TestDeterminism(t *testing.T) {
	for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
		run := func() []byte {
			cryptotest.SetGlobalRandom(t, 1)
			_, sent, err := session{role: role, engine: mbedtls.Late(), mutual: true}.run(t)
			require.NoError(t, err)
			return sent
		}
		assert.Equal(t, run(), run(), role)
	}
}

// TestKeyLog: one line in the NSS format, whole and before the data.
func TestKeyLog(t *testing.T) {
	var log bytes.Buffer
	_, _, err := session{engine: mbedtls.Late(), keyLog: &log}.run(t)
	require.NoError(t, err)
	assert.Regexp(t, `^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n$`, log.String())
}

// TestEvents: the observer sees the states, messages, records and the end.
func TestEvents(t *testing.T) {
	var names []string
	kinds, fullest := map[boundedtls.EventKind]int{}, 0
	_, _, err := session{engine: mbedtls.Late(), mutual: true, heap: newCountingHeap(), observe: func(e boundedtls.Event) {
		kinds[e.Kind]++
		assert.NotContains(t, e.String(), "?")
		if e.Kind == boundedtls.EventMessage {
			names = append(names, e.Name)
			assert.Positive(t, e.Length)
		}
		if e.Kind == boundedtls.EventRecord {
			// Counter of 8 bytes, header of 5, then the body (tls.md 2.1).
			assert.Equal(t, 13+e.Length, e.Fill, e)
			assert.Equal(t, boundedtls.DefaultSize, e.Limit, e)
			assert.LessOrEqual(t, e.Plain, e.Length, e)
			fullest = max(fullest, e.Fill)
		}
	}}.run(t)
	require.NoError(t, err)
	assert.Equal(t, []string{"ClientHello", "ServerHello", "Certificate", "CertificateRequest", "ServerHelloDone", "Certificate",
		"ClientKeyExchange", "CertificateVerify", "Finished", "Finished"}, names)
	assert.Greater(t, fullest, 700, "the record of the Certificate message")
	for _, k := range []boundedtls.EventKind{boundedtls.EventState, boundedtls.EventRecord, boundedtls.EventHeap, boundedtls.EventHandshake,
		boundedtls.EventAlert} {
		assert.Positive(t, kinds[k], k)
	}
}

// TestTLS10Splitting: the early mbedTLS sends one byte and the rest, the late mbedTLS does not
// split, and A's bug makes both records undecodable (tls.md 0).
func TestTLS10Splitting(t *testing.T) {
	lengths := func(eng mbedtls.Engine) (plain []int, err error) {
		_, _, err = session{engine: eng, version: tls.VersionTLS10, observe: func(e boundedtls.Event) {
			if e.Kind == boundedtls.EventRecord && e.Out && e.Type == 23 {
				plain = append(plain, e.Plain)
			}
		}}.run(t)
		return plain, err
	}
	plain, err := lengths(mbedtls.Early().WithoutBugs())
	require.NoError(t, err)
	assert.Equal(t, []int{1, 1459, 1, 1459, 1, 79}, plain)
	plain, err = lengths(mbedtls.Late())
	require.NoError(t, err)
	assert.Equal(t, []int{1460, 1460, 80}, plain)
	_, err = lengths(mbedtls.Early())
	require.Error(t, err, "the peer cannot decode anything")
}
