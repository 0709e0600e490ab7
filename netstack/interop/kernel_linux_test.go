package interop

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/emu8266/emu8266/netstack/vnet"
)

// namespace is a network namespace of the Linux kernel with a TAP interface on our network.
type namespace struct {
	fd  int
	bed *testbed
	ip  netip.Addr
}

// newNamespace makes a namespace and puts its kernel on the network as ip.
func newNamespace(t *testing.T, l *testbed, ip netip.Addr) *namespace {
	tool(t, "ip")
	if os.Geteuid() != 0 {
		missing(t, "a network namespace needs root")
	}
	ns := &namespace{bed: l, ip: ip}
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			ns.fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		made <- err
	}()
	if err := <-made; err != nil {
		missing(t, "no network namespace: %v", err)
	}
	t.Cleanup(func() { _ = unix.Close(ns.fd) })
	var tap io.Closer
	err := ns.do(func() (err error) {
		tap, err = l.net.TAP("tap0")
		return err
	})
	if err != nil {
		missing(t, "%v", err)
	}
	t.Cleanup(func() { require.NoError(t, tap.Close()) })
	ns.run(t, "ip", "link", "set", "lo", "up")
	ns.run(t, "ip", "link", "set", "tap0", "address", vnet.MACFor(ip).String())
	ns.run(t, "ip", "addr", "add", netip.PrefixFrom(ip, l.net.Subnet().Bits()).String(), "dev", "tap0")
	ns.run(t, "ip", "link", "set", "tap0", "up")
	return ns
}

