package boundedtls_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
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

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// mostBytes is the longest payload of the matrix: 16 KB.
const mostBytes = 16384

var interopPeers = []*interopPeer{
	{name: "OpenSSL 3", tools: []string{"openssl"}, lacks: lacksRC4("OpenSSL 3 is built without RC4"), open: openOpenSSL},
	{name: "GnuTLS", tools: []string{"gnutls-serv", "gnutls-cli"}, lacks: lacksNothing, open: openGnuTLS},
	{name: "mbedTLS 2.28", tools: []string{"cc"}, build: []string{"mbedtls_peer", "-lmbedtls", "-lmbedx509", "-lmbedcrypto"},
		lacks: lacksRC4("mbedTLS 2.28 has its RC4 suites switched off"), open: openMbedTLS},
	{name: "BearSSL", tools: []string{"cc"}, build: []string{"bearssl_peer", "-lbearssl"}, open: openBearSSL,
		lacks: func(s boundedtls.Suite, _ uint16) string {
			if isDHE(s) {
				return "BearSSL has no DHE suites"
			}
			if isRC4(s) {
				return "BearSSL has no RC4"
			}
			return ""
		}},
	{name: "Go", open: openGo,
		lacks: func(s boundedtls.Suite, _ uint16) string {
			if isDHE(s) {
				return "crypto/tls has no DHE suites"
			}
			if s == boundedtls.RSAWithAES256CBCSHA256 {
				return "crypto/tls does not have this suite"
			}
			if s == boundedtls.RSAWithRC4128MD5 {
				return "crypto/tls does not have this suite"
			}
			return ""
		}},
}

func lacksRC4(why string) func(boundedtls.Suite, uint16) string {
	return func(s boundedtls.Suite, _ uint16) string {
		if isRC4(s) {
			return why
		}
		return ""
	}
}

func lacksNothing(boundedtls.Suite, uint16) string { return "" }

func same(p []byte) []byte { return p }

// oraclePKI returns the path of a file of the oracle's certificates.
func oraclePKI(t *testing.T, name string) string {
	path, err := filepath.Abs(filepath.Join(oracleDir, "pki", name))
	require.NoError(t, err)
	return path
}

// freePort returns an address on which nobody listens, for tools that do not tell
// the port they chose.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// peerDir is the folder for programs and files that the peers need.
var peerDir struct {
	once sync.Once
	path string
}

// peerFiles returns a folder with the PKI in DER, for the programs as well.
func peerFiles(t *testing.T) string {
	peerDir.once.Do(func() {
		dir, err := os.MkdirTemp("", "emu8266-peers")
		require.NoError(t, err)
		for _, name := range []string{"leaf2048", "leaf2048.key", "client"} {
			block, _ := pem.Decode(pki(t, name+".pem"))
			require.NotNil(t, block)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+".der"), block.Bytes, 0o600))
		}
		peerDir.path = dir
	})
	return peerDir.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if peerDir.path != "" {
		_ = os.RemoveAll(peerDir.path)
	}
	os.Exit(code)
}

// process is a running peer. Its standard error is kept for the report, or stands in stdout as well.
type process struct {
	ctx    context.Context
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
	stop   func()
}

// start runs a tool, at the latest to the end of the test.
func start(t *testing.T, name string, args ...string) *process {
	return startPeer(t, false, name, args)
}

// startPeer starts a tool; merged sends what it writes to standard error to stdout.
func startPeer(t *testing.T, merged bool, name string, args []string) *process {
	ctx, cancel := context.WithTimeout(context.Background(), 4*sessionTime)
	cmd := exec.CommandContext(ctx, name, args...)
	p := &process{ctx: ctx, stderr: &bytes.Buffer{}}
	cmd.Stderr = p.stderr
	var err error
	p.stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	p.stdout = bufio.NewReader(out)
	if merged {
		cmd.Stderr = cmd.Stdout
	}
	require.NoError(t, cmd.Start())
	var once sync.Once
	p.stop = func() {
		once.Do(func() {
			cancel()
			_ = p.stdin.Close()
			_ = cmd.Wait()
		})
	}
	t.Cleanup(p.stop)
	return p
}

// client makes a device that is the client of a server at addr.
func client(s encounter, addr string, alive context.Context, file func(string) []byte, talk func(*overSocket) error) error {
	conn, err := dialUntil(addr, alive)
	if err != nil {
		return err
	}
	defer conn.Close()
	d, err := newOverSocket(s, conn, file)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.handshake(s); err != nil {
		return err
	}
	return talk(d)
}

