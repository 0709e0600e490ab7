package devtest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// DefaultAddr is where a server listens unless its Options say otherwise.
var DefaultAddr = netip.MustParseAddrPort("10.0.0.10:8883")

// Options describe a server. The zero value echoes at [DefaultAddr], with one RSA-2048 certificate.
type Options struct {
	// Addr is where it listens. Default: [DefaultAddr].
	Addr netip.AddrPort
	// Host is the virtual computer on which it runs, for a second server, or one that starts again after Close. Default: a new
	// one with the name "server".
	Host *vnet.Host
	// Key names the server's key, one of package testpki. Default: testpki.Leaf2048.
	Key string
	// ChainLen is the length of the TLS Certificate message in bytes, its header of 4 included: with separate records it
	// decides the least buffer. Default: as it comes, some 750 bytes.
	ChainLen int
	// Intermediates is the number of certificates between the server's and its CA's, 0 to 2. They are sent, the CA is not.
	Intermediates int
	// WrongCA lets another CA sign than Server.CA, so that a device that verifies with Server.CA refuses the server.
	WrongCA bool
	// ClientCert makes the server demand a certificate of the device that Server.CA has signed.
	ClientCert bool
	// Behavior spoils the server's sending. Default: it behaves well.
	Behavior badpeer.Behavior
	// Suites are the cipher suites that the server takes. Default: RSA key exchange with AES-CBC, so that it suits every
	// profile; Go then prefers TLS_RSA_WITH_AES_128_CBC_SHA.
	Suites []uint16
	// Configure, if not nil, may change the server's other TLS settings. It speaks TLS 1.0 to 1.2 without it.
	Configure func(*tls.Config)
	// Handle serves a connection after its handshake, on a goroutine of its own; the connection, a *tls.Conn, is closed when
	// it returns. Default: it sends back what comes.
	Handle func(net.Conn)
}

// Server is a running TLS server.
type Server struct {
	// Host is the virtual computer on which it runs.
	Host *vnet.Host
	// Addr is where it listens.
	Addr netip.AddrPort
	// CA is the authority that a device needs to verify the server, and that signs device certificates.
	CA *testpki.Certificate
	// Certificate is the server's own.
	Certificate *testpki.Certificate

	tb     TB
	handle func(net.Conn)
	config *tls.Config
	ended  sync.WaitGroup

	mu       sync.Mutex // guards what follows
	listener net.Listener
	closed   bool
	conns    []*tls.Conn // in the order of Accept
	errs     []error     // of handshakes
}

// TLSServer starts a TLS server on the network. It is closed when the test ends.
func TLSServer(tb TB, network *vnet.Network, o Options) *Server {
	tb.Helper()
	if o.Addr == (netip.AddrPort{}) {
		o.Addr = DefaultAddr
	}
	if o.Key == "" {
		o.Key = testpki.Leaf2048
	}
	if o.Handle == nil {
		o.Handle = func(c net.Conn) { _, _ = io.Copy(c, c) } // ends with the connection
	}
	s := &Server{Addr: o.Addr, CA: testpki.NewCA(tb, testpki.CA2048), tb: tb, handle: o.Handle}
	signer := s.CA
	if o.WrongCA {
		signer = testpki.NewCA(tb, testpki.OtherCA2048)
	}
	between := []string{testpki.Intermediate, testpki.Intermediate2}
	if o.Intermediates < 0 || o.Intermediates > len(between) {
		tb.Fatalf("devtest: %d intermediates: there are 0 to %d", o.Intermediates, len(between))
		return nil
	}
	for _, key := range between[:o.Intermediates] {
		signer = signer.Issue(tb, testpki.Options{Key: key, CA: true})
	}
	s.Certificate = signer.Issue(tb, testpki.Options{Key: o.Key, Name: "server.example", MessageLen: o.ChainLen})
	s.config = &tls.Config{
		Certificates: []tls.Certificate{s.Certificate.TLS(tb)},
		MinVersion:   tls.VersionTLS10,
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: o.Suites,
	}
	if o.Suites == nil {
		s.config.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA}
		s.config.GetConfigForClient = s.prefer
	}
	if o.ClientCert {
		s.config.ClientAuth, s.config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		s.config.ClientCAs.AddCert(s.CA.Certificate)
	}
	if o.Configure != nil {
		o.Configure(s.config)
	}
	if s.Host = o.Host; s.Host == nil {
		s.Host = network.Host("server", o.Addr.Addr())
	}
	l, err := s.Host.Listen("tcp", o.Addr.String())
	if err != nil {
		tb.Fatalf("devtest: %v", err)
		return nil
	}
	s.listener = badpeer.Listener(l, o.Behavior)
	s.ended.Go(s.serve)
	tb.Cleanup(s.Close)
	return s
}

// prefer takes the suite with SHA-256 where the client offers it: Go itself would put it last.
func (s *Server) prefer(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	const suite = tls.TLS_RSA_WITH_AES_128_CBC_SHA256
	if !slices.Contains(hello.CipherSuites, suite) || !slices.Contains(hello.SupportedVersions, tls.VersionTLS12) ||
		s.config.MaxVersion < tls.VersionTLS12 {
		return nil, nil // as the server is configured
	}
	c := s.config.Clone()
	c.CipherSuites, c.GetConfigForClient = []uint16{suite}, nil
	return c, nil
}

// serve accepts until the listener is closed.
func (s *Server) serve() {
	for {
		raw, err := s.listener.Accept()
		if err != nil {
			return
		}
		c := tls.Server(raw, s.config)
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = raw.Close()
			return
		}
		s.conns = append(s.conns, c)
		s.mu.Unlock()
		s.ended.Go(func() { s.talk(c) })
	}
}

// talk serves one connection.
func (s *Server) talk(c *tls.Conn) {
	defer c.Close()
	if err := c.Handshake(); err != nil {
		s.mu.Lock()
		s.errs = append(s.errs, err)
		s.mu.Unlock()
		return
	}
	s.handle(c)
}

// Close closes the listener and all connections and waits for the handlers. Another call does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	_ = s.listener.Close() // a second time there is nothing to close
	for _, c := range s.conns {
		_ = c.Close() // the handler may have done so
	}
	s.mu.Unlock()
	s.ended.Wait()
}

// Errors returns the errors of handshakes so far, in the order in which they failed: the server's view.
func (s *Server) Errors() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]error(nil), s.errs...)
}

// Last returns the connection that was accepted last, for a server that speaks first; nil if there was none.
func (s *Server) Last() *tls.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) == 0 {
		return nil
	}
	return s.conns[len(s.conns)-1]
}

// CAImage returns esp_ca_cert.bin with the CA, for espconn_secure_ca_enable: burn it with its method WriteAt.
func (s *Server) CAImage() image.Certs {
	return image.Certs{{Name: "ca.cer", Data: s.CA.Raw}}
}

// DeviceImage returns esp_cert_private_key.bin with a certificate that the CA has signed and its key, RSA-2048, for
// espconn_secure_cert_req_enable.
func (s *Server) DeviceImage() image.Certs {
	own := s.CA.Issue(s.tb, testpki.Options{Key: testpki.Client2048, Name: "device.example"})
	return image.Certs{
		{Name: image.CertificateEntry, Data: own.Raw},
		{Name: image.PrivateKeyEntry, Data: testpki.KeyDER(s.tb, testpki.Client2048)},
	}
}
