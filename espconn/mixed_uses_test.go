package espconn_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// nobody is an address that no host has: a connection to it stays in SYN_SENT.
const nobody = "10.0.0.77"

// useState is what an espconn is used for when a call comes. now is called on the device in the same breath as the call.
type useState struct {
	name  string
	stack string // "plain", "secure", "": not in use
	role  string // "client", "server", "udp"
	reach func(rig *deviceRig) *espconn.Espconn
	now   func(rig *deviceRig, c *espconn.Espconn)
	in    string // the callback in which the call is made, the first that reach brings about; "": in none
}

// plainPort and securePort are where the device's servers listen, and those of the server host.
const plainPort, securePort = 80, 443

// dialPort opens a TCP connection to the device.
func (rig *deviceRig) dialPort(port int) net.Conn {
	rig.t.Helper()
	c, err := rig.client.DialContext(context.Background(), "tcp", fmt.Sprintf("%s:%d", deviceAddr, port))
	require.NoError(rig.t, err)
	rig.t.Cleanup(func() { _ = c.Close() })
	time.Sleep(settle)
	return c
}

// started is an espconn that was connected by start, to a host that holds the connection, and had the time that takes.
func (rig *deviceRig) started(remote string, port int, start func(espconn.Ref) espconn.Err) *espconn.Espconn {
	rig.t.Helper()
	l, err := rig.server.Listen("tcp", fmt.Sprintf(":%d", plainPort))
	require.NoError(rig.t, err)
	rig.t.Cleanup(func() { _ = l.Close() })
	c := rig.record(tcp(remote, port, 4000))
	rig.do(func() { require.Equal(rig.t, espconn.OK, start(c)) })
	time.Sleep(settle)
	return c
}

func (rig *deviceRig) plainListener() *espconn.Espconn {
	rig.t.Helper()
	c := rig.record(tcp("", 0, plainPort))
	rig.do(func() { require.Equal(rig.t, espconn.OK, rig.Accept(c)) })
	return c
}

// axTLS tells whether the other side of a secure connection has to speak TLS 1.1.
func (rig *deviceRig) axTLS() bool { return rig.Profile().TLS.Traits().Library == boundedtls.AxTLS }

func (rig *deviceRig) secureClient() *espconn.Espconn {
	rig.t.Helper()
	cfg := rsaServer(rig.t, leaf(rig.t, 0))
	if rig.axTLS() {
		cfg = v10Server(rig.t)
	}
	rig.serve(cfg, hold)
	c := rig.started(serverAddr, securePort, rig.SecureConnect)
	require.Equal(rig.t, "connect", rig.seen())
	return c
}

// accepted waits for a client of the server l and returns the espconn that the connect callback was given.
func (rig *deviceRig) accepted(l *espconn.Espconn, secure bool) (conn *espconn.Espconn) {
	rig.t.Helper()
	rig.hook["connect"] = func(c *espconn.Espconn) { conn = c }
	if secure {
		cfg := anyServer()
		if rig.axTLS() {
			cfg = v10Client()
		}
		c, err := rig.dialTLS(cfg)
		require.NoError(rig.t, err)
		rig.t.Cleanup(func() { _ = c.Close() })
		time.Sleep(settle)
	} else {
		rig.dialPort(plainPort)
	}
	synctest.Wait() // the callback has noted it
	require.NotNil(rig.t, conn)
	return conn
}

