package espconn_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// bothManuals runs fn with a device of each manual, and with a client of its server's version.
func bothManuals(t *testing.T, fn func(t *testing.T, rig *deviceRig)) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
		t.Run(p.Name, func(t *testing.T) {
			onDevice(t, p, func(rig *deviceRig) { fn(t, rig) }, clock(v10Clock))
		})
	}
}

// TestServersDisconnectInLastCallback: when a server's client has gone, a disconnect in the callback that says so is ARG, and found as one
// inside a callback, whether the client left well or not (manual V2.1 5.7: any callback; manual-profile.md #18).
func TestServersDisconnectInLastCallback(t *testing.T) {
	for _, where := range []string{"disconnect", "reconnect"} {
		bothManuals(t, func(t *testing.T, rig *deviceRig) {
			rig.accept()
			called := 0
			rig.hook[where] = func(c *espconn.Espconn) {
				called++
				assert.Equal(t, espconn.ARG, rig.SecureDisconnect(c))
			}
			if where == "disconnect" {
				cfg := anyServer()
				if rig.axTLS() {
					cfg = v10Client()
				}
				c, err := rig.dialTLS(cfg)
				require.NoError(t, err)
				time.Sleep(settle)
				_ = c.Close()
			} else {
				c, err := rig.dial()
				require.NoError(t, err)
				_, _ = c.Write([]byte("GET / HTTP/1.1\r\n\r\n")) // no TLS
				time.Sleep(settle)
				_ = c.Close()
			}
			time.Sleep(settle)
			rig.do(func() { assert.Equal(t, 1, called, where) })
			assert.Subset(t, rig.findings(), []string{espconn.RuleDisconnectInCallback, espconn.RuleDisconnectTwice}, where)
		})
	}
}

// TestServersSendFindings: the findings of a server's sends are those of a client's: early, one too many, after disconnect, and on the
// server's own espconn (manual V2.1 5.6, V1.0 4.7).
func TestServersSendFindings(t *testing.T) {
	bothManuals(t, func(t *testing.T, rig *deviceRig) {
		l := rig.accept()
		conn := rig.accepted(l, true)
		send := func() espconn.Err { return rig.SecureSent(conn, []byte("x")) }
		rig.do(func() {
			assert.Equal(t, espconn.OK, send())
			assert.Equal(t, espconn.INPROGRESS, send())
		})
		time.Sleep(settle)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.SecureDisconnect(conn))
			assert.Equal(t, espconn.ARG, send())
		})
		assert.Equal(t, []string{"send before the sent callback of the send before"}, rig.textsOf(espconn.RuleSendBeforeSent))
		assert.Equal(t, []string{"send after disconnect"}, rig.textsOf(espconn.RuleSendUnconnected))
	})
}

// TestSectorFindingsOfAllLevels: sector 0 is about the sector at each level, a wrong level about the level at each sector, by both manuals;
// a sector beyond the chip is found when it is set, and as one that is not burned when it is wanted (manual V2.1 5.8, 5.10; V1.0 4.2).
func TestSectorFindingsOfAllLevels(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
		for _, level := range []uint8{0, 1, 2, 3, 4} {
			for _, sector := range []uint32{0, 0x3B} {
				rig := newCallRig(p)
				ok := level >= 1 && level <= 3 && sector != 0
				assert.Equal(t, ok, rig.SecureCaEnable(level, sector))
				want := espconn.RuleSector
				if level < 1 || level > 3 {
					want = espconn.RuleLevel
				}
				if ok {
					assert.NotContains(t, rig.findings(), espconn.RuleLevel, "%s %d %d", p.Name, level, sector)
				} else {
					assert.Contains(t, rig.findings(), want, "%s %d %d", p.Name, level, sector)
				}
			}
		}
	}
	for _, sector := range []uint32{0x400, 0xFFFF} {
		manual(t, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() { assert.True(t, rig.SecureCaEnable(1, sector)) })
			rig.connect()
			assert.Equal(t, "reconnect -127", rig.seen())
			assert.Len(t, rig.textsOf(espconn.RuleSector), 1)
			assert.Len(t, rig.textsOf(espconn.RuleNotBurned), 1)
		})
	}
}

// TestServersMemoryIsNamed: a server whose memory runs out says so, whatever code the firmware gets: the codes of wrong keys too (manual
// V2.1 3.2: the handshake fails).
func TestServersMemoryIsNamed(t *testing.T) {
	codes := map[string]bool{}
	for _, key := range []string{testpki.Leaf1024, testpki.Leaf2048} {
		for free := uint32(9000); free <= 21000; free += 1000 {
			manual(t, func(rig *deviceRig) {
				l := rig.record(tcp("", 0, 443))
				cert := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: key})
				rig.do(func() {
					assert.True(t, rig.SecureSetDefaultCertificate(cert.Raw))
					assert.True(t, rig.SecureSetDefaultPrivateKey(testpki.KeyDER(t, key)))
					assert.Equal(t, espconn.OK, rig.SecureAccept(l))
					require.NotZero(t, rig.board().Alloc(rig.board().FreeHeap()-free-16, "ballast"))
				})
				c, err := rig.dialTLS(anyServer())
				time.Sleep(settle)
				if err == nil {
					_ = c.Close()
					return
				}
				seen, x := rig.seen(), rig.dev.Explain()
				codes[seen] = true
				assert.Regexp(t, "(?i)memory|heap", x.Cause, "%d bytes free, %s: %s", free, seen, x)
				assert.Regexp(t, "(?i)heap|memory|size", fmt.Sprint(x.Change), "%d bytes free: %s", free, x)
			})
		}
	}
	assert.Greater(t, len(codes), 2, "ways to fail: %v", codes)
}
