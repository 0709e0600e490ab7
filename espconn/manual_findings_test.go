package espconn_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// raw writes bytes at a flash address.
func raw(t testing.TB, address uint32, data []byte) func(*emulator.Config) {
	return func(cfg *emulator.Config) {
		if cfg.Flash == nil {
			chip, err := flash.New(1 << 20)
			require.NoError(t, err)
			cfg.Flash = chip
		}
		data = append([]byte(nil), data...)
		for len(data)%4 != 0 {
			data = append(data, flash.Erased)
		}
		require.NoError(t, cfg.Flash.Write(address, data))
	}
}

// textsOf returns the texts of a rule's findings.
func (rig *deviceRig) textsOf(rule string) (texts []string) {
	rig.t.Helper()
	for _, e := range rig.dev.Trace().Events() {
		if e.Source == trace.SourceFinding && e.Name == rule {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

// TestNoCertificateImage: what is not an image of the tools is found when it is wanted, and memory is no advice then: that the
// length of its first entry is too much for the heap is only what the bytes there read as (manual V2.1 3.2, 4.2).
func TestNoCertificateImage(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048).Raw
	rng := rand.NewChaCha8([32]byte{7})
	garbage := make([]byte, 4096)
	_, _ = rng.Read(garbage)
	long := image.CertEntry{Name: "a name of thirty-two bytes: äé", Data: ca}
	require.Len(t, long.Name, 32)
	whole, err := image.Certs{long}.Encode()
	require.NoError(t, err)
	beyond := bytes.Clone(whole)
	beyond[33] = 0x30 // 12,288 bytes and more
	cut, err := image.Certs{{Name: (long.Name[:29] + "漢")[:32], Data: ca}}.Encode()
	require.NoError(t, err)
	broken := append([]byte(long.Name[:31]+"\xe6"), whole[32:]...) // a name cut within a character, as the tools cut it
	rows := map[string]struct {
		data []byte
		want string // of the finding, "" for none
	}{
		"erased":                {nil, "is erased"},
		"no text, no length":    {bytes.Repeat([]byte{0xFE}, 32), "holds no certificate image"}, // what follows is erased
		"garbage":               {garbage, "holds no certificate image"},
		"zeros":                 {make([]byte, 4096), "holds no certificate image"},
		"DER without head":      {ca, "holds no certificate image"},
		"PEM without head":      {testpki.PEM(ca), "holds no certificate image"},
		"beyond what is read":   {beyond, "holds no certificate image"},
		"an image":              {whole, ""},
		"a name of other words": {cut, ""},
		"a name that is cut":    {broken, ""},
	}
	for name, r := range rows {
		for _, profile := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
			for _, role := range []string{"client", "server", "own"} {
				t.Run(profile.Name+"/"+name+"/"+role, func(t *testing.T) {
					server := rsaServer(t, leaf(t, 0))
					if profile.TLS.Traits().Library == boundedtls.AxTLS {
						server = v10Server(t)
					}
					onDevice(t, profile, func(rig *deviceRig) {
						rig.serve(server, hold)
						switch role {
						case "client":
							rig.do(func() { assert.True(t, rig.SecureCaEnable(1, 0x7B)) })
							rig.connect()
						case "own":
							rig.do(func() { assert.True(t, rig.SecureCertReqEnable(1, 0x7B)) })
							rig.connect()
						case "server":
							rig.do(func() { assert.True(t, rig.SecureCaEnable(2, 0x7B)) })
							rig.accept()
							if c, err := rig.dial(); err == nil {
								time.Sleep(settle)
								_ = c.Close()
							}
						}
						if r.want == "" {
							assert.Empty(t, rig.textsOf(espconn.RuleNotBurned))
							return
						}
						if texts := rig.textsOf(espconn.RuleNotBurned); assert.Len(t, texts, 1) {
							assert.Contains(t, texts[0], "0x7b (address 0x7b000) "+r.want)
						}
						x := rig.dev.Explain()
						for _, c := range x.Change {
							assert.NotRegexp(t, "(?i)heap|memory|smaller size", c, "%s", x)
						}
						assert.NotContains(t, x.Cause, "memory", "%s", x)
					}, raw(t, 0x7B000, r.data), clock(v10Clock))
				})
			}
		}
	}
}

// TestDisconnectInLastCallback: inside the disconnect and reconnect callbacks the connection is gone, so disconnect is ARG; that
// it is called inside a callback is found as in the others (manual V2.1 5.7: any callback).
func TestDisconnectInLastCallback(t *testing.T) {
	for where, connect := range map[string]func(rig *deviceRig){
		"disconnect": func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), nil)
			rig.connect()
		},
		"reconnect": func(rig *deviceRig) { rig.connect() }, // nobody listens
	} {
		t.Run(where, func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				called := 0
				rig.hook[where] = func(c *espconn.Espconn) {
					called++
					assert.Equal(t, espconn.ARG, rig.SecureDisconnect(c))
				}
				connect(rig)
				assert.Equal(t, 1, called)
				assert.Equal(t, []string{espconn.RuleDisconnectInCallback, espconn.RuleDisconnectTwice}, rig.findings())
			})
		})
	}
}

