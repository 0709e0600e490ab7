package boundedtls_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// transfer is one payload of a fuzzed conversation.
type transfer struct {
	toPeer bool
	n      int
}

// conversation reads a fuzz input: engine, role, version and suite, size, the
// pieces in which the device gets its input, then transfers of three bytes each.
func conversation(in []byte) (eng mbedtls.Engine, role boundedtls.Role, conf *tls.Config, size, piece int, list []transfer) {
	const transfers = 12
	var head [4]byte
	in = in[copy(head[:], in):]
	eng = engines()[head[0]&1]
	role = boundedtls.Role(head[0] >> 1 & 1)
	conf = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10 + uint16(head[1])%3,
		DynamicRecordSizingDisabled: head[0]&4 != 0}
	conf.MaxVersion = conf.MinVersion
	s := goSuites[int(head[1]/3)%len(goSuites)]
	if s.only != 0 && s.only != conf.MinVersion {
		s = goSuites[0]
	}
	conf.CipherSuites = []uint16{s.id}
	if head[0]&8 != 0 && role == boundedtls.Client {
		conf.ClientAuth = tls.RequireAnyClientCert
	}
	size = 1024 + int(head[2])*28
	piece = int(head[3]) * 8
	for ; len(in) >= 3 && len(list) < transfers; in = in[3:] {
		list = append(list, transfer{in[0]&1 == 1, 1 + (int(in[1])<<8|int(in[2]))%16384})
	}
	return eng, role, conf, size, piece, list
}

// FuzzAgainstGo lets a device and crypto/tls exchange payloads of any lengths in
// records of any lengths that the size allows: both sides agree on every byte.
func FuzzAgainstGo(f *testing.F) {
	f.Add([]byte{0, 2, 255, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1})
	f.Add([]byte{1, 0, 40, 1, 1, 0, 0, 1, 0, 1, 0, 63, 255})
	f.Add([]byte{2, 1, 0, 7, 0, 63, 255, 1, 63, 255})
	f.Add([]byte{15, 8, 100, 100, 1, 5, 180, 1, 5, 179, 0, 9, 9, 0, 9, 9})
	cert := certificate(f, "leaf1024.pem", "leaf1024.key.pem")
	own, key := pki(f, "leaf1024.pem"), pki(f, "leaf1024.key.pem")
	f.Fuzz(func(t *testing.T, in []byte) {
		eng, role, conf, size, piece, list := conversation(in)
		conf.Certificates = []tls.Certificate{cert}
		c := eng.New(boundedtls.Config{Role: role, Size: func() int { return size }, Rand: tlspeer.NewRand(uint64(len(in)))})
		require.Nil(t, c.OwnCert(own))
		require.Nil(t, c.OwnKey(key))
		require.Nil(t, c.Setup())
		exchange(t, c, role, conf, size, piece, list)
	})
}

// exchange carries out a conversation of a device with crypto/tls, whose records have at most record bytes.
func exchange(t *testing.T, c boundedtls.Conn, role boundedtls.Role, conf *tls.Config, record, piece int, list []transfer) {
	w := newWire()
	peer := tls.Client(w, conf)
	if role == boundedtls.Client {
		peer = tls.Server(w, conf)
	}
	done := make(chan error, 1)
	go func() {
		done <- converse(peer, list, record)
		close(w.fromPeer)
	}()
	d := &device{c: c, w: w, piece: piece}
	err := d.handshake()
	for _, x := range list {
		if err != nil {
			break
		}
		if x.toPeer {
			err = d.write(dataPattern(x.n))
			continue
		}
		got := make([]byte, x.n)
		if err = d.readFull(got); err == nil && !bytes.Equal(got, dataPattern(x.n)) {
			err = fmt.Errorf("%d bytes differ on the device", x.n)
		}
	}
	c.CloseNotify()
	d.flush()
	close(w.toPeer)
	peerErr := <-done
	require.NoError(t, err, "peer: %v", peerErr)
	require.NoError(t, peerErr)
	c.Close()
}

// converse is the peer's side. A record is as long as the size allows.
func converse(peer *tls.Conn, list []transfer, size int) error {
	for _, x := range list {
		if !x.toPeer {
			if err := writeChunks(peer, dataPattern(x.n), size); err != nil {
				return err
			}
			continue
		}
		got := make([]byte, x.n)
		if _, err := io.ReadFull(peer, got); err != nil {
			return err
		}
		if !bytes.Equal(got, dataPattern(x.n)) {
			return fmt.Errorf("%d bytes differ at the peer", x.n)
		}
	}
	if err := peer.Handshake(); err != nil {
		return err
	}
	if _, err := peer.Read(make([]byte, 1)); err != io.EOF {
		return fmt.Errorf("wanted close_notify, got %w", err)
	}
	return nil
}

// FuzzHandshakeMessage damages one message of a peer's handshake, also the
// encrypted Finished: the device fails or connects, but neither panics nor leaks.
func FuzzHandshakeMessage(f *testing.F) {
	for typ := range byte(21) {
		f.Add(typ, uint16(0), []byte{}, typ%2 == 0)
		f.Add(typ|0x80, uint16(5), []byte{1, 2, 3}, typ%3 == 0)
	}
	ca, cert, keyFile := pki(f, "ca.pem"), pki(f, "leaf512.pem"), pki(f, "leaf512.key.pem")
	key, err := tlspeer.ParseKey(keyFile)
	require.NoError(f, err)
	chain := tlspeer.ParseChain(cert)
	f.Fuzz(func(t *testing.T, which byte, offset uint16, bytes []byte, mutual bool) {
		damage := body(which&0x1F, func(b []byte) []byte {
			at := min(int(offset), len(b))
			if which&0x40 != 0 {
				return append(b[:at:at], bytes...) // cut off there
			}
			for i := 0; i < len(bytes) && at+i < len(b); i++ {
				b[at+i] ^= bytes[i]
			}
			return b
		})
		if int(offset)+len(bytes) > 1<<14 {
			return
		}
		role := boundedtls.Role(which >> 7)
		eng := []mbedtls.Engine{mbedtls.Early(), mbedtls.Late()}[which>>5&1]
		suite := uint16(boundedtls.RSAWithAES128CBCSHA)
		if eng.DHE && which&1 == 0 {
			suite = uint16(boundedtls.DHERSAWithAES128CBCSHA)
		}
		synctest.Test(t, func(t *testing.T) {
			server := &tlspeer.Server{Suite: suite, Chain: chain, Key: key, DHBits: 1024, Script: tlspeer.Script{Edit: damage},
				Rand: tlspeer.NewRand(3)}
			if mutual {
				server.Request = &tlspeer.CertificateRequest{Types: []byte{1}, Algorithms: []uint16{0x0401}}
			}
			run := server.Serve
			if role == boundedtls.Server {
				run = (&tlspeer.Client{Suites: []uint16{suite}, Chain: chain, Key: key, Script: tlspeer.Script{Edit: damage},
					Rand: tlspeer.NewRand(3)}).Run
			}
			near, far := net.Pipe()
			done := make(chan *tlspeer.Report)
			go func() { done <- run(far) }()
			heap := newCountingHeap()
			c := eng.New(boundedtls.Config{Role: role, Verify: mutual, Heap: heap})
			c.OwnCert(cert)
			c.OwnKey(keyFile)
			c.CA(ca)
			c.Setup()
			require.Nil(t, c.Err())
			playDevice(t, c, near)
			_ = near.Close()
			time.Sleep(time.Minute)
			<-done
			c.Close()
			require.Zero(t, heap.now)
		})
	})
}
