package elf

import (
	"bytes"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/witness"
)

// tlsWatched are functions of mbedTLS and of the SDK's layer around it, the same in 2.2.0 to 3.0.6, that show a connection. What they do is
// told by package witness.
var tlsWatched = map[string]func(v *vendorStack){
	"mbedtls_ssl_handshake_client_step": (*vendorStack).tlsStep,
	"mbedtls_ssl_handshake_server_step": (*vendorStack).tlsStep,
	"mbedtls_ssl_handshake":             (*vendorStack).tlsCall,
	"mbedtls_ssl_read":                  (*vendorStack).tlsCall,
	"mbedtls_net_recv":                  (*vendorStack).tlsReceive,
	"mbedtls_net_send":                  (*vendorStack).tlsSend,
	"ringbuf_memcpy_from":               func(v *vendorStack) { v.tls.ring = v.g.cpu.Arg(1) },
	"mbedtls_parse_internal":            (*vendorStack).tlsEvent,

	"mbedtls_x509_crt_verify_with_profile": (*vendorStack).tlsVerify,

	// axTLS
	"SSLClient_new":     func(v *vendorStack) { v.tlsOf(v.g.cpu.Arg(1), true) }, // (context, pcb, ...)
	"sslserver_new":     func(v *vendorStack) { v.tlsOf(v.g.cpu.Arg(1), true) },
	"espconn_ssl_read":  (*vendorStack).axRead,
	"tcp_write":         (*vendorStack).tlsSend,
	"ssl_display_error": (*vendorStack).axFails,
}

// Offsets in mbedtls_ssl_context, in the SDK's espconn_msg and in its ring buffer, the same in 2.2.0 to 3.0.6 (lx106.md 11).
const (
	sslState = 4
	sslBio   = 28 // the socket, which lies in the block that espconn_msg names

	msgTCP    = 4  // of espconn's own, and of axTLS
	msgServer = 84 // the listening espconn of an accepted connection
	msgTLS    = 88
	msgNext   = 92
	blockMax  = 1024 // the block that the socket lies in is shorter

	axTCP  = 24 // in axTLS's SSL: the connection of TCP
	axRing = 28 // and what has come

	optionServer = 4 // in its ssl_option: the sizes
	optionClient = 28

	ringHead = 4
	ringTail = 8
	ringSize = 12
)

// Results that are no failure: MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_WRITE.
const (
	wantRead  = -0x6900
	wantWrite = -0x6880
)

// tlsWatch are the connections of the TLS library.
type tlsWatch struct {
	conns map[uint32]*tlsConn // by their socket
	now   *tlsConn            // that the library is at work with; nil: none yet, in the event under way
	ring  uint32              // that was read last
}

// tlsConn is one of them.
type tlsConn struct {
	*witness.Witness
	name string
	ring uint32
	err  *boundedtls.Error // that it has failed with
}

// tlsConnsMax bounds them: the SDK has three sockets. Choice.
const tlsConnsMax = 16

// word returns the word at p, 0 where there is no memory.
func (v *vendorStack) word(p uint32) uint32 {
	b, ok := v.g.Read(p, 4)
	if !ok {
		return 0
	}
	return order.Uint32(b)
}

// tlsOwner returns the espconn of the connection with a socket of mbedTLS or a connection of TCP, and whether it was accepted.
func (v *vendorStack) tlsOwner(socket uint32) (p uint32, accepted bool) {
	const most = 64 // connections. Choice.
	x, ok := v.g.image.symbols.byName["plink_active"]
	if !ok {
		return 0, false
	}
	at := v.word(x.addr)
	for n := 0; n < most && at != 0; n++ {
		if block := v.word(at + msgTLS); v.word(at+msgTCP) == socket || block != 0 && socket-block < blockMax {
			return v.word(at), v.word(at+msgServer) != 0
		}
		at = v.word(at + msgNext)
	}
	return 0, false
}

// tlsOf returns the connection with a socket, which is a new one at the handshake's begin.
func (v *vendorStack) tlsOf(socket uint32, begins bool) *tlsConn {
	c := v.tls.conns[socket]
	if socket == 0 || c != nil && !begins {
		v.tls.now = c
		return c
	}
	p, accepted := v.tlsOwner(socket)
	if p == 0 {
		return nil
	}
	if v.tls.conns == nil || len(v.tls.conns) >= tlsConnsMax {
		v.tls.conns = map[uint32]*tlsConn{}
	}
	c = &tlsConn{name: v.nameOf(p)}
	c.Witness = &witness.Witness{Engine: mbedtls.Late(), Master: v.keys.master, Observe: func(e boundedtls.Event) {
		v.g.board.Observe(espconn.Event{Kind: espconn.EventTLS, Conn: c.name, TLS: e})
	}}
	c.Size = func() int { return v.tlsSize(c.Role) }
	if accepted {
		c.Role = boundedtls.Server
	}
	if profile, ok := v.g.image.Profile(); ok {
		c.Engine = profile.TLS
	}
	v.tls.conns[socket], v.tls.now = c, c
	return c
}

// tlsSize is what espconn_secure_set_size has set.
func (v *vendorStack) tlsSize(role boundedtls.Role) int {
	if x, ok := v.g.image.symbols.byName["max_content_len"]; ok {
		return int(v.word(x.addr))
	}
	if x, ok := v.g.image.symbols.byName["ssl_option"]; ok { // axTLS
		at := x.addr + optionClient
		if role == boundedtls.Server {
			at = x.addr + optionServer
		}
		return int(v.word(at) & 0xFFFF)
	}
	return boundedtls.DefaultSize
}

