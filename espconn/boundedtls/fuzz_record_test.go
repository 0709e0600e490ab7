package boundedtls

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRecord seals records of any type and content with the session's keys, or
// damages sealed ones, and gives them to an established device: it reads, goes on
// waiting or fails with a code and a diagnosis.
func FuzzRecord(f *testing.F) {
	recordSeeds(f)
	f.Fuzz(func(t *testing.T, typ byte, plain []byte, at uint16, flip, how byte) {
		if len(plain) > 1<<14 {
			return
		}
		eng := []Engine{EngineA(), EngineB()}[how&1]
		version := []uint16{VersionTLS10, VersionTLS11, VersionTLS12}[how/2%3]
		suite := suiteByID([]Suite{RSAWithAES128CBCSHA, RSAWithAES256CBCSHA256}[how/6%2])
		sender, device := keyed(t, eng, version, suite)
		for range 1 + how>>5 {
			require.True(t, sender.writeRecord(typ, plain))
			feedRecord(device, sender, at, flip)
		}
		readRecords(t, device, len(plain))
	})
}

// recordSeeds are the inputs with which the record targets begin: type, plaintext, which byte of the record to damage and
// how, and the settings.
func recordSeeds(f *testing.F) {
	f.Add(byte(23), []byte("data"), uint16(0), byte(0), byte(0))
	f.Add(byte(21), []byte{1, 0}, uint16(0), byte(0), byte(1))
	f.Add(byte(21), []byte{2}, uint16(0), byte(0), byte(2))
	f.Add(byte(22), []byte{0, 0, 0, 0}, uint16(0), byte(0), byte(3))
	f.Add(byte(23), []byte{}, uint16(0), byte(0), byte(4))
	f.Add(byte(23), make([]byte, 2049), uint16(0), byte(0), byte(5))
	f.Add(byte(23), []byte("damaged"), uint16(3), byte(1), byte(6))
	f.Add(byte(20), []byte{1}, uint16(40), byte(0x80), byte(7))
}

// feedRecord gives the sender's record to the device, damaged.
func feedRecord(device, sender *Conn, at uint16, flip byte) {
	rec := append([]byte(nil), sender.Output()...)
	rec[int(at)%len(rec)] ^= flip
	device.Feed(rec)
}

// readRecords reads until the device has failed or wants more input, which comes to an end.
func readRecords(t *testing.T, device *Conn, n int) {
	var p [1460]byte
	st := Done
	for rounds := 0; st != Failed && st != NeedInput && rounds < 64+n; rounds++ {
		n := 0
		n, st = device.Read(p[:])
		require.LessOrEqual(t, n, DefaultSize)
		for device.Output() != nil {
		}
	}
	if st == Failed {
		require.NotEmpty(t, device.Err().Diagnosis.What)
		require.False(t, device.Err().Crash)
	}
	device.CloseNotify()
	device.Close()
}

// keyed returns two established ends whose keys did not need a handshake.
func keyed(t *testing.T, eng Engine, version uint16, suite *suiteDef) (sender, device *Conn) {
	key, iv, mac := make([]byte, suite.keyLen), make([]byte, vectorLen), make([]byte, suite.mac.Size())
	make1 := func(role Role) *Conn {
		c := New(Config{Role: role, Engine: eng})
		require.Nil(t, c.Setup())
		c.version, c.suite = version, suite
		c.wr = newCipherState(version, suite, key, iv, mac, true)
		c.rd = newCipherState(version, suite, key, iv, mac, false)
		c.over, c.quiet, c.oneSeq, c.hs, c.state = true, true, false, nil, stateOver
		return c
	}
	return make1(Client), make1(Server)
}
