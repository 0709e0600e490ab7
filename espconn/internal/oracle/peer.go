package oracle

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

const (
	dhDefault = 1024                  // bits of the group where a case names none; the heap figures of group D fit no other
	dataDelay = 70 * time.Millisecond // handshake over, to the first application record
	holdTime  = time.Hour             // OpenSSL's server keeps the connection open to the end of the replay
)

// Runner is a peer ready for one connection: a Server where the device is the
// client, a Client otherwise. It closes the connection.
type Runner func(conn net.Conn) *tlspeer.Report

// Payload returns n bytes of the data stream of the cases, from offset on: byte
// i is 7i+3 mod 256.
func Payload(offset, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(7*(offset+i) + 3)
	}
	return p
}

// Peer makes the peer of a case. seed feeds its randomness.
func (p *PKI) Peer(c *Case, seed uint64) (Runner, error) {
	script, with, err := c.script()
	if err != nil {
		return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
	}
	if c.Server() {
		client, err := p.client(c)
		if err != nil {
			return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
		}
		client.Script, client.Rand = script, tlspeer.NewRand(seed)
		return client.Run, nil
	}
	server, err := p.server(c)
	if err != nil {
		return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
	}
	server.Script, server.WithFinished, server.Rand = script, with, tlspeer.NewRand(seed)
	return server.Serve, nil
}

func (p *PKI) server(c *Case) (*tlspeer.Server, error) {
	peer := &c.Peer
	s := &tlspeer.Server{DHBits: peer.DHBits, Compression: peer.CompressionMethod,
		SessionID: make([]byte, peer.SessionIDLen), Hold: holdTime}
	if s.DHBits == 0 {
		s.DHBits = dhDefault
	}
	var err error
	if s.Chain, err = p.chain(peer.ChainFile); err != nil {
		return nil, err
	}
	if s.Key, err = p.privateKey(peer.KeyFile); err != nil {
		return nil, err
	}
	if peer.Kind == "openssl s_server" {
		return s, openSSLServer(s, peer)
	}
	if s.Version, err = parseVersion(peer.Version); err != nil {
		return nil, err
	}
	if s.Suite, err = tlspeer.ParseSuite(peer.Suite); err != nil {
		return nil, err
	}
	if s.Layout, err = parseLayout(peer.HandshakeRecords); err != nil {
		return nil, err
	}
	if peer.ServerHelloExtensionsHex != "" {
		if s.Extensions, err = hex.DecodeString(peer.ServerHelloExtensionsHex); err != nil {
			return nil, err
		}
	}
	if peer.ServerHelloLen > 0 {
		s.Extensions = fillExtension(peer.ServerHelloLen - 42)
	}
	s.Request, err = parseRequest(peer.CertificateRequest, peer.CertificateRequestLen)
	return s, err
}

func (p *PKI) client(c *Case) (*tlspeer.Client, error) {
	peer := &c.Peer
	cl := &tlspeer.Client{HelloFragment: peer.ClientHelloFragment, SessionID: make([]byte, peer.SessionIDLen),
		VerifyHash:    tlspeer.HashByName(peer.CertificateVerifyHash),
		NoCertificate: strings.HasPrefix(peer.ClientCertificate, "no Certificate"), Hold: holdTime}
	if peer.Kind == "openssl s_client" {
		return cl, openSSLClient(cl, peer)
	}
	var err error
	chainFile, keyFile := peer.ClientChainFile, peer.ClientKeyFile
	if chainFile == "" && peer.ClientCertificateLen > 0 {
		// Choice: some cases give only the length of the message; the PKI has one
		// chain of that length, signed by the oracle's CA.
		chainFile, keyFile = fmt.Sprintf("chain1_msg%d.pem", peer.ClientCertificateLen), "leaf2048.key.pem"
	}
	if cl.Chain, err = p.chain(chainFile); err != nil {
		return nil, err
	}
	if cl.Key, err = p.privateKey(keyFile); err != nil {
		return nil, err
	}
	if cl.HelloVersion, err = parseVersion(peer.HelloVersion); err != nil {
		return nil, err
	}
	if peer.RecordVersion != "" {
		if cl.RecordVersion, err = parseVersion(peer.RecordVersion); err != nil {
			return nil, err
		}
	}
	if cl.Layout, err = parseLayout(peer.HandshakeRecords); err != nil {
		return nil, err
	}
	if peer.Kind == "raw_client" {
		cl.RawHello, err = hex.DecodeString(peer.RawHex)
		return cl, err
	}
	if cl.Suites, err = parseSuites(peer); err != nil {
		return nil, err
	}
	if c.noted(serverHelloNote) {
		// Choice: the data do not name it, but the measured ServerHello carries
		// renegotiation_info, which the device sends only when asked.
		cl.Extensions = []byte{0xff, 1, 0, 1, 0}
	}
	if peer.ClientHelloExtensionsHex != "" {
		if cl.Extensions, err = hex.DecodeString(peer.ClientHelloExtensionsHex); err != nil {
			return nil, err
		}
	}
	if peer.ClientHelloLen > 0 {
		cl.Extensions = fillExtension(peer.ClientHelloLen - (4 + 2 + 32 + 1 + len(cl.SessionID) + 2 + 2*len(cl.Suites) + 2))
	}
	return cl, nil
}