// server makes a device that serves one connection on l.
func server(s encounter, l net.Listener, file func(string) []byte, talk func(*overSocket) error) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	d, err := newOverSocket(s, conn, file)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.handshake(s); err != nil {
		return err
	}
	return talk(d)
}

// talkTool writes payloads to a client tool's input, at most piece bytes at once,
// and compares its output, while the device echoes.
func talkTool(t *testing.T, s encounter, file func(string) []byte, piece int, tool func(port string) *process) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	sizes := payloads(s.size, mostBytes)
	p := tool(fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	defer p.stop()
	done := make(chan error, 1)
	go func() {
		err := server(s, l, file, func(d *overSocket) error { return d.asEcho(sizes) })
		if err != nil {
			p.stop() // ends the reading below
		}
		done <- err
	}()
	toolErr := func() error {
		for _, n := range sizes {
			for want := range slices.Chunk(lines(n, n), piece) {
				if _, err := p.stdin.Write(want); err != nil {
					return err
				}
				got := make([]byte, len(want))
				if _, err := io.ReadFull(p.stdout, got); err != nil {
					return err
				}
				if !bytes.Equal(want, got) {
					return fmt.Errorf("echo of %d bytes differs", n)
				}
			}
		}
		return nil
	}()
	if toolErr != nil {
		_ = l.Close()
		p.stop()
	}
	if err := <-done; err != nil {
		return fmt.Errorf("%w (%s)", err, bytes.TrimSpace(p.stderr.Bytes()))
	}
	return toolErr
}

var openSSLSuites = map[boundedtls.Suite]string{
	boundedtls.RSAWithAES128CBCSHA: "AES128-SHA", boundedtls.RSAWithAES256CBCSHA: "AES256-SHA",
	boundedtls.RSAWithAES128CBCSHA256: "AES128-SHA256", boundedtls.RSAWithAES256CBCSHA256: "AES256-SHA256",
	boundedtls.DHERSAWithAES128CBCSHA: "DHE-RSA-AES128-SHA", boundedtls.DHERSAWithAES256CBCSHA: "DHE-RSA-AES256-SHA",
	boundedtls.DHERSAWithAES128CBCSHA256: "DHE-RSA-AES128-SHA256", boundedtls.DHERSAWithAES256CBCSHA256: "DHE-RSA-AES256-SHA256",
}

var openSSLVersions = map[uint16]string{boundedtls.VersionTLS10: "-tls1", boundedtls.VersionTLS11: "-tls1_1",
	boundedtls.VersionTLS12: "-tls1_2"}

func openOpenSSL(t *testing.T, s encounter) sessionRunner {
	file := pkiReader(t, s)
	common := []string{openSSLVersions[s.version], "-cipher", openSSLSuites[s.suite] + ":@SECLEVEL=0",
		"-max_send_frag", fmt.Sprint(s.record()), "-CAfile", s.path(t, "ca.pem")}
	if s.role == boundedtls.Client {
		args := append([]string{"s_server", "-accept", "127.0.0.1:0", "-rev", "-cert", s.path(t, "leaf2048.pem"),
			"-key", s.path(t, "leaf2048.key.pem")}, common...)
		if s.mutual {
			args = append(args, "-Verify", "1", "-verify_return_error")
		}
		p := start(t, "openssl", args...)
		addr := acceptLine(p)
		go func() { _, _ = io.Copy(io.Discard, p.stdout) }()
		return func(s encounter) error {
			if addr == "" {
				return fmt.Errorf("%w: %s", errNoPort, p.stderr)
			}
			return client(s, addr, p.ctx, file, func(d *overSocket) error {
				return d.asClient(payloads(s.size, mostBytes-1), func(n int) []byte { return lines(n, n) }, false, func(p []byte) []byte {
					p = slices.Clone(p)
					slices.Reverse(p[:len(p)-1])
					return p
				})
			})
		}
	}
	return func(s encounter) error {
		return talkTool(t, s, file, mostBytes, func(port string) *process {
			args := append([]string{"s_client", "-quiet", "-connect", "127.0.0.1:" + port, "-verify_return_error"}, common...)
			if s.mutual {
				args = append(args, "-cert", s.path(t, "client.pem"), "-key", s.path(t, "client2048.key.pem"))
			}
			if s.axTLS() {
				args = append(args, "-legacy_server_connect")
			}
			return start(t, "openssl", args...)
		})
	}
}

