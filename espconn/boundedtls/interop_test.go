package boundedtls_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

var update = flag.Bool("update", false, "write docs/tables/interop.md")

// encounter is one connection of the matrix: what the device is and what the peer
// must choose.
type encounter struct {
	role    boundedtls.Role // of the device
	engine  boundedtls.Engine
	suite   boundedtls.Suite
	version uint16
	size    int // S
	mutual  bool
}

func (s encounter) axTLS() bool { return s.engine.Traits().Library == boundedtls.AxTLS }

// record is the longest plaintext that the peer may put into a record: S, with axTLS what its buffer holds of AES
// under TLS 1.1 (axtls.md 2.2).
func (s encounter) record() int {
	if s.axTLS() {
		return (s.size-5)&^15 - 37
	}
	return s.size
}

// path returns a file of the certificates: axTLS has its own, as it takes none that is valid beyond 2038.
func (s encounter) path(t *testing.T, name string) string {
	if s.axTLS() {
		path, err := filepath.Abs(filepath.Join(oracleDir, "axtls", "pki", name))
		require.NoError(t, err)
		return path
	}
	return oraclePKI(t, name)
}

// interopPeer is a TLS implementation that talks to the device.
type interopPeer struct {
	name  string
	tools []string // commands without which the peer cannot run
	build []string // C source in testdata/peers and the libraries to link
	// lacks says why the peer has no such suite or version, "" if it has.
	lacks func(d boundedtls.Suite, version uint16) string
	// open makes what the sessions of one suite, version and role share, those of mbedTLS and those of axTLS.
	open func(t *testing.T, s encounter) sessionRunner
}

// sessionRunner carries out one session. Sessions come one after the other.
type sessionRunner func(s encounter) error

// sessionTime bounds a session with a real peer.
const sessionTime = 30 * time.Second

var matrixSuites = []boundedtls.Suite{
	boundedtls.RSAWithAES128CBCSHA, boundedtls.RSAWithAES256CBCSHA, boundedtls.RSAWithAES128CBCSHA256, boundedtls.RSAWithAES256CBCSHA256,
	boundedtls.DHERSAWithAES128CBCSHA, boundedtls.DHERSAWithAES256CBCSHA, boundedtls.DHERSAWithAES128CBCSHA256,
	boundedtls.DHERSAWithAES256CBCSHA256,
	boundedtls.RSAWithRC4128SHA, boundedtls.RSAWithRC4128MD5,
}

// matrixVersions are the versions of a suite's cells: SHA-256 suites need TLS 1.2, RC4 has only axTLS, which has no
// TLS 1.2.
func matrixVersions(s boundedtls.Suite) []uint16 {
	switch {
	case isSHA256(s):
		return []uint16{boundedtls.VersionTLS12}
	case isRC4(s):
		return []uint16{boundedtls.VersionTLS10, boundedtls.VersionTLS11}
	}
	return goVersions
}

// matrixSessions are the settings of every cell: sizes, and mutual
// authentication in two of them.
var matrixSessions = []struct {
	size   int
	mutual bool
}{{2048, true}, {4096, false}, {8192, true}}

// expected are the cells that fail, and why. A cell that is not listed must
// work, a listed one must fail.
var expected = []struct {
	engine  string
	version uint16
	why     string
}{
	{"early", boundedtls.VersionTLS10, "in SDK 2.2.0 to 3.0.1 every record that the device sends under TLS 1.0 after the handshake is " +
		"undecodable: " +
		"its payload lies 16 bytes too far (tls.md 0). The peer answers with a fatal bad_record_mac"},
}

func isDHE(s boundedtls.Suite) bool    { return strings.Contains(s.String(), "DHE") }
func isRC4(s boundedtls.Suite) bool    { return strings.Contains(s.String(), "RC4") }
func isSHA256(s boundedtls.Suite) bool { return strings.HasSuffix(s.String(), "SHA256") }

// matrixEngines are the engines of a cell. With its bugs the early mbedTLS differs from
// itself without them in this matrix under TLS 1.0 only.
func matrixEngines(suite boundedtls.Suite, version uint16) (list []boundedtls.Engine) {
	if isRC4(suite) {
		return []boundedtls.Engine{axtls.Libssl()}
	}
	if !isDHE(suite) {
		if version < boundedtls.VersionTLS12 && !isSHA256(suite) {
			defer func() { list = append(list, axtls.Libssl()) }()
		}
		list = append(list, mbedtls.Early().WithoutBugs())
		if version == boundedtls.VersionTLS10 {
			list = append(list, mbedtls.Early())
		}
	}
	return append(list, mbedtls.Late())
}

