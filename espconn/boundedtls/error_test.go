package boundedtls_test

import (
	"testing"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/stretchr/testify/assert"
)

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
		e := &boundedtls.Error{Code: code}
		assert.Equal(t, want.reason, e.Reason())
		assert.Equal(t, want.hs, e.HSStatus(), want.reason)
		kind, cb := e.Callback()
		assert.Equal(t, boundedtls.Reconnect, kind)
		assert.Equal(t, want.cb, cb, want.reason)
	}
	kind, cb := (&boundedtls.Error{Code: boundedtls.CodePeerClosed}).Callback()
	assert.Equal(t, boundedtls.Disconnect, kind)
	assert.Zero(t, cb)
}