var useStates = []useState{
	{name: "idle", reach: func(rig *deviceRig) *espconn.Espconn { return rig.c }},
	{"plain client, connecting", "plain", "client", func(rig *deviceRig) *espconn.Espconn {
		return rig.started(nobody, plainPort, rig.Connect)
	}, nil, ""},
	{"plain client, connected", "plain", "client", func(rig *deviceRig) *espconn.Espconn {
		return rig.started(serverAddr, plainPort, rig.Connect)
	}, nil, ""},
	{"plain client, closing", "plain", "client", func(rig *deviceRig) *espconn.Espconn {
		return rig.started(serverAddr, plainPort, rig.Connect)
	}, func(rig *deviceRig, c *espconn.Espconn) { rig.Disconnect(c) }, ""},
	{"plain client, closed", "", "", func(rig *deviceRig) *espconn.Espconn {
		c := rig.started(serverAddr, plainPort, rig.Connect)
		rig.do(func() { rig.Disconnect(c) })
		time.Sleep(settle)
		return c
	}, nil, ""},
	{"plain server", "plain", "server", func(rig *deviceRig) *espconn.Espconn { return rig.plainListener() }, nil, ""},
	{"plain server with a client", "plain", "server", func(rig *deviceRig) *espconn.Espconn {
		l := rig.plainListener()
		rig.accepted(l, false)
		return l
	}, nil, ""},
	{"plain server, deleted", "", "", func(rig *deviceRig) *espconn.Espconn {
		l := rig.plainListener()
		rig.do(func() { require.Equal(rig.t, espconn.OK, rig.Delete(l)) })
		return l
	}, nil, ""},
	{"client of a plain server", "plain", "accepted", func(rig *deviceRig) *espconn.Espconn {
		return rig.accepted(rig.plainListener(), false)
	}, nil, ""},
	{"UDP", "plain", "udp", func(rig *deviceRig) *espconn.Espconn {
		c := rig.record(tcp(serverAddr, plainPort, 4000))
		rig.do(func() { require.Equal(rig.t, espconn.OK, rig.Create(asUDP(c))) })
		return c
	}, nil, ""},
	{"UDP, deleted", "", "", func(rig *deviceRig) *espconn.Espconn {
		c := rig.record(tcp(serverAddr, plainPort, 4000))
		rig.do(func() {
			require.Equal(rig.t, espconn.OK, rig.Create(asUDP(c)))
			require.Equal(rig.t, espconn.OK, rig.Delete(c))
		})
		return c
	}, nil, ""},
	{"secure client, connecting", "secure", "client", func(rig *deviceRig) *espconn.Espconn {
		return rig.started(nobody, securePort, rig.SecureConnect)
	}, nil, ""},
	{"secure client, in the handshake", "secure", "client", func(rig *deviceRig) *espconn.Espconn {
		return rig.started(serverAddr, plainPort, rig.SecureConnect)
	}, nil, ""},
	{"secure client, connected", "secure", "client", (*deviceRig).secureClient, nil, ""},
	{"secure client, closing", "secure", "client", (*deviceRig).secureClient,
		func(rig *deviceRig, c *espconn.Espconn) { rig.SecureDisconnect(c) }, ""},
	{"secure client, closed", "", "", func(rig *deviceRig) *espconn.Espconn {
		c := rig.secureClient()
		rig.do(func() { rig.SecureDisconnect(c) })
		time.Sleep(settle)
		return c
	}, nil, ""},
	{"secure server", "secure", "server", (*deviceRig).accept, nil, ""},
	{"secure server with a client", "secure", "server", func(rig *deviceRig) *espconn.Espconn {
		l := rig.accept()
		rig.accepted(l, true)
		return l
	}, nil, ""},
	{"secure server, deleted", "", "", func(rig *deviceRig) *espconn.Espconn {
		l := rig.accept()
		rig.do(func() {
			require.Equal(rig.t, espconn.OK, rig.SecureDelete(l))
			rig.SecureSetDefaultCertificate([]byte{1})
			rig.SecureSetDefaultPrivateKey([]byte{1})
		})
		return l
	}, nil, ""},
	{"client of a secure server", "secure", "accepted", func(rig *deviceRig) *espconn.Espconn {
		l := rig.accept()
		if c := rig.accepted(l, true); c != l {
			return c
		}
		return nil // with axTLS the server's espconn is the client's
	}, nil, ""},
}

