package emulator_test

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

var explainServer = netip.MustParseAddrPort("10.0.0.10:8883")

// explainClient is firmware that connects once it has an address; before changes what it likes before the connect.
func explainClient(before func(sdk *emulator.SDK, c *espconn.Espconn)) emulator.Firmware {
	return emulator.Go(func(sdk *emulator.SDK) {
		conn := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
			RemoteIP: explainServer.Addr().As4(), RemotePort: int(explainServer.Port())}}}
		sdk.RegistReconcb(conn, func(*espconn.Espconn, espconn.Err) {})
		sdk.RegistConnectcb(conn, func(*espconn.Espconn) {})
		sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event == wifi.EventStamodeGotIP {
				if before != nil {
					before(sdk, conn)
				}
				sdk.SecureConnect(conn)
			}
		})
	})
}

// Each way in which a connection goes wrong is explained from the symptom to what to change.
func TestExplain(t *testing.T) {
	big := echoConfig(t)
	for range 4 { // four certificates: more than 2,048 bytes
		big.Certificates[0].Certificate = append(big.Certificates[0].Certificate, big.Certificates[0].Certificate[0])
	}
	rows := []struct {
		name    string
		config  *tls.Config // nil: nobody listens
		device  emulator.Config
		before  func(sdk *emulator.SDK, c *espconn.Espconn)
		outcome explain.Outcome
		want    []string // parts of the text
	}{
		{name: "record over the buffer", config: big, outcome: explain.OutcomeFailed, want: []string{
			"the last connection failed", "reconnect callback, err -114", "(-0x7200)", "Certificate message of", "limit 2048",
			"change:  set the size to", "least size that works", "received ServerHello"}},
		{name: "works", config: echoConfig(t), outcome: explain.OutcomeConnected, want: []string{"the last connection works",
			"connect callback", "sent Finished"}},
		{name: "nobody listens", outcome: explain.OutcomeFailed, want: []string{"reconnect callback, err -9, ESPCONN_RST",
			"10.0.0.10:8883 answered the SYN with a reset"}},
		{name: "too little heap", config: echoConfig(t), outcome: explain.OutcomeRefused, device: emulator.Config{HeapFree: 16376},
			want: []string{
				"espconn_secure_connect returned -1, ESPCONN_MEM", "size 2048 needs at least 16384", "explain_test.go:",
				"free heap before, or set a smaller size"}},
		{name: "allocation fails in the handshake", config: echoConfig(t), outcome: explain.OutcomeFailed,
			before: func(sdk *emulator.SDK, _ *espconn.Espconn) {
				timer := &emulator.OsTimer{} // TCP is up, the handshake is not over
				sdk.OsTimerSetfn(timer, func() { sdk.OsMalloc(sdk.SystemGetFreeHeapSize() - 700) })
				sdk.OsTimerArm(timer, 5, false)
			},
			want: []string{"no memory for", "free more heap before connecting", "the last connection failed"}},
		{name: "no address", config: echoConfig(t), device: emulator.Config{Station: wifi.StationConfig{SSID: "elsewhere"}},
			outcome: explain.OutcomeFailed,
			want: []string{"the station has no network", "no access point was found: \"elsewhere\"", "check the SSID",
				"reason 201 (NO_AP_FOUND)"}},
		{name: "misuse", config: echoConfig(t), outcome: explain.OutcomeRefused,
			before: func(sdk *emulator.SDK, c *espconn.Espconn) { c.Type = espconn.TypeUDP },
			want:   []string{"ESPCONN_ARG", "not-tcp", "set type to ESPCONN_TCP"}},
		{name: "crash", config: echoConfig(t), outcome: explain.OutcomeCrashed,
			device: emulator.Config{Profile: espconn.SDK306(), ExpectCrash: true},
			before: func(sdk *emulator.SDK, c *espconn.Espconn) { c.Proto.TCP = nil },
			want:   []string{"the firmware crashed", "fatal exception (28)", "no esp_tcp", "sdk-crash"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r.device.Seed = 1
				d := emulator.NewTest(t, r.device)
				if r.config != nil {
					serveEcho(t, d, explainServer, r.config)
				} else {
					d.Network().Host("empty", explainServer.Addr())
				}
				require.NoError(t, d.Boot(explainClient(r.before)))
				time.Sleep(20 * time.Second)
				x := d.Explain()
				assert.Equal(t, r.outcome, x.Outcome, "%s", x)
				for _, part := range r.want {
					assert.True(t, strings.Contains(x.String(), part), "lacks %q:\n%s", part, x)
				}
				b, err := json.Marshal(x)
				require.NoError(t, err)
				var back explain.Explanation
				require.NoError(t, json.Unmarshal(b, &back))
				assert.Equal(t, x, back)
			})
		})
	}
}

