package espconn_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
)

// TestFindingsOfCalls: each misuse that needs no peer is found last, at the line of the call.
func TestFindingsOfCalls(t *testing.T) {
	rows := map[string]func(*callRig){
		espconn.RuleSetWhileUsed:  func(rig *callRig) { rig.connect(); rig.SecureSetSize(1, 4096) },
		espconn.RuleSizesDiffer:   func(rig *callRig) { rig.SecureSetSize(1, 4096); rig.SecureGetSize(3) },
		espconn.RuleSizeRange:     func(rig *callRig) { rig.SecureSetSize(1, 8193) },
		espconn.RuleLevel:         func(rig *callRig) { rig.SecureCertReqEnable(2, 0x7A) },
		espconn.RuleConnectTwice:  func(rig *callRig) { rig.connect(); rig.connect() },
		espconn.RuleNoCertificate: func(rig *callRig) { rig.SecureAccept(tcp("", 0, 443)) },
		espconn.RuleAcceptTwice: func(rig *callRig) {
			rig.certificates()
			rig.SecureAccept(tcp("", 0, 443))
			rig.SecureAccept(tcp("", 0, 444))
		},
		espconn.RuleMutualSize: func(rig *callRig) {
			rig.SecureSetSize(1, 4096)
			rig.SecureCertReqEnable(1, 0x7A)
			rig.connect()
		},
		espconn.RuleUnverified:     func(rig *callRig) { rig.SecureCertReqEnable(1, 0x7A); rig.connect() },
		espconn.RuleNotBurned:      func(rig *callRig) { rig.SecureCaEnable(1, 0x7B); rig.connect() },
		espconn.RuleSector:         func(rig *callRig) { rig.SecureCertReqEnable(1, 0xFE) },
		espconn.RuleDefaultRefused: func(rig *callRig) { rig.SecureSetDefaultCertificate(nil) },
		espconn.RuleNotTCP:         func(rig *callRig) { rig.SecureConnect(&espconn.Espconn{Type: espconn.TypeUDP}) },
		espconn.RuleNoRemote:       func(rig *callRig) { rig.SecureConnect(tcp("10.0.0.9", 0, 0)) },
		espconn.RuleNoAddress:      func(rig *callRig) { rig.ip[0] = netip.Prefix{}; rig.connect() },
		espconn.RuleHeapShort:      func(rig *callRig) { rig.heap.leave(2048 + 14336 - 8); rig.connect() },
		espconn.RuleNoReconnect: func(rig *callRig) {
			c := tcp("10.0.0.9", 443, 0)
			c.Proto.TCP.ReconnectCallback = nil
			rig.SecureConnect(c)
		},
		espconn.RuleSendBeforeSent: func(rig *callRig) {
			c := tcp("10.0.0.9", 443, 0)
			rig.SecureConnect(c)
			rig.SecureSend(c, []byte{1})
		},
		espconn.RuleSendUnconnected: func(rig *callRig) { rig.SecureSend(tcp("10.0.0.9", 443, 0), []byte{1}) },
		espconn.RuleDisconnectTwice: func(rig *callRig) { rig.SecureDisconnect(tcp("10.0.0.9", 443, 0)) },
		espconn.RuleDeafServer: func(rig *callRig) {
			rig.certificates()
			rig.SecureAccept(tcp("", 0, 443))
			rig.Accept(tcp("", 0, 443))
		},
		espconn.RuleMixed: func(rig *callRig) {
			c := tcp("10.0.0.9", 443, 0)
			rig.SecureConnect(c)
			rig.Disconnect(c)
		},
		espconn.RuleOtherRole: func(rig *callRig) {
			c := tcp("10.0.0.9", 443, 0)
			rig.Connect(c)
			rig.Delete(c)
		},
		espconn.RuleWriteFinish: func(rig *callRig) {
			c := tcp("10.0.0.9", 443, 0)
			rig.SecureConnect(c)
			rig.RegistWriteFinish(c, func(*espconn.Espconn) {})
		},
	}
	for rule, misuse := range rows {
		rig := newCallRig(espconn.ManualV21())
		misuse(rig)
		found := rig.findings()
		if assert.NotEmpty(t, found, rule) {
			assert.Equal(t, rule, found[len(found)-1])
		}
		for _, e := range rig.events {
			if e.Kind == espconn.EventFinding {
				assert.Regexp(t, `check_test\.go:\d+$|rig_call_test\.go:\d+$`, e.Where, rule)
			}
		}
	}
}

// TestFindingOfServersEspconn: a send on the listener's espconn says which one to use.
func TestFindingOfServersEspconn(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	rig.certificates()
	l := tcp("", 0, 443)
	rig.SecureAccept(l)
	rig.SecureSend(l, []byte{1})
	last := rig.events[len(rig.events)-3] // before the cause and the return
	assert.Equal(t, espconn.RuleSendUnconnected, last.Name)
	assert.Contains(t, last.Text, "the server's espconn")
}

// TestSendOfLentData: data kept beyond the recv callback is found when it is sent; an echo inside the callback is fine.
func TestSendOfLentData(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), echo)
		echoed := 0
		rig.hook["recv"] = func(c *espconn.Espconn) {
			if echoed++; echoed == 2 {
				assert.Equal(t, espconn.OK, rig.SecureSend(c, rig.kept))
			}
		}
		rig.connect()
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, []byte("hello"))) })
		time.Sleep(settle)
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, []byte("hello"))) })
		time.Sleep(settle)
		assert.Empty(t, rig.findings(), "an echo inside the callback")
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, rig.kept)) })
		time.Sleep(settle)
		assert.Equal(t, []string{espconn.RuleRecvKept}, rig.findings())
	})
}

// TestSendDataChanged: what changes between send and sent callback is found.
func TestSendDataChanged(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), hold)
		rig.connect()
		data := bytes.Repeat([]byte("x"), 100)
		rig.do(func() {
			require.Equal(t, espconn.OK, rig.SecureSend(rig.c, data))
			data[50] = 'y'
		})
		time.Sleep(settle)
		assert.Equal(t, []string{espconn.RuleSendChanged}, rig.findings())
	})
}

// TestRegistTooLate: callbacks registered on a server do not reach the client that is connected.
func TestRegistTooLate(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		l := rig.accept()
		rig.do(func() { rig.RegistSentcb(l, func(*espconn.Espconn) {}) })
		assert.Empty(t, rig.findings(), "no client yet")
		_, err := rig.dialTLS(anyServer())
		require.NoError(t, err)
		rig.do(func() { rig.RegistSentcb(l, func(*espconn.Espconn) {}) })
		assert.Equal(t, []string{espconn.RuleRegistLate}, rig.findings())
	})
}
