package cabi

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseAddr(t *testing.T) {
	for text, want := range map[string]uint32{
		"10.0.0.1": 0x0100000A, "255.255.255.255": 0xFFFFFFFF, "0x7f.1": 0x0100007F, "1.2.3": 0x03000201, "1.2.65535": 0xFFFF0201,
		"16909060": 0x04030201, "010.1.1.1 ": 0x01010108, "0.0.0.0": 0, "192.168.4.1\r\n": 0x0104A8C0,
		"": 0xFFFFFFFF, "1.2.3.4.5": 0xFFFFFFFF, "256.1.1.1": 0xFFFFFFFF,
		"1.2.3.256": 0xFFFFFFFF, "a.b.c.d": 0xFFFFFFFF, "1..2": 0xFFFFFFFF, "1.2.3.-4": 0xFFFFFFFF,
		"0b1.1.1.1": 0xFFFFFFFF, "1_0.1.1.1": 0xFFFFFFFF, "08.1.1.1": 0xFFFFFFFF,
	} {
		assert.Equal(t, want, parseAddr([]byte(text)), "%q", text)
	}
}
