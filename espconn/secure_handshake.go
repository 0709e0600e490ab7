package espconn

import (
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// startTLS begins the handshake on a connection that TCP has just brought up: ring, log line, certificates, buffers.
func (sc *secureConn) startTLS() {
	a := sc.api
	sc.phase = phaseHandshake
	ring := a.newRing(sc.sock)
	if !ring && a.profile.RingSilent && sc.server == nil {
		return
	}
	role := sc.role()
	a.printf("%s handshake start.\n", role)
	if !ring {
		sc.failed(a.profile.Engine.NoMemory("the receive ring", false))
		if a.profile.RingSilent {
			a.fatal(sc.server.ref, CauseStoreProhibited, "a client came without memory for its receive ring: the SDK frees a block that is not its own")
		}
		return
	}
	sc.tls = a.profile.Engine.New(sc.config(role))
	if err := sc.configure(role); err != nil {
		sc.failed(err)
		return
	}
	a.env.Overclock(true)
	sc.handshake()
}

func (sc *secureConn) role() boundedtls.Role {
	if sc.server != nil {
		return boundedtls.Server
	}
	return boundedtls.Client
}

func (sc *secureConn) config(role boundedtls.Role) boundedtls.Config {
	a, r := sc.api, sc.api.role(sc.role())
	size := int(r.size)
	c := boundedtls.Config{
		Role:   role,
		Size:   func() int { return size },
		Verify: r.caOn,
		Rand:   a.env.Rand(),
		Heap:   a.env.Heap(),
		Spend:  a.env.Spend,
		KeyLog: a.env.KeyLog(),
		Now:    a.env.WallClock(),
		Print:  func(line string) { a.printf("%s\n", line) },
		Observe: func(e boundedtls.Event) {
			a.env.Observe(Event{Kind: EventTLS, Conn: a.name(sc.ref), TLS: e})
		},
	}
	if a.profile.SizeLive {
		c.Size = func() int { return int(r.size) }
	}
	return c
}

// configure loads certificates in the SDK's order, own certificate, own key, CA, and allocates the buffers
// (tls.md 4.5, 6.1).
func (sc *secureConn) configure(role boundedtls.Role) *boundedtls.Error {
	a, r := sc.api, sc.api.role(role)
	if role == boundedtls.Server {
		if !a.cert.set || !a.key.set {
			a.fatal(sc.server.ref, CauseLoadProhibited, "first client of a server without certificate and key")
			return a.profile.Engine.NoMemory("the server's certificate", false)
		}
		if err := a.useObject(&a.cert, sc.tls.OwnCert); err != nil {
			return err
		}
		if err := a.useObject(&a.key, sc.tls.OwnKey); err != nil {
			return err
		}
	} else if r.certReqOn {
		if err := a.loadNamed(r.certReqSector, "certificate", sc.tls.OwnCert); err != nil {
			return err
		}
		if err := a.loadNamed(r.certReqSector, "private_key", sc.tls.OwnKey); err != nil {
			return err
		}
	}
	if r.caOn {
		if err := a.loadCA(r.caSector, sc.tls.CA); err != nil {
			return err
		}
	}
	return sc.tls.Setup()
}

// handshake runs the engine until it needs input. Each record goes to TCP before the next is made, as in the SDK.
func (sc *secureConn) handshake() {
	for {
		switch sc.tls.Handshake() {
		case boundedtls.HasOutput:
			sc.flush()
		case boundedtls.Done:
			sc.established()
			return
		case boundedtls.Failed:
			sc.flush()
			sc.failed(sc.tls.Err())
			return
		default:
			sc.output()
			return
		}
	}
}

// established ends the handshake: log line, memory of the handshake, connect callback. Data that came with the last
// handshake bytes is read now, or with the next segment (tls.md 2.7).
func (sc *secureConn) established() {
	a := sc.api
	if err := sc.tls.FinishHandshake(); err != nil {
		sc.failed(err)
		return
	}
	a.env.Overclock(false)
	a.printf("%s handshake ok!\n", sc.role())
	holder := &sc.holder
	if sc.server != nil {
		holder = &sc.server.holder
	}
	a.env.Heap().Free(*holder)
	*holder = 0
	sc.phase = phaseUp
	a.entered(sc.ref, Connect, StateConnect)
	a.callback(sc.ref, Connect, nil, OK)
	if !a.profile.DataWithFinished && !sc.closing && sc.tls.State().Buffered > 0 {
		sc.receive()
	}
	sc.output()
}

// failed ends a connection by err: the log's two lines, the status for the callback, close_notify after the handshake,
// TCP's FIN, and the close event (tls.md 3.1, 7).
func (sc *secureConn) failed(err *boundedtls.Error) {
	a := sc.api
	if err.Crash {
		a.fatal(sc.ref, CauseStoreProhibited, "%s", err.Cause.Object)
		sc.abandon()
		return
	}
	if err.Print != "" {
		a.printf("%s\n", strings.TrimSuffix(err.Print, "\n"))
	}
	if sc.phase == phaseUp {
		a.printf("%s's data invalid protocol\n", sc.role())
	} else {
		a.printf("%s handshake failed!\n", sc.role())
	}
	a.printf("Reason:[%s]\n", err.Reason())
	*sc.status = err.HSStatus()
	_, status := err.Callback()
	a.env.Observe(Event{Kind: EventFailure, Conn: a.name(sc.ref), Err: Err(status), TLSError: err})
	if sc.phase == phaseUp && err.Code != boundedtls.CodePeerClosed && sc.sock != nil {
		sc.tls.CloseNotify()
		sc.flush()
	}
	sc.close()
}

// PeerClosed is the peer's FIN, which ends the connection in every phase (tls.md 3.2).
func (sc *secureConn) PeerClosed(*netstack.TCB) {
	if sc.closing || sc.tls == nil {
		return
	}
	sc.failed(&boundedtls.Error{Code: boundedtls.CodePeerClosed, Cause: &boundedtls.Cause{ID: CausePeerFIN}})
}
