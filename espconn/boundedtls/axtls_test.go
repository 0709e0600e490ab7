package boundedtls_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
)

// axClock lies within the validity of the older engine's test certificates.
const axClock = 1700000000

// stopped is a clock that stands still.
func stopped(seconds uint32) func() uint32 { return func() uint32 { return seconds } }

// axFile returns a file of the older engine's certificates.
func axFile(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "oracle", "axtls", "pki", name))
	require.NoError(tb, err)
	return b
}

// axSession is a handshake of axTLS with crypto/tls and data both ways.
type axSession struct {
	role    boundedtls.Role
	engine  axtls.Engine
	heap    boundedtls.Heap
	version uint16
	suite   uint16
	mutual  bool
	now     uint32
	lines   *[]string
}

func (s axSession) run(tb testing.TB) (boundedtls.Conn, error) {
	if s.suite == 0 {
		s.suite = tls.TLS_RSA_WITH_AES_128_CBC_SHA
	}
	if s.version == 0 {
		s.version = tls.VersionTLS11
	}
	if s.now == 0 {
		s.now = axClock
	}
	pair, err := tls.X509KeyPair(axFile(tb, "leaf2048.pem"), axFile(tb, "leaf2048.key.pem"))
	require.NoError(tb, err)
	conf := &tls.Config{MinVersion: s.version, MaxVersion: s.version, Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true,
		CipherSuites: []uint16{s.suite}, SessionTicketsDisabled: true}
	c := s.engine.New(boundedtls.Config{Role: s.role, Heap: s.heap, Now: stopped(s.now),
		Verify: s.mutual, Print: func(line string) {
			if s.lines != nil {
				*s.lines = append(*s.lines, line)
			}
		}})
	w := newWire()
	asked := false
	conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { asked = true; return &pair, nil }
	defer func() {
		want := s.role == boundedtls.Server && s.mutual && !s.engine.NoClientCheckBug
		assert.True(tb, want == asked || c.Err() != nil && !asked, "a CertificateRequest: wanted %v, seen %v", want, asked)
	}()
	peer := tls.Client(w, conf)
	if s.role == boundedtls.Client {
		if s.mutual {
			conf.ClientAuth = tls.RequireAnyClientCert
		}
		peer = tls.Server(w, conf)
	}
	configure := func() *boundedtls.Error {
		if s.mutual || s.role == boundedtls.Server {
			if err := c.OwnKey(axFile(tb, "leaf2048.key.der")); err != nil {
				return err
			}
			if err := c.OwnCert(axFile(tb, "own2048.der")); err != nil {
				return err
			}
		}
		if s.mutual {
			if err := c.CA(axFile(tb, "ca.der")); err != nil {
				return err
			}
		}
		return c.Setup()
	}
	if err := configure(); err != nil {
		return c, err
	}
	data := dataPattern(1900)
	done := make(chan error, 1)
	go func() {
		err := echo(peer, len(data))
		close(w.fromPeer)
		done <- err
	}()
	d := &device{c: c, w: w}
	err = d.handshake()
	if err == nil {
		err = d.write(data)
	}
	if err == nil {
		got := make([]byte, len(data))
		if err = d.readFull(got); err == nil {
			assert.Equal(tb, data, got)
		}
	}
	c.CloseNotify()
	d.flush()
	close(w.toPeer)
	<-done
	return c, err
}

// TestAxTLSWithGo: both roles, versions and the suites that Go still has (axtls.md 1); without libssl's bugs a server also checks
// the client (manual V1.0 4.2).
func TestAxTLSWithGo(t *testing.T) {
	for _, eng := range []axtls.Engine{axtls.Libssl(), axtls.Libssl().WithoutBugs()} {
		axTLSWithGo(t, eng)
	}
}

