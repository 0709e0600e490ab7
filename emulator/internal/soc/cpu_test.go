package soc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// The table, and its scaling with length and frequency.
func TestCost(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct {
		op   boundedtls.Op
		bits int
		mhz  int
		want time.Duration
	}{
		{boundedtls.OpRSAPublic, 2048, 160, 120 * ms},
		{boundedtls.OpRSAPublic, 2048, 80, 240 * ms},
		{boundedtls.OpRSAPublic, 1024, 160, 30 * ms},
		{boundedtls.OpRSAPublic, 4096, 160, 480 * ms},
		{boundedtls.OpRSAPrivate, 2048, 160, 3500 * ms},
		{boundedtls.OpRSAPrivate, 1024, 160, 437500 * time.Microsecond},
		{boundedtls.OpRSAPrivate, 4096, 160, 28 * time.Second},
		{boundedtls.OpDH, 2048, 160, 2500 * ms},
		{boundedtls.OpDH, 1024, 80, 625 * ms},
		{boundedtls.OpHash, 1600 * 8, 160, ms},
		{boundedtls.OpHash, 1600 * 8, 80, 2 * ms},
		{boundedtls.OpCipher, 1600 * 8, 160, 1500 * time.Microsecond},
		{boundedtls.OpRSAPrivate, -1, 80, 0},
		{99, 2048, 80, 0},
	} {
		assert.Equal(t, tc.want, cost(tc.op, tc.bits, tc.mhz), "%s %d at %d MHz", tc.op, tc.bits, tc.mhz)
	}
}
