package netstack

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// The overload option says whether options go on in file (1), in sname (2), or in both (RFC 2132 9.3); what is in the others is a name.
func TestDHCPOverload(t *testing.T) {
	router, server := [4]byte{10, 0, 0, 1}, [4]byte{10, 0, 0, 2}
	for overload, want := range map[byte]struct{ file, sname bool }{
		0: {}, 1: {file: true}, 2: {sname: true}, 3: {file: true, sname: true},
	} {
		b := make([]byte, wire.DHCPOptions, 300)
		binary.BigEndian.PutUint32(b[236:], wire.DHCPMagic)
		copy(b[108:], append(append([]byte{wire.DHCPOptRouter, 4}, router[:]...), wire.DHCPOptEnd))
		copy(b[44:], append(append([]byte{wire.DHCPOptServer, 4}, server[:]...), wire.DHCPOptEnd))
		b = append(b, wire.DHCPOptKind, 1, 5, wire.DHCPOptOverload, 1, overload, wire.DHCPOptEnd)
		r, ok := parseDHCP(b)
		assert.True(t, ok)
		assert.Equal(t, want.file, r.router == netip.AddrFrom4(router), "overload %d: file", overload)
		assert.Equal(t, want.sname, r.server == netip.AddrFrom4(server), "overload %d: sname", overload)
	}
}