// TestInterop connects the device to real TLS implementations: both roles, every
// suite that both sides have, TLS 1.0 to 1.2, three sizes, with and without
// client certificates, payloads of 1 byte to 16 KB in records as long as the size
// allows. The result is compared with docs/tables/interop.md.
func TestInterop(t *testing.T) {
	var m matrix
	complete, cells := true, 0
	t.Run("peers", func(t *testing.T) {
		for _, p := range interopPeers {
			if !p.available(t) {
				complete = false
				continue
			}
			for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
				for _, suite := range matrixSuites {
					for _, version := range matrixVersions(suite) {
						cells++
						if why := p.lacks(suite, version); why != "" {
							m.note(p.name, role, suite, version, "", why)
							continue
						}
						t.Run(fmt.Sprintf("%s/%s/%s/%s", p.name, role, suite, boundedtls.VersionName(version)), func(t *testing.T) {
							t.Parallel()
							p.runCell(t, &m, role, suite, version)
						})
					}
				}
			}
		}
	})
	if t.Failed() || !complete || len(m.cells) != cells { // a tool is missing, or -run left cells out
		return
	}
	page := m.page()
	t.Logf("%d connections\n%s", m.connections, page)
	path := filepath.Join("..", "..", "docs", "tables", "interop.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, page, strings.ReplaceAll(string(got), "\r\n", "\n"), "run: go test ./espconn/boundedtls -run TestInterop -update")
}

func (p *interopPeer) runCell(t *testing.T, m *matrix, role boundedtls.Role, suite boundedtls.Suite, version uint16) {
	for _, set := range matrixSessions {
		var runs [2]sessionRunner // of mbedTLS, of axTLS
		for _, eng := range matrixEngines(suite, version) {
			s := encounter{role, eng, suite, version, set.size, set.mutual}
			library := eng.Traits().Library
			if library == boundedtls.AxTLS {
				s.mutual = s.mutual && role == boundedtls.Client // its server never asks for a certificate
			}
			if runs[library] == nil {
				runs[library] = p.open(t, s)
			}
			err := runs[library](s)
			why := ""
			for _, e := range expected {
				if e.engine == engineName(eng) && e.version == version {
					why = e.why
				}
			}
			switch {
			case why == "" && err != nil:
				t.Errorf("engine %s, size %d, mutual %v: %v", engineName(eng), set.size, set.mutual, err)
			case why != "" && err == nil:
				t.Errorf("engine %s, size %d works, although %s", engineName(eng), set.size, why)
			}
			m.note(p.name, role, suite, version, engineName(eng), why)
		}
	}
}

// available tells whether the tools are there and builds what must be built. A
// missing tool is a failure where CI=true.
func (p *interopPeer) available(t *testing.T) bool {
	missing := func(what string) bool {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s: %s is missing", p.name, what)
		}
		t.Logf("%s is left out: %s is missing", p.name, what)
		return false
	}
	for _, tool := range p.tools {
		if _, err := exec.LookPath(tool); err != nil {
			return missing(tool)
		}
		if tool == "openssl" {
			if out, err := exec.Command(tool, "version").Output(); err != nil || !strings.HasPrefix(string(out), p.name+".") {
				return missing(fmt.Sprintf("%s (there is %q)", p.name, out))
			}
		}
	}
	if p.build == nil {
		return true
	}
	out, err := exec.Command("cc", append([]string{"-O1", "-o", filepath.Join(peerFiles(t), p.build[0]),
		filepath.Join("..", "..", "testdata", "peers", p.build[0]+".c")}, p.build[1:]...)...).CombinedOutput()
	if err != nil {
		return missing(fmt.Sprintf("cc or a library for %s.c (%v: %s)", p.build[0], err, out))
	}
	return true
}

// overSocket is a device on a real connection.
type overSocket struct {
	c    boundedtls.Conn
	conn net.Conn
	in   [4096]byte
}

func newOverSocket(s encounter, conn net.Conn, file func(string) []byte) (*overSocket, error) {
	_ = conn.SetDeadline(time.Now().Add(sessionTime))
	c := s.engine.New(boundedtls.Config{Role: s.role, Verify: s.role == boundedtls.Client || s.mutual,
		Size: func() int { return s.size }, Now: stopped(axClock)})
	load := []func([]byte) *boundedtls.Error{c.OwnCert, c.OwnKey}
	names := []string{"client.pem", "client2048.key.pem"}
	switch {
	case s.axTLS():
		slices.Reverse(load)
		names = []string{"leaf2048.key.der", "own2048.der"}
	case s.role == boundedtls.Server:
		names = []string{"leaf2048.pem", "leaf2048.key.pem"}
	}
	if s.role == boundedtls.Server || s.mutual {
		for i, use := range load {
			if err := use(file(names[i])); err != nil {
				return nil, err
			}
		}
	}
	c.CA(file("ca.pem"))
	c.Setup()
	if c.Err() != nil {
		return nil, c.Err()
	}
	return &overSocket{c: c, conn: conn}, nil
}

