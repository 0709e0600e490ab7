package espconn_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// theEnd is one way in which a client's connection ends.
type theEnd struct {
	name   string
	serve  func(rig *deviceRig) // the peer
	act    func(rig *deviceRig) // what the firmware then does, nil: nothing
	secure bool                 // a secure connection
	want   string               // the last callback; "": it depends on the library
}

// scripts serves with a TLS peer whose handshake or time after it follows a script.
func scripts(s tlspeer.Script) func(rig *deviceRig) {
	return func(rig *deviceRig) {
		rig.listen(func(c net.Conn) {
			peer := scripted(rig.t, 0, tlspeer.Layout{})
			peer.Version, peer.Suite = tls.VersionTLS11, tls.TLS_RSA_WITH_AES_128_CBC_SHA
			peer.Hold, peer.Script = time.Minute, s
			peer.Serve(c)
		})
	}
}

// unplugged serves and loses every frame from a second after the connect on.
func unplugged(rig *deviceRig) {
	scripts(tlspeer.Script{End: tlspeer.Open})(rig)
	time.AfterFunc(time.Second, func() { rig.net.SetFaults("", "", vnet.Faults{Loss: 1}) })
}

// keepAlive asks a peer that is gone whether it is there.
func keepAlive(rig *deviceRig) {
	rig.SetOpt(rig.c, espconn.KEEPALIVE)
	for level, v := range []int32{5, 2, 3} {
		rig.SetKeepalive(rig.c, uint8(level), &v)
	}
}

var ends = []theEnd{
	{name: "reset", want: "reconnect -9", serve: func(rig *deviceRig) {
		scripts(tlspeer.Script{Steps: []tlspeer.Step{tlspeer.RawStep(nil).After(time.Second)}, End: tlspeer.RST})(rig)
	}, secure: true},
	{name: "close", want: "disconnect", serve: func(rig *deviceRig) {
		scripts(tlspeer.Script{Steps: []tlspeer.Step{tlspeer.RawStep(nil).After(time.Second)}, End: tlspeer.FIN})(rig)
	}, secure: true},
	{name: "fatal alert", serve: scripts(tlspeer.Script{Steps: []tlspeer.Step{tlspeer.AlertStep(2, 40)}, End: tlspeer.Open}), secure: true},
	{name: "bad MAC", serve: func(rig *deviceRig) {
		bad := tlspeer.DataStep([]byte("hello")).After(time.Second)
		bad.BadMAC = true
		scripts(tlspeer.Script{Steps: []tlspeer.Step{bad}, End: tlspeer.Open})(rig)
	}, secure: true},
	{name: "reset in the handshake", want: "reconnect -9",
		serve: scripts(tlspeer.Script{At: tlspeer.GotClientHello, End: tlspeer.RST}), secure: true},
	{name: "alert in the handshake", serve: scripts(tlspeer.Script{At: tlspeer.GotClientHello,
		Steps: []tlspeer.Step{tlspeer.AlertStep(2, 40)}, End: tlspeer.FIN}), secure: true},
	{name: "close in the handshake", want: "disconnect",
		serve: scripts(tlspeer.Script{At: tlspeer.GotClientHello, End: tlspeer.FIN}), secure: true},
	{name: "time-out of a send", want: "reconnect -3", serve: unplugged, secure: true, act: func(rig *deviceRig) {
		rig.SecureSend(rig.c, []byte("hello"))
	}},
	{name: "plain reset", want: "reconnect -9", serve: func(rig *deviceRig) {
		rig.listen(func(c net.Conn) {
			time.Sleep(time.Second)
			_ = c.(*vnet.Conn).SetLinger(0)
			_ = c.Close()
		})
	}},
	{name: "plain close", want: "disconnect", serve: func(rig *deviceRig) {
		rig.listen(func(c net.Conn) { time.Sleep(time.Second); _ = c.Close() })
	}},
	{name: "plain time-out of a send", want: "reconnect -3", serve: func(rig *deviceRig) {
		rig.listen(holdPlain)
		time.AfterFunc(time.Second, func() { rig.net.SetFaults("", "", vnet.Faults{Loss: 1}) })
	}, act: func(rig *deviceRig) { rig.Send(rig.c, []byte("hello")) }},
	{name: "plain keepalive", want: "reconnect -8", serve: func(rig *deviceRig) {
		rig.listen(holdPlain)
		time.AfterFunc(time.Second, func() { rig.net.SetFaults("", "", vnet.Faults{Loss: 1}) })
	}, act: keepAlive},
	// The peer's close comes when there is no memory for the own one: what then runs out is not a time-out of an open connection.
	{name: "plain time-out behind the peer's close", want: "reconnect 0", serve: func(rig *deviceRig) {
		rig.listen(func(c net.Conn) { time.Sleep(5 * time.Second); _ = c.(*vnet.Conn).CloseWrite(); holdPlain(c) })
	}, act: func(rig *deviceRig) {
		rig.net.SetFaults(rig.dev.Name(), "", vnet.Faults{Loss: 1})
		rig.Send(rig.c, []byte("hello"))
		for n := uint32(1 << 14); n >= 8; { // enough is left to take a frame, not to send one
			if rig.sdk.SystemGetFreeHeapSize() < n+16+120 || rig.sdk.OsMalloc(n) == 0 {
				n /= 2
			}
		}
	}},
	{name: "plain disconnect", want: "disconnect", serve: func(rig *deviceRig) { rig.listen(holdPlain) },
		act: func(rig *deviceRig) { rig.Disconnect(rig.c) }},
	{name: "disconnect", want: "disconnect", serve: scripts(tlspeer.Script{End: tlspeer.Open}), secure: true,
		act: func(rig *deviceRig) { rig.SecureDisconnect(rig.c) }},
	{name: "refused", want: "reconnect -9", serve: func(*deviceRig) {}, secure: true},
	{name: "plain refused", want: "reconnect -9", serve: func(*deviceRig) {}},
	{name: "nobody there", want: "reconnect -11",
		serve: func(rig *deviceRig) { rig.net.SetFaults("", "", vnet.Faults{Loss: 1}) }, secure: true},
	{name: "plain nobody there", want: "reconnect -11", serve: func(rig *deviceRig) { rig.net.SetFaults("", "", vnet.Faults{Loss: 1}) }},
}

