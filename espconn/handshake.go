package espconn

import (
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// startTLS begins the handshake on a connection that TCP has just brought up: ring, log line, certificates, buffers.
func (n *node) startTLS() {
	a := n.api
	n.phase = phaseHandshake
	ring := a.newRing(n.sock)
	if !ring && a.profile.RingSilent && n.lst == nil {
		return
	}
	role := n.role()
	a.printf("%s handshake start.\n", role)
	if !ring {
		n.failed(allocError("the receive ring"))
		if a.profile.RingSilent {
			a.fatal(n.lst.ref, CauseStoreProhibited, "a client came without memory for its receive ring: the SDK frees a block that is not its own")
		}
		return
	}
	n.tls = boundedtls.New(n.config(role))
	if err := n.configure(role); err != nil {
		n.failed(err)
		return
	}
	a.overclock(true)
	n.handshake()
}

func (n *node) role() boundedtls.Role {
	if n.lst != nil {
		return boundedtls.Server
	}
	return boundedtls.Client
}

func (n *node) config(role boundedtls.Role) boundedtls.Config {
	a, r := n.api, n.api.role(n.role())
	size := int(r.size)
	c := boundedtls.Config{
		Role:   role,
		Engine: a.profile.Engine,
		Size:   func() int { return size },
		Verify: r.caOn,
		Rand:   a.env.Rand(),
		Heap:   a.env.Heap(),
		Spend:  a.env.Spend,
		KeyLog: a.env.KeyLog(),
		Now:    a.clock(),
		Print:  func(line string) { a.printf("%s\n", line) },
		Observe: func(e boundedtls.Event) {
			a.env.Observe(Event{Kind: EventTLS, Conn: a.name(n.ref), TLS: e})
		},
	}
	if a.profile.SizeLive {
		c.Size = func() int { return int(r.size) }
	}
	return c
}

// configure loads certificates in the SDK's order, own certificate, own key, CA, and allocates the buffers
// (tls.md 4.5, 6.1).
func (n *node) configure(role boundedtls.Role) *boundedtls.Error {
	a, r := n.api, n.api.role(role)
	if role == boundedtls.Server {
		if !a.cert.set || !a.key.set {
			a.fatal(n.lst.ref, CauseLoadProhibited, "first client of a server without certificate and key")
			return allocError("the server's certificate")
		}
		if err := a.useObject(&a.cert, n.tls.OwnCert); err != nil {
			return err
		}
		if err := a.useObject(&a.key, n.tls.OwnKey); err != nil {
			return err
		}
	} else if r.certReqOn {
		if err := a.loadNamed(r.certReqSector, "certificate", n.tls.OwnCert); err != nil {
			return err
		}
		if err := a.loadNamed(r.certReqSector, "private_key", n.tls.OwnKey); err != nil {
			return err
		}
	}
	if r.caOn {
		if err := a.loadCA(r.caSector, n.tls.CA); err != nil {
			return err
		}
	}
	return n.tls.Setup()
}

// handshake runs the engine until it needs input. Each record goes to TCP before the next is made, as in the SDK.
func (n *node) handshake() {
	for {
		switch n.tls.Handshake() {
		case boundedtls.HasOutput:
			n.flush()
		case boundedtls.Done:
			n.established()
			return
		case boundedtls.Failed:
			n.flush()
			n.failed(n.tls.Err())
			return
		default:
			n.output()
			return
		}
	}
}

// established ends the handshake: log line, memory of the handshake, connect callback. Data that came with the last
// handshake bytes is read now, or with the next segment (tls.md 2.7).
func (n *node) established() {
	a := n.api
	if err := n.tls.FinishHandshake(); err != nil {
		n.failed(err)
		return
	}
	a.overclock(false)
	a.printf("%s handshake ok!\n", n.role())
	holder := &n.holder
	if n.lst != nil {
		holder = &n.lst.holder
	}
	a.env.Heap().Free(*holder)
	*holder = 0
	n.phase = phaseUp
	a.entered(n.ref, Connect, StateConnect)
	a.callback(n.ref, Connect, nil, OK)
	if !a.profile.DataWithFinished && !n.closing && n.tls.Buffered() > 0 {
		n.receive()
	}
	n.output()
}

// failed ends a connection by err: the log's two lines, the status for the callback, close_notify after the handshake,
// TCP's FIN, and the close event (tls.md 3.1, 7).
func (n *node) failed(err *boundedtls.Error) {
	a := n.api
	if err.Crash {
		a.fatal(n.ref, CauseStoreProhibited, "%s", err.Detail)
		n.abandon()
		return
	}
	if err.Print != "" {
		a.printf("%s\n", strings.TrimSuffix(err.Print, "\n"))
	}
	if n.phase == phaseUp {
		a.printf("%s's data invalid protocol\n", n.role())
	} else {
		a.printf("%s handshake failed!\n", n.role())
	}
	a.printf("Reason:[%s]\n", err.Reason())
	*n.status = err.HSStatus()
	_, status := err.Callback()
	a.env.Observe(Event{Kind: EventFailure, Conn: a.name(n.ref), Err: Err(status), TLSError: err})
	if n.phase == phaseUp && err.Code != boundedtls.CodePeerClosed && n.sock != nil {
		n.tls.CloseNotify()
		n.flush()
	}
	n.close()
}

// PeerClosed is the peer's FIN, which ends the connection in every phase (tls.md 3.2).
func (n *node) PeerClosed(*netstack.TCB) {
	if n.closing || n.tls == nil {
		return
	}
	n.failed(&boundedtls.Error{
		Code:      boundedtls.CodePeerClosed,
		Detail:    "the peer closed the TCP connection",
		Diagnosis: &boundedtls.Diagnosis{What: "the peer closed the TCP connection"},
	})
}

// allocError is -0x7F00, what the SDK makes of every failure before the ClientHello (tls.md 3.2).
func allocError(what string) *boundedtls.Error {
	return &boundedtls.Error{
		Code:   codeAlloc,
		Detail: "no memory for " + what,
		Diagnosis: &boundedtls.Diagnosis{
			What:   "no memory for " + what,
			Remedy: "free heap before the connection, or set a smaller size",
		},
	}
}
