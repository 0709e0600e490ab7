package espconn

// loadTCP loads the fields of an espconn for a call that wants a TCP one. Not OK, with a finding: NULL or another type.
func (a *API) loadTCP(c Ref) (f Fields, e Err) {
	if isNull(c) {
		a.finding(c, RuleNotTCP, "the espconn is NULL")
		return f, a.null(theEspconn)
	}
	if f = c.Load(); f.Type != TypeTCP {
		a.finding(c, RuleNotTCP, "the espconn's type is 0x%x, not ESPCONN_TCP", uint32(f.Type))
		return f, a.wrongType(f, TypeTCP)
	}
	return f, OK
}

// checkConnect reports what a connect will fail of, or fail without a word.
func (a *API) checkConnect(c Ref, f Fields) {
	if f.RemoteIP == [4]byte{} || uint16(f.RemotePort) == 0 {
		a.finding(c, RuleNoRemote, "connect to %d.%d.%d.%d port %d", f.RemoteIP[0], f.RemoteIP[1], f.RemoteIP[2],
			f.RemoteIP[3], f.RemotePort)
	}
	if !f.Registered.Has(Reconnect) {
		a.finding(c, RuleNoReconnect, "nobody hears of a failed connection: no reconnect callback")
	}
	r := &a.client
	if r.certReqOn {
		a.checkBurned(c, "the device's certificate and key", r.certReqSector)
		if !r.caOn {
			a.finding(c, RuleUnverified, "cert_req is on and ca is off: any server gets the device's certificate")
		}
	}
	if r.caOn {
		a.checkBurned(c, "the CA", r.caSector)
	}
}

// checkWriteFinish reports a write_finish callback on a secure connection, which nobody calls. The manual V1.0 makes no exception
// of it among the functions that may be used (manual V1.0 4; V2.1 5).
func (a *API) checkWriteFinish(c Ref, registered bool) {
	if registered && !a.profile.V10 {
		a.finding(c, RuleWriteFinish, "write_finish on a secure connection is never called")
	}
}

// checkBurned reports an image that is not in the flash: the sector is erased, or holds something else.
func (a *API) checkBurned(c Ref, what string, sector uint32) {
	state := ""
	switch e := a.header(sector, 0); {
	case e.length == erased && e.written() == "":
		state = "is erased"
	case e.length == erased || !e.plausible():
		state = "holds no certificate image (a name of 32 bytes, a length of 2, then the file)"
	default:
		return
	}
	a.finding(c, RuleNotBurned, "%s: sector 0x%x (address 0x%x) %s", what, sector, uint64(sector)*sectorSize, state)
}

// checkUnconnected reports a send without a connection.
func (a *API) checkUnconnected(c Ref) {
	if a.servedBy(c) != nil {
		a.finding(c, RuleSendUnconnected, "send on the server's espconn; the connect callback was given the client's")
		return
	}
	if a.plainOf(c) == nil {
		a.finding(c, RuleSendUnconnected, "send without a connection")
	}
}

// poisonLeast is the number of poisoned bytes that is taken for lent data. Choice: shorter data may be so by chance.
const poisonLeast = 4

// poisoned tells whether data is what a recv callback had lent: its bytes are overwritten at the callback's end.
func poisoned(data []byte) bool {
	for _, b := range data {
		if b != poison {
			return false
		}
	}
	return len(data) >= poisonLeast
}

// servedBy returns the secure server whose espconn c is, nil if it is none. With axTLS the server's espconn is its client's
// too, and none is served by it.
func (a *API) servedBy(c Ref) *secureServer {
	if a.library.sharesEspconn() {
		return nil
	}
	return a.secureServerOf(c)
}