// Every end of firmware has a name and something to change.
// What to change follows the cause: heap is advised where memory is missing, and only there.
func TestAdviceFollowsTheCause(t *testing.T) {
	server := echoConfig(t)
	rows := []struct {
		name    string
		profile espconn.Profile
		device  emulator.Config
		before  func(sdk *emulator.SDK, c *espconn.Espconn)
		cause   espconn.CauseID
		first   string // change
		heap    bool   // memory is what is missing
	}{
		{"mutual size", espconn.ManualV21(), emulator.Config{}, func(sdk *emulator.SDK, _ *espconn.Espconn) {
			sdk.SecureSetSize(1, 3073)
			sdk.SecureCertReqEnable(1, 0x7A)
		}, espconn.CauseMutualSize, "set at most 3072 bytes", false},
		{"gate", espconn.ManualV21(), emulator.Config{HeapFree: 16000}, nil, espconn.CauseHeapGate,
			"free heap before, or set a smaller size (2,048 bytes at the least)", true},
		{"sockets", espconn.SDK301(), emulator.Config{}, func(sdk *emulator.SDK, _ *espconn.Espconn) {
			for range 3 {
				sdk.SecureConnect(&espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
					RemoteIP: [4]byte{10, 0, 0, 99}, RemotePort: 1}}})
			}
		}, espconn.CauseSockets, "", false},
		{"type", espconn.ManualV21(), emulator.Config{}, func(_ *emulator.SDK, c *espconn.Espconn) { c.Type = espconn.TypeUDP },
			espconn.CauseType, "set type to ESPCONN_TCP, or call the function that belongs to the type: espconn_connect and " +
				"espconn_accept for TCP, espconn_create for UDP", false},
		{"second client", espconn.ManualV21(), emulator.Config{}, func(sdk *emulator.SDK, _ *espconn.Espconn) {
			sdk.SecureConnect(&espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
				RemoteIP: [4]byte{10, 0, 0, 99}, RemotePort: 1}}})
		}, espconn.CauseConnected, "disconnect, and connect again from the disconnect callback", false},
		{"the gate of an earlier call", espconn.ManualV21(), emulator.Config{}, func(sdk *emulator.SDK, c *espconn.Espconn) {
			block := sdk.OsMalloc(sdk.SystemGetFreeHeapSize() - 16000)
			sdk.SecureConnect(c)
			sdk.OsFree(block)
			sdk.SecureSetSize(1, 3073)
			sdk.SecureCertReqEnable(1, 0x7A)
		}, espconn.CauseMutualSize, "set at most 3072 bytes", false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := r.device
				cfg.Profile, cfg.Seed = r.profile, 1
				d := emulator.NewTest(t, cfg)
				serveEcho(t, d, explainServer, server)
				require.NoError(t, d.Boot(explainClient(r.before)))
				time.Sleep(5 * time.Second)
				x := d.Explain()
				assert.Equal(t, explain.OutcomeRefused, x.Outcome, "%s", x)
				assert.EqualValues(t, r.cause, x.CauseID, "%s", x)
				if r.first != "" && assert.NotEmpty(t, x.Change) {
					assert.Equal(t, r.first, x.Change[0], "%s", x)
				}
				for _, text := range append([]string{x.Cause}, x.Change...) {
					assert.Equal(t, r.heap, strings.Contains(text, "heap"), "%s\n%s", text, x)
				}
			})
		})
	}
}

