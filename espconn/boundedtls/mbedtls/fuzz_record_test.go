package mbedtls

import (
	"testing"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/recordtest"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/stretchr/testify/require"
)

// FuzzRecord seals records of any type and content with the session's keys, or
// damages sealed ones, and gives them to an established device: it reads, goes on
// waiting or fails with a code and a diagnosis.
func FuzzRecord(f *testing.F) {
	recordtest.Seeds(f)
	f.Fuzz(func(t *testing.T, typ byte, plain []byte, at uint16, flip, how byte) {
		if len(plain) > 1<<14 {
			return
		}
		eng := []Engine{Early(), Late()}[how&1]
		version := []uint16{boundedtls.VersionTLS10, boundedtls.VersionTLS11, boundedtls.VersionTLS12}[how/2%3]
		suite := session.Find(suiteTable, []boundedtls.Suite{boundedtls.RSAWithAES128CBCSHA, boundedtls.RSAWithAES256CBCSHA256}[how/6%2])
		sender, device := keyed(t, eng, version, suite)
		for range 1 + how>>5 {
			require.True(t, sender.writeRecord(typ, plain))
			recordtest.Feed(device, sender, at, flip)
		}
		recordtest.Read(t, device, len(plain))
	})
}

// keyed returns two established ends whose keys did not need a handshake.
func keyed(t *testing.T, eng Engine, version uint16, suite *session.Suite) (sender, device *conn) {
	keys := handshake.Keys{Key: make([]byte, suite.KeyLen), Vector: make([]byte, record.VectorLen), MAC: make([]byte, suite.MAC.Size())}
	make1 := func(role boundedtls.Role) *conn {
		c := newConn(eng, boundedtls.Config{Role: role})
		require.Nil(t, c.Setup())
		c.Version, c.Suite = version, suite
		c.wr = session.NewCipher(suite, version, keys, true)
		c.rd = session.NewCipher(suite, version, keys, false)
		c.Over, c.Up, c.oneSeq, c.hs, c.Step = true, true, false, nil, session.Over
		return c
	}
	return make1(boundedtls.Client), make1(boundedtls.Server)
}