// acceptLine reads the address that s_server prints.
func acceptLine(p *process) string {
	for {
		text, err := p.stdout.ReadString('\n')
		if addr, ok := strings.CutPrefix(text, "ACCEPT "); ok {
			return strings.TrimSpace(addr)
		}
		if err != nil {
			return ""
		}
	}
}

// gnuTLSPriority is the priority string for one suite and version.
func gnuTLSPriority(s encounter) string {
	kx, cipher, mac := "RSA", "AES-128-CBC", "SHA1"
	if isDHE(s.suite) {
		kx = "DHE-RSA"
	}
	if strings.Contains(s.suite.String(), "AES-256") {
		cipher = "AES-256-CBC"
	}
	if isSHA256(s.suite) {
		mac = "SHA256"
	}
	if isRC4(s.suite) {
		cipher = "ARCFOUR-128"
		mac = map[boundedtls.Suite]string{boundedtls.RSAWithRC4128SHA: "SHA1", boundedtls.RSAWithRC4128MD5: "MD5"}[s.suite]
	}
	return fmt.Sprintf("NONE:+VERS-%s:+%s:+%s:+%s:+COMP-NULL:+SIGN-ALL:+CTYPE-X509:+GROUP-ALL",
		strings.Replace(boundedtls.VersionName(s.version), "TLSv", "TLS", 1), kx, cipher, mac)
}

// gnuTLSServer starts gnutls-serv, which must be told its port. Another listener of this machine may take that port before
// the server has it: then the server says so and is started on another one.
func gnuTLSServer(t *testing.T, args []string) (addr string, p *process) {
	for range 10 {
		addr := freePort(t)
		_, port, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		p := startPeer(t, true, "gnutls-serv", append([]string{"--port", port}, args...))
		var said string
		for !strings.Contains(said, "IPv4") { // it listens on IPv6 as well, in either order
			if said, err = p.stdout.ReadString('\n'); err != nil {
				break
			}
		}
		if strings.HasSuffix(said, "...done\n") {
			go func() { _, _ = io.Copy(io.Discard, p.stdout) }()
			return addr, p
		}
		t.Logf("gnutls-serv: %q", said)
		p.stop()
	}
	t.Fatal("gnutls-serv found no port in ten attempts")
	return "", nil
}

func openGnuTLS(t *testing.T, s encounter) sessionRunner {
	file := pkiReader(t, s)
	common := []string{"--priority", gnuTLSPriority(s), "--x509cafile", s.path(t, "ca.pem")}
	if s.role == boundedtls.Client {
		args := append([]string{"--echo", "--x509certfile", s.path(t, "leaf2048.pem"), "--x509keyfile", s.path(t, "leaf2048.key.pem")},
			common...)
		if s.mutual {
			args = append(args, "--require-client-cert", "--verify-client-cert")
		} else {
			args = append(args, "--disable-client-cert")
		}
		addr, p := gnuTLSServer(t, args)
		return func(s encounter) error {
			return client(s, addr, p.ctx, file, func(d *overSocket) error {
				return d.asClient(payloads(s.size, mostBytes), func(n int) []byte { return lines(n, 1000) }, false, same)
			})
		}
	}
	return func(s encounter) error {
		// gnutls-cli makes a record of what it reads at once.
		return talkTool(t, s, file, s.record(), func(port string) *process {
			args := append([]string{"127.0.0.1", "--port", port, "--logfile", os.DevNull, "--no-ca-verification"}, common...)
			if s.mutual {
				args = append(args, "--x509certfile", s.path(t, "client.pem"), "--x509keyfile", s.path(t, "client2048.key.pem"))
			}
			return start(t, "gnutls-cli", args...)
		})
	}
}

func openMbedTLS(t *testing.T, s encounter) sessionRunner {
	return openProgram(t, s, "mbedtls_peer", s.path(t, "ca.pem"), s.path(t, "leaf2048.pem"), s.path(t, "leaf2048.key.pem"))
}

func openBearSSL(t *testing.T, s encounter) sessionRunner {
	if s.axTLS() {
		return openProgram(t, s, "bearssl_peer", s.path(t, "own2048.der"), s.path(t, "leaf2048.der"), s.path(t, "leaf2048.key.der"))
	}
	dir, device := peerFiles(t), "client.der"
	if s.role == boundedtls.Server {
		device = "leaf2048.der"
	}
	return openProgram(t, s, "bearssl_peer", filepath.Join(dir, device), filepath.Join(dir, "leaf2048.der"),
		filepath.Join(dir, "leaf2048.key.der"))
}

