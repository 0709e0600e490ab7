package espconn

import "net/netip"

// plainOnSecure handles a plain call on a secure connection (manual-profile.md #32): a finding, and true when the call has to
// end with ARG. By the SDK's profiles some calls work, and those that crash raise the exception here
// (oracle/espconn FINDINGS B8). False without a finding when c has no secure connection.
func (a *API) plainOnSecure(c Ref, name string, crashes bool) bool {
	if a.secureOf(c) == nil {
		return false
	}
	a.finding(c, RuleMixed, "%s on a secure connection", name)
	if !a.profile.MixedWorks {
		return true
	}
	if crashes {
		a.fatal(c, CauseLoadProhibited, "%s on a secure connection", name)
		return true
	}
	return false
}

// plainOnSecureServer handles a plain call on the espconn of a secure server or of its client: a finding, and true when the
// call has to end with ARG.
func (a *API) plainOnSecureServer(c Ref, name string) bool {
	a.finding(c, RuleMixed, "%s on a secure espconn", name)
	return !a.profile.MixedWorks
}

// secureOnPlain handles a secure call on a plain connection: a finding; the SDK crashes.
func (a *API) secureOnPlain(c Ref, name string) {
	if a.plainOf(c) == nil {
		return
	}
	a.finding(c, RuleMixed, "%s on a plain connection", name)
	if a.profile.MixedWorks {
		a.fatal(c, CauseLoadProhibited, "%s on a plain connection", name)
	}
}

// What the plain functions do on a secure connection, which makes it a conn.

func (sc *secureConn) espconn() Ref           { return sc.ref }
func (sc *secureConn) remote() netip.AddrPort { return peerOf(sc.ref.Load()) }

func (sc *secureConn) plainSend(name string, c Ref, _ []byte) Err {
	sc.api.plainOnSecure(c, name, false)
	return ARG
}

func (sc *secureConn) recvHold(c Ref) Err { return sc.ignored(c, "espconn_recv_hold", false) }

func (sc *secureConn) recvUnhold(c Ref) Err { return sc.ignored(c, "espconn_recv_unhold", true) }

func (sc *secureConn) registTime(c Ref, _ uint32) Err {
	return sc.ignored(c, "espconn_regist_time", false)
}

// ignored is the result of a plain function that has no effect on a secure connection.
func (sc *secureConn) ignored(c Ref, name string, crashes bool) Err {
	if sc.api.plainOnSecure(c, name, crashes) {
		return ARG
	}
	return OK
}
