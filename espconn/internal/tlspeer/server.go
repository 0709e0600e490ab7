package tlspeer

import (
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

// Server is a scripted TLS server. Fields left at zero mean: TLS 1.2,
// TLS-RSA-WITH-AES-128-CBC-SHA, no session id, no extensions, separate records.
// A Server may serve one connection after the other; only Rand carries state.
type Server struct {
	// Version stands in the ServerHello and in the headers of all records.
	Version uint16
	// Suite is chosen whatever the device offers.
	Suite uint16
	// Choose, when not empty, replaces Suite: the first of these suites that the
	// device offers is chosen; with none in common the server sends a fatal
	// handshake_failure alert and closes.
	Choose []uint16
	// Refuse, when not nil, is asked whether a server with this Chain has no suite for a device
	// that offers these; then it answers as with none in common.
	Refuse func(offered []uint16) bool
	// Chain is sent as it is, in this order. Key decrypts and signs.
	Chain [][]byte
	Key   *Key
	// Master, when not nil, takes the place of Key, which a server with RSA key
	// transport then does not need: it returns the master secret of the
	// connection whose ClientHello carried the random, which only the other side
	// can know. It is called when the ClientKeyExchange has come.
	Master func(clientRandom []byte) ([]byte, error)
	// Negotiate lowers Version to what the ClientHello offers.
	Negotiate bool
	// SessionID, Compression and Extensions go into the ServerHello. Extensions
	// are the raw extension bytes without the total length; nil leaves the whole
	// field out.
	SessionID   []byte
	Compression byte
	Extensions  []byte
	// Request, when not nil, asks for a certificate.
	Request *CertificateRequest
	// DHBits selects the group for DHE suites: 1024, 1536 or 2048 (0).
	DHBits int
	// DH, when not nil, changes the values of a DHE suite before they are signed.
	DH     func(*DHValues)
	Layout Layout
	// WithFinished goes out in the same TCP write as ChangeCipherSpec and Finished.
	WithFinished []Step
	Script       Script
	Quirks       Quirks
	// Live, when not nil, is called when the handshake is over, instead of what
	// Script and the close sequence would do. The connection is closed when it returns.
	Live func(*Live)
	// Hold bounds the time that an Open connection is kept.
	Hold time.Duration
	Rand io.Reader
}

// CertificateRequest describes the message of that name.
type CertificateRequest struct {
	// Types are certificate types (1 rsa_sign, 64 ecdsa_sign).
	Types []byte
	// Algorithms are the hash and signature pairs of TLS 1.2 (0x0401).
	Algorithms []uint16
	// MessageLen, when not 0, pads the message with names to this length in
	// bytes, header included.
	MessageLen int
}

// maxRequestName is the length of the padding names, in bytes.
const maxRequestName = 400

func (c *CertificateRequest) message(version uint16) []byte {
	body := vec8(c.Types)
	if version >= VersionTLS12 {
		var algs []byte
		for _, a := range c.Algorithms {
			algs = append(algs, byte(a>>8), byte(a))
		}
		body = append(body, vec16(algs)...)
	}
	var names []byte
	for rest := c.MessageLen - handshakeHeaderLen - len(body) - 2; rest >= 3; {
		n := min(maxRequestName, rest-2)
		if left := rest - 2 - n; left == 1 || left == 2 {
			n -= 3 // leave room for one more name
		}
		name := make([]byte, n)
		name[0] = 0x30
		names = append(names, vec16(name)...)
		rest -= 2 + n
	}
	return message(msgCertificateRequest, append(body, vec16(names)...))
}

// Serve runs one connection to its end, closes it and returns what was seen.
func (s *Server) Serve(conn net.Conn) *Report {
	p := newPeer(conn, s.Rand, s.Script)
	p.quirks = s.Quirks
	p.version = s.Version
	if p.version == 0 {
		p.version = VersionTLS12
	}
	err := s.handshake(p)
	if err == nil {
		p.report.Done = true
		if stage := p.report.Stage; s.WithFinished != nil {
			defer func() { p.report.Stage = stage }()
		}
		if s.Live != nil {
			s.Live(&Live{p})
			p.wire.finish()
			return p.report
		}
		err = p.at(AfterHandshake)
	}
	return p.finish(err, s.Hold)
}

func (s *Server) handshake(p *peer) error {
	r := p.report
	if err := p.at(WaitClientHello); err != nil {
		return err
	}
	first, err := p.expectMessage()
	if err != nil {
		return err
	}
	r.Hello = slices.Concat(p.header, first)
	r.Suite = s.Suite
	if s.Suite == 0 && s.Choose == nil {
		r.Suite = 0x002f
	}
	offer, err := parseClientHello(first)
	if err != nil {
		return err
	}
	if err := p.at(GotClientHello); err != nil {
		return err
	}
	if s.Negotiate {
		p.version = min(p.version, offer.version)
	}
	if s.Choose != nil {
		i := slices.IndexFunc(s.Choose, func(id uint16) bool { return slices.Contains(offer.suites, id) })
		if i < 0 || s.Refuse != nil && s.Refuse(offer.suites) {
			_ = p.run([]Step{AlertStep(2, 40)})
			return fmt.Errorf("peer: no shared cipher")
		}
		r.Suite = s.Choose[i]
	}
	r.Version = p.version
	p.hello.client = offer.random
	p.hello.server = make([]byte, randomLen)
	if _, err := io.ReadFull(p.rand, p.hello.server); err != nil {
		return err
	}

	flight, dh, err := s.flight(p)
	if err != nil {
		return err
	}
	if err := p.sendFlight(flight, s.Layout); err != nil {
		return err
	}
	if err := p.at(SentServerHelloDone); err != nil {
		return err
	}
	return s.second(p, offer, dh)
}

// flight makes the messages from ServerHello to ServerHelloDone.
func (s *Server) flight(p *peer) (flight [][]byte, dh dhKey, err error) {
	r := p.report
	hello := append([]byte{byte(r.Version >> 8), byte(r.Version)}, p.hello.server...)
	hello = append(hello, vec8(s.SessionID)...)
	hello = append(hello, byte(r.Suite>>8), byte(r.Suite), s.Compression)
	if s.Extensions != nil {
		hello = append(hello, vec16(s.Extensions)...)
	}
	flight = [][]byte{message(msgServerHello, hello), certificateMessage(s.Chain)}
	if suiteByID(r.Suite).dhe {
		var ske []byte
		if ske, dh, err = s.keyExchange(p); err != nil {
			return nil, dh, err
		}
		flight = append(flight, ske)
	}
	if s.Request != nil {
		flight = append(flight, s.Request.message(r.Version))
	}
	return append(flight, message(msgServerHelloDone, nil)), dh, nil
}

func (s *Server) keyExchange(p *peer) ([]byte, dhKey, error) {
	bits := s.DHBits
	if bits == 0 {
		bits = 2048
	}
	prime, gen, err := dhGroup(bits)
	if err != nil {
		return nil, dhKey{}, err
	}
	dh, err := newDHKey(prime, gen, p.rand)
	if err != nil {
		return nil, dhKey{}, err
	}
	v := dh.values(s.DH)
	params := slices.Concat(vec16(v.P.Bytes()), vec16(v.G.Bytes()), vec16(v.Y.Bytes()))
	signed := slices.Concat(p.hello.client, p.hello.server, params)
	var hash byte
	if p.report.Version >= VersionTLS12 {
		hash = HashByName("SHA-256")
		params = append(params, hash, 1)
	}
	sig, err := s.Key.sign(hash, signed)
	if err != nil {
		return nil, dhKey{}, err
	}
	return message(msgServerKeyExchange, append(params, vec16(sig)...)), dh, nil
}

// second reads the device's second flight and answers it.
func (s *Server) second(p *peer, offer clientHello, dh dhKey) error {
	r := p.report
	verify := false
	m, err := p.expectMessage()
	if err != nil {
		return err
	}
	if s.Request != nil && m[0] == msgCertificate {
		chain, err := parseCertificates(m)
		if err != nil {
			return err
		}
		verify = len(chain) > 0 || s.Quirks.AnyVerify
		if m, err = p.expectMessage(); err != nil {
			return err
		}
	}
	if m[0] != msgClientKeyExchange {
		return fmt.Errorf("peer: handshake message %d instead of ClientKeyExchange", m[0])
	}
	r.Stage = GotClientKeyExchange
	var premaster []byte
	if s.Master != nil {
		p.master, err = s.Master(p.hello.client)
	} else {
		premaster, err = s.premaster(p, m, offer, dh)
	}
	if err != nil {
		return err
	}
	out, in, err := p.startKeys(premaster, r.Suite, false)
	if err != nil {
		return err
	}
	if verify {
		if m, err = p.expectMessage(); err != nil {
			return err
		}
		if m[0] != msgCertificateVerify {
			return fmt.Errorf("peer: handshake message %d instead of CertificateVerify", m[0])
		}
	}
	if err := p.expectFinished("client finished", in, func() { r.Stage = ClientFinished }); err != nil {
		return err
	}
	if err := p.at(GotClientFinished); err != nil {
		return err
	}
	if err := p.sendFinished("server finished", out, s.WithFinished...); err != nil {
		return err
	}
	return p.at(SentCCS)
}

// premaster opens the ClientKeyExchange. A ciphertext that cannot be opened
// gives a random premaster, so that the failure shows in the Finished.
func (s *Server) premaster(p *peer, m []byte, offer clientHello, dh dhKey) ([]byte, error) {
	rd := reader{b: m[handshakeHeaderLen:]}
	field := rd.bytes(rd.uint(2))
	if rd.failed {
		return nil, errMessage
	}
	if dh.p != nil {
		return dh.shared(field), nil
	}
	random := make([]byte, masterSecretLen)
	if _, err := io.ReadFull(p.rand, random); err != nil {
		return nil, err
	}
	pre, err := s.Key.decrypt(field)
	if err != nil || len(pre) != masterSecretLen || uint16(pre[0])<<8|uint16(pre[1]) != offer.version {
		return random, nil
	}
	return pre, nil
}