// TestSendAfterDisconnectFinding: one rule for it, whichever the library; a send that is early or one too many is another.
func TestSendAfterDisconnectFinding(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
		t.Run(p.Name, func(t *testing.T) {
			server := rsaServer(t, leaf(t, 0))
			if p.TLS.Traits().Library == boundedtls.AxTLS {
				server = v10Server(t)
			}
			onDevice(t, p, func(rig *deviceRig) {
				rig.serve(server, hold)
				send := func() espconn.Err { return rig.SecureSent(rig.c, []byte("x")) }
				rig.do(func() {
					assert.Equal(t, espconn.OK, rig.SecureConnect(rig.c))
					assert.Equal(t, espconn.INPROGRESS, send())
				})
				time.Sleep(settle)
				rig.do(func() {
					assert.Equal(t, espconn.OK, send())
					assert.Equal(t, espconn.INPROGRESS, send())
				})
				time.Sleep(settle)
				rig.do(func() {
					assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c))
					assert.Equal(t, espconn.ARG, send())
				})
				assert.Equal(t, []string{"send before the connect callback", "send before the sent callback of the send before"},
					rig.textsOf(espconn.RuleSendBeforeSent))
				assert.Equal(t, []string{"send after disconnect"}, rig.textsOf(espconn.RuleSendUnconnected))
			}, clock(v10Clock))
		})
	}
	t.Run("SDK306SSL", func(t *testing.T) { // its server sends once
		onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
			rig.accept()
			var conn *espconn.Espconn
			rig.hook["connect"] = func(c *espconn.Espconn) {
				conn = c
				assert.Equal(t, espconn.OK, rig.SecureSent(c, []byte("x")))
			}
			c, err := rig.dialTLS(v10Client())
			require.NoError(t, err)
			defer c.Close()
			time.Sleep(settle)
			rig.do(func() { assert.Equal(t, espconn.INPROGRESS, rig.SecureSent(conn, []byte("x"))) })
			if texts := rig.textsOf(espconn.RuleSendBeforeSent); assert.Len(t, texts, 1) {
				assert.Contains(t, texts[0], "a server's second one")
			}
		}, clock(v10Clock))
	})
}

// TestSectorFindings: sector 0 is about the sector, not the level; where nothing is burned no size is told.
func TestSectorFindings(t *testing.T) {
	for name, call := range map[string]func(*callRig) bool{
		"espconn_secure_ca_enable":       func(rig *callRig) bool { return rig.SecureCaEnable(1, 0) },
		"espconn_secure_cert_req_enable": func(rig *callRig) bool { return rig.SecureCertReqEnable(1, 0) },
		"espconn_secure_obj_load":        func(rig *callRig) bool { return rig.SecureObjLoad(espconn.ObjCertificate, 0, 10) },
	} {
		rig := newCallRig(espconn.ManualV21())
		assert.False(t, call(rig))
		assert.Equal(t, []string{espconn.RuleSector}, rig.findings(), name)
		assert.Contains(t, rig.findingsOf(espconn.RuleSector)[0], name+": sector 0x0 ")
	}
	rig := newCallRig(espconn.ManualV21())
	for _, sector := range []uint32{0xFF, 0xFB, 0x100, 0xFFFFFFFF} {
		assert.True(t, rig.SecureCaEnable(1, sector))
	}
	texts := rig.findingsOf(espconn.RuleSector)
	assert.Len(t, texts, 4)
	for _, text := range texts {
		assert.NotContains(t, text, "bytes")
	}
}
