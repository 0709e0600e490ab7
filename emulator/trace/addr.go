package trace

import (
	"encoding/hex"
	"fmt"
	"net/netip"
)

// Addr is an IPv4 address with a port. The zero Addr is none.
type Addr struct {
	IP   [4]byte
	Port uint16
}

// AddrOf returns the Addr of a, which must be IPv4 or invalid; invalid gives the zero Addr.
func AddrOf(a netip.AddrPort) Addr {
	if !a.Addr().Is4() {
		return Addr{}
	}
	return Addr{a.Addr().As4(), a.Port()}
}

// String returns "10.0.0.2:49153".
func (a Addr) String() string { return netip.AddrPortFrom(netip.AddrFrom4(a.IP), a.Port).String() }

// MarshalText returns the form of String.
func (a Addr) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes the form of String.
func (a *Addr) UnmarshalText(text []byte) error {
	p, err := netip.ParseAddrPort(string(text))
	if err != nil || !p.Addr().Is4() {
		return fmt.Errorf("trace: %q is not an IPv4 address with a port", text)
	}
	*a = AddrOf(p)
	return nil
}

// MAC is an Ethernet hardware address. The zero MAC is none.
type MAC [6]byte

// String returns the usual form with colons, "02:00:0a:00:00:07".
func (m MAC) String() string {
	b := make([]byte, 0, 3*len(m))
	for i, x := range m {
		if i > 0 {
			b = append(b, ':')
		}
		b = hex.AppendEncode(b, []byte{x})
	}
	return string(b)
}

// MarshalText returns the form of String.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText takes the form of String.
func (m *MAC) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(removeColons(text))
	if err != nil || len(b) != len(m) || len(text) != 3*len(m)-1 {
		return fmt.Errorf("trace: %q is not a hardware address", text)
	}
	copy(m[:], b)
	return nil
}

// removeColons drops the colons where String puts them.
func removeColons(text []byte) string {
	b := make([]byte, 0, len(text))
	for i, c := range text {
		if i%3 != 2 || c != ':' {
			b = append(b, c)
		}
	}
	return string(b)
}
