package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// CauseID names why a call was refused or a connection ended. Those of the TLS engine are in package boundedtls, those of TCP in
// package netstack. The words for all of them, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID = boundedtls.CauseID

// Why a call was refused.
const (
	CauseNoMemory  CauseID = "espconn/no-memory"  // ESPCONN_MEM
	CauseNoAddress CauseID = "espconn/no-address" // ESPCONN_RTE
	CauseBusy      CauseID = "espconn/busy"       // ESPCONN_INPROGRESS
	CauseArgument  CauseID = "espconn/argument"   // ESPCONN_ARG
	CauseConnected CauseID = "espconn/connected"  // ESPCONN_ISCONN
	CauseTooMuch   CauseID = "espconn/too-much"   // ESPCONN_MAXNUM
	CauseNoClock   CauseID = "espconn/no-clock"   // axTLS wants the time before it connects
	CauseArguments CauseID = "espconn/arguments"  // a function that returns bool said false
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

// refusals are the causes of the codes that functions return.
var refusals = map[Err]CauseID{
	MEM: CauseNoMemory, RTE: CauseNoAddress, INPROGRESS: CauseBusy, ARG: CauseArgument, ISCONN: CauseConnected,
	MAXNUM: CauseTooMuch, NOCLOCK: CauseNoClock,
}

// refused reports why a call returns ret, if that is an error of the table.
func (a *API) refused(conn, name string, ret Err) {
	if id := refusals[ret]; id != "" {
		a.env.Observe(Event{Kind: EventCause, Conn: conn, Name: name, Cause: &boundedtls.Cause{ID: id}})
	}
}

// ended reports why TCP ended the connection of c; reconnect delivers status.
func (a *API) ended(c Ref, t *netstack.TCB, status Err) {
	a.env.Observe(Event{Kind: EventEnded, Conn: a.name(c), Name: string(t.Cause()), Length: t.Retries(), Err: status})
}
