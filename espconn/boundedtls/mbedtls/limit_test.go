package mbedtls

import (
	"crypto"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func header(typ byte, version uint16, n int) []byte {
	return []byte{typ, byte(version >> 8), byte(version), byte(n >> 8), byte(n)}
}

// manual is the library as the manual profiles have it.
var manual = Early().WithoutBugs()

// started returns a connection that waits for its first record.
func started(t *testing.T, cfg boundedtls.Config) *conn {
	t.Helper()
	c := newConn(manual, cfg)
	require.Nil(t, c.Setup())
	for c.Handshake() == boundedtls.HasOutput {
		require.NotEmpty(t, c.Output())
	}
	require.Nil(t, c.Err())
	return c
}

func sized(n int) func() int { return func() int { return n } }

// TestHeaderLimitPlain: a record over S fails on its five header bytes, before
// the body arrives, without an alert (tls.md 2.2, check 5).
func TestHeaderLimitPlain(t *testing.T) {
	for _, s := range []int{1, 300, 2048, 3072, 4096, 8192} {
		for d := -1; d <= 1; d++ {
			t.Run(fmt.Sprintf("S%d%+d", s, d), func(t *testing.T) {
				c := started(t, boundedtls.Config{Size: sized(s)})
				n := s + d
				c.Feed(header(record.Handshake, boundedtls.VersionTLS12, n))
				switch {
				case n == 0:
					assert.Equal(t, boundedtls.Failed, c.Handshake())
					assert.Equal(t, codeInvalidRecord, c.Err().Code)
				case d <= 0:
					assert.Equal(t, boundedtls.NeedInput, c.Handshake())
				default:
					assert.Equal(t, boundedtls.Failed, c.Handshake())
					assert.Nil(t, c.Output(), "no alert")
					err := c.Err()
					assert.Equal(t, codeInvalidRecord, err.Code)
					kind, status := err.Callback()
					assert.Equal(t, boundedtls.Reconnect, kind)
					assert.EqualValues(t, -114, status)
					assert.Equal(t, n, err.Cause.Have)
					assert.Equal(t, s, err.Cause.Limit)
					want := n
					if n > boundedtls.MaxSize {
						want = 0
					}
					assert.Equal(t, want, err.Cause.Least)
					assert.NotEmpty(t, err.Cause.ID)
				}
			})
		}
	}
}

// TestHeaderLimitEncrypted: the three limits of an encrypted record's length
// (tls.md 2.2, checks 4 and 6).
func TestHeaderLimitEncrypted(t *testing.T) {
	const s = 2048
	for _, tc := range []struct {
		version  uint16
		mac      crypto.Hash
		min, max int
	}{
		{boundedtls.VersionTLS12, crypto.SHA1, 48, s + 304},
		{boundedtls.VersionTLS12, crypto.SHA256, 64, s + 304},
		{boundedtls.VersionTLS11, crypto.SHA1, 48, s + 304},
		{boundedtls.VersionTLS10, crypto.SHA1, 32, s + 288},
		{boundedtls.VersionTLS10, crypto.SHA256, 48, s + 304},
	} {
		d := &session.Suite{KeyLen: 16, MAC: tc.mac}
		c := started(t, boundedtls.Config{Size: sized(s)})
		c.Version = tc.version
		c.rd = session.NewCipher(d, tc.version, handshake.Keys{Key: make([]byte, 16), Vector: make([]byte, 16),
			MAC: make([]byte, tc.mac.Size())},
			false)
		for n, ok := range map[int]bool{tc.min - 1: false, tc.min: true, tc.max: true, tc.max + 1: false} {
			c.Failure = nil
			f := c.checkHeader(header(record.Data, tc.version, n), n)
			assert.Equal(t, ok, f == session.OK, "%04x %s %d", tc.version, tc.mac, n)
			if !ok {
				assert.Equal(t, codeInvalidRecord, c.Err().Code)
			}
		}
	}
}

// TestPaddingLimit: an application record with more plaintext than S fails as
// damaged while its body passes the header check (tls.md 2.2, check 7).
func TestPaddingLimit(t *testing.T) {
	const s = 2048
	d := &session.Suite{KeyLen: 16, MAC: crypto.SHA1}
	keys := handshake.Keys{Key: make([]byte, 16), Vector: make([]byte, 16), MAC: make([]byte, 20)}
	for plain, want := range map[int]record.Result{s: record.Opened, s + 1: record.TooLong, s + 267: record.TooLong} {
		out := session.NewCipher(d, boundedtls.VersionTLS12, keys, true)
		rec := append(header(record.Data, boundedtls.VersionTLS12, 0), make([]byte, record.VectorLen)...)
		rec = out.Seal(7, rec, 0, make([]byte, plain))
		n := int(binary.BigEndian.Uint16(rec[3:]))
		assert.LessOrEqual(t, n, s+304)
		in := session.NewCipher(d, boundedtls.VersionTLS12, keys, false)
		_, got, why := in.Open(7, rec[:record.HeaderLen], rec[record.HeaderLen:], s)
		assert.Equal(t, want, why, "%d", plain)
		assert.Equal(t, plain, got)
	}
}

// TestHeaderRules: the first three checks, their codes and alerts (tls.md 2.2).
func TestHeaderRules(t *testing.T) {
	for _, tc := range []struct {
		name  string
		hdr   []byte
		alert bool
	}{
		{"plain text", []byte("HTTP/"), true},
		{"type 19", header(19, boundedtls.VersionTLS12, 10), true},
		{"type 24", header(24, boundedtls.VersionTLS12, 10), true},
		{"major 2", header(record.Handshake, 0x0203, 10), false},
		{"minor 4", header(record.Handshake, 0x0304, 10), false},
		{"empty", header(record.Handshake, boundedtls.VersionTLS12, 0), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := started(t, boundedtls.Config{})
			c.Feed(tc.hdr[:4])
			assert.Equal(t, boundedtls.NeedInput, c.Handshake())
			c.Feed(tc.hdr[4:])
			st := c.Handshake()
			if tc.alert {
				require.Equal(t, boundedtls.HasOutput, st, "the alert is handed out first")
				assert.Equal(t, []byte{record.Alert, 3, 1, 0, 2, record.Fatal, record.UnexpectedMessage}, c.Output())
				st = c.Handshake()
			}
			assert.Equal(t, boundedtls.Failed, st)
			assert.Nil(t, c.Output())
			assert.Equal(t, codeInvalidRecord, c.Err().Code)
		})
	}
}

