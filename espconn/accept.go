package espconn

import (
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Accept is espconn_accept: a TCP server on the local port in c, with at most TcpGetMaxCon connections at a time, each
// closed after 10 s of silence. ARG for NULL and another type, ISCONN when an active connection's espconn has the same
// local port, MEM without memory, else OK and state LISTEN. On a port that a server or a connection in TIME_WAIT has the
// result is OK, too, but nobody ever comes (espconn.md 5.2).
func (a *API) Accept(c Ref) Err {
	return a.call("espconn_accept", c, "", func() Err {
		if e := a.notTCP(c); e != OK {
			return e
		}
		f := c.Load()
		if !f.HasProto {
			return a.nullProto(c, "espconn_accept")
		}
		if a.portActive(f.LocalPort) {
			return a.activePort(c, f.LocalPort)
		}
		ps := &plainServer{api: a, ref: c, port: uint16(f.LocalPort), allow: a.maxCon(), idle: idleDefault}
		if ps.record = a.newRecord(); ps.record == 0 {
			return a.noMemory()
		}
		lst, err := a.env.Stack().Listen(netip.IPv4Unspecified(), ps.port, ps.accept)
		switch err {
		case nil:
		case netstack.ErrMem, netstack.ErrBuf: // the PCB, the one that listens
			a.env.Heap().Free(ps.record)
			return a.noMemory()
		default:
			a.finding(c, RuleDeafServer, "port %d is taken: accept returns 0, but nobody will ever come", ps.port)
			if lst = a.env.Stack().ListenNowhere(); lst == nil {
				a.env.Heap().Free(ps.record)
				return a.noMemory()
			}
		}
		ps.listener = lst
		a.plainServers = append(a.plainServers, ps)
		a.setState(c, StateListen)
		return OK
	})
}

// SecureAccept is espconn_secure_accept: a TLS server on the local port in c. One server with one client at a time
// (manual V2.1 5.1, V1.0 4.3). Set certificate and key before, and size and CA check (manual V2.1 3.2).
//
// ManualV21 (manual-profile.md #10): ARG for an espconn in plain use, NULL, another type, and without certificate or key; ISCONN
// for a secure client's and while a server exists (manual-profile.md #37); MEM for a size over 3,072 with the server's CA on, for a
// free heap below size + 14,336, when a block or socket is missing and when the port is taken; else OK and state LISTEN. The SDK:
// tls.md 5.2.
func (a *API) SecureAccept(c Ref) Err {
	return a.call("espconn_secure_accept", c, "", func() Err {
		f, e := a.loadTCP(c)
		if e != OK {
			return e
		}
		p := &a.profile
		if !f.HasProto {
			if !p.ConnectNullProto {
				a.fatal(c, CauseLoadProhibited, "espconn_secure_accept: the espconn has no esp_tcp")
			}
			a.finding(c, RuleNotTCP, "the espconn has no esp_tcp")
			return a.noProto(espTCP)
		}
		if a.listening() {
			a.finding(c, RuleAcceptTwice, "a secure server exists already")
			if p.AcceptAgain != OK {
				return a.because(p.AcceptAgain, boundedtls.Cause{ID: CauseServerExists})
			}
		}
		a.checkWriteFinish(c, f.Registered.Has(WriteFinish))
		a.takeLinked()
		if !a.cert.set || !a.key.set {
			a.finding(c, RuleNoCertificate, "accept before espconn_secure_set_default_certificate and _private_key")
			if p.AcceptChecks {
				return a.because(ARG, boundedtls.Cause{ID: CauseNoCertificate, Object: a.lacking()})
			}
		}
		if e := a.tooLargeForMutual(c, &a.server, a.server.caOn); e != OK {
			return e
		}
		if a.server.caOn {
			a.checkBurned(c, "the CA of the server", a.server.caSector)
		}
		if p.AcceptChecks {
			if e := a.heapShort(a.server.size); e != OK {
				return e
			}
		}
		return a.listenSecure(c, uint16(f.LocalPort))
	})
}

// lacking names what a secure server has not been given.
func (a *API) lacking() string {
	switch {
	case a.cert.set:
		return "private key"
	case a.key.set:
		return "certificate"
	}
	return "certificate and private key"
}

// Delete is espconn_delete: a TCP server or a UDP espconn is gone. ARG for NULL and a UDP espconn that was not created;
// INPROGRESS for a server with connections; else OK, also for a TCP espconn that is no server (espconn.md 5.6,
// oracle/espconn FINDINGS A6).
func (a *API) Delete(c Ref) Err {
	return a.call("espconn_delete", c, "", func() Err {
		if isNull(c) {
			return a.null(theEspconn)
		}
		if c.Load().Type == TypeUDP {
			uc := a.udpOf(c)
			if uc == nil {
				if a.secureOf(c) != nil && a.profile.MixedWorks && !a.library.onPCB() { // mbedTLS's record has no PCB (espconn.md 5.6)
					a.crashesOnSecure(c, CauseLoadProhibited, "espconn_delete of a type that was changed to UDP")
				}
				return a.because(ARG, boundedtls.Cause{ID: CauseNotCreated})
			}
			uc.close()
			return OK
		}
		if n := a.count(c); n > 0 {
			a.finding(c, RuleDeleteConnected, "delete while a client is connected")
			return a.because(INPROGRESS, boundedtls.Cause{ID: CauseHasClients, Have: n})
		}
		if ps := a.plainServerOf(c); ps != nil {
			ps.close()
		}
		return OK
	})
}

// SecureDelete is espconn_secure_delete: the server, its certificate and its key are gone. ARG for NULL and for an
// espconn that is not the server; INPROGRESS while a client is connected to it: disconnect that first
// (manual V2.1 5.2; manual-profile.md #14, tls.md 5.5).
func (a *API) SecureDelete(c Ref) Err {
	return a.call("espconn_secure_delete", c, "", func() Err {
		if isNull(c) {
			return a.null(theEspconn)
		}
		ss := a.secureServerOf(c)
		if n := a.count(c); n != 0 && (ss != nil || a.profile.MixedWorks) { // the SDK: of whatever espconn (tls.md 5.5)
			a.finding(c, RuleDeleteConnected, "delete while a client is connected")
			return a.because(INPROGRESS, boundedtls.Cause{ID: CauseHasClients, Have: n})
		}
		if ss == nil {
			return a.because(ARG, boundedtls.Cause{ID: CauseNotServer})
		}
		if !a.cert.set || !a.key.set {
			if a.profile.DeleteCrashes {
				a.fatal(c, CauseLoadProhibited, "espconn_secure_delete without certificate and key")
			}
		}
		ss.close()
		a.freeObject(&a.cert)
		a.freeObject(&a.key)
		return OK
	})
}
