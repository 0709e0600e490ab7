package boundedtls

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRecordX is FuzzRecord with engine X: block and stream ciphers, TLS 1.0 and 1.1.
func FuzzRecordX(f *testing.F) {
	f.Add(byte(23), []byte("data"), uint16(0), byte(0), byte(0))
	f.Add(byte(21), []byte{1, 0}, uint16(0), byte(0), byte(1))
	f.Add(byte(21), []byte{2}, uint16(0), byte(0), byte(2))
	f.Add(byte(22), []byte{0, 0, 0, 0}, uint16(0), byte(0), byte(3))
	f.Add(byte(23), []byte{}, uint16(0), byte(0), byte(4))
	f.Add(byte(23), make([]byte, 2049), uint16(0), byte(0), byte(5))
	f.Add(byte(23), []byte("damaged"), uint16(3), byte(1), byte(6))
	f.Add(byte(20), []byte{1}, uint16(40), byte(0x80), byte(7))
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
			rec := append([]byte(nil), sender.Output()...)
			rec[int(at)%len(rec)] ^= flip
			device.Feed(rec)
		}
		var p [1460]byte
		for range 64 + len(plain) {
			_, st := device.Read(p[:])
			for device.Output() != nil {
			}
			if st == Failed {
				require.NotEmpty(t, device.Err().Diagnosis.What)
				require.False(t, device.Err().Crash)
				break
			}
			if st == NeedInput {
				break
			}
		}
		device.CloseNotify()
		device.Close()
	})
}