// fillExtension makes "one extension type 0x7a7a filled with zeros" so that the
// whole extension field, its own length included, has n bytes.
func fillExtension(n int) []byte {
	n -= 2 + 4
	if n < 0 {
		return nil
	}
	ext := binary.BigEndian.AppendUint16([]byte{0x7a, 0x7a}, uint16(n))
	return append(ext, make([]byte, n)...)
}

// parseVersion reads "TLSv1.2" or "0x0303".
func parseVersion(s string) (uint16, error) {
	if minor, ok := strings.CutPrefix(s, "TLSv1."); ok {
		n, err := strconv.ParseUint(minor, 10, 8)
		return 0x0301 + uint16(n), err
	}
	n, err := strconv.ParseUint(s, 0, 16)
	return uint16(n), err
}

func versionName(v uint16) string {
	if v < tlspeer.VersionTLS10 || v > tlspeer.VersionTLS12 {
		return ""
	}
	return fmt.Sprintf("TLSv1.%d", v-tlspeer.VersionTLS10)
}

func parseLayout(s string) (tlspeer.Layout, error) {
	if n, ok := strings.CutPrefix(s, "fragment:"); ok {
		size, err := strconv.Atoi(n)
		return tlspeer.Layout{Kind: tlspeer.Fragmented, Fragment: size}, err
	}
	kind, ok := map[string]tlspeer.LayoutKind{"": tlspeer.Separate, "separate": tlspeer.Separate,
		"onewrite": tlspeer.OneWrite, "coalesced": tlspeer.Coalesced, "coalesced_tail": tlspeer.CoalescedTail}[s]
	if !ok {
		return tlspeer.Layout{}, fmt.Errorf("layout %q", s)
	}
	return tlspeer.Layout{Kind: kind}, nil
}

// parseSuites reads the list, or the note that stands for a long one.
func parseSuites(peer *Peer) (ids []uint16, err error) {
	for _, name := range peer.Suites {
		if name == "..." {
			break
		}
		id, err := tlspeer.ParseSuite(name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if peer.SuitesNote == "" {
		return ids, nil
	}
	var unknown int
	if _, err := fmt.Sscanf(peer.SuitesNote, "%d unknown suites", &unknown); err != nil || len(ids) < 2 || unknown > maxLength/2 {
		return nil, fmt.Errorf("suites_note %q", peer.SuitesNote)
	}
	step := ids[1] - ids[0]
	for len(ids) < unknown {
		ids = append(ids, ids[len(ids)-1]+step)
	}
	return append(ids, 0x002f), nil
}

// parseRequest reads "types {1}, sig algs {sha256/rsa, sha1/rsa}, ...".
func parseRequest(s string, length int) (*tlspeer.CertificateRequest, error) {
	if s == "" {
		return nil, nil
	}
	r := &tlspeer.CertificateRequest{MessageLen: length}
	var typ byte
	if _, err := fmt.Sscanf(s, "types {%d}", &typ); err != nil {
		return nil, fmt.Errorf("certificate_request %q", s)
	}
	r.Types = []byte{typ}
	_, list, _ := strings.Cut(s, "sig algs {")
	list, _, _ = strings.Cut(list, "}")
	for _, name := range strings.Split(list, ", ") {
		alg, ok := map[string]uint16{"sha256/rsa": 0x0401, "sha1/rsa": 0x0201, "sha256/ecdsa": 0x0403}[name]
		if !ok {
			return nil, fmt.Errorf("certificate_request %q", s)
		}
		r.Algorithms = append(r.Algorithms, alg)
	}
	return r, nil
}

// dataSteps sends the application records of a case of group D.
func dataSteps(peer *Peer) (steps []tlspeer.Step) {
	offset := 0
	for i, n := range peer.ApplicationRecords {
		s := tlspeer.DataStep(Payload(offset, n))
		s.Padding = peer.ExtraCBCPadding
		s.Join = peer.Packed != "" && i < len(peer.ApplicationRecords)-1
		if i == 0 {
			s.Wait = dataDelay
		}
		offset += n
		steps = append(steps, s)
	}
	return steps
}

// httpRequest is what a client says that does not know it should speak TLS.
var httpRequest = bytes.Join([][]byte{[]byte("GET / HTTP/1.1"), []byte("Host: x"), nil, nil}, []byte("\r\n"))
