package axtls

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/recordtest"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// FuzzRecord seals records of any type and content with the session's keys, or damages sealed ones, and gives them to an
// established device: it reads, goes on waiting or fails with a reason and a diagnosis.
func FuzzRecord(f *testing.F) {
	recordtest.Seeds(f)
	f.Fuzz(func(t *testing.T, typ byte, plain []byte, at uint16, flip, how byte) {
		if len(plain) > 1<<14 {
			return
		}
		version := boundedtls.VersionTLS10 + uint16(how&1)
		suite := &suites[how>>1&3]
		keys := handshake.Keys{Key: make([]byte, suite.KeyLen), Vector: make([]byte, record.VectorLen), MAC: make([]byte, suite.MAC.Size())}
		end := func(role boundedtls.Role) *conn {
			c := &conn{Base: session.New(boundedtls.Config{Role: role, Now: func() uint32 { return 1700000000 }}), eng: Libssl()}
			require.Nil(t, c.Setup())
			c.Version, c.wire, c.Suite = version, version, suite
			c.wr = session.NewCipher(suite, version, keys, true)
			c.rd = session.NewCipher(suite, version, keys, false)
			c.finish()
			require.Nil(t, c.FinishHandshake())
			c.hello = true
			return c
		}
		sender, device := end(boundedtls.Client), end(boundedtls.Server)
		for range 1 + how>>5 {
			require.True(t, sender.writeRecord(typ, plain))
			recordtest.Feed(device, sender, at, flip)
		}
		recordtest.Read(t, device, len(plain))
	})
}