// A server whose memory runs out in its RSA operation goes on with wrong keys: the code is that of a wrong MAC, the explanation
// names the block (manual V2.1 3.2).
func TestExplainServerOutOfMemory(t *testing.T) {
	config := echoConfig(t)
	seen := map[bool]int{}
	for heap := uint32(22536); heap <= 24072; heap += 256 {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1, Address: netip.MustParsePrefix("10.0.1.1/16")})
			host := d.Network().Host("client", netip.Addr{})
			var accepted espconn.Err
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				l := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 443}}}
				sdk.RegistReconcb(l, func(*espconn.Espconn, espconn.Err) {})
				sdk.RegistConnectcb(l, func(*espconn.Espconn) {})
				sdk.SecureSetDefaultCertificate(config.Certificates[0].Certificate[0])
				sdk.SecureSetDefaultPrivateKey(x509.MarshalPKCS1PrivateKey(config.Certificates[0].PrivateKey.(*rsa.PrivateKey)))
				sdk.SecureSetSize(2, 8192)
				sdk.OsMalloc(sdk.SystemGetFreeHeapSize() - heap - 16)
				accepted = sdk.SecureAccept(l)
			})))
			time.Sleep(10 * time.Second)
			require.Equal(t, espconn.OK, accepted)
			raw, err := host.Dial("tcp", "10.0.1.1:443")
			require.NoError(t, err)
			_ = raw.SetDeadline(time.Now().Add(time.Minute))
			err = tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12,
				CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}}).Handshake()
			time.Sleep(time.Second)
			x := d.Explain()
			if err == nil {
				return
			}
			seen[x.Code == "-0x7180"]++
			assert.Equal(t, explain.OutcomeFailed, x.Outcome, "%s", x)
			assert.Contains(t, x.Cause, "memory for", "%s", x)
			assert.Contains(t, strings.Join(x.Change, "\n"), "heap", "%s", x)
			_ = raw.Close()
			time.Sleep(time.Second)
		})
	}
	assert.Positive(t, seen[true], "the case was not met: %v", seen)
}

func TestExplainCrashes(t *testing.T) {
	for cause, want := range map[int]string{
		0: "illegal instruction", 3: "load or store error", 6: "fatal exception (6)", 9: "unaligned",
		20: "instruction fetch", 28: "load prohibited", 29: "store prohibited", 33: "fatal exception (33)",
		espconn.CauseSoftWatchdog: "soft watchdog reset",
		chip.CauseHardWatchdog:    "hardware watchdog reset",
	} {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1, ExpectCrash: true})
			var sdk *emulator.SDK
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
			require.NoError(t, d.Do(func() { sdk.Board().Fatal(chip.Crash{Cause: cause, Why: "the reason"}) }))
			x := d.Explain()
			assert.Equal(t, explain.OutcomeCrashed, x.Outcome)
			assert.Contains(t, x.Symptom, want)
			assert.Equal(t, "the reason", x.Cause)
			assert.Len(t, x.Change, 1)
		})
	}
}

// A connection that ends because the access point is away says so, not that the peer is silent; the station's attempts to
// join are one step.
func TestExplainAccessPointAway(t *testing.T) {
	config := echoConfig(t)
	for name, lose := range map[string]func(d *emulator.Device) error{
		"the station has lost its access point": func(d *emulator.Device) error { d.SetLink(false); return nil },
		"nobody answers the ARP requests":       func(d *emulator.Device) error { d.Network().Partition([]string{d.Name()}); return nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1})
			serveEcho(t, d, explainServer, config)
			require.NoError(t, d.Boot(explainClient(func(sdk *emulator.SDK, _ *espconn.Espconn) {
				timer := &emulator.OsTimer{} // while the SYN is on its way
				sdk.OsTimerSetfn(timer, func() { assert.NoError(t, lose(d)) })
				sdk.OsTimerArm(timer, 1, false)
			})))
			time.Sleep(20 * time.Second)
			x := d.Explain()
			assert.Equal(t, explain.OutcomeFailed, x.Outcome)
			assert.Contains(t, x.Cause, name)
			steps := 0
			for _, l := range x.Chain {
				if strings.Contains(l.Text, "reason 201") {
					steps++
				}
			}
			assert.LessOrEqual(t, steps, 1, "%s", x)
		})
	}
}