// asUDP and asTCP change an espconn's type, as firmware does that uses one struct for everything.
func asUDP(c *espconn.Espconn) *espconn.Espconn {
	c.Type, c.Proto.UDP = espconn.TypeUDP, &espconn.UDP{RemotePort: 9, RemoteIP: [4]byte{10, 0, 0, 9}, LocalPort: 7000}
	return c
}

func asTCP(c *espconn.Espconn) *espconn.Espconn {
	if c.Type = espconn.TypeTCP; c.Proto.TCP == nil {
		c.Proto.TCP = &espconn.TCP{}
	}
	return c
}

// elsewhere sets another local port and a peer that exists.
func elsewhere(c *espconn.Espconn) *espconn.Espconn {
	asTCP(c).Proto.TCP.LocalPort = 5000
	c.Proto.TCP.RemoteIP, c.Proto.TCP.RemotePort = [4]byte{10, 0, 0, 9}, plainPort
	return c
}

// useCall is a function of either stack. starts names the uses by its own stack that it has nothing to do with.
type useCall struct {
	name, stack string
	others      string // roles of its own stack in which an espconn is the wrong one
	starts      bool
	call        func(a *espconn.API, c *espconn.Espconn) espconn.Err
}

var useCalls = []useCall{
	{"connect", "plain", "server accepted udp", true, func(a *espconn.API, c *espconn.Espconn) espconn.Err {
		return a.Connect(elsewhere(c))
	}},
	{"accept", "plain", "client accepted udp", true, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.Accept(asTCP(c)) }},
	{"accept, other port", "plain", "client accepted udp", true, func(a *espconn.API, c *espconn.Espconn) espconn.Err {
		return a.Accept(elsewhere(c))
	}},
	{"create", "plain", "client server accepted", true, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.Create(asUDP(c)) }},
	{"delete", "plain", "client accepted", false, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.Delete(c) }},
	{"disconnect", "plain", "", false, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.Disconnect(c) }},
	{"abort", "plain", "", false, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.Abort(c) }},
	{"send", "plain", "", false, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.Send(c, []byte("x")) }},
	{"secure_connect", "secure", "server accepted", true, func(a *espconn.API, c *espconn.Espconn) espconn.Err {
		return a.SecureConnect(elsewhere(c))
	}},
	{"secure_accept", "secure", "client accepted", true, func(a *espconn.API, c *espconn.Espconn) espconn.Err {
		return a.SecureAccept(asTCP(c))
	}},
	{"secure_accept, other port", "secure", "client accepted", true, func(a *espconn.API, c *espconn.Espconn) espconn.Err {
		return a.SecureAccept(elsewhere(c))
	}},
	{"secure_delete", "secure", "client accepted", false, func(a *espconn.API, c *espconn.Espconn) espconn.Err {
		return a.SecureDelete(c)
	}},
	{"secure_disconnect", "secure", "", false, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.SecureDisconnect(c) }},
	{"secure_send", "secure", "", false, func(a *espconn.API, c *espconn.Espconn) espconn.Err { return a.SecureSend(c, []byte("x")) }},
}

// ownObjects gives the device a certificate and a key, if the call wants them.
func (rig *deviceRig) ownObjects(k useCall) {
	if strings.HasPrefix(k.name, "secure_accept") {
		rig.SecureSetDefaultCertificate([]byte{1})
		rig.SecureSetDefaultPrivateKey([]byte{1})
	}
}