func (d *overSocket) flush() error {
	for out := d.c.Output(); out != nil; out = d.c.Output() {
		if _, err := d.conn.Write(out); err != nil {
			return err
		}
	}
	return nil
}

func (d *overSocket) feed() error {
	n, err := d.conn.Read(d.in[:])
	d.c.Feed(d.in[:n])
	if n > 0 {
		return nil
	}
	return err
}

func (d *overSocket) handshake(s encounter) error {
	for {
		st := d.c.Handshake()
		if err := d.flush(); err != nil {
			return err
		}
		switch st {
		case boundedtls.Failed:
			return d.c.Err()
		case boundedtls.NeedInput:
			if err := d.feed(); err != nil {
				return fmt.Errorf("handshake, %s: %w", d.c.State().Step, err)
			}
		case boundedtls.Done:
			if err := d.c.FinishHandshake(); err != nil {
				return err
			}
			if d.c.State().Suite != s.suite || d.c.State().Version != s.version {
				return fmt.Errorf("negotiated %s %s", boundedtls.VersionName(d.c.State().Version), d.c.State().Suite)
			}
			return nil
		}
	}
}

func (d *overSocket) write(p []byte) error {
	for len(p) > 0 {
		chunk := p[:min(len(p), mbedtls.MaxWrite)]
		p = p[len(chunk):]
		for len(chunk) > 0 {
			n, err := d.c.Write(chunk)
			if err != nil {
				return err
			}
			if err := d.flush(); err != nil {
				return err
			}
			chunk = chunk[n:]
		}
	}
	return nil
}

func (d *overSocket) readFull(p []byte) error {
	for len(p) > 0 {
		n, st := d.c.Read(p)
		p = p[n:]
		if err := d.flush(); err != nil {
			return err
		}
		switch st {
		case boundedtls.NeedInput:
			if err := d.feed(); err != nil {
				return err
			}
		case boundedtls.CloseNotified:
			return io.ErrUnexpectedEOF
		case boundedtls.Failed:
			return d.c.Err()
		}
	}
	return nil
}

func (d *overSocket) close() {
	d.c.CloseNotify()
	_ = d.flush()
	d.c.Close()
	_ = d.conn.Close()
}

// payloads are the lengths of a session's payloads in bytes.
func payloads(size, most int) []int { return []int{1, 2, 1000, 1460, 1461, size, most} }

// lines returns n bytes of text that end in a line feed, as do the lines in it,
// each of at most line bytes.
func lines(n, line int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = 'a' + byte(i%23)
		if (i+1)%line == 0 || i == n-1 {
			p[i] = '\n'
		}
	}
	return p
}

// asClient sends payloads and compares the answers with what answer makes of them.
func (d *overSocket) asClient(sizes []int, pattern func(n int) []byte, frame bool, answer func([]byte) []byte) error {
	for _, n := range sizes {
		p := pattern(n)
		send := p
		if frame {
			send = append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, p...)
		}
		if err := d.write(send); err != nil {
			return fmt.Errorf("payload of %d bytes: %w", n, err)
		}
		got := make([]byte, n)
		if err := d.readFull(got); err != nil {
			return fmt.Errorf("echo of %d bytes: %w", n, err)
		}
		if !bytes.Equal(answer(p), got) {
			return fmt.Errorf("echo of %d bytes differs", n)
		}
	}
	return nil
}

// asServer echoes payloads of known lengths, each behind its length in four
// bytes.
func (d *overSocket) asServer(sizes []int) error {
	for _, n := range sizes {
		p := make([]byte, 4+n)
		if err := d.readFull(p); err != nil {
			return fmt.Errorf("payload of %d bytes: %w", n, err)
		}
		if err := d.write(p[4:]); err != nil {
			return fmt.Errorf("echo of %d bytes: %w", n, err)
		}
	}
	return nil
}

// asEcho echoes what it reads until it has all payloads.
func (d *overSocket) asEcho(sizes []int) error {
	total := 0
	for _, n := range sizes {
		total += n
	}
	p := make([]byte, mbedtls.MaxWrite)
	for total > 0 {
		n, st := d.c.Read(p)
		switch st {
		case boundedtls.Done:
			total -= n
			if err := d.write(p[:n]); err != nil {
				return err
			}
		case boundedtls.NeedInput:
			if err := d.feed(); err != nil {
				return fmt.Errorf("%d bytes missing: %w", total, err)
			}
		case boundedtls.CloseNotified:
			return io.ErrUnexpectedEOF
		case boundedtls.Failed:
			_ = d.flush()
			return d.c.Err()
		}
	}
	return nil
}

