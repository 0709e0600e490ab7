package boundedtls_test

import (
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// FuzzAxTLSAgainstGo is FuzzAgainstGo with axTLS: RC4 and AES, TLS 1.0 and 1.1.
func FuzzAxTLSAgainstGo(f *testing.F) {
	f.Add([]byte{0, 0, 255, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1})
	f.Add([]byte{1, 3, 40, 1, 1, 0, 0, 1, 0, 1, 0, 63, 255})
	f.Add([]byte{2, 4, 0, 7, 0, 63, 255, 1, 63, 255})
	f.Add([]byte{15, 5, 100, 100, 1, 5, 180, 1, 5, 179, 0, 9, 9, 0, 9, 9})
	f.Add([]byte{255, 255, 255, 0, 0, 69, 191, 111, 45, 47}) // a size that is no multiple of 16
	pair, err := tls.X509KeyPair(axFile(f, "leaf1024.pem"), axFile(f, "leaf1024.key.pem"))
	require.NoError(f, err)
	cert, key := axFile(f, "own1024.der"), axFile(f, "leaf1024.key.der")
	suites := []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_RC4_128_SHA}
	f.Fuzz(func(t *testing.T, in []byte) {
		_, role, conf, size, piece, list := conversation(in)
		second := byte(0)
		if len(in) > 1 {
			second = in[1]
		}
		conf.MinVersion = tls.VersionTLS10 + uint16(second&1)
		conf.MaxVersion = conf.MinVersion
		conf.CipherSuites = []uint16{suites[int(second>>1)%len(suites)]}
		conf.Certificates = []tls.Certificate{pair}
		s := encounter{engine: axtls.Libssl(), size: size}
		c := s.engine.New(boundedtls.Config{Role: role, Size: func() int {
			return size
		}, Now: stopped(axClock), Rand: tlspeer.NewRand(uint64(len(in)))})
		require.Nil(t, c.OwnKey(key))
		require.Nil(t, c.OwnCert(cert))
		require.Nil(t, c.Setup())
		exchange(t, c, role, conf, s.record(), piece, list)
	})
}

// FuzzAxTLSHandshakeMessage is FuzzHandshakeMessage with axTLS.
func FuzzAxTLSHandshakeMessage(f *testing.F) {
	for typ := range byte(21) {
		f.Add(typ, uint16(0), []byte{})
		f.Add(typ|0x80, uint16(5), []byte{1, 2, 3})
	}
	ca, cert, keyFile := axFile(f, "ca.der"), axFile(f, "own512.der"), axFile(f, "leaf512.key.der")
	key, err := tlspeer.ParseKey(axFile(f, "leaf512.key.pem"))
	require.NoError(f, err)
	chain := tlspeer.ParseChain(axFile(f, "leaf512.pem"))
	f.Fuzz(func(t *testing.T, which byte, offset uint16, bytes []byte) {
		if int(offset)+len(bytes) > 1<<14 {
			return
		}
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
		role, suite := boundedtls.Role(which>>7), uint16(boundedtls.RSAWithAES128CBCSHA)
		eng := axtls.Libssl()
		if which&0x20 != 0 {
			eng = eng.WithoutBugs()
		}
		synctest.Test(t, func(t *testing.T) {
			script := tlspeer.Script{Edit: damage}
			run := (&tlspeer.Server{Version: boundedtls.VersionTLS11, Suite: suite, Chain: chain, Key: key,
				Request: &tlspeer.CertificateRequest{Types: []byte{1}},
				Script:  script, Rand: tlspeer.NewRand(3)}).Serve
			if role == boundedtls.Server {
				run = (&tlspeer.Client{HelloVersion: boundedtls.VersionTLS11, Suites: []uint16{suite}, Key: key, Script: script,
					Rand: tlspeer.NewRand(3)}).Run
			}
			near, far := net.Pipe()
			done := make(chan *tlspeer.Report)
			go func() { done <- run(far) }()
			heap := newCountingHeap()
			c := eng.New(boundedtls.Config{Role: role, Verify: role == boundedtls.Client, Heap: heap, Now: stopped(axClock)})
			c.OwnKey(keyFile)
			c.OwnCert(cert)
			if role == boundedtls.Client {
				c.CA(ca)
			}
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
