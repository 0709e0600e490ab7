package espconn

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/emu8266/emu8266/netstack"
)

// Heap blocks of a connection's or server's record (espmsg), in bytes, without the allocator's header (lwip.md 16).
const (
	plainRecordBytes  = 108 // where the profile does not say
	secureRecordBytes = 104 // with either library
)

// newRecord takes the record of a plain connection or server from the heap, 0 without memory.
func (a *API) newRecord() uint32 {
	return a.env.Heap().Alloc(cmp.Or(a.profile.RecordBytes, plainRecordBytes), "espconn record")
}

// conn is a connection of any kind, a *plainConn, *secureConn or *udpConn, as the functions see it that take every espconn.
// The methods named after functions are those functions, once they have found the connection; c is the espconn they were given.
type conn interface {
	// espconn returns the espconn that names the connection: the firmware's, or the one made for an accepted client.
	espconn() Ref
	// remote returns the peer's address and port, that of the last sender for UDP.
	remote() netip.AddrPort
	// tcpOptions returns the options, and the TCB that they act on or nil.
	tcpOptions() (*tcpOptions, *netstack.TCB)

	plainSend(name string, c Ref, data []byte) Err // espconn_send, or espconn_sent: name tells
	recvHold(c Ref) Err
	recvUnhold(c Ref) Err
	registTime(c Ref, seconds uint32) Err // with typeFlag 1
}

// connOf returns the connection of c, nil if it has none. An espconn that is used for UDP and TCP at a time is the UDP one.
func (a *API) connOf(c Ref) conn {
	if uc := a.udpOf(c); uc != nil {
		return uc
	}
	return a.tcpOf(c)
}

// tcpOf is connOf among the TCP connections.
func (a *API) tcpOf(c Ref) conn {
	if sc := a.secureOf(c); sc != nil {
		return sc
	}
	if pc := a.plainOf(c); pc != nil {
		return pc
	}
	return nil
}

// activeTCP counts the active TCP connections, plain and secure.
func (a *API) activeTCP() int { return len(a.plainConns) + len(a.secureConns) }

// portActive reports whether an active TCP connection's espconn has this local port. 0 equals 0 (espconn.md 5.1).
func (a *API) portActive(port int) bool {
	return a.active(TypeTCP, port)
}

// active reports whether an espconn that is in use says that it is of a type and has a local port: what stands in it now counts, as with
// the SDK, not what it was connected or created as.
func (a *API) active(kind Type, port int) bool {
	says := func(c Ref) bool {
		f := c.Load()
		return f.Type == kind && f.LocalPort == port
	}
	return slices.ContainsFunc(a.plainConns, func(pc *plainConn) bool { return says(pc.ref) }) ||
		slices.ContainsFunc(a.secureConns, func(sc *secureConn) bool { return says(sc.ref) }) ||
		slices.ContainsFunc(a.udpConns, func(uc *udpConn) bool { return says(uc.ref) })
}

// without returns list with the first x taken out, in place.
func without[T comparable](list []T, x T) []T {
	if i := slices.Index(list, x); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// remoteOf is peerOf for events: nothing without an address.
func remoteOf(f Fields) (remote netip.AddrPort) {
	if f.HasProto && f.RemoteIP != [4]byte{} {
		remote = peerOf(f)
	}
	return remote
}

// peerOf returns the remote address and port that stand in an espconn's fields.
func peerOf(f Fields) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))
}
