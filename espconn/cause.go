package espconn

import (
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// CauseID names why a call was refused or a connection ended. Those of the TLS engine are in package boundedtls, those of TCP in
// package netstack. The words for all of them, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID = boundedtls.CauseID

// Why a call was refused; refusal.go has the others.
const (
	CauseNoMemory  CauseID = "espconn/no-memory"  // ESPCONN_MEM, if nothing below says more
	CauseNoAddress CauseID = "espconn/no-address" // ESPCONN_RTE
	CauseConnected CauseID = "espconn/connected"  // ESPCONN_ISCONN: one secure client at a time
	CauseInterface CauseID = "espconn/interface"  // ESPCONN_IF
	CauseNoClock   CauseID = "espconn/no-clock"   // axTLS wants the time before it connects
)

// Why a call returned ESPCONN_MEM although memory for its blocks was there, or before it was asked for.
const (
	CauseHeapGate   CauseID = "espconn/heap-gate"   // Have: bytes free, Limit: what there must be at least, Object: the size
	CauseMutualSize CauseID = "espconn/mutual-size" // Have: the size, Limit: the most with mutual authentication
	CauseSockets    CauseID = "espconn/sockets"     // Limit: how many there are
	CausePortTaken  CauseID = "espconn/port-taken"  // Object: the port
	CauseNoSYN      CauseID = "espconn/no-syn"      // TCP could not begin
)

// Why a secure connection ended that the TLS engine did not end.
const (
	CausePeerFIN          CauseID = "espconn/peer-fin"
	CauseImage            CauseID = "espconn/image"     // Object: which, and what is wrong with it
	CauseCAImage          CauseID = "espconn/ca-image"  // Object: the sector
	CauseOwnImage         CauseID = "espconn/own-image" // Object: the sector
	CauseClientSilent     CauseID = "espconn/client-silent"
	CauseHandshakeTimeout CauseID = "espconn/handshake-timeout"
	CauseClosedInRecv     CauseID = "espconn/closed-in-recv"
	CauseSendAfterClose   CauseID = "espconn/send-after-close"
	CauseClosedEarly      CauseID = "espconn/closed-in-handshake" // by the firmware
	CauseStaleStatus      CauseID = "espconn/stale-status"        // it ended well; the callback tells of an earlier one
)

// Why a server does not serve a client: EventCause with Remote, and no function.
const (
	CauseClientsFull   CauseID = "espconn/clients-full"   // reset. Have: connections, Limit: the server's allowance
	CauseOneClient     CauseID = "espconn/one-client"     // reset: a secure server has one client at a time
	CauseClientIgnored CauseID = "espconn/client-ignored" // the same, but left open and never answered
	CauseServerDead    CauseID = "espconn/server-dead"    // the server has served its only client (MbedTLS.ServerDead)
	CauseClientSockets CauseID = "espconn/client-sockets" // reset. Limit: how many there are
	CauseClientMemory  CauseID = "espconn/client-memory"  // reset: a block is missing. Have: bytes free
	CauseClientGate    CauseID = "espconn/client-gate"    // reset. Have: bytes free; Limit: what there must be at least
)

// Why a connection ended in order (EventEnded with OK), or cannot.
const (
	CausePeerClosed CauseID = "espconn/peer-closed" // a plain one
	CauseIdle       CauseID = "espconn/idle"        // Limit: seconds of silence; Object: what set it
	CauseFINNoRoom  CauseID = "espconn/fin-no-room" // espconn_disconnect does nothing. Have: segments in TCP's queue, Limit: of how many
	CauseTrimmed    CauseID = "espconn/trimmed"     // a closing one is forgotten. Limit: how many there may be; Object: its state; Took
)

// Why the firmware gets no data.
const (
	CauseReceiveMemory CauseID = "espconn/receive-memory" // acknowledged and lost. Have: bytes
	CauseRingMemory    CauseID = "espconn/ring-memory"    // refused: the peer sends them again. Have: bytes
	CauseHeld          CauseID = "espconn/held"           // the window is shut. Have: bytes since espconn_recv_hold
	CauseNoReceiver    CauseID = "espconn/no-receiver"    // the window is shut. Have: bytes that nobody has fetched
	CauseDataWaits     CauseID = "espconn/data-waits"     // it came with the end of the handshake. Have: bytes, encrypted
	CauseDataNeverRead CauseID = "espconn/data-lost"      // the same, and the connection ended. Have: bytes, encrypted
)

// ended reports why TCP ended the connection of c; reconnect delivers status.
func (a *API) ended(c Ref, t *netstack.TCB, status Err) {
	if why := t.Cause(); why.ID != "" {
		a.endedBy(c, t.Remote(), ofTCP(why), status)
	}
}

// endedBy reports why the connection of c with a peer ends.
func (a *API) endedBy(c Ref, remote netip.AddrPort, why boundedtls.Cause, status Err) {
	a.env.Observe(Event{Kind: EventEnded, Conn: a.name(c), Remote: remote, Cause: &why, Err: status})
}

// ofTCP is a cause of TCP as one of the API.
func ofTCP(c netstack.Cause) boundedtls.Cause {
	return boundedtls.Cause{ID: CauseID(c.ID), Object: c.Object, Have: c.Have, Limit: c.Limit, Took: c.Took}
}

// noMemoryFor reports that the server c does not serve a client because a block is missing.
func (a *API) noMemoryFor(c Ref, client *netstack.TCB) {
	a.turnedAway(c, client.Remote(), boundedtls.Cause{ID: CauseClientMemory, Have: int(a.env.Heap().FreeSize())})
}

// turnedAway reports why the server c does not serve a client.
func (a *API) turnedAway(c Ref, client netip.AddrPort, why boundedtls.Cause) {
	a.env.Observe(Event{Kind: EventCause, Conn: a.name(c), Remote: client, Cause: &why})
}
