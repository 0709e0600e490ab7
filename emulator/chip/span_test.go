package chip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/chip"
)

func TestSpan(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 s": 0, "40 µs": 40 * time.Microsecond, "250 ms": 250 * time.Millisecond, "1 s": time.Second, "6.25 s": 6250 * time.Millisecond,
		"7.18 s": 7183*time.Millisecond + 400*time.Microsecond, "3600 s": time.Hour,
		"-2 ms": -2 * time.Millisecond, "999 ms": 999 * time.Millisecond,
	} {
		assert.Equal(t, want, chip.Span(d))
	}
}
