package boundedtls

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRecordX is FuzzRecord with engine X: block and stream ciphers, TLS 1.0 and 1.1.
func FuzzRecordX(f *testing.F) {
	recordSeeds(f)
	f.Fuzz(func(t *testing.T, typ byte, plain []byte, at uint16, flip, how byte) {
		if len(plain) > 1<<14 {
			return
		}
		version := VersionTLS10 + uint16(how&1)
		suite := axSuite([]Suite{RSAWithAES128CBCSHA, RSAWithAES256CBCSHA, RSAWithRC4128SHA, RSAWithRC4128MD5}[how>>1&3])
		key, iv, mac := make([]byte, suite.keyLen), make([]byte, vectorLen), make([]byte, hashSize(suite.mac))
		end := func(role Role) *Conn {
			c := New(Config{Role: role, Engine: EngineX(), Now: 1700000000})
			require.Nil(t, c.Setup())
			c.version, c.ax.wire, c.suite = version, version, suite
			c.ax.wr = newAxCipher(version, suite, key, iv, mac, true)
			c.ax.rd = newAxCipher(version, suite, key, iv, mac, false)
			c.overX()
			c.finishX()
			c.ax.hello = true
			return c
		}
		sender, device := end(Client), end(Server)
		for range 1 + how>>5 {
			require.True(t, sender.writeRecordX(typ, plain))
			feedRecord(device, sender, at, flip)
		}
		readRecords(t, device, len(plain))
	})
}
