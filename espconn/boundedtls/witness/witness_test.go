package witness_test

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/witness"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// observed is one of the engines' connections with a peer, and a Witness that sees only its bytes.
type observed struct {
	conn    boundedtls.Conn
	witness *witness.Witness
	engine  []string // what the engine reports
	seen    []string // what the Witness does
	keys    bytes.Buffer
}

func observe(e boundedtls.Engine, role boundedtls.Role, size int) *observed {
	o := &observed{}
	// Steps, the heap and the check of the chain are the library's inside.
	add := func(to *[]string) func(boundedtls.Event) {
		return func(e boundedtls.Event) {
			switch e.Kind {
			case boundedtls.EventState, boundedtls.EventHeap, boundedtls.EventVerify:
			default:
				*to = append(*to, e.String())
			}
		}
	}
	s := func() int { return size }
	o.conn = e.New(boundedtls.Config{Role: role, Size: s, Observe: add(&o.engine), KeyLog: &o.keys})
	o.witness = &witness.Witness{Engine: e, Role: role, Size: s, Observe: add(&o.seen), Master: func(client []byte) []byte {
		for line := range strings.Lines(o.keys.String()) {
			if f := strings.Fields(line); len(f) == 3 && f[1] == hex.EncodeToString(client) {
				b, _ := hex.DecodeString(f[2])
				return b
			}
		}
		return nil
	}}
	return o
}

// run lets the device's side talk to c until it has failed or said what it has to say.
func (o *observed) run(t *testing.T, c net.Conn, send string) {
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	flush := func() {
		for b := o.conn.Output(); b != nil; b = o.conn.Output() {
			b = bytes.Clone(b)
			o.witness.Sent(b)
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}
	up := false
	buf := make([]byte, 512)
	for {
		st := boundedtls.NeedInput
		if !up {
			st = o.conn.Handshake()
		}
		flush()
		switch st {
		case boundedtls.HasOutput:
			continue
		case boundedtls.Failed:
			err := o.conn.Err()
			got := o.witness.Why(err.Code, nil)
			assert.Equal(t, err.Text, got.Text)
			return
		case boundedtls.Done:
			up = true
			o.witness.Over()
			assert.True(t, o.witness.Established())
			require.Nil(t, o.conn.FinishHandshake())
			_, err := o.conn.Write([]byte(send))
			require.Nil(t, err)
			flush()
		}
		n, err := c.Read(buf)
		if n > 0 {
			o.conn.Feed(buf[:n])
			o.witness.Received(buf[:n])
		}
		if up {
			data := make([]byte, 4096)
			n, st := o.conn.Read(data)
			if st == boundedtls.Failed {
				flush()
				err := o.conn.Err()
				assert.Equal(t, err.Cause, o.witness.Why(err.Code, nil).Cause)
				return
			}
			if st == boundedtls.Done && n > 0 {
				assert.NotEmpty(t, string(data[:n]))
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// A Witness reports of a connection's bytes what the engine reports that makes and reads them, with each library, version and suite, and
// finds why a connection failed.
func TestWitness(t *testing.T) {
	for _, tc := range []struct {
		name    string
		engine  boundedtls.Engine
		version uint16
		suite   uint16
		size    int
		chain   int
		sends   int // bytes that the peer writes in one record
	}{
		{"late", mbedtls.Late(), tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA256, 4096, 0, 0},
		{"SHA-1", mbedtls.Late(), tls.VersionTLS12, tls.TLS_RSA_WITH_AES_256_CBC_SHA, 4096, 0, 0},
		{"TLS 1.1", mbedtls.Late(), tls.VersionTLS11, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 4096, 0, 0},
		{"TLS 1.0", mbedtls.Late(), tls.VersionTLS10, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 4096, 0, 0},
		{"early", mbedtls.Early(), tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 4096, 0, 0},
		{"too long", mbedtls.Late(), tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 2048, 3000, 0},
		{"other suites", mbedtls.Late(), tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 2048, 0, 0},
		{"plaintext too long", mbedtls.Late(), tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 2048, 0, 2302},
		{"axTLS", axtls.Libssl(), tls.VersionTLS11, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 4096, 0, 0},
		{"axTLS, TLS 1.0", axtls.Libssl(), tls.VersionTLS10, tls.TLS_RSA_WITH_AES_256_CBC_SHA, 4096, 0, 0},
		{"axTLS, RC4", axtls.Libssl(), tls.VersionTLS11, tls.TLS_RSA_WITH_RC4_128_SHA, 4096, 0, 0},
		{"axTLS, too long", axtls.Libssl(), tls.VersionTLS11, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 2048, 3000, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: tc.chain})
				config := &tls.Config{Certificates: []tls.Certificate{cert.TLS(t)}, MinVersion: tls.VersionTLS10, MaxVersion: tc.version,
					CipherSuites: []uint16{tc.suite}, DynamicRecordSizingDisabled: true}
				device, peer := net.Pipe()
				done := make(chan struct{})
				go func() {
					defer close(done)
					c := tls.Server(peer, config)
					_, _ = c.Write(make([]byte, tc.sends))
					_, _ = io.Copy(c, c)
					_ = peer.Close()
				}()
				o := observe(tc.engine, boundedtls.Client, tc.size)
				require.Nil(t, o.conn.Setup())
				o.run(t, device, "hello")
				_ = device.Close()
				<-done
				assert.Equal(t, strings.Join(o.engine, "\n"), strings.Join(o.seen, "\n"))
				assert.Greater(t, len(o.seen), 2)
			})
		})
	}
}

