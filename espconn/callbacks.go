package espconn

import "fmt"

// RegistConnectcb sets the callback of a finished connection. The result is OK, or ARG for NULL (espconn.md 5.10).
// Registering on a server after a client was accepted does not affect that client.
func (a *API) RegistConnectcb(c *Espconn, cb func(*Espconn)) Err {
	return a.Regist(c, Connect, func() { c.Proto.TCP.ConnectCallback = cb })
}

// RegistReconcb sets the callback of a connection that failed or broke. Results as RegistConnectcb (espconn.md 5.10).
// The callback's Err is a code of TCP (RST, CONN, TIMEOUT, ABRT) or the TLS library's code folded into eight bits: -114 for
// -0x7200 (tls.md 3.1). `emu8266 decode -114` and emulator's Device.Explain say what it means.
func (a *API) RegistReconcb(c *Espconn, cb func(*Espconn, Err)) Err {
	return a.Regist(c, Reconnect, func() { c.Proto.TCP.ReconnectCallback = cb })
}

// RegistDisconcb sets the callback of a connection that was closed. Results as RegistConnectcb.
func (a *API) RegistDisconcb(c *Espconn, cb func(*Espconn)) Err {
	return a.Regist(c, Disconnect, func() { c.Proto.TCP.DisconnectCallback = cb })
}

// RegistRecvcb sets the callback of received data. Results as RegistConnectcb.
func (a *API) RegistRecvcb(c *Espconn, cb func(*Espconn, []byte)) Err {
	return a.Regist(c, Recv, func() { c.RecvCallback = cb })
}

// RegistSentcb sets the callback of a finished send. Results as RegistConnectcb.
func (a *API) RegistSentcb(c *Espconn, cb func(*Espconn)) Err {
	return a.Regist(c, Sent, func() { c.SentCallback = cb })
}

// RegistWriteFinish sets a callback that secure connections never call: 0 and a finding there (manual V2.1 5;
// manual-profile.md #32). V1.0 makes no exception of it: no finding by ManualV10, and still no call.
// ARG for NULL, without esp_tcp and for UDP (espconn.md 5.10).
func (a *API) RegistWriteFinish(c *Espconn, cb func(*Espconn)) Err {
	return a.Regist(c, WriteFinish, func() { c.Proto.TCP.WriteFinish = cb })
}

var registNames = [...]string{
	Connect: "espconn_regist_connectcb", Reconnect: "espconn_regist_reconcb", Disconnect: "espconn_regist_disconcb",
	Recv: "espconn_regist_recvcb", Sent: "espconn_regist_sentcb", WriteFinish: "espconn_regist_write_finish",
}

// Regist is the one path of all espconn_regist_*cb functions: it checks c, lets store write the field for kind, and
// reports the call. Firmware of other kinds calls it with a store of its own; Go firmware uses the methods above.
func (a *API) Regist(c Ref, kind CallbackKind, store func()) Err {
	if int(kind) >= len(registNames) {
		panic(fmt.Sprintf("espconn: Regist: there is no callback %d", kind))
	}
	return a.call(registNames[kind], c, "", func() Err {
		if isNull(c) {
			return a.null(theEspconn)
		}
		if kind != Recv && kind != Sent {
			unchecked := kind != WriteFinish && a.profile.RegistCrashes
			switch f := c.Load(); {
			case !f.HasProto:
				if unchecked {
					a.fatal(c, CauseStoreProhibited, "%s: the espconn has no esp_tcp", registNames[kind])
				}
				return a.noProto(espTCP)
			case f.Type == TypeUDP && !unchecked:
				return a.wrongType(f, TypeTCP)
			case f.Type == TypeUDP:
				a.finding(c, RuleNotTCP, "%s of a UDP espconn: the SDK writes the callback behind the struct esp_udp, over what lies there",
					registNames[kind])
				if _, ok := c.(*Espconn); ok {
					return OK // nothing lies behind it in Go
				}
			}
		}
		store()
		if ss := a.servedBy(c); ss != nil && ss.clients() > 0 {
			a.finding(c, RuleRegistLate, "%s while a client is connected: that client keeps the callbacks it has", registNames[kind])
		}
		a.checkWriteFinish(c, kind == WriteFinish && a.isSecure(c))
		return OK
	})
}