// openProgram runs one of our C peers: a line of input for each session, see
// testdata/peers.
func openProgram(t *testing.T, s encounter, name string, args ...string) sessionRunner {
	file := pkiReader(t, s)
	p := start(t, filepath.Join(peerFiles(t), name), args...)
	mutual := map[bool]int{true: 1}
	result := func(err error) error {
		text, _ := p.stdout.ReadString('\n') // the device has closed, so there is one
		switch text = strings.TrimSpace(text); {
		case err != nil:
			return fmt.Errorf("%w (peer: %s)", err, text)
		case text != "ok":
			return fmt.Errorf("peer: %s", text)
		}
		return nil
	}
	return func(s encounter) error {
		head := fmt.Sprintf("%d %d %d %d", uint16(s.suite), s.version&0xFF, mutual[s.mutual], s.record())
		sizes := payloads(s.size, mostBytes)
		if s.role == boundedtls.Client {
			if _, err := fmt.Fprintf(p.stdin, "server %s\n", head); err != nil {
				return err
			}
			var port int
			if _, err := fmt.Fscanf(p.stdout, "port %d\n", &port); err != nil {
				return fmt.Errorf("%w: %w", errNoPort, err)
			}
			err := client(s, fmt.Sprintf("127.0.0.1:%d", port), p.ctx, file, func(d *overSocket) error {
				return d.asClient(sizes, dataPattern, true, same)
			})
			return result(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		if _, err := fmt.Fprintf(p.stdin, "client %s %d %s\n", head, l.Addr().(*net.TCPAddr).Port,
			strings.Trim(fmt.Sprint(sizes), "[]")); err != nil {
			return err
		}
		return result(server(s, l, file, func(d *overSocket) error { return d.asServer(sizes) }))
	}
}

func openGo(t *testing.T, s encounter) sessionRunner {
	file := pkiReader(t, s)
	cert, err := tls.LoadX509KeyPair(s.path(t, "leaf2048.pem"), s.path(t, "leaf2048.key.pem"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(file("ca.pem")))
	return func(s encounter) error {
		conf := &tls.Config{MinVersion: s.version, MaxVersion: s.version, CipherSuites: []uint16{uint16(s.suite)},
			Certificates: []tls.Certificate{cert},
			ClientCAs:    pool, InsecureSkipVerify: true, DynamicRecordSizingDisabled: true}
		if s.mutual {
			conf.ClientAuth = tls.RequireAndVerifyClientCert
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		addr := l.Addr().String()
		sizes := payloads(s.size, mostBytes)
		done := make(chan error, 1)
		if s.role == boundedtls.Client {
			go func() { done <- goEchoServer(l, conf, s.record()) }()
			err = client(s, addr, context.Background(), file, func(d *overSocket) error {
				return d.asClient(sizes, dataPattern, true, same)
			})
		} else {
			go func() { done <- goEchoClient(addr, conf, sizes, s.record()) }()
			err = server(s, l, file, func(d *overSocket) error { return d.asServer(sizes) })
		}
		if goErr := <-done; err == nil {
			return goErr
		}
		return err
	}
}

// writeChunks makes a record of every chunk.
func writeChunks(w io.Writer, p []byte, chunk int) error {
	for c := range slices.Chunk(p, chunk) {
		if _, err := w.Write(c); err != nil {
			return err
		}
	}
	return nil
}

func goEchoServer(l net.Listener, conf *tls.Config, chunk int) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	c := tls.Server(conn, conf)
	defer c.Close()
	for {
		var head [4]byte
		if _, err := io.ReadFull(c, head[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		p := make([]byte, int(head[2])<<8|int(head[3]))
		if _, err := io.ReadFull(c, p); err != nil {
			return err
		}
		if err := writeChunks(c, p, chunk); err != nil {
			return err
		}
	}
}

func goEchoClient(addr string, conf *tls.Config, sizes []int, chunk int) error {
	c, err := tls.Dial("tcp", addr, conf)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, n := range sizes {
		p := dataPattern(n)
		if err := writeChunks(c, append([]byte{0, 0, byte(n >> 8), byte(n)}, p...)[:4], chunk); err != nil {
			return err
		}
		if err := writeChunks(c, p, chunk); err != nil {
			return err
		}
		got := make([]byte, n)
		if _, err := io.ReadFull(c, got); err != nil {
			return err
		}
		if !bytes.Equal(p, got) {
			return fmt.Errorf("echo of %d bytes differs", n)
		}
	}
	return nil
}
