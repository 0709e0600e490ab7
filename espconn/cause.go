package espconn

import "github.com/emu8266/emu8266/espconn/boundedtls"

// CauseID names why a call was refused or a connection ended. Those of the TLS engine are in package boundedtls, those of TCP in
// package netstack. The words for all of them, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID = boundedtls.CauseID

// Why a call was refused.
const (
	CauseNoMemory  CauseID = "espconn/no-memory"   // ESPCONN_MEM
	CauseNoAddress CauseID = "espconn/no-address"  // ESPCONN_RTE
	CauseBusy      CauseID = "espconn/busy"        // ESPCONN_INPROGRESS
	CauseArgument  CauseID = "espconn/argument"    // ESPCONN_ARG
	CauseConnected CauseID = "espconn/connected"   // ESPCONN_ISCONN
	CauseTooMuch   CauseID = "espconn/too-much"    // ESPCONN_MAXNUM
	CauseInterface CauseID = "espconn/interface"   // ESPCONN_IF
	CauseNoClock   CauseID = "espconn/no-clock"    // axTLS wants the time before it connects
	CauseArguments CauseID = "espconn/arguments"   // a function that returns bool said false
	CauseReturned  CauseID = "espconn/return-code" // Object: another code
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
)

// refusals are the causes of the codes that functions return.
var refusals = map[Err]CauseID{
	MEM: CauseNoMemory, RTE: CauseNoAddress, INPROGRESS: CauseBusy, ARG: CauseArgument, ISCONN: CauseConnected,
	MAXNUM: CauseTooMuch, IF: CauseInterface, NOCLOCK: CauseNoClock,
}

// refused reports why a call returns ret, unless that is OK.
func (a *API) refused(conn, name string, ret Err) {
	if ret == OK {
		return
	}
	why := &boundedtls.Cause{ID: refusals[ret], Have: int(ret)}
	if why.ID == "" {
		why.ID, why.Object = CauseReturned, ret.String()
	}
	a.env.Observe(Event{Kind: EventCause, Conn: conn, Name: name, Cause: why})
}