// The state after the end is CLOSE, however the connection ended and whether or not the callback of that end is registered
// (tls.md 5.6, espconn.md 4.5).
func TestStateAfterEveryEnd(t *testing.T) {
	for _, name := range []string{"ManualV10", "ManualV21", "SDK301", "SDK306", "SDK306SSL"} {
		p, ok := espconn.ProfileByName(name)
		require.True(t, ok)
		for _, e := range ends {
			for _, callbacks := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%s/callbacks %t", name, e.name, callbacks), func(t *testing.T) {
					onDevice(t, p, func(rig *deviceRig) {
						e.serve(rig)
						if !callbacks {
							rig.c.Proto.TCP.ReconnectCallback, rig.c.Proto.TCP.DisconnectCallback = nil, nil
						}
						rig.do(func() {
							if e.secure {
								require.Equal(t, espconn.OK, rig.SecureConnect(rig.c))
							} else {
								require.Equal(t, espconn.OK, rig.Connect(rig.c))
							}
						})
						time.Sleep(3 * time.Second)
						if e.act != nil {
							rig.do(func() { e.act(rig) })
						}
						time.Sleep(40 * time.Minute)
						assert.Equal(t, espconn.StateClose, rig.state(rig.c))
						seen := rig.seen()
						switch {
						case !callbacks:
							assert.Contains(t, []string{"", "connect"}, seen)
						case e.want != "":
							all := strings.Split(seen, ", ")
							assert.Equal(t, e.want, all[len(all)-1])
						}
					}, clock(v10Clock))
				})
			}
		}
	}
}

// Every function of the API that takes an espconn takes NULL: ARG, and nothing is printed (espconn.md 5). A line is for an
// espconn that nobody knows.
func TestNullIsSilent(t *testing.T) {
	ref := reflect.TypeFor[espconn.Ref]()
	for _, name := range espconn.Profiles() {
		p, ok := espconn.ProfileByName(name.Name)
		require.True(t, ok)
		api := reflect.TypeFor[*espconn.API]()
		for i := range api.NumMethod() {
			m := api.Method(i)
			if m.Type.NumIn() < 2 || m.Type.In(1) != ref {
				continue
			}
			t.Run(p.Name+"/"+m.Name, func(t *testing.T) {
				rig := newCallRig(p)
				args := []reflect.Value{reflect.ValueOf(rig.API)}
				for k := 1; k < m.Type.NumIn(); k++ {
					args = append(args, reflect.Zero(m.Type.In(k)))
				}
				got := result(func() int {
					out := m.Func.Call(args)
					if len(out) == 0 {
						return 0
					}
					return int(out[0].Convert(reflect.TypeFor[int64]()).Int())
				})
				for _, e := range rig.events {
					assert.NotEqual(t, espconn.EventLog, e.Kind, "it prints %q", e.Text)
				}
				assert.Equal(t, int(espconn.ARG), got)
			})
		}
	}
}