// What stands behind the last bytes that the library took names the message in a record that is refused by its header.
func TestRest(t *testing.T) {
	o := observe(mbedtls.Late(), boundedtls.Client, 2048)
	o.witness.Received([]byte("\x16\x03\x03\x10\x00"))
	err := o.witness.Why(-0x7200, []byte("\x0b\x00\x0f\xfc"))
	assert.Equal(t, &boundedtls.Cause{ID: boundedtls.CauseCertificateTooLong, Object: "Certificate message", Have: 4096, Limit: 2048,
		Least: 4096}, err.Cause)
}

// What only the code and the last record tell.
func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		engine   boundedtls.Engine
		received string
		code     int
		want     boundedtls.CauseID
	}{
		{mbedtls.Late(), "", -0x7E80, boundedtls.CauseFinished},
		{mbedtls.Late(), "", -0x7180, boundedtls.CauseRecordMAC},
		{mbedtls.Late(), "\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x11", -0x7180, boundedtls.CauseRecordBlocks},
		{mbedtls.Late(), "\x14\x03\x03\x00\x01\x01\x17\x03\x04\x00\x11", -0x7200, boundedtls.CauseRecordTooNew},
		{mbedtls.Late(), "\x14\x03\x03\x00\x01\x01\x17\x02\x03\x00\x11", -0x7200, boundedtls.CauseRecordVersion},
		{mbedtls.Late(), "\x14\x03\x03\x00\x01\x01HTTP/1.1", -0x7200, boundedtls.CausePlainText},
		{mbedtls.Late(), "\x14\x03\x03\x00\x01\x01\x16\x03\x03\x20\x00", -0x7200, boundedtls.CauseTooLong},
		{mbedtls.Late(), "", -0x7F00, boundedtls.CauseNoMemoryBefore},
		{mbedtls.Late(), "", -0x2700, boundedtls.CauseChain},
		{mbedtls.Late(), "", -0x1234, boundedtls.CauseOther},
		{mbedtls.Late(), "\x16\x03\x03\x00\x07\x02\x00\x00\x03\x02\x00\x00", -0x6E80, boundedtls.CauseVersion},
		{mbedtls.Late(), "\x16\x03\x03\x00\x06\x02\x00\x00\x02\x02\x00", -0x6E80, boundedtls.CauseOther},
		{mbedtls.Late(), "\x16\x03\x03\x00\x07\x02\x00\x00\x03\x02\x00\x00", -0x6E00, boundedtls.CauseOther},
		{mbedtls.Late(), "\x16\x03\x03\x00\x07\x0b\x00\x00\x03\x00\x00\x00", -0x2180, boundedtls.CauseUnreadableCertificate},
		{mbedtls.Late(), "\x16\x03\x03\x00\x07\x02\x00\x00\x03\x00\x00\x00", -0x2180, boundedtls.CauseOther},
		{mbedtls.Late(), "", -0x2180, boundedtls.CauseOther},
		{mbedtls.Late(), "\x16\x03\x03\x00\x07\x0b\x00\x00\x03\x00\x00\x00", -0x2000, boundedtls.CauseOther},
		{mbedtls.Late(), "\x16\x03\x03\x00\x07\x0b\x00\x00\x03\x00\x00\x00", -0x3000, boundedtls.CauseOther},
		{axtls.Libssl(), "\x14\x03\x02\x00\x01\x01\x17\x03\x02\x20\x00", -261, boundedtls.CauseAxTLSDataTooLong},
		{axtls.Libssl(), "", -3, boundedtls.CauseCloseNotify},
		{axtls.Libssl(), "", -271, boundedtls.CauseFinished},
		{axtls.Libssl(), "", -513, boundedtls.CauseAxTLSChainUntrusted},
		{axtls.Libssl(), "", -269, boundedtls.CauseOther},
	} {
		t.Run(fmt.Sprint(tc.engine, tc.code, tc.want), func(t *testing.T) {
			o := observe(tc.engine, boundedtls.Client, 4096)
			o.witness.Received([]byte(tc.received))
			assert.Equal(t, tc.want, o.witness.Why(tc.code, nil).Cause.ID)
		})
	}
}
