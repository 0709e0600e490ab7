// Package recordtest is what the engines' fuzz targets for records share.
package recordtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Seeds are the inputs with which the record targets begin: type, plaintext, which byte of the record to damage and
// how, and the settings.
func Seeds(f *testing.F) {
	f.Add(byte(23), []byte("data"), uint16(0), byte(0), byte(0))
	f.Add(byte(21), []byte{1, 0}, uint16(0), byte(0), byte(1))
	f.Add(byte(21), []byte{2}, uint16(0), byte(0), byte(2))
	f.Add(byte(22), []byte{0, 0, 0, 0}, uint16(0), byte(0), byte(3))
	f.Add(byte(23), []byte{}, uint16(0), byte(0), byte(4))
	f.Add(byte(23), make([]byte, 2049), uint16(0), byte(0), byte(5))
	f.Add(byte(23), []byte("damaged"), uint16(3), byte(1), byte(6))
	f.Add(byte(20), []byte{1}, uint16(40), byte(0x80), byte(7))
}

// Feed gives the sender's record to the device, damaged.
func Feed(device, sender boundedtls.Conn, at uint16, flip byte) {
	rec := append([]byte(nil), sender.Output()...)
	rec[int(at)%len(rec)] ^= flip
	device.Feed(rec)
}

// Read reads until the device has failed or wants more input, which comes to an end.
func Read(t *testing.T, device boundedtls.Conn, n int) {
	var p [1460]byte
	st := boundedtls.Done
	for rounds := 0; st != boundedtls.Failed && st != boundedtls.NeedInput && rounds < 64+n; rounds++ {
		n := 0
		n, st = device.Read(p[:])
		require.LessOrEqual(t, n, boundedtls.DefaultSize)
		for device.Output() != nil {
		}
	}
	if st == boundedtls.Failed {
		require.NotEmpty(t, device.Err().Cause.ID)
		require.False(t, device.Err().Crash)
	}
	device.CloseNotify()
	device.Close()
}