func axTLSWithGo(t *testing.T, eng axtls.Engine) {
	for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
		for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
			for _, suite := range []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
				tls.TLS_RSA_WITH_RC4_128_SHA} {
				for _, mutual := range []bool{false, true} {
					h := newCountingHeap()
					c, err := axSession{role: role, engine: eng, version: version, suite: suite, heap: h, mutual: mutual}.run(t)
					name := fmt.Sprintf("%s %04x %04x %v", role, version, suite, mutual)
					require.NoError(t, err, name)
					assert.Equal(t, version, c.State().Version, name)
					assert.Equal(t, boundedtls.Suite(suite), c.State().Suite, name)
					assert.NotEmpty(t, c.State().Suite.String())
					c.Close()
					assert.Zero(t, h.now, name)
				}
			}
		}
	}
}

// TestAxTLSEveryAllocationFails: a failed allocation is the device's exception, but for the context, which is looked at; without that bug
// it is a failure, and nothing is kept (axtls.md 5, 6).
func TestAxTLSEveryAllocationFails(t *testing.T) {
	for bug, eng := range map[bool]axtls.Engine{true: axtls.Libssl(), false: axtls.Libssl().WithoutBugs()} {
		for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
			for n := 1; ; n++ {
				require.Less(t, n, 1000)
				h := newCountingHeap()
				h.failAt = n
				c, err := axSession{role: role, engine: eng, heap: h, mutual: true}.run(t)
				if h.count < n {
					require.NoError(t, err)
					c.Close()
					assert.Zero(t, h.now)
					break
				}
				require.NotNil(t, c.Err(), "%v, %s", err, h.failName) // err is nil when it was the last record
				assert.Equal(t, bug && h.failName != "tls context", c.Err().Crash, h.failName)
				if !c.Err().Crash {
					kind, status := c.Err().Callback()
					assert.Equal(t, boundedtls.Reconnect, kind)
					want := int8(-28)
					if c.State().Established {
						want = -61
					}
					assert.Equal(t, want, status, "allocation %d, %s", n, h.failName)
				}
				assert.NotEmpty(t, c.Err().Cause.ID)
				c.Close()
				assert.Zero(t, h.now, "allocation %d, %s", n, h.failName)
			}
		}
	}
}

// axHello is a ServerHello record.
func axHello(version uint16, suite uint16) []byte {
	m := append([]byte{2, 0, 0, 38, byte(version >> 8), byte(version)}, make([]byte, 33)...)
	m = append(m, byte(suite>>8), byte(suite), 0)
	return append([]byte{22, 3, 2, 0, byte(len(m))}, m...)
}

// axFeed makes a client that has sent its hello and gets wire.
func axFeed(tb testing.TB, eng boundedtls.Engine, size int, wire []byte) boundedtls.Conn {
	c := eng.New(boundedtls.Config{Size: func() int { return size }, Now: stopped(axClock)})
	require.Nil(tb, c.Setup())
	require.Equal(tb, boundedtls.HasOutput, c.Handshake())
	require.Len(tb, c.Output(), 56)
	c.Feed(wire)
	for c.Handshake() == boundedtls.HasOutput {
		c.Output()
	}
	return c
}

// TestAxTLSServerHello: what the library lets pass, and what is refused without the bug (axtls.md 1.1).
func TestAxTLSServerHello(t *testing.T) {
	rows := []struct {
		version, suite uint16
		bugs, without  string // reasons, "" for accepted
	}{
		{0x0301, 0x2f, "", ""},
		{0x0302, 0x05, "", ""},
		{0x0303, 0x2f, "", "invalid version"},
		{0x0300, 0x2f, "", "invalid version"},
		{0x0302, 0xc02f, "", "no cipher"},
		{0x0302, 0x0000, "", "no cipher"},
		{0x0302, 0x003c, "", "no cipher"},
	}
	for _, r := range rows {
		for _, eng := range []axtls.Engine{axtls.Libssl(), axtls.Libssl().WithoutBugs()} {
			c := axFeed(t, eng, 2048, axHello(r.version, r.suite))
			want := r.bugs
			if !eng.ServerHelloBug {
				want = r.without
			}
			if want == "" {
				assert.Nil(t, c.Err(), "%+v", r)
				assert.Equal(t, "server certificate", c.State().Step)
				continue
			}
			require.NotNil(t, c.Err(), "%+v", r)
			assert.Equal(t, want, c.Err().Reason(), "%+v", r)
		}
	}
}

