package espconn

import (
	"net/netip"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// use is a set of what an espconn is used for at the moment.
type use uint8

// The uses. With axTLS the server's espconn is its client's too (axtls.md 5): that counts as the server's alone.
const (
	plainClient   use = 1 << iota // from connect until its last callback begins
	plainAccepted                 // a connection of a plain server
	plainListener
	udpPort // created
	secureClient
	secureAccepted
	secureListener

	anyPlain  = plainClient | plainAccepted | plainListener | udpPort
	anySecure = secureClient | secureAccepted | secureListener
)

// uses returns what c is used for.
func (a *API) uses(c Ref) (u use) {
	id := c.ID()
	for _, pc := range a.plainConns {
		switch {
		case pc.ref.ID() != id || pc.closing:
		case pc.server == nil:
			u |= plainClient
		default:
			u |= plainAccepted
		}
	}
	if a.plainServerOf(c) != nil {
		u |= plainListener
	}
	if a.udpOf(c) != nil {
		u |= udpPort
	}
	if a.secureServerOf(c) != nil {
		u |= secureListener
	}
	for _, sc := range a.secureConns {
		switch {
		case sc.ref.ID() != id:
		case sc.server == nil:
			u |= secureClient
		case u&secureListener == 0:
			u |= secureAccepted
		}
	}
	return u
}

// inWords names uses in findings.
var inWords = []struct {
	use  use
	text string
}{
	{secureListener, "a secure server"}, {secureAccepted, "the client of a secure server"}, {secureClient, "a secure client"},
	{plainListener, "a plain server"}, {plainAccepted, "the client of a plain server"}, {plainClient, "a plain client"},
	{udpPort, "a UDP port"},
}

// otherRoles are the uses by its own stack that a call has nothing to do with.
var otherRoles = map[string]use{
	"espconn_connect":        plainListener | plainAccepted | udpPort,
	"espconn_accept":         plainClient | plainAccepted | udpPort,
	"espconn_create":         plainClient | plainAccepted | plainListener,
	"espconn_delete":         plainClient | plainAccepted,
	"espconn_secure_connect": secureListener | secureAccepted,
	"espconn_secure_accept":  secureClient | secureAccepted,
	"espconn_secure_delete":  secureClient | secureAccepted,
}

// starts are the calls that begin something on an espconn.
var starts = map[string]bool{"espconn_connect": true, "espconn_accept": true, "espconn_create": true,
	"espconn_secure_connect": true, "espconn_secure_accept": true}

// onAnyKind reports whether a call may be made on an espconn of either stack: the callbacks of both are registered by the same
// functions (manual V2.1 5, V1.0 4), and a name's lookup only hands the espconn to its callback.
func onAnyKind(name string) bool {
	return strings.HasPrefix(name, "espconn_regist_") && name != "espconn_regist_time" || name == "espconn_gethostbyname"
}

// mixed looks before a call whether c is in use by the other stack, or in the other role of the same one: a finding. OK lets the
// call go on: by the SDK's profiles it then has the effect that it has there, and between plain uses the manuals say nothing. By
// the manual profiles a call of the other stack ends with ARG, and a secure connect or accept in the other role with ISCONN
// (manual-profile.md #32, #37).
func (a *API) mixed(c Ref, name string) Err {
	if isNull(c) || onAnyKind(name) {
		return OK
	}
	secure := strings.HasPrefix(name, "espconn_secure_")
	foreign, uses := anySecure, a.uses(c)
	if secure {
		foreign = anyPlain
	}
	rule, result := RuleMixed, OK
	switch {
	case uses&foreign != 0:
		uses &= foreign
		if !a.profile.MixedWorks && (a.profile.OneUse || !starts[name]) {
			result = a.because(ARG, boundedtls.Cause{ID: CauseMixed, Object: word(uses)})
		}
	case uses&otherRoles[name] != 0:
		rule = RuleOtherRole
		uses &= otherRoles[name]
		if f := c.Load(); secure && starts[name] && a.profile.OneUse && f.Type == TypeTCP && f.HasProto {
			result = a.because(ISCONN, boundedtls.Cause{ID: CauseMixed, Object: word(uses)})
		}
	default:
		return OK
	}
	a.finding(c, rule, "%s on an espconn that is %s", name, word(uses))
	return result
}

// word names the first of uses.
func word(uses use) string {
	for _, w := range inWords {
		if uses&w.use != 0 {
			return w.text
		}
	}
	return ""
}

// crashesOnSecure raises the exception of a plain call that crashes on a secure connection (oracle/espconn FINDINGS B8). False
// when c has none.
func (a *API) crashesOnSecure(c Ref, cause int, name string) bool {
	if a.secureOf(c) == nil {
		return false
	}
	a.fatal(c, cause, "%s on a secure connection", name)
	return true
}

// secureOnPlain handles a secure call on a plain connection or a UDP port, where the SDK crashes: it finds a connection without a TLS part.
func (a *API) secureOnPlain(c Ref, name string) {
	if a.plainOf(c) != nil || a.udpOf(c) != nil {
		a.fatal(c, CauseLoadProhibited, "%s on a plain connection", name)
	}
}

// closesUDP raises the exception of a disconnect or an abort of a UDP port whose type says TCP: its block is closed as TCP's.
// Deviation: the SDK first sends a reset to the address that lies behind the block; here nothing is sent. Nor does espconn_get_packet_info
// of such a port read there.
func (a *API) closesUDP(c Ref, name string) {
	if a.profile.MixedWorks && a.udpOf(c) != nil {
		a.fatal(c, CauseStoreProhibited, "%s of a UDP port: its block is closed as TCP's", name)
	}
}

// What the plain functions do on a secure connection by the profiles that let them (Profile.MixedWorks).

func (sc *secureConn) espconn() Ref           { return sc.ref }
func (sc *secureConn) remote() netip.AddrPort { return peerOf(sc.ref.Load()) }

// plainSend finds no connection that may send, until a secure send is under way: then mbedTLS's record, which has no list of sends and no
// PCB, seems to have as many as it may, and with COPY the SDK looks for the PCB (espconn.md 5.7).
func (sc *secureConn) plainSend(name string, c Ref, _ []byte) Err {
	if sc.tx.busy && !sc.api.library.onPCB() {
		if sc.options.set&COPY == 0 {
			return sc.api.awaitsSent(MAXNUM, 0, 0)
		}
		sc.api.crashesOnSecure(c, CauseLoadProhibited, name)
	}
	return sc.api.because(ARG, boundedtls.Cause{ID: CauseOnSecure})
}

func (sc *secureConn) tcpOptions() (*tcpOptions, *netstack.TCB) {
	if sc.api.library.onPCB() {
		return &sc.options, sc.tcb
	}
	return &sc.options, nil
}

func (sc *secureConn) recvHold(Ref) Err {
	sc.held = true
	return OK
}

// recvUnhold has nothing to do where nothing was held, or TLS takes the data at once; else it looks for a PCB (espconn.md 5.16).
func (sc *secureConn) recvUnhold(c Ref) Err {
	if !sc.held || sc.api.library.onPCB() {
		sc.held = false
		return OK
	}
	sc.api.crashesOnSecure(c, CauseLoadProhibited, "espconn_recv_unhold")
	return sc.api.because(ARG, boundedtls.Cause{ID: CauseOnSecure})
}

func (sc *secureConn) registTime(Ref, uint32) Err { return OK }

// closeAsPlain is espconn_disconnect, or espconn_abort, where the record of a secure connection has TCP's PCB: TCP is closed or reset, the
// callback is the plain connection's, and TLS keeps its memory for ever (read: espconn_tcp_disconnect of SDK 3.0.6 with libssl).
func (sc *secureConn) closeAsPlain(reset bool) Err {
	a := sc.api
	if sc.ref.Load().State == StateClose && (reset || sc.server == nil) {
		return a.because(INPROGRESS, boundedtls.Cause{ID: CauseClosing})
	}
	if t := sc.giveUpTCP(); t != nil && reset {
		t.Abort()
	} else if t != nil {
		_ = t.Close()
		t.Output()
	}
	sc.closing = true
	a.setState(sc.ref, StateClose)
	a.env.Post(prioPlain, func() {
		if !sc.listed {
			return
		}
		a.trim()
		a.unlistSecure(sc)
		a.packets[Disconnect] = sc.packet
		a.callback(sc.ref, Disconnect, nil, OK)
		a.env.Heap().Free(sc.record)
		sc.record = 0
	})
	return OK
}

// closeAsSecure is espconn_secure_disconnect on a plain connection with libssl: TCP is closed, and nobody hears of it, because the event is
// one of TLS, which the connection has not; its record stays in the list. Deviation: with an accepted connection the SDK may make the
// server's disconnect callback; here that is made as after espconn_disconnect.
func (pc *plainConn) closeAsSecure() {
	if pc.server != nil {
		pc.close()
		return
	}
	if t := pc.tcb; t != nil && t.Close() == nil {
		t.SetHandler(nil)
		pc.leave()
	}
	pc.api.setState(pc.ref, StateClose)
}