// A handshake that the peer never answers is under way for ever.
func TestExplainSilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		l, err := d.Network().Host("silent", explainServer.Addr()).Listen("tcp", explainServer.String())
		require.NoError(t, err)
		defer l.Close()
		require.NoError(t, d.Boot(explainClient(nil)))
		time.Sleep(time.Hour)
		x := d.Explain()
		assert.Equal(t, explain.OutcomeWaiting, x.Outcome)
		assert.Contains(t, x.Cause, "the handshake waits")
	})
}

// axTLS waits for 60 s, and wants the time before it connects.
func TestExplainAxTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: espconn.SDK306SSL(), Clock: 1})
		l, err := d.Network().Host("silent", explainServer.Addr()).Listen("tcp", explainServer.String())
		require.NoError(t, err)
		defer l.Close()
		require.NoError(t, d.Boot(explainClient(nil)))
		time.Sleep(30 * time.Second)
		x := d.Explain()
		assert.Equal(t, explain.OutcomeWaiting, x.Outcome)
		assert.Contains(t, x.Change[0], "60 s")
		time.Sleep(time.Minute)
		x = d.Explain()
		assert.Equal(t, explain.OutcomeFailed, x.Outcome, "%s", x)
		assert.Contains(t, x.Symptom, "-29")
		assert.NotEmpty(t, x.Cause)
		assert.NotEmpty(t, x.Change, "%s", x)
	})
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: espconn.SDK306SSL(), Association: -1,
			Address: netip.MustParsePrefix("10.0.1.1/16")})
		require.NoError(t, d.Boot(explainClient(nil)))
		time.Sleep(20 * time.Second)
		x := d.Explain()
		assert.Equal(t, explain.OutcomeRefused, x.Outcome)
		assert.Contains(t, x.Cause, "clock reads 0")
		assert.Contains(t, x.Change, "connect later: from the Wi-Fi event GOT_IP, or when sntp_get_current_timestamp is not 0")
	})
}

// A failed test shows the explanation before the trace.
func TestFailedTestExplains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		d := emulator.NewTest(r, emulator.Config{Seed: 1})
		require.NoError(t, d.Boot(explainClient(nil)))
		time.Sleep(20 * time.Second)
		r.Errorf("a reason to fail")
		r.end()
		assert.Contains(t, strings.Join(r.logs, "\n"), "the last connection failed")
		assert.Contains(t, strings.Join(r.logs, "\n"), "change:")
	})
}

// Every event of a connection has a source and a kind of docs/trace.md, and its JSON form is flat.
func TestTraceJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		serveEcho(t, d, explainServer, echoConfig(t))
		require.NoError(t, d.Boot(explainClient(nil)))
		time.Sleep(20 * time.Second)
		sources := map[string]bool{}
		for _, e := range d.Trace().Events() {
			sources[e.Source.String()] = true
			b, err := json.Marshal(e)
			require.NoError(t, err)
			var m map[string]any
			require.NoError(t, json.Unmarshal(b, &m))
			for k, v := range m {
				_, nested := v.(map[string]any)
				assert.False(t, nested, k)
			}
			assert.NotEmpty(t, e.Source, "%v", e)
			assert.NotEmpty(t, e.Kind, "%v", e)
			var back trace.Event
			require.NoError(t, json.Unmarshal(b, &back))
			assert.Equal(t, e, back)
		}
		for _, want := range []string{"device", "heap", "wifi", "net", "uart", "api", "callback", "tls", "log"} {
			assert.True(t, sources[want], want)
		}
	})
}
