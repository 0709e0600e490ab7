package espconn

import (
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
	CauseStaleStatus      CauseID = "espconn/stale-status" // it ended well; the callback tells of an earlier one
)

// ended reports why TCP ended the connection of c; reconnect delivers status.
func (a *API) ended(c Ref, t *netstack.TCB, status Err) {
	a.env.Observe(Event{Kind: EventEnded, Conn: a.name(c), Name: string(t.Cause()), Length: t.Retries(), Err: status})
}
