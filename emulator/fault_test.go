package emulator_test

import (
	"flag"
	"fmt"
	"net/netip"
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
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// life is a secure client's life: connect, send, receive, disconnect from a task. over tells how it ended.
type life struct {
	sdk  *emulator.SDK
	conn espconn.Espconn
	over string
}

func (l *life) boot(t testing.TB, d *emulator.Device) {
	require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
		l.sdk = sdk
		l.conn = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
			RemoteIP: explainServer.Addr().As4(), RemotePort: int(explainServer.Port())}}}
		sdk.SystemOsTask(func(chip.OsEvent) { sdk.SecureDisconnect(&l.conn) }, 0, make([]chip.OsEvent, 1))
		sdk.RegistConnectcb(&l.conn, func(c *espconn.Espconn) { l.result("send", sdk.SecureSend(c, []byte("hello"))) })
		sdk.RegistRecvcb(&l.conn, func(*espconn.Espconn, []byte) { sdk.SystemOsPost(0, 0, 0) })
		sdk.RegistReconcb(&l.conn, func(_ *espconn.Espconn, err espconn.Err) { l.over = fmt.Sprintf("reconnect %d", err) })
		sdk.RegistDisconcb(&l.conn, func(*espconn.Espconn) { l.over = "disconnect" })
		sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event == wifi.EventStamodeGotIP && l.over == "" {
				l.result("connect", sdk.SecureConnect(&l.conn))
			}
		})
	})))
}

func (l *life) result(call string, err espconn.Err) {
	if err != espconn.OK {
		l.over = fmt.Sprintf("%s returned %d", call, err)
	}
}

var fixed = emulator.Config{Seed: 1, Address: netip.MustParsePrefix("10.0.0.2/16")}

// sweepTime bounds a life in the device's time: TCP alone may take 575 s to give up.
const sweepTime = 20 * time.Minute

// The n-th allocation of a secure client's life fails, for each n: every end is reported, nothing hangs.
func TestFailEachAllocation(t *testing.T) {
	config, ends := echoConfig(t), map[string]int{}
	for n, more := 1, true; more; n += sweepStep() {
		synctest.Test(t, func(t *testing.T) {
			d, l := emulator.NewTest(t, fixed), life{}
			serveEcho(t, d, explainServer, config)
			d.FailAlloc(n)
			l.boot(t, d)
			time.Sleep(sweepTime)
			require.Nil(t, d.Crash())
			require.NotEmpty(t, l.over, "allocation %d: no end was reported\n%s", n, d.Explain())
			more = d.HeapStats().Failures > 0
			ends[l.over]++
		})
	}
	t.Logf("ends: %v", ends)
	assert.Greater(t, len(ends), 3)
}

// long makes the sweeps whole: go test ./emulator -long.
var long = flag.Bool("long", false, "fail every allocation and lose every frame, not each fifth")

// sweepStep is from one allocation that fails, or frame that is lost, to the next.
func sweepStep() int {
	if *long {
		return 1
	}
	return 5
}

// Each frame of a secure client's life is lost in turn: TCP repairs it, and the life ends as it should.
func TestDropEachFrame(t *testing.T) {
	config := echoConfig(t)
	for n, more := 1, true; more; n += sweepStep() {
		synctest.Test(t, func(t *testing.T) {
			d, l, seen := emulator.NewTest(t, fixed), life{}, 0
			serveEcho(t, d, explainServer, config)
			d.Network().SetFaults("", "", vnet.Faults{Filter: func(vnet.Frame) vnet.Verdict {
				if seen++; seen == n {
					return vnet.Drop
				}
				return vnet.Pass
			}})
			l.boot(t, d)
			time.Sleep(sweepTime)
			require.Nil(t, d.Crash())
			require.Equal(t, "disconnect", l.over, "frame %d\n%s", n, d.Explain())
			more = seen >= n
		})
	}
}

