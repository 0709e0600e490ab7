package badpeer

import (
	"bytes"
	"crypto/rsa"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// Hold is how long a [Server] keeps a connection after its handshake while the device sends nothing.
const Hold = 5 * time.Second

// ChainMax is the greatest length in bytes that [ParseChain] takes for all certificates together, with the three bytes before
// each: what one record of the peer can hold.
const ChainMax = 16000

// secretsMax bounds the connections whose secrets are kept.
const secretsMax = 256

// Layout says how a server's flight, the handshake messages that it sends together, is cut into TLS records.
type Layout int

// The layouts.
const (
	Separate   Layout = iota // each handshake message in a record of its own, as OpenSSL and Go do
	Coalesced                // the whole flight in one record
	Fragmented               // records of at most Fragment bytes: a longer message is split
)

// Server is a TLS server of which only the certificates are known: it sends exactly them, in records cut as asked, and
// completes the handshake without their private key. That is possible because the client is an emulated device in the same
// process: its key log tells the master secret as soon as it exists.
//
//	s := &badpeer.Server{Chain: chain}
//	config := emulator.Config{KeyLog: s.KeyLog()}
//	go s.Serve(listener)
//
// A Server serves any number of connections at once. It speaks TLS 1.0 to 1.2 with RSA key transport and AES-CBC, what
// every device offers; it answers no data, reads until the device closes or is silent for [Hold], and waits for no record
// longer than 1.2 s. Chain must be set; fields are not changed while it serves.
type Server struct {
	Chain    [][]byte // DER certificates as they are sent, the server's own first
	Layout   Layout
	Fragment int  // the longest record in bytes, for Fragmented; 0: 512
	Request  bool // ask for the client's certificate; what it presents is not checked
	// AnyLeaf sends the chain also where a real server would find no suite for its own certificate (see [Unusable]) and answers
	// with the alert handshake_failure.
	AnyLeaf bool
	// DHE is the key of the first certificate; with it the server agrees on keys by ephemeral Diffie-Hellman over 2,048 bits, if
	// the device offers that, and signs with it. nil: by RSA alone.
	DHE *rsa.PrivateKey

	mu      sync.Mutex // guards what follows
	partial []byte     // of a key log line
	secrets map[string][]byte
	order   []string // of secrets, oldest first
}

// ParseChain reads the certificates of a PEM file in its order, or one in DER. What they say is not looked at. A file that is
// neither, a PEM file without a certificate and a chain longer than [ChainMax] are errors.
func ParseChain(file []byte) ([][]byte, error) {
	if block, _ := pem.Decode(file); block == nil && !bytes.HasPrefix(file, []byte{0x30}) {
		return nil, errors.New("badpeer: neither PEM nor DER")
	}
	chain := tlspeer.ParseChain(file)
	if block, _ := pem.Decode(file); block != nil && bytes.Equal(chain[0], file) {
		return nil, errors.New("badpeer: a PEM file without a certificate")
	}
	n := 0
	for _, c := range chain {
		n += 3 + len(c)
	}
	if n > ChainMax {
		return nil, fmt.Errorf("badpeer: certificates of %d bytes, at most %d", n, ChainMax)
	}
	return chain, nil
}

// KeyLog returns what the device's key log must write to (emulator.Config.KeyLog). Safe for several devices.
func (s *Server) KeyLog() io.Writer { return keyLog{s} }

type keyLog struct{ s *Server }

// Write takes lines of the NSS key log format; those that are no CLIENT_RANDOM are ignored.
func (w keyLog) Write(p []byte) (int, error) {
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.partial = append(s.partial, p...)
	for {
		line, rest, ok := bytes.Cut(s.partial, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		s.partial = append([]byte(nil), rest...)
		fields := bytes.Fields(line)
		if len(fields) != 3 || string(fields[0]) != "CLIENT_RANDOM" {
			continue
		}
		secret, err := hex.DecodeString(string(fields[2]))
		if err != nil {
			continue
		}
		if s.secrets == nil {
			s.secrets = map[string][]byte{}
		}
		name := string(fields[1])
		s.secrets[name] = secret
		if s.order = append(s.order, name); len(s.order) > secretsMax {
			delete(s.secrets, s.order[0])
			s.order = s.order[1:]
		}
	}
}

func (s *Server) master(clientRandom []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret := s.secrets[hex.EncodeToString(clientRandom)]
	if secret == nil {
		return nil, errors.New("badpeer: the key log does not know this connection")
	}
	return secret, nil
}

// Serve serves the connections of l until it is closed, and returns what Accept then does.
func (s *Server) Serve(l net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		all.Go(func() { s.handle(c) })
	}
}

// handle runs one connection.
func (s *Server) handle(c net.Conn) {
	peer := tlspeer.Server{
		Negotiate: true,
		Choose:    []uint16{0x002f, 0x0035, 0x003c, 0x003d}, // RSA with AES-CBC, all versions first
		Chain:     s.Chain,
		Master:    s.master,
		Script:    tlspeer.Script{At: tlspeer.AfterHandshake, Steps: []tlspeer.Step{{Op: tlspeer.Read, Wait: Hold}}},
	}
	if leaf := s.leaf(); leaf != nil {
		peer.Refuse = func(offered []uint16) bool { return Unusable(leaf, offered) != "" }
	}
	if s.DHE != nil {
		peer.Key, peer.Master = tlspeer.NewKey(s.DHE), nil
		peer.Choose = append(slices.Clone(dheSuites), peer.Choose...)
	}
	switch s.Layout {
	case Coalesced:
		peer.Layout.Kind = tlspeer.Coalesced
	case Fragmented:
		peer.Layout = tlspeer.Layout{Kind: tlspeer.Fragmented, Fragment: s.Fragment}
		if s.Fragment <= 0 {
			peer.Layout.Fragment = 512
		}
	}
	if s.Request {
		peer.Request = &tlspeer.CertificateRequest{Types: []byte{1}, Algorithms: []uint16{0x0401, 0x0201}}
	}
	peer.Serve(c)
}