// TestAxTLSRecordLimit: a record passes up to S-5 and its diagnosis names the size that would do (axtls.md 2.2).
func TestAxTLSRecordLimit(t *testing.T) {
	for _, size := range []int{64, 2048, 8192} {
		c := axFeed(t, axtls.Libssl(), size, []byte{22, 3, 2, byte((size - 5) >> 8), byte(size - 5)})
		assert.Nil(t, c.Err(), size)
		c = axFeed(t, axtls.Libssl(), size, []byte{22, 3, 2, byte((size - 4) >> 8), byte(size - 4)})
		require.NotNil(t, c.Err(), size)
		assert.Equal(t, "invalid protocol message", c.Err().Reason())
		want := size + 1
		if want > boundedtls.MaxSize {
			want = 0
		}
		assert.Equal(t, want, c.Err().Cause.Least)
		assert.Equal(t, size-5, c.Err().Cause.Limit)
		assert.Equal(t, int16(-28), c.Err().HSStatus())
	}
}

// TestAxTLSAlerts: any alert ends the connection with the disconnect callback, but for one that the library does not
// notice (axtls.md 1.4).
func TestAxTLSAlerts(t *testing.T) {
	alert := func(level, desc byte) []byte { return []byte{21, 3, 2, 0, 2, level, desc} }
	for _, level := range []byte{1, 2, 3} {
		c := axFeed(t, axtls.Libssl(), 2048, alert(level, 40))
		require.NotNil(t, c.Err())
		assert.Equal(t, "SSL error 40", c.Err().Reason())
		kind, _ := c.Err().Callback()
		assert.Equal(t, boundedtls.Disconnect, kind)
	}
	assert.Equal(t, "SSL error 3", axFeed(t, axtls.Libssl(), 2048, alert(1, 0)).Err().Reason())
	assert.Nil(t, axFeed(t, axtls.Libssl(), 2048, alert(2, 0)).Err())
	assert.NotNil(t, axFeed(t, axtls.Libssl().WithoutBugs(), 2048, alert(2, 0)).Err())
}