// do runs f on a thread inside the namespace: sockets made there, and programs started there, belong to it.
func (ns *namespace) do(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(ns.fd, unix.CLONE_NEWNET)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// command is a program that will run inside the namespace.
func (ns *namespace) output(ctx context.Context, stdin string, name string, args ...string) ([]byte, error) {
	var out []byte
	err := ns.do(func() (err error) {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err = cmd.CombinedOutput()
		return err
	})
	return out, err
}

func (ns *namespace) run(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := ns.output(t.Context(), "", name, args...)
	require.NoError(t, err, "%s %v: %s", name, args, out)
}

func (ns *namespace) addr() netip.Addr { return ns.ip }

func (ns *namespace) dial(ctx context.Context, to netip.AddrPort) (conn, error) {
	var c net.Conn
	err := ns.do(func() (err error) {
		c, err = new(net.Dialer).DialContext(ctx, "tcp4", to.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return kernelConn{c.(*net.TCPConn)}, nil
}

func (ns *namespace) listen(t testing.TB, port uint16) listener {
	var l net.Listener
	require.NoError(t, ns.do(func() (err error) {
		l, err = net.Listen("tcp4", netip.AddrPortFrom(ns.ip, port).String())
		return err
	}))
	t.Cleanup(func() { _ = l.Close() })
	return kernelListener{l}
}

type kernelListener struct{ net.Listener }

func (l kernelListener) accept() (conn, error) {
	c, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return kernelConn{c.(*net.TCPConn)}, nil
}

type kernelConn struct{ *net.TCPConn }

func (c kernelConn) reset() {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// The Linux kernel's stack: every scenario, both roles, with the device's and with the host's profile.
func TestKernel(t *testing.T) {
	l := newTestbed(t)
	l.peer = newNamespace(t, l, netip.MustParseAddr("10.9.0.1"))
	t.Run("matrix", l.matrix)
	judge(t, l)
}

// The same with the kernel's own faults on its side of the wire: delay, loss and reordering by tc netem. A kernel without netem loses by a
// rule of nf_tables, in both directions, and has a slow, short queue by tc tbf, which loses what does not fit: loss and rate, no reordering
// (TestKernelOverARoughNetwork has that).
func TestKernelWithItsOwnFaults(t *testing.T) {
	l := newTestbed(t)
	l.less = 5
	ns := newNamespace(t, l, netip.MustParseAddr("10.9.0.1"))
	tc := tool(t, "tc")
	out, err := ns.output(t.Context(), "", tc, "qdisc", "add", "dev", "tap0", "root", "netem", "delay", "5ms", "2ms", "loss", "3%",
		"reorder", "25%")
	if err != nil {
		t.Logf("this kernel has no netem (%s): nf_tables and tbf", bytes.TrimSpace(out))
		ns.run(t, tc, "qdisc", "add", "dev", "tap0", "root", "tbf", "rate", "8mbit", "burst", "8kb", "limit", "20kb")
		out, err = ns.output(t.Context(), lossyRules, tool(t, "nft"), "-f", "-")
		if err != nil {
			missing(t, "this kernel has no faults of its own: %s", out)
		}
		defer func() { // the rules did something
			out, err := ns.output(context.Background(), "", tool(t, "nft"), "list", "table", "netdev", "faults")
			require.NoError(t, err, "%s", out)
			counters := regexp.MustCompile(`counter packets (\d+)`).FindAllStringSubmatch(string(out), -1)
			require.Len(t, counters, 2, "%s", out)
			for _, c := range counters {
				assert.NotEqual(t, "0", c[1], "%s", out)
			}
			t.Logf("lost on the way in %s, out %s", counters[0][1], counters[1][1])
		}()
	}
	l.lossy[ns.ip.String()] = true
	l.peer = ns
	t.Run("matrix", l.matrix)
	judge(t, l)
}

// lossyRules lose three TCP segments of a hundred in each direction.
const lossyRules = `table netdev faults {
	chain in { type filter hook ingress device tap0 priority 0; ip protocol tcp numgen random mod 100 < 3 counter drop; }
	chain out { type filter hook egress device tap0 priority 0; ip protocol tcp numgen random mod 100 < 3 counter drop; }
}
`

// rough are the faults that stand in for netem on the side of our network.
var rough = vnet.Faults{Latency: 5 * time.Millisecond, Jitter: 2 * time.Millisecond, Bandwidth: -1, Loss: 0.03, Reorder: 0.05,
	Duplicate: 0.02}

// The same with delay, jitter, loss, reordering and duplication by our network, which works on kernels without netem, too.
func TestKernelOverARoughNetwork(t *testing.T) {
	l := newTestbed(t)
	l.less = 5
	ns := newNamespace(t, l, netip.MustParseAddr("10.9.0.1"))
	l.net.SetFaults("tap0", "", rough)
	l.net.SetFaults("", "tap0", rough)
	l.lossy[ns.ip.String()] = true
	l.peer = ns
	t.Run("matrix", l.matrix)
	judge(t, l)
}

// curl fetches a page from a server on the device, and the device's client reads from a server of openssl; openssl's client talks TLS to
// the device.
func TestPrograms(t *testing.T) {
	l := newTestbed(t)
	ns := newNamespace(t, l, netip.MustParseAddr("10.9.0.1"))
	l.peer = ns
	for _, own := range []string{"10.9.1.1", "10.9.1.3"} { // curl asks for a closed port; the device dials before openssl listens
		l.resets[own] = true
	}
	curl, openssl := tool(t, "curl"), tool(t, "openssl")
	cert, pemFile, keyFile := certificate(t)

	t.Run("curl", func(t *testing.T) {
		d := newDevice(t, l.net, netip.MustParseAddr("10.9.1.1"), wholeStream())
		page := bytes.Repeat([]byte("0123456789abcdef\n"), 3000)
		serve(t, d, 80, func(c conn) {
			readRequest(c)
			_, _ = fmt.Fprintf(c, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", len(page))
			_, _ = c.Write(page)
			_ = c.CloseWrite()
		})
		for range 3 {
			out, err := ns.output(t.Context(), "", curl, "-sS", "--max-time", "60", "http://10.9.1.1/")
			require.NoError(t, err, "%.300s", out)
			assert.True(t, bytes.Equal(page, out), "%d bytes", len(out))
		}
		out, err := ns.output(t.Context(), "", curl, "-sS", "--max-time", "60", "http://10.9.1.1:81/")
		require.Error(t, err)
		assert.Regexp(t, "refused|Couldn't connect", string(out), "not a timeout")
	})
	t.Run("openssl s_client", func(t *testing.T) {
		d := newDevice(t, l.net, netip.MustParseAddr("10.9.1.2"), wholeStream())
		serve(t, d, 443, func(c conn) {
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
			readRequest(s)
			_, _ = s.Write([]byte("HTTP/1.0 200 OK\r\n\r\nhello from the device\n"))
			_ = s.CloseWrite()
			_ = c.CloseWrite()
		})
		out, err := ns.output(t.Context(), "GET / HTTP/1.0\r\n\r\n", openssl, "s_client", "-connect", "10.9.1.2:443", "-CAfile", pemFile,
			"-verify_return_error", "-ign_eof", "-quiet")
		require.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), "hello from the device")
		out, err = ns.output(t.Context(), "", curl, "-sS", "--max-time", "60", "--cacert", pemFile, "https://10.9.1.2/")
		require.NoError(t, err, "%s", out)
		assert.Equal(t, "hello from the device\n", string(out))
	})
	t.Run("openssl s_server", func(t *testing.T) {
		d := newDevice(t, l.net, netip.MustParseAddr("10.9.1.3"), wholeStream())
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		var ended sync.WaitGroup
		ended.Go(func() {
			_, _ = ns.output(ctx, "", openssl, "s_server", "-accept", "10.9.0.1:4433", "-cert", pemFile, "-key", keyFile, "-www", "-quiet")
		})
		defer ended.Wait()
		defer cancel()
		pool := x509.NewCertPool()
		pool.AddCert(cert.Leaf)
		var c conn
		require.Eventually(t, func() (up bool) { // until openssl listens
			var err error
			c, err = d.dial(ctx, netip.MustParseAddrPort("10.9.0.1:4433"))
			return err == nil
		}, patience, 50*time.Millisecond)
		s := tls.Client(c, &tls.Config{RootCAs: pool, ServerName: "10.9.0.1"})
		_, err := s.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		require.NoError(t, err)
		page, err := io.ReadAll(s)
		require.NoError(t, err)
		assert.Contains(t, string(page), "Ciphers supported in s_server")
		_ = c.CloseWrite()
	})
	judge(t, l)
}

// serve hands each connection of a port to f, one after the other.
func serve(t *testing.T, p party, port uint16, f func(c conn)) {
	l := p.listen(t, port)
	go func() {
		for {
			c, err := l.accept()
			if err != nil {
				return
			}
			_ = c.SetReadDeadline(time.Now().Add(patience))
			f(c)
		}
	}()
}

// readRequest reads up to the empty line of an HTTP request.
func readRequest(r io.Reader) {
	var got []byte
	b := make([]byte, 500)
	for !bytes.Contains(got, []byte("\r\n\r\n")) {
		k, err := r.Read(b)
		if err != nil {
			return
		}
		got = append(got, b[:k]...)
	}
}

// certificate makes a certificate for the addresses used here.
func certificate(t *testing.T) (cert tls.Certificate, certFile, keyFile string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "interop"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(10, 9, 0, 1), net.IPv4(10, 9, 1, 2)},
		IsCA:        true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, certPEM, 0o600))
	require.NoError(t, os.WriteFile(keyFile, keyPEM, 0o600))
	cert, err = tls.X509KeyPair(certPEM, keyPEM)
	require.NoError(t, err)
	cert.Leaf, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert, certFile, keyFile
}