// pkiReader returns the device's files; they are loaded before the encounters.
func pkiReader(t *testing.T, s encounter) func(string) []byte {
	names := []string{"ca.pem", "leaf2048.pem", "leaf2048.key.pem", "client.pem", "client2048.key.pem"}
	if s.axTLS() {
		names = []string{"ca.pem", "leaf2048.key.der", "own2048.der"}
	}
	files := map[string][]byte{}
	for _, name := range names {
		b, err := os.ReadFile(s.path(t, name))
		require.NoError(t, err)
		files[name] = b
	}
	return func(name string) []byte { return files[name] }
}

// dialUntil connects to a server that may not listen yet, as long as alive.
func dialUntil(addr string, alive context.Context) (net.Conn, error) {
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil || alive.Err() != nil {
			return conn, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

var errNoPort = errors.New("the peer did not say its port")

// matrix collects the results for docs/tables/interop.md.
type matrix struct {
	mu          sync.Mutex
	connections int
	cells       map[matrixKey]map[string]string // engine ("" if the peer lacks it) -> why it fails
}

type matrixKey struct {
	peer    string
	role    boundedtls.Role
	suite   boundedtls.Suite
	version uint16
}

func (m *matrix) note(peer string, role boundedtls.Role, suite boundedtls.Suite, version uint16, engine, why string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells == nil {
		m.cells = map[matrixKey]map[string]string{}
	}
	k := matrixKey{peer, role, suite, version}
	if m.cells[k] == nil {
		m.cells[k] = map[string]string{}
	}
	m.cells[k][engine] = why
	if engine != "" {
		m.connections++
	}
}

// page renders docs/tables/interop.md.
func (m *matrix) page() string {
	var b strings.Builder
	b.WriteString("# Interoperability\n\nGenerated by `go test ./espconn/boundedtls -run TestInterop -update`.\n\n" +
		"The device against real TLS implementations. Columns: the peer and what the device is to it. " +
		"A cell names the engines that work: " +
		"`manual` is that of ManualV21 (the early mbedTLS without its bugs), `early` that of SDK 2.2.0 to 3.0.1 (under TLS 1.0; " +
		"above it is " +
		"the same as `manual` here), " +
		"`late` that of SDK 3.0.2 to 3.0.6, `axTLS` that of SDK 2.0.0 to 3.0.6 with libssl (TLS 1.0 and 1.1). DHE suites exist in `late` " +
		"only, RC4 in `axTLS` only. Each engine makes three connections a cell: " +
		"size 2048 with a client certificate, 4096 without, 8192 with (axTLS as a server never asks for one); " +
		"each with payloads of 1 byte " +
		"to 16 KB both ways, " +
		"in records as long as the size allows. OpenSSL 3 as the client of `axTLS` needs `-legacy_server_connect`: that server sends no " +
		"renegotiation_info, " +
		"and without the option OpenSSL ends the handshake with handshake_failure.\n\n" +
		"| suite | version |")
	for _, p := range interopPeers {
		fmt.Fprintf(&b, " %s, client | server |", p.name)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", 2*len(interopPeers)) + "\n")
	var notes []string
	foot := func(why string) int {
		for i, n := range notes {
			if n == why {
				return i + 1
			}
		}
		notes = append(notes, why)
		return len(notes)
	}
	for _, suite := range matrixSuites {
		for _, version := range matrixVersions(suite) {
			fmt.Fprintf(&b, "| %s | %s |", suite, boundedtls.VersionName(version)[len("TLSv"):])
			for _, p := range interopPeers {
				for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
					cell := m.cells[matrixKey{p.name, role, suite, version}]
					var text []string
					if why := cell[""]; why != "" {
						text = append(text, fmt.Sprintf("- (%d)", foot(why)))
					} else {
						for _, eng := range matrixEngines(suite, version) {
							if why := cell[engineName(eng)]; why != "" {
								text = append(text, fmt.Sprintf("not %s (%d)", engineName(eng), foot(why)))
							} else {
								text = append(text, engineName(eng))
							}
						}
					}
					fmt.Fprintf(&b, " %s |", strings.Join(text, ", "))
				}
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n")
	for i, n := range notes {
		fmt.Fprintf(&b, "%d. %s.\n", i+1, n)
	}
	return b.String()
}