// tlsStep is mbedtls_ssl_handshake_client_step(ssl), and the server's.
func (v *vendorStack) tlsStep() {
	ssl := v.g.cpu.Arg(0)
	if c := v.tlsOf(v.word(ssl+sslBio), v.word(ssl+sslState) == 0); c != nil {
		v.onReturn(func(uint32) { c.Step(v.word(ssl + sslState)) })
	}
}

// tlsCall is mbedtls_ssl_handshake(ssl) or mbedtls_ssl_read(ssl, ...): where a connection fails.
func (v *vendorStack) tlsCall() {
	socket := v.word(v.g.cpu.Arg(0) + sslBio)
	v.onReturn(func(result uint32) {
		code := int(int32(result))
		if c := v.tls.conns[socket]; c != nil && code < 0 && code != wantRead && code != wantWrite {
			v.tlsFails(c, code)
		}
	})
}

// tlsFails has the reason told.
func (v *vendorStack) tlsFails(c *tlsConn, code int) {
	if c.err == nil {
		c.err = c.Why(code, v.ringLeft(c.ring))
	}
}

// ringLeft returns what lies in a ring buffer.
func (v *vendorStack) ringLeft(ring uint32) []byte {
	if ring == 0 {
		return nil
	}
	buf, head, tail, size := v.word(ring), v.word(ring+ringHead), v.word(ring+ringTail), v.word(ring+ringSize)
	b, ok := v.g.Read(buf, size)
	if !ok || head-buf > size || tail-buf > size {
		return nil
	}
	if head >= tail {
		return bytes.Clone(b[tail-buf : head-buf])
	}
	return append(bytes.Clone(b[tail-buf:]), b[:head-buf]...)
}

// tlsReceive is mbedtls_net_recv(socket, buffer, length).
func (v *vendorStack) tlsReceive() {
	c, to := v.tlsOf(v.g.cpu.Arg(0), false), v.g.cpu.Arg(1)
	if c == nil {
		return
	}
	v.tls.ring = 0
	v.onReturn(func(n uint32) {
		if c.ring = v.tls.ring; int32(n) <= 0 {
			return
		}
		if b, ok := v.g.Read(to, n); ok {
			c.Received(b)
		}
	})
}

// axRead is espconn_ssl_read(ssl, buffer, length).
func (v *vendorStack) axRead() {
	ssl := v.g.cpu.Arg(0)
	c, to := v.tlsOf(v.word(ssl+axTCP), false), v.g.cpu.Arg(1)
	if c == nil {
		return
	}
	c.ring = v.word(v.word(ssl + axRing))
	v.onReturn(func(n uint32) {
		if b, ok := v.g.Read(to, n); ok && int32(n) > 0 {
			c.Received(b)
		}
	})
}

// axFails is ssl_display_error(code), where the SDK gives a connection with axTLS up.
func (v *vendorStack) axFails() {
	if c, code := v.tls.now, int(int32(v.g.cpu.Arg(0))); c != nil && code < 0 {
		v.tlsFails(c, code)
		v.onReturn(func(uint32) { v.tlsEnded(c) })
	}
}

// tlsSend is mbedtls_net_send(socket, bytes, length), and with axTLS tcp_write(pcb, bytes, length, flags), which other connections call,
// too.
func (v *vendorStack) tlsSend() {
	c, from, length := v.tls.conns[v.g.cpu.Arg(0)], v.g.cpu.Arg(1), v.g.cpu.Arg(2)
	if c == nil {
		return
	}
	v.tls.now = c
	b, ok := v.g.Read(from, length)
	b = bytes.Clone(b)
	v.onReturn(func(n uint32) {
		if n == 0 && c.Engine.Traits().Library == boundedtls.AxTLS {
			n = uint32(len(b))
		}
		if ok && int32(n) > 0 && n <= uint32(len(b)) {
			c.Sent(b[:n])
		}
	})
}

// tlsVerify is mbedtls_x509_crt_verify_with_profile(chain, trusted, revoked, profile, name, flags, ...).
func (v *vendorStack) tlsVerify() {
	c, flags := v.tls.now, v.g.cpu.Arg(5)
	if c != nil {
		v.onReturn(func(result uint32) { c.Verified(v.word(flags), int(int32(result))) })
	}
}

// tlsNumbered returns the connection whose socket has a number, nil if there is none.
func (v *vendorStack) tlsNumbered(n uint32) *tlsConn {
	for socket, c := range v.tls.conns {
		if p, _ := v.tlsOwner(socket); p != 0 && v.word(socket) == n {
			return c
		}
	}
	return nil
}

// tlsEvent is mbedtls_parse_internal, the SDK's function for whatever happens to a socket: its result ends the connection.
func (v *vendorStack) tlsEvent() {
	v.tls.now = v.tlsNumbered(v.g.cpu.Arg(0))
	v.onReturn(func(result uint32) {
		c, code := v.tls.now, int(int32(result))
		v.tls.now = nil
		if c == nil || code == 0 {
			return
		}
		if c.err == nil && code == boundedtls.CodePeerClosed { // the layer around the library has found it
			c.err = &boundedtls.Error{Code: code, Cause: &boundedtls.Cause{ID: espconn.CausePeerFIN, Role: c.Role}}
		}
		v.tlsFails(c, code)
		v.tlsEnded(c)
	})
}

// tlsEnded tells that the SDK gives a connection up.
func (v *vendorStack) tlsEnded(c *tlsConn) {
	_, status := c.err.Callback()
	v.g.board.Observe(espconn.Event{Kind: espconn.EventFailure, Conn: c.name, Err: espconn.Err(status), TLSError: c.err})
}
