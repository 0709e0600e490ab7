package tlspeer

import (
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"time"
)

// Client is a scripted TLS client. Fields left at zero mean: TLS 1.2 hello in a
// record of version 3.1, no session id, no extensions, separate records.
// A Client may run one connection after the other; only Rand carries state.
type Client struct {
	// HelloVersion stands in the ClientHello and in an RSA premaster secret,
	// RecordVersion in the header of the first record.
	HelloVersion, RecordVersion uint16
	// Suites are offered in this order; empty sends an empty list.
	Suites []uint16
	// SessionID and Extensions go into the ClientHello. Extensions are the raw
	// extension bytes without the total length; nil leaves the whole field out.
	SessionID  []byte
	Extensions []byte
	// HelloFragment, when not 0, splits the ClientHello over records of at most
	// so many bytes, all in one TCP write.
	HelloFragment int
	// RawHello, when not nil, is sent instead of everything; the peer then waits
	// for one record.
	RawHello []byte
	// Chain and Key answer a CertificateRequest; without Chain the message is
	// empty. NoCertificate leaves the Certificate message out.
	Chain         [][]byte
	Key           *Key
	NoCertificate bool
	// VerifyHash is the hash number of the CertificateVerify in TLS 1.2
	// ([HashByName]); 0 is SHA-256.
	VerifyHash byte
	// DH, when not nil, changes the public value that answers a DHE suite.
	DH func(*DHValues)
	// Layout is that of Certificate, ClientKeyExchange and CertificateVerify.
	Layout Layout
	Script Script
	// Live is as in Server.
	Live func(*Live)
	// Hold bounds the time that an Open connection is kept.
	Hold time.Duration
	Rand io.Reader
}

// Run plays the client on a connection, closes it and returns what was seen.
func (c *Client) Run(conn net.Conn) *Report {
	p := newPeer(conn, c.Rand, c.Script)
	p.version = c.RecordVersion
	if p.version == 0 {
		p.version = VersionTLS10
	}
	if c.RawHello != nil {
		p.wire.write(c.RawHello)
		_, err := p.expectType(typeHandshake)
		return p.finish(err, c.Hold)
	}
	err := c.handshake(p)
	if err == nil {
		p.report.Done = true
		if c.Live != nil {
			c.Live(&Live{p})
			p.wire.finish()
			return p.report
		}
		err = p.at(AfterHandshake)
	}
	return p.finish(err, c.Hold)
}

func (c *Client) helloVersion() uint16 {
	if c.HelloVersion == 0 {
		return VersionTLS12
	}
	return c.HelloVersion
}

func (c *Client) handshake(p *peer) error {
	if err := p.at(Start); err != nil {
		return err
	}
	p.hello.client = make([]byte, randomLen)
	if _, err := io.ReadFull(p.rand, p.hello.client); err != nil {
		return err
	}
	layout := Layout{}
	if c.HelloFragment > 0 {
		layout = Layout{Kind: Fragmented, Fragment: c.HelloFragment}
	}
	if err := p.sendFlight([][]byte{c.hello(p.hello.client)}, layout); err != nil {
		return err
	}
	if err := p.at(SentClientHello); err != nil {
		return err
	}
	f, err := c.serverFlight(p)
	if err != nil {
		return err
	}
	if err := p.at(GotServerHelloDone); err != nil {
		return err
	}
	flight, premaster, err := c.answer(p, f)
	if err != nil {
		return err
	}
	if err := p.sendFlight(flight, c.Layout); err != nil {
		return err
	}
	if err := p.at(SentClientKeyExchange); err != nil {
		return err
	}
	out, in, err := p.startKeys(premaster, p.report.Suite, true)
	if err != nil {
		return err
	}
	if err := p.sendFinished("client finished", out); err != nil {
		return err
	}
	if err := p.at(SentFinished); err != nil {
		return err
	}
	return p.expectFinished("server finished", in, func() {})
}

func (c *Client) hello(random []byte) []byte {
	v := c.helloVersion()
	body := append([]byte{byte(v >> 8), byte(v)}, random...)
	body = append(body, vec8(c.SessionID)...)
	var list []byte
	for _, id := range c.Suites {
		list = append(list, byte(id>>8), byte(id))
	}
	body = append(body, vec16(list)...)
	body = append(body, 1, 0) // null compression only
	if c.Extensions != nil {
		body = append(body, vec16(c.Extensions)...)
	}
	return message(msgClientHello, body)
}

