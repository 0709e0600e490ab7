package espconn_test

import (
	"crypto/tls"
	"net"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
)

// callbackStates are the uses of an espconn as a callback finds them. In the last callback of a client the connection is gone: what
// begins something works again there (manual-profile.md #8). A secure server's last callback has the listener (#33).
var callbackStates = []useState{
	{"plain client, in its connect callback", "plain", "client", plainTalk(quiet), nil, "connect"},
	{"plain client, in its recv callback", "plain", "client", plainTalk(answers), nil, "recv"},
	{"plain client, in its sent callback", "plain", "client", plainTalk(quiet), nil, "sent"},
	{"plain client, in its disconnect callback", "", "", plainTalk(leaves), nil, "disconnect"},
	{"plain client, in its reconnect callback", "", "", func(rig *deviceRig) *espconn.Espconn {
		c := rig.record(tcp(serverAddr, plainPort, 4000)) // nobody listens
		rig.do(func() { require.Equal(rig.t, espconn.OK, rig.Connect(c)) })
		return c
	}, nil, "reconnect"},
	{"client of a plain server, in its connect callback", "plain", "accepted", visit(false, nil), nil, "connect"},
	{"client of a plain server, in its recv callback", "plain", "accepted", visit(false, talks), nil, "recv"},
	{"secure client, in its connect callback", "secure", "client", secureTalk(quiet), nil, "connect"},
	{"secure client, in its recv callback", "secure", "client", secureTalk(answers), nil, "recv"},
	{"secure client, in its sent callback", "secure", "client", secureTalk(quiet), nil, "sent"},
	{"secure client, in its disconnect callback", "", "", secureTalk(leaves), nil, "disconnect"},
	{"secure client, in its reconnect callback", "", "", func(rig *deviceRig) *espconn.Espconn {
		rig.do(func() { require.Equal(rig.t, espconn.OK, rig.SecureConnect(rig.c)) }) // nobody listens
		return rig.c
	}, nil, "reconnect"},
	{"client of a secure server, in its connect callback", "secure", "accepted", visit(true, nil), nil, "connect"},
	{"client of a secure server, in its recv callback", "secure", "accepted", visit(true, talks), nil, "recv"},
	{"secure server, in its client's disconnect callback", "secure", "server", visit(true, hangsUp), nil, "disconnect"},
}

// What the other side of a connection does when it is up.

func hangsUp(net.Conn) {}

func talks(c net.Conn) {
	_, _ = c.Write([]byte("hello"))
	quiet(c)
}

func answers(c net.Conn) {
	leaves(c)
	talks(c)
}

func leaves(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }

func quiet(c net.Conn) {
	for buf := make([]byte, 512); ; {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// plainTalk connects the device to a host that does what peer does, and sends a byte from the connect callback.
func plainTalk(peer func(net.Conn)) func(rig *deviceRig) *espconn.Espconn {
	return func(rig *deviceRig) *espconn.Espconn {
		l, err := rig.server.Listen("tcp", ":80")
		require.NoError(rig.t, err)
		rig.t.Cleanup(func() { _ = l.Close() })
		go func() {
			if c, err := l.Accept(); err == nil {
				peer(c)
				_ = c.Close()
			}
		}()
		rig.begins(func(c *espconn.Espconn) { rig.Send(c, []byte("x")) })
		c := rig.record(tcp(serverAddr, plainPort, 4000))
		rig.do(func() { require.Equal(rig.t, espconn.OK, rig.Connect(c)) })
		return c
	}
}

// secureTalk is plainTalk with TLS.
func secureTalk(peer func(net.Conn)) func(rig *deviceRig) *espconn.Espconn {
	return func(rig *deviceRig) *espconn.Espconn {
		cfg := rsaServer(rig.t, leaf(rig.t, 0))
		if rig.axTLS() {
			cfg = v10Server(rig.t)
		}
		rig.serve(cfg, func(c *tls.Conn) { peer(c) })
		rig.begins(func(c *espconn.Espconn) { rig.SecureSend(c, []byte("x")) })
		rig.do(func() { require.Equal(rig.t, espconn.OK, rig.SecureConnect(rig.c)) })
		return rig.c
	}
}

// begins is what the connect callback does, if the test has nothing else for it.
func (rig *deviceRig) begins(fn func(c *espconn.Espconn)) {
	if rig.hook["connect"] == nil {
		rig.hook["connect"] = fn
	}
}

// visit is a client that comes to the device's server and does what peer does; nil: it stays, and says nothing.
func visit(secure bool, peer func(net.Conn)) func(rig *deviceRig) *espconn.Espconn {
	return func(rig *deviceRig) (l *espconn.Espconn) {
		if !secure {
			l = rig.plainListener()
			c := rig.dialPort(plainPort)
			if peer != nil {
				go peer(c)
			}
			return l
		}
		l = rig.accept()
		cfg := anyServer()
		if rig.axTLS() {
			cfg = v10Client()
		}
		c, err := rig.dialTLS(cfg)
		if err != nil {
			return l // the call in the callback ended the connection, or the device
		}
		rig.t.Cleanup(func() { _ = c.Close() })
		if peer != nil {
			go func() {
				peer(c)
				_ = c.Close()
			}()
		}
		return l
	}
}