// TestAxTLSOwnCertificate: a message over S-5 is the device's exception; without the bug alert 40 (axtls.md 2.4).
func TestAxTLSOwnCertificate(t *testing.T) {
	hello := append([]byte{1, 0, 0, 41, 3, 2}, make([]byte, 33)...)
	hello = append(hello, 0, 2, 0, 0x2f, 1, 0)
	hello = append([]byte{22, 3, 1, 0, byte(len(hello))}, hello...)
	for _, eng := range []axtls.Engine{axtls.Libssl(), axtls.Libssl().WithoutBugs()} {
		for _, size := range []int{2048, 2049} {
			c := eng.New(boundedtls.Config{Role: boundedtls.Server, Size: func() int { return size }})
			require.Nil(t, c.OwnCert(axFile(t, "own_msg2044.der")))
			require.Nil(t, c.OwnKey(axFile(t, "leaf2048.key.der")))
			require.Nil(t, c.Setup())
			c.Feed(hello)
			for c.Handshake() == boundedtls.HasOutput {
				c.Output()
			}
			if size == 2049 {
				assert.Nil(t, c.Err())
				continue
			}
			require.NotNil(t, c.Err())
			assert.Equal(t, eng.OwnCertOverflowBug, c.Err().Crash)
			assert.Equal(t, 2049, c.Err().Cause.Least*boolInt(!c.Err().Crash)+2049*boolInt(c.Err().Crash))
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestAxTLSDates: the clock decides, in 32 bits with the bug (axtls.md 3).
func TestAxTLSDates(t *testing.T) {
	rows := []struct {
		now           uint32
		bugs, without string
	}{
		{axClock, "", ""},
		{1, "Cert is not yet valid", "Cert is not yet valid"},
		{2208988800, "Cert is not yet valid", "Cert has expired"}, // 2040: negative in 32 bits
	}
	for _, r := range rows {
		for want, eng := range map[*string]axtls.Engine{&r.bugs: axtls.Libssl(), &r.without: axtls.Libssl().WithoutBugs()} {
			want := *want
			var lines []string
			c, err := axSession{engine: eng, mutual: true, now: r.now, lines: &lines}.run(t)
			assert.Contains(t, lines, fmt.Sprintf("before 1577836800, tv_sec %d, after 2114380800", r.now))
			if want == "" {
				require.NoError(t, err)
				continue
			}
			require.Error(t, err)
			assert.Equal(t, want, c.Err().Reason())
		}
	}
}

// FuzzAxTLSClientFeed and FuzzAxTLSServerFeed: no peer can make axTLS panic, loop or leak.
func FuzzAxTLSClientFeed(f *testing.F) {
	fuzzSeeds(f, false)
	f.Add(append(axHello(0x0302, 0x2f), 21, 3, 2, 0, 2, 1, 0), []byte{9})
	ca := axFile(f, "ca.der")
	f.Fuzz(func(t *testing.T, wire, cut []byte) {
		for _, eng := range []axtls.Engine{axtls.Libssl(), axtls.Libssl().WithoutBugs()} {
			h := newCountingHeap()
			c := eng.New(boundedtls.Config{Heap: h, Now: stopped(axClock), Verify: len(cut)%2 == 1})
			require.Nil(t, c.CA(ca))
			require.Nil(t, c.Setup())
			feedAll(t, c, h, wire, cut)
		}
	})
}

func FuzzAxTLSServerFeed(f *testing.F) {
	fuzzSeeds(f, true)
	cert, key := axFile(f, "own1024.der"), axFile(f, "leaf1024.key.der")
	ca := axFile(f, "ca.der")
	f.Fuzz(func(t *testing.T, wire, cut []byte) {
		for _, eng := range []axtls.Engine{axtls.Libssl(), axtls.Libssl().WithoutBugs()} {
			h := newCountingHeap()
			c := eng.New(boundedtls.Config{Role: boundedtls.Server, Heap: h, Now: stopped(axClock), Verify: len(cut)%2 == 1})
			require.Nil(t, c.OwnCert(cert))
			require.Nil(t, c.OwnKey(key))
			require.Nil(t, c.CA(ca))
			require.Nil(t, c.Setup())
			feedAll(t, c, h, wire, cut)
		}
	})
}

// TestAxTLSFirstBlocks: the context comes before what is read of certificates, the connection behind it (axtls.md 11).
func TestAxTLSFirstBlocks(t *testing.T) {
	for role, want := range map[boundedtls.Role][]string{
		boundedtls.Client: {"tls context 56", "...", "tls connection 176", "handshake 316"},
		boundedtls.Server: {"tls context 56", "...", "tls connection 176", "handshake 316"},
	} {
		h := &namingHeap{countingHeap: newCountingHeap()}
		_, err := axSession{role: role, engine: axtls.Libssl(), heap: h, mutual: true}.run(t)
		require.NoError(t, err)
		var got []string
		for _, b := range h.taken {
			switch name, _, _ := strings.Cut(b, " "); {
			case name == "tls" || strings.HasPrefix(b, "handshake"):
				got = append(got, b)
			case got[len(got)-1] != "...":
				got = append(got, "...")
			}
		}
		require.GreaterOrEqual(t, len(got), len(want), "%v", got)
		assert.Equal(t, want, got[:len(want)], role)
	}
}

// namingHeap notes what is taken.
type namingHeap struct {
	*countingHeap
	taken []string
}

func (h *namingHeap) Alloc(n uint32, what string) uint32 {
	h.taken = append(h.taken, fmt.Sprint(what, " ", n))
	return h.countingHeap.Alloc(n, what)
}