// deviceFlight is what the device's first flight says.
type deviceFlight struct {
	chain     [][]byte
	dh        *serverKeyExchange
	requested bool
}

// serverFlight reads from ServerHello to ServerHelloDone.
func (c *Client) serverFlight(p *peer) (f deviceFlight, err error) {
	stages := map[byte]Stage{msgCertificate: GotCertificate, msgServerKeyExchange: GotServerKeyExchange,
		msgCertificateRequest: GotCertificateRequest}
	for {
		m, err := p.expectMessage()
		if err != nil {
			return f, err
		}
		p.report.Notes = append(p.report.Notes, fmt.Sprintf("hs%d:%d", m[0], len(m)))
		if (m[0] == msgServerHello) != (p.report.Hello == nil) {
			return f, fmt.Errorf("peer: handshake message %d out of order", m[0])
		}
		switch m[0] {
		case msgServerHello:
			h, err := parseServerHello(m)
			if err != nil {
				return f, err
			}
			p.report.Hello = m
			p.report.Version, p.report.Suite = h.version, h.suite
			p.hello.server = h.random
			p.version = h.version
			if err := p.at(GotServerHello); err != nil {
				return f, err
			}
		case msgCertificate:
			if f.chain, err = parseCertificates(m); err != nil {
				return f, err
			}
		case msgServerKeyExchange:
			k, err := parseServerKeyExchange(m)
			if err != nil {
				return f, err
			}
			f.dh = &k
		case msgCertificateRequest:
			f.requested = true
		case msgServerHelloDone:
			return f, nil
		default:
			return f, fmt.Errorf("peer: handshake message %d from the device", m[0])
		}
		if stage, ok := stages[m[0]]; ok {
			p.report.Stage = stage
		}
	}
}

// answer makes the second flight without ChangeCipherSpec and Finished.
func (c *Client) answer(p *peer, f deviceFlight) (flight [][]byte, premaster []byte, err error) {
	if f.requested && !c.NoCertificate {
		flight = append(flight, certificateMessage(c.Chain))
	}
	cke, premaster, err := c.keyExchange(p, f)
	if err != nil {
		return nil, nil, err
	}
	flight = append(flight, cke)
	if f.requested && !c.NoCertificate && len(c.Chain) > 0 && c.Key != nil {
		signed := slices.Concat(append([][]byte{p.transcript}, flight...)...)
		var hash byte
		var body []byte
		if p.report.Version >= VersionTLS12 {
			if hash = c.VerifyHash; hash == 0 {
				hash = HashByName("SHA-256")
			}
			body = []byte{hash, 1}
		}
		sig, err := c.Key.sign(hash, signed)
		if err != nil {
			return nil, nil, err
		}
		flight = append(flight, message(msgCertificateVerify, append(body, vec16(sig)...)))
	}
	return flight, premaster, nil
}

func (c *Client) keyExchange(p *peer, f deviceFlight) (cke, premaster []byte, err error) {
	if f.dh != nil {
		prime := new(big.Int).SetBytes(f.dh.p)
		p.report.Notes = append(p.report.Notes, fmt.Sprintf("dh_p_bits:%d", prime.BitLen()))
		dh, err := newDHKey(prime, new(big.Int).SetBytes(f.dh.g), p.rand)
		if err != nil {
			return nil, nil, err
		}
		y := dh.values(c.DH).Y.Bytes()
		if len(y) == 0 {
			y = []byte{0} // the field may not be empty
		}
		return message(msgClientKeyExchange, vec16(y)), dh.shared(f.dh.y), nil
	}
	if len(f.chain) == 0 {
		return nil, nil, errMessage
	}
	premaster = make([]byte, masterSecretLen)
	if _, err := io.ReadFull(p.rand, premaster); err != nil {
		return nil, nil, err
	}
	v := c.helloVersion()
	premaster[0], premaster[1] = byte(v>>8), byte(v)
	sealed, err := encryptTo(f.chain[0], premaster, p.rand)
	if err != nil {
		return nil, nil, err
	}
	return message(msgClientKeyExchange, vec16(sealed)), premaster, nil
}