// The same sweep over the releases: their bugs may keep an end from being reported, but nothing hangs or panics.
func TestFailEachAllocationOfTheReleases(t *testing.T) {
	config := echoConfig(t)
	for _, p := range []espconn.Profile{espconn.SDK221(), espconn.SDK306()} {
		silent, crashed, n := 0, 0, 1
		for more := true; more; n += sweepStep() {
			synctest.Test(t, func(t *testing.T) {
				cfg, l := fixed, life{}
				cfg.Profile, cfg.ExpectCrash = p, true // some do
				d := emulator.NewTest(t, cfg)
				serveEcho(t, d, explainServer, config)
				d.FailAlloc(n)
				l.boot(t, d)
				time.Sleep(sweepTime)
				x := d.Explain()
				if d.Crash() != nil {
					crashed++
					assert.Equal(t, explain.OutcomeCrashed, x.Outcome)
				} else if l.over == "" {
					silent++
					assert.NotEqual(t, explain.OutcomeIdle, x.Outcome, "%s", x)
				}
				more = d.HeapStats().Failures > 0
			})
		}
		t.Logf("%s: up to allocation %d: %d ends without a word, %d crashes", p.Name, n, silent, crashed)
	}
}

// What a bad peer does at a record, and how the device reports it.
func TestBadPeers(t *testing.T) {
	config := echoConfig(t)
	rows := []struct {
		name string
		peer badpeer.Behavior
		want string
	}{
		{"good", badpeer.Behavior{}, "disconnect"},
		{"slow", badpeer.Behavior{Delay: 30 * time.Second}, "disconnect"},
		{"byte by byte", badpeer.Behavior{Piece: 1}, "disconnect"},
		{"reset for the first record", badpeer.Behavior{Record: 1, Then: badpeer.Reset}, "reconnect -9"},
		{"reset for the echo", badpeer.Behavior{Record: 6, Then: badpeer.Reset}, "reconnect -9"},
		{"close for the second record", badpeer.Behavior{Record: 2, Then: badpeer.Close}, "disconnect"},
		{"silence for the second record", badpeer.Behavior{Record: 2, Then: badpeer.Silence}, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, l := emulator.NewTest(t, fixed), life{}
				serveEchoOn(t, d, explainServer, config, r.peer)
				l.boot(t, d)
				time.Sleep(sweepTime)
				assert.Equal(t, r.want, l.over, "%s", d.Explain())
			})
		})
	}
}

// The AP goes out of range when the handshake is over, and comes back: the address is lost and the station finds it again.
func TestLinkDownAtAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := emulator.NewTest(t, fixed), life{}
		serveEcho(t, d, explainServer, echoConfig(t))
		d.When(func(e trace.Event) bool {
			return e.Source == trace.SourceTLS && e.Kind == trace.KindHandshake
		}, func() { d.SetLink(false) })
		l.boot(t, d)
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() { assert.Equal(t, "reconnect -8", l.over) }))
		assert.False(t, d.Addr().IsValid())
		var reasons []string
		for _, e := range d.Trace().Events() {
			if e.Name == "EVENT_STAMODE_DISCONNECTED" {
				reasons = append(reasons, e.Text[len(e.Text)-3:])
			}
		}
		require.Greater(t, len(reasons), 3)
		assert.Equal(t, []string{"200", "201"}, reasons[:2])
		d.SetLink(true)
		time.Sleep(time.Minute)
		assert.Equal(t, "10.0.0.2", d.Addr().String())
	})
}

// A sector that fails shows in the result of the call that writes it.
func TestFlashError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, fixed)
		require.NoError(t, d.Flash().FailSector(0x7B, flash.Dead))
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			assert.EqualValues(t, flash.ResultTimeout, sdk.SpiFlashEraseSector(0x7B))
			assert.EqualValues(t, flash.ResultOK, sdk.SpiFlashEraseSector(0x7A))
		})))
	})
}