// TestCauseNamesTheItem: what the cause says depends on what has
// arrived behind the header.
func TestCauseNamesTheItem(t *testing.T) {
	hs := func(typ byte, n int) []byte { return []byte{typ, byte(n >> 16), byte(n >> 8), byte(n)} }
	for _, tc := range []struct {
		name   string
		behind []byte
		want   boundedtls.Cause
	}{
		{"header only", nil, boundedtls.Cause{ID: boundedtls.CauseTooLong, Object: "Certificate message", Have: 2247,
			Limit: 2048, Least: 2247}},
		{"certificate", hs(handshake.Certificate, 2243),
			boundedtls.Cause{ID: boundedtls.CauseCertificateTooLong, Object: "Certificate message", Have: 2247, Limit: 2048, Least: 2247}},
		{"coalesced", hs(handshake.Certificate, 700),
			boundedtls.Cause{ID: boundedtls.CauseRecordOfSeveral, Object: "Certificate", Have: 2247, Limit: 2048, Least: 2247}},
		{"split", hs(handshake.Certificate, 5000),
			boundedtls.Cause{ID: boundedtls.CauseSplit, Object: "Certificate message", Have: 5004, Limit: 2247}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := started(t, boundedtls.Config{Size: sized(2048)})
			c.Step = session.ServerCertificate
			c.Feed(append(header(record.Handshake, boundedtls.VersionTLS12, 2247), tc.behind...))
			require.Equal(t, boundedtls.Failed, c.Handshake())
			assert.Equal(t, tc.want, *c.Err().Cause)
			assert.NotEmpty(t, c.Err().Cause.String())
		})
	}
}

// TestRaisedSizeCrashes: a size raised after the buffer was allocated lets a
// record through that does not fit (tls.md 2.1).
func TestRaisedSizeCrashes(t *testing.T) {
	s := 2048
	c := started(t, boundedtls.Config{Size: func() int { return s }})
	s = 4096
	c.Feed(header(record.Handshake, boundedtls.VersionTLS12, 2368))
	assert.Equal(t, boundedtls.NeedInput, c.Handshake(), "the 333 spare bytes still hold it")
	c.In.Pos = len(c.In.Bytes)
	c.Feed(header(record.Handshake, boundedtls.VersionTLS12, 2369))
	assert.Equal(t, boundedtls.Failed, c.Handshake())
	assert.True(t, c.Err().Crash)
	assert.Contains(t, c.Err().Error(), "fatal exception")
}
