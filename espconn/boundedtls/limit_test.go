package boundedtls

import (
	"crypto"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func header(typ byte, version uint16, n int) []byte {
	return []byte{typ, byte(version >> 8), byte(version), byte(n >> 8), byte(n)}
}

// started returns a connection that waits for its first record.
func started(t *testing.T, cfg Config) *Conn {
	t.Helper()
	c := New(cfg)
	require.Nil(t, c.Setup())
	for c.Handshake() == HasOutput {
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
				c := started(t, Config{Size: sized(s)})
				n := s + d
				c.Feed(header(typeHandshake, VersionTLS12, n))
				switch {
				case n == 0:
					assert.Equal(t, Failed, c.Handshake())
					assert.Equal(t, codeInvalidRecord, c.Err().Code)
				case d <= 0:
					assert.Equal(t, NeedInput, c.Handshake())
				default:
					assert.Equal(t, Failed, c.Handshake())
					assert.Nil(t, c.Output(), "no alert")
					err := c.Err()
					assert.Equal(t, codeInvalidRecord, err.Code)
					kind, status := err.Callback()
					assert.Equal(t, Reconnect, kind)
					assert.EqualValues(t, -114, status)
					assert.Equal(t, n, err.Diagnosis.Bytes)
					assert.Equal(t, s, err.Diagnosis.Limit)
					want := n
					if n > MaxSize {
						want = 0
					}
					assert.Equal(t, want, err.Diagnosis.LeastSize)
					assert.NotEmpty(t, err.Diagnosis.Remedy)
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
		{VersionTLS12, crypto.SHA1, 48, s + 304},
		{VersionTLS12, crypto.SHA256, 64, s + 304},
		{VersionTLS11, crypto.SHA1, 48, s + 304},
		{VersionTLS10, crypto.SHA1, 32, s + 288},
		{VersionTLS10, crypto.SHA256, 48, s + 304},
	} {
		d := &suiteDef{keyLen: 16, mac: tc.mac}
		c := started(t, Config{Size: sized(s)})
		c.version = tc.version
		c.rd = newCipherState(tc.version, d, make([]byte, 16), make([]byte, 16), make([]byte, tc.mac.Size()), false)
		for n, ok := range map[int]bool{tc.min - 1: false, tc.min: true, tc.max: true, tc.max + 1: false} {
			c.err = nil
			f := c.checkHeader(header(typeData, tc.version, n), n)
			assert.Equal(t, ok, f == flowOK, "%04x %s %d", tc.version, tc.mac, n)
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
	d := &suiteDef{keyLen: 16, mac: crypto.SHA1}
	key, iv, mac := make([]byte, 16), make([]byte, 16), make([]byte, 20)
	for plain, want := range map[int]openResult{s: openOK, s + 1: openTooLong, s + 267: openTooLong} {
		out := newCipherState(VersionTLS12, d, key, iv, mac, true)
		rec := append(header(typeData, VersionTLS12, 0), make([]byte, vectorLen)...)
		rec = out.seal(VersionTLS12, 7, rec, 0, make([]byte, plain))
		n := int(binary.BigEndian.Uint16(rec[3:]))
		assert.LessOrEqual(t, n, s+304)
		in := newCipherState(VersionTLS12, d, key, iv, mac, false)
		seq := uint64(7)
		_, got, why := in.open(VersionTLS12, &seq, rec[:headerLen], rec[headerLen:], s)
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
		{"type 19", header(19, VersionTLS12, 10), true},
		{"type 24", header(24, VersionTLS12, 10), true},
		{"major 2", header(typeHandshake, 0x0203, 10), false},
		{"minor 4", header(typeHandshake, 0x0304, 10), false},
		{"empty", header(typeHandshake, VersionTLS12, 0), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := started(t, Config{})
			c.Feed(tc.hdr[:4])
			assert.Equal(t, NeedInput, c.Handshake())
			c.Feed(tc.hdr[4:])
			st := c.Handshake()
			if tc.alert {
				require.Equal(t, HasOutput, st, "the alert is handed out first")
				assert.Equal(t, []byte{typeAlert, 3, 1, 0, 2, levelFatal, alertUnexpectedMessage}, c.Output())
				st = c.Handshake()
			}
			assert.Equal(t, Failed, st)
			assert.Nil(t, c.Output())
			assert.Equal(t, codeInvalidRecord, c.Err().Code)
		})
	}
}

// TestDiagnosisNamesTheItem: what the diagnosis says depends on what has
// arrived behind the header.
func TestDiagnosisNamesTheItem(t *testing.T) {
	hs := func(typ byte, n int) []byte { return []byte{typ, byte(n >> 16), byte(n >> 8), byte(n)} }
	for _, tc := range []struct {
		name   string
		behind []byte
		item   string
		bytes  int
		least  int
	}{
		{"header only", nil, "Certificate message", 2247, 2247},
		{"certificate", hs(hsCertificate, 2243), "Certificate message", 2247, 2247},
		{"coalesced", hs(hsCertificate, 700), "record", 2247, 2247},
		{"split", hs(hsCertificate, 5000), "Certificate message", 5004, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := started(t, Config{Size: sized(2048)})
			c.state = stateServerCertificate
			c.Feed(append(header(typeHandshake, VersionTLS12, 2247), tc.behind...))
			require.Equal(t, Failed, c.Handshake())
			d := c.Err().Diagnosis
			assert.Equal(t, tc.item, d.Item)
			assert.Equal(t, tc.bytes, d.Bytes)
			assert.Equal(t, tc.least, d.LeastSize)
			assert.NotEmpty(t, d.Remedy)
			assert.NotEmpty(t, d.String())
		})
	}
}

// TestRaisedSizeCrashes: a size raised after the buffer was allocated lets a
// record through that does not fit (tls.md 2.1).
func TestRaisedSizeCrashes(t *testing.T) {
	s := 2048
	c := started(t, Config{Size: func() int { return s }})
	s = 4096
	c.Feed(header(typeHandshake, VersionTLS12, 2368))
	assert.Equal(t, NeedInput, c.Handshake(), "the 333 spare bytes still hold it")
	c.inPos = len(c.in)
	c.Feed(header(typeHandshake, VersionTLS12, 2369))
	assert.Equal(t, Failed, c.Handshake())
	assert.True(t, c.Err().Crash)
	assert.Contains(t, c.Err().Error(), "fatal exception")
}

// TestConversion: tls.md 3.1 and the values of the table in 3.2.
func TestConversion(t *testing.T) {
	for code, want := range map[int]struct {
		reason string
		hs     int16
		cb     int8
	}{
		-0x7200: {"-0x7200", -114, -114}, -0x7080: {"-0x7080", -28912, 16}, -0x7900: {"-0x7900", -121, -121},
		-0x7380: {"-0x7380", -29683, 13}, -0x6980: {"-0x6980", -27113, 23}, -0x6E80: {"-0x6e80", -28398, 18},
		-0x7780: {"-0x7780", -30711, 9}, -0x2700: {"-0x2700", -39, -39}, 0x80: {"-0xffffff80", 129, -127},
		-0x2180: {"-0x2180", -8609, 95}, -0x3C80: {"-0x3c80", -15548, 68}, -0x262E: {"-0x262e", -9812, -84},
		-0x7180: {"-0x7180", -29169, 15}, -0x4290: {"-0x4290", -17106, 46}, -0x4310: {"-0x4310", -17235, -83},
		-0x45: {"-0x45", -69, -69}, -1: {"-0x 1", -1, -1}, -0x7E80: {"-0x7e80", -32510, 2},
	} {
		e := &Error{Code: code}
		assert.Equal(t, want.reason, e.Reason())
		assert.Equal(t, want.hs, e.HSStatus(), want.reason)
		kind, cb := e.Callback()
		assert.Equal(t, Reconnect, kind)
		assert.Equal(t, want.cb, cb, want.reason)
	}
	kind, cb := (&Error{Code: CodePeerClosed}).Callback()
	assert.Equal(t, Disconnect, kind)
	assert.Zero(t, cb)
}