// mixedUse makes one call on an espconn that is used in some way. ok is false where a profile has no such state.
func mixedUse(t *testing.T, p espconn.Profile, s useState, k useCall) (got string, mixed, ok bool) {
	t.Helper()
	onDevice(t, p, func(rig *deviceRig) {
		rig.dev.ExpectCrash() // a result like others
		found := func() int {
			all := strings.Join(rig.findings(), " ")
			return strings.Count(all, espconn.RuleMixed) + strings.Count(all, espconn.RuleOtherRole)
		}
		result := "crash"
		if s.in != "" {
			rig.hook[s.in] = func(c *espconn.Espconn) {
				if ok {
					return
				}
				ok = true
				rig.ownObjects(k)
				result = outcome(k.call(rig.API, c))
			}
			s.reach(rig)
			time.Sleep(settle)
			synctest.Wait() // what the callback noted can be read
			mixed = found() > 0
		} else {
			c := s.reach(rig)
			if c == nil {
				return
			}
			rig.do(func() { rig.ownObjects(k) })
			ok = true
			before := found()
			_ = rig.dev.Do(func() {
				if s.now != nil {
					s.now(rig, c)
				}
				result = outcome(k.call(rig.API, c))
			})
			mixed = found() > before
		}
		if rig.dev.Crash() != nil {
			result = "crash"
		}
		got = result
	}, clock(v10Clock))
	return got, mixed, ok
}

// TestMixedUses: every call on an espconn in every use, in the callbacks too. A call of the other stack is ARG by the manual profiles,
// a secure connect or accept in the other role ISCONN (manual-profile.md #32, #37), each with a finding, which the SDK's profiles make
// too; docs/tables/mixed-uses.md has the results.
func TestMixedUses(t *testing.T) {
	var b strings.Builder
	b.WriteString("# One espconn in two uses\n\n" +
		"Generated by `go test ./espconn -run TestMixedUses -update`. What each function returns for an espconn that is in use already;\n" +
		"`*` marks the finding mixed-calls, or other-role. A manual profile refuses a call of the other stack with ARG (-12), and a\n" +
		"secure connect or accept in the other role with ISCONN (-15); the SDK looks at neither (manual-profile.md #32, #37).\n")
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10(), espconn.SDK306(), espconn.SDK306SSL()} {
		fmt.Fprintf(&b, "\n## %s\n\n| in use as |", p.Name)
		for _, k := range useCalls {
			fmt.Fprintf(&b, " %s |", k.name)
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(useCalls)) + "\n")
		for _, s := range slices.Concat(useStates, callbackStates) {
			fmt.Fprintf(&b, "| %s |", s.name)
			for _, k := range useCalls {
				got, mixed, ok := mixedUse(t, p, s, k)
				if !ok {
					b.WriteString(" - |")
					continue
				}
				name := fmt.Sprintf("%s: %s on %s", p.Name, k.name, s.name)
				other := s.stack != "" && s.stack != k.stack
				as := s.role
				if s.stack == "secure" && as == "accepted" && p.TLS.Traits().Library == boundedtls.AxTLS {
					as = "server" // its espconn is the client's (axtls.md 5)
				}
				role := s.stack == k.stack && as != "" && strings.Contains(k.others, as)
				assert.Equal(t, other || role, mixed, name)
				switch {
				case !p.OneUse:
				case other:
					assert.Equal(t, "-12", got, name)
				case role && k.stack == "secure" && k.starts:
					assert.Equal(t, "-15", got, name)
				}
				if mixed {
					got += "*"
				}
				fmt.Fprintf(&b, " %s |", got)
			}
			b.WriteString("\n")
		}
	}
	page(t, "mixed-uses.md", b.String())
}

// espconn_tcp_set_buf_count takes the number on a TLS connection of the SDK's, too, where nothing looks at it; not on a listener
// (espconn.md 5.21).
func TestBufCountOfATLSConnection(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		if !p.MixedWorks {
			return
		}
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() { assert.Equal(t, espconn.ARG, rig.TcpSetBufCount(rig.c, 4), "not connected") })
			rig.connect()
			time.Sleep(settle)
			rig.do(func() {
				assert.Equal(t, espconn.OK, rig.TcpSetBufCount(rig.c, 4))
				assert.Equal(t, espconn.ARG, rig.TcpSetBufCount(rig.c, 9))
			})
			listener := rig.accept()
			rig.do(func() { assert.Equal(t, espconn.ARG, rig.TcpSetBufCount(listener, 4)) })
		})
	})
}

