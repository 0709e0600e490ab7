package emulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// A crash tells what was running, for how long, and which function of the SDK was called last.
func TestCrashTellsTheMoment(t *testing.T) {
	hang := func(s *emulator.SDK) { s.OsDelayUs(4_000_000) }
	for name, row := range map[string]struct {
		init func(*emulator.SDK)
		in   string // the beginning of Callback
		ran  time.Duration
		call string
	}{
		"user_init": {func(s *emulator.SDK) { s.OsDelayUs(5_000_000) }, "user_init: emulator_test.", 3200 * time.Millisecond, "OsDelayUs"},
		"timer": {func(s *emulator.SDK) {
			timer := &emulator.OsTimer{}
			s.OsTimerSetfn(timer, func() { hang(s) })
			s.OsTimerArm(timer, 10, false)
		}, "an os_timer callback: emulator_test.TestCrashTellsTheMoment", 3190 * time.Millisecond, "OsDelayUs"},
		"task": {func(s *emulator.SDK) {
			s.SystemOsTask(func(chip.OsEvent) { hang(s) }, 1, make([]chip.OsEvent, 1))
			s.SystemOsPost(1, 0, 0)
		}, "the task of priority 1: ", 3200 * time.Millisecond, "OsDelayUs"},
		"Wi-Fi event": {func(s *emulator.SDK) {
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP {
					hang(s)
				}
			})
		}, "the Wi-Fi event handler: ", 2800 * time.Millisecond, "OsDelayUs"},
		"system_init_done": {func(s *emulator.SDK) { s.SystemInitDoneCb(func() { hang(s) }) },
			"the callback of system_init_done_cb: ", 3199900 * time.Microsecond, "OsDelayUs"},
		"an espconn call": {func(s *emulator.SDK) {
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP {
					s.SecureConnect(&espconn.Espconn{Type: espconn.TypeTCP})
				}
			})
		}, "the Wi-Fi event handler: ", 0, "espconn_secure_connect(espconn 1)"},
		"recv callback": {func(s *emulator.SDK) {
			tcp := &espconn.TCP{LocalPort: 7000}
			server := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: tcp}}
			s.RegistConnectcb(server, func(c *espconn.Espconn) {
				s.RegistRecvcb(c, func(*espconn.Espconn, []byte) { hang(s) })
			})
			s.Accept(server)
		}, "the recv callback of espconn ", 0, "OsDelayUs"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: espconn.SDK306()})
				d.ExpectCrash()
				require.NoError(t, d.Boot(emulator.Go(row.init)))
				time.Sleep(4 * time.Second)
				if name == "recv callback" {
					c, err := d.Network().Host("peer", explainServer.Addr()).Dial("tcp", d.Addr().String()+":7000")
					require.NoError(t, err)
					_, err = c.Write([]byte("hello"))
					require.NoError(t, err)
					time.Sleep(10 * time.Second)
					_ = c.Close()
				}
				synctest.Wait()
				c := d.Crash()
				require.NotNil(t, c)
				assert.True(t, strings.HasPrefix(c.Callback, row.in), c.Callback)
				assert.Contains(t, c.Callback, "moment_test.go:")
				assert.Contains(t, c.Where, "moment_test.go:")
				assert.Equal(t, row.call, c.Call)
				if row.ran > 0 {
					assert.Equal(t, row.ran, c.Ran)
				}
				x := d.Explain()
				assert.Equal(t, explain.OutcomeCrashed, x.Outcome)
				assert.Contains(t, x.Callback, c.Callback)
				assert.Contains(t, x.LastCall, c.Call)
				assert.Contains(t, x.String(), "\n  in:      "+row.in)
			})
		})
	}
}
