package netstack

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPortsOfAProfile: a profile whose range of ports cannot be used has that of HostProfile; one that can be is kept.
func TestPortsOfAProfile(t *testing.T) {
	host := HostProfile()
	for _, row := range []struct {
		name     string
		min, max uint16
		kept     bool
	}{
		{"none", 0, 0, false},
		{"no first", 0, 2000, false},
		{"backwards", 2001, 2000, false},
		{"one port", 2000, 2000, true},
		{"from port 1 on", 1, 2000, true},
		{"all", 1, 65535, true},
	} {
		p := Profile{EphemeralMin: row.min, EphemeralMax: row.max, UDPEphemeralMin: row.min, UDPEphemeralMax: row.max}.normal()
		want := []uint16{host.EphemeralMin, host.EphemeralMax}
		if row.kept {
			want = []uint16{row.min, row.max}
		}
		assert.Equal(t, want, []uint16{p.EphemeralMin, p.EphemeralMax}, "TCP, %s", row.name)
		assert.Equal(t, want, []uint16{p.UDPEphemeralMin, p.UDPEphemeralMax}, "UDP, %s", row.name)
	}
}