// espconn_send on a secure connection is refused as on one that is not connected. While a secure send is under way mbedTLS's record
// makes it another refusal, and an exception with COPY (espconn.md 5.7).
func TestPlainSendOnSecure(t *testing.T) {
	for name, during := range map[string]espconn.Err{"SDK221": espconn.MAXNUM, "SDK306": espconn.MAXNUM, "SDK306SSL": espconn.ARG} {
		for _, server := range []bool{false, true} {
			p, ok := espconn.ProfileByName(name)
			require.True(t, ok)
			onDevice(t, p, func(rig *deviceRig) {
				var c *espconn.Espconn
				if server {
					if rig.axTLS() {
						return // its client has the server's espconn
					}
					c = rig.accepted(rig.accept(), true)
				} else {
					c = rig.secureClient()
				}
				rig.do(func() {
					assert.Equal(t, espconn.ARG, rig.Send(c, []byte("x")), name)
					assert.Equal(t, espconn.OK, rig.SecureSend(c, []byte("x")))
					assert.Equal(t, during, rig.Send(c, []byte("x")), name)
					assert.Equal(t, espconn.StateWrite, c.State)
				})
				time.Sleep(settle)
				rig.do(func() {
					assert.Equal(t, espconn.ARG, rig.Send(c, []byte("x")), "sent: %s, server %v", name, server)
					assert.Equal(t, espconn.OK, rig.SetOpt(c, espconn.COPY))
					assert.Equal(t, espconn.ARG, rig.Send(c, []byte("x")), name)
				})
				if during == espconn.ARG {
					return
				}
				rig.dev.ExpectCrash()
				_ = rig.dev.Do(func() {
					assert.Equal(t, espconn.OK, rig.SecureSend(c, []byte("x")))
					rig.Send(c, []byte("x"))
				})
				require.NotNil(t, rig.dev.Crash(), "%s, server %v", name, server)
			})
		}
	}
}

// TestDeleteWithoutPort: with axTLS a second server gets no port, and espconn_secure_delete of it leaves the connections of
// the one that has the port alone (axtls.md 5).
func TestDeleteWithoutPort(t *testing.T) {
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.plainListener()
		c := rig.dialPort(plainPort)
		second := tcp("", 0, plainPort)
		rig.do(func() {
			rig.SecureSetDefaultCertificate([]byte{1})
			rig.SecureSetDefaultPrivateKey([]byte{1})
			require.Equal(t, espconn.OK, rig.SecureAccept(second))
			require.Equal(t, espconn.OK, rig.SecureDelete(second))
		})
		_, err := c.Write([]byte("still here"))
		require.NoError(t, err)
		time.Sleep(settle)
		rig.do(func() { assert.Equal(t, "still here", rig.data.String()) })
	})
}

// TestPlainCloseOfClosedSecureClient: the SDK looks at the espconn's state before it uses the PCB, which a secure client of
// mbedTLS has not: one that is in the state CLOSE, as a server's is when its client has left, gets -5 (espconn.md 5.4, 5.5).
func TestPlainCloseOfClosedSecureClient(t *testing.T) {
	for name, call := range map[string]func(rig *deviceRig, c *espconn.Espconn) espconn.Err{
		"espconn_disconnect": func(rig *deviceRig, c *espconn.Espconn) espconn.Err { return rig.Disconnect(c) },
		"espconn_abort":      func(rig *deviceRig, c *espconn.Espconn) espconn.Err { return rig.Abort(c) },
	} {
		t.Run(name, func(t *testing.T) {
			onDevice(t, espconn.SDK306(), func(rig *deviceRig) {
				c := rig.started(nobody, securePort, func(c espconn.Ref) espconn.Err { return rig.SecureConnect(c) })
				rig.do(func() {
					c.State = espconn.StateClose
					assert.Equal(t, espconn.INPROGRESS, call(rig, c))
				})
			})
		})
	}
}
