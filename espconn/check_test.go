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
	rows := map[string]func(*stage){
		espconn.RuleSetWhileUsed:  func(s *stage) { s.connect(); s.SecureSetSize(1, 4096) },
		espconn.RuleSizesDiffer:   func(s *stage) { s.SecureSetSize(1, 4096); s.SecureGetSize(3) },
		espconn.RuleSizeRange:     func(s *stage) { s.SecureSetSize(1, 8193) },
		espconn.RuleLevel:         func(s *stage) { s.SecureCertReqEnable(2, 0x7A) },
		espconn.RuleConnectTwice:  func(s *stage) { s.connect(); s.connect() },
		espconn.RuleNoCertificate: func(s *stage) { s.SecureAccept(tcp("", 0, 443)) },
		espconn.RuleAcceptTwice:   func(s *stage) { s.certificates(); s.SecureAccept(tcp("", 0, 443)); s.SecureAccept(tcp("", 0, 444)) },
		espconn.RuleMutualSize: func(s *stage) {
			s.SecureSetSize(1, 4096)
			s.SecureCertReqEnable(1, 0x7A)
			s.connect()
		},
		espconn.RuleUnverified:     func(s *stage) { s.SecureCertReqEnable(1, 0x7A); s.connect() },
		espconn.RuleNotBurned:      func(s *stage) { s.SecureCaEnable(1, 0x7B); s.connect() },
		espconn.RuleSector:         func(s *stage) { s.SecureCertReqEnable(1, 0xFE) },
		espconn.RuleDefaultRefused: func(s *stage) { s.SecureSetDefaultCertificate(nil) },
		espconn.RuleNotTCP:         func(s *stage) { s.SecureConnect(&espconn.Espconn{Type: espconn.TypeUDP}) },
		espconn.RuleNoRemote:       func(s *stage) { s.SecureConnect(tcp("10.0.0.9", 0, 0)) },
		espconn.RuleNoAddress:      func(s *stage) { s.ip[0] = netip.Prefix{}; s.connect() },
		espconn.RuleHeapShort:      func(s *stage) { s.heap.free = 2048 + 14336; s.connect() },
		espconn.RuleNoReconnect: func(s *stage) {
			c := tcp("10.0.0.9", 443, 0)
			c.Proto.TCP.ReconnectCallback = nil
			s.SecureConnect(c)
		},
		espconn.RuleSendBeforeSent: func(s *stage) {
			c := tcp("10.0.0.9", 443, 0)
			s.SecureConnect(c)
			s.SecureSend(c, []byte{1})
		},
		espconn.RuleSendUnconnected: func(s *stage) { s.SecureSend(tcp("10.0.0.9", 443, 0), []byte{1}) },
		espconn.RuleDisconnectTwice: func(s *stage) { s.SecureDisconnect(tcp("10.0.0.9", 443, 0)) },
		espconn.RuleDeafServer: func(s *stage) {
			s.certificates()
			s.SecureAccept(tcp("", 0, 443))
			s.Accept(tcp("", 0, 443))
		},
		espconn.RuleMixed: func(s *stage) {
			c := tcp("10.0.0.9", 443, 0)
			s.SecureConnect(c)
			s.Disconnect(c)
		},
		espconn.RuleWriteFinish: func(s *stage) {
			c := tcp("10.0.0.9", 443, 0)
			s.SecureConnect(c)
			s.RegistWriteFinish(c, func(*espconn.Espconn) {})
		},
	}
	for rule, misuse := range rows {
		s := newStage(espconn.ManualV21())
		misuse(s)
		found := s.findings()
		if assert.NotEmpty(t, found, rule) {
			assert.Equal(t, rule, found[len(found)-1])
		}
		for _, e := range s.events {
			if e.Kind == espconn.EventFinding {
				assert.Regexp(t, `check_test\.go:\d+$|returns_test\.go:\d+$`, e.Where, rule)
			}
		}
	}
}

// TestFindingOfServersEspconn: a send on the listener's espconn says which one to use.
func TestFindingOfServersEspconn(t *testing.T) {
	s := newStage(espconn.ManualV21())
	s.certificates()
	l := tcp("", 0, 443)
	s.SecureAccept(l)
	s.SecureSend(l, []byte{1})
	last := s.events[len(s.events)-2]
	assert.Equal(t, espconn.RuleSendUnconnected, last.Name)
	assert.Contains(t, last.Text, "the server's espconn")
}

// TestSendOfLentData: data kept beyond the recv callback is found when it is sent; an echo inside the callback is fine.
func TestSendOfLentData(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), echo)
		echoed := 0
		b.hook["recv"] = func(c *espconn.Espconn) {
			if echoed++; echoed == 2 {
				assert.Equal(t, espconn.OK, b.SecureSend(c, b.kept))
			}
		}
		b.connect()
		b.do(func() { assert.Equal(t, espconn.OK, b.SecureSend(b.c, []byte("hello"))) })
		time.Sleep(settle)
		b.do(func() { assert.Equal(t, espconn.OK, b.SecureSend(b.c, []byte("hello"))) })
		time.Sleep(settle)
		assert.Empty(t, b.findings(), "an echo inside the callback")
		b.do(func() { assert.Equal(t, espconn.OK, b.SecureSend(b.c, b.kept)) })
		time.Sleep(settle)
		assert.Equal(t, []string{espconn.RuleRecvKept}, b.findings())
	})
}

// TestSendDataChanged: what changes between send and sent callback is found.
func TestSendDataChanged(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), hold)
		b.connect()
		data := bytes.Repeat([]byte("x"), 100)
		b.do(func() {
			require.Equal(t, espconn.OK, b.SecureSend(b.c, data))
			data[50] = 'y'
		})
		time.Sleep(settle)
		assert.Equal(t, []string{espconn.RuleSendChanged}, b.findings())
	})
}

// TestRegistTooLate: callbacks registered on a server do not reach the client that is connected.
func TestRegistTooLate(t *testing.T) {
	manual(t, func(b *bench) {
		l := b.accept()
		b.do(func() { b.RegistSentcb(l, func(*espconn.Espconn) {}) })
		assert.Empty(t, b.findings(), "no client yet")
		_, err := b.dialTLS(anyServer())
		require.NoError(t, err)
		b.do(func() { b.RegistSentcb(l, func(*espconn.Espconn) {}) })
		assert.Equal(t, []string{espconn.RuleRegistLate}, b.findings())
	})
}
