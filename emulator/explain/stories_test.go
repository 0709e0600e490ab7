package explain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// script makes the events of a test, a millisecond apart.
type script struct{ events []trace.Event }

func (s *script) add(e trace.Event) *script {
	e.Seq, e.At = uint64(len(s.events)+1), time.Duration(len(s.events))*time.Millisecond
	s.events = append(s.events, e)
	return s
}

func (s *script) boot() *script {
	return s.add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindBoot, Name: "SDK306", Text: "dev", Limit: 49152})
}

// call is one that returns code; id is why, "" for a call that is not refused.
func (s *script) call(name, conn string, code int64, id espconn.CauseID) *script {
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Conn: conn, Name: name, Text: conn})
	if id != "" {
		s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCause, Conn: conn, Name: string(id)})
	}
	return s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindReturn, Conn: conn, Name: name, Text: fmt.Sprint(code), Value: code})
}

func (s *script) callback(conn string, k trace.Kind, value int64) *script {
	return s.add(trace.Event{Source: trace.SourceCallback, Kind: k, Conn: conn, Value: value})
}

func (s *script) connected(conn string) *script {
	return s.call("espconn_connect", conn, 0, "").callback(conn, trace.KindConnect, 0)
}

func (s *script) ended(conn string, id netstack.CauseID, code int64) *script {
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindEnded, Conn: conn, Name: string(id), Status: int16(code)})
	return s.callback(conn, trace.KindReconnect, code)
}

func (s *script) found(rule, conn string) *script {
	return s.add(trace.Event{Source: trace.SourceFinding, Kind: trace.KindFinding, Conn: conn, Name: rule, Text: "what was found"})
}

func (s *script) net(id netstack.CauseID) *script {
	return s.add(trace.Event{Source: trace.SourceNet, Kind: trace.KindCause, Name: string(id)})
}

func (s *script) fatal(why string) *script {
	return s.add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindFatal, Name: "fatal exception (28), load prohibited", Text: why})
}

// told is what a row expects of one explanation.
type told struct {
	about    string
	outcome  explain.Outcome
	cause    cause.ID
	headline string // after device and profile
}

// Each connection is told by its own events, the one that was decided last first.
func TestStories(t *testing.T) {
	handshake := func(s *script, conn string) *script {
		s.call("espconn_secure_connect", conn, 0, "")
		return s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindState, Conn: conn, Name: "SERVER_HELLO", Text: "mbedTLS"})
	}
	over := func(s *script, conn string) *script {
		return s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindHandshake, Conn: conn})
	}
	record := func(s *script, conn string) *script {
		s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindRecord, Conn: conn, Record: 23, Value: 69, Limit: 2048})
		return s.callback(conn, trace.KindRecv, 5)
	}
	state := func(s *script, conn string, st trace.State) *script {
		return s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindState, Conn: conn, State: st})
	}
	const a, b, srv = "espconn 1", "espconn 2", "espconn 3"
	for name, row := range map[string]struct {
		play func(s *script)
		want []told
	}{
		"a refused send, then data": {func(s *script) {
			handshake(s, a)
			over(s, a)
			s.callback(a, trace.KindConnect, 0)
			s.call("espconn_secure_send", a, 0, "").call("espconn_secure_send", a, -5, espconn.CauseAwaitsSent)
			record(s, a)
		}, []told{{a, explain.OutcomeRefused, cause.ID(espconn.CauseAwaitsSent), "the last call was refused; espconn 1 works"}}},
		"a refused send that succeeds later": {func(s *script) {
			s.connected(a).call("espconn_send", a, -7, espconn.CauseAwaitsSent).call("espconn_send", a, 0, "")
		}, []told{{a, explain.OutcomeConnected, "", "the last connection works"}}},
		"no callback is wanted": {func(s *script) {
			over(handshake(s, a), a)
			state(s.call("espconn_connect", b, 0, ""), b, trace.EspconnConnect)
		}, []told{{b, explain.OutcomeConnected, "", "the last connection works; espconn 1 works"},
			{a, explain.OutcomeConnected, "", "an earlier connection works; espconn 2 works"}}},
		"no callback tells of the end": {func(s *script) {
			s.call("espconn_connect", a, 0, "")
			s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindEnded, Conn: a, Name: string(netstack.CauseReset), Status: -9})
		}, []told{{a, explain.OutcomeFailed, cause.ID(netstack.CauseReset), "the last connection failed"}}},
		"a second connect on the same espconn is refused": {func(s *script) {
			s.connected(a).call("espconn_connect", a, -15, espconn.CauseConnected)
			s.callback(a, trace.KindRecv, 10)
		}, []told{{a, explain.OutcomeRefused, cause.ID(espconn.CauseConnected), "the last call was refused; espconn 1 works"}}},
		"a second connection on the same espconn fails, the first one lives": {func(s *script) {
			s.connected(a).call("espconn_connect", a, 0, "").ended(a, netstack.CauseReset, -9).callback(a, trace.KindRecv, 10)
		}, []told{{a, explain.OutcomeFailed, cause.ID(netstack.CauseReset), "the last connection failed; espconn 1 works"},
			{a, explain.OutcomeConnected, "", "an earlier connection works"}}},
		"one waits beside one that works": {func(s *script) {
			handshake(s.connected(a), b)
			s.callback(a, trace.KindRecv, 10)
		}, []told{{b, explain.OutcomeWaiting, cause.WaitsForPeer, "the last connection is under way; espconn 1 works"},
			{a, explain.OutcomeConnected, "", "an earlier connection works"}}},
		"a call on one that has failed": {func(s *script) {
			s.connected(a).ended(a, netstack.CauseKeepalive, -3).call("espconn_disconnect", a, -12, espconn.CauseNoConnection)
		}, []told{{a, explain.OutcomeFailed, cause.ID(netstack.CauseKeepalive), "the last connection failed"}}},
		"reconnects": {func(s *script) {
			s.connected(a).ended(a, netstack.CauseReset, -9)
			s.call("espconn_connect", a, -4, espconn.CauseNoAddress)
			s.connected(a).callback(a, trace.KindDisconnect, 0)
		}, []told{{a, explain.OutcomeIdle, "", "the last connection is over"},
			{a, explain.OutcomeRefused, cause.ID(espconn.CauseNoAddress), "an earlier call was refused"},
			{a, explain.OutcomeFailed, cause.ID(netstack.CauseReset), "an earlier connection failed"}}},
		"a server with a client that fails": {func(s *script) {
			s.call("espconn_secure_accept", srv, 0, "")
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindState, Conn: b, Name: "CLIENT_HELLO", Text: "mbedTLS"})
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindEnded, Conn: b, Name: "-0x7180", Code: -0x7180, Status: 15})
			s.callback(srv, trace.KindReconnect, 15)
		}, []told{{b, explain.OutcomeFailed, "", "the last connection failed"}, {srv, explain.OutcomeIdle, "", "nothing failed"}}},
		"the server ends it in order after data": {func(s *script) {
			record(over(handshake(s, a), a), a)
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindCause, Conn: a, Name: string(espconn.CausePeerFIN)})
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindEnded, Conn: a, Name: "-0x7880", Code: boundedtls.CodePeerClosed})
			state(s, a, trace.EspconnClose).callback(a, trace.KindDisconnect, 0)
		}, []told{{a, explain.OutcomeIdle, "", "the last connection is over"}}},
		"the server ends it in order after data, axTLS": {func(s *script) {
			record(over(handshake(s, a), a), a)
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindCause, Conn: a, Name: string(boundedtls.CauseCloseNotify)})
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindEnded, Conn: a, Name: "SSL error 3", Code: -3})
			state(s, a, trace.EspconnClose).callback(a, trace.KindDisconnect, 0)
		}, []told{{a, explain.OutcomeIdle, "", "the last connection is over"}}},
		"the server ends it in the handshake": {func(s *script) {
			handshake(s, a)
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindEnded, Conn: a, Name: "-0x7880", Code: boundedtls.CodePeerClosed})
			state(s, a, trace.EspconnClose).callback(a, trace.KindDisconnect, 0)
		}, []told{{a, explain.OutcomeFailed, "", "the last connection failed"}}},
		"the firmware closes a client of its server": {func(s *script) {
			s.call("espconn_secure_accept", srv, 0, "")
			s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindState, Conn: b, Name: "CLIENT_HELLO", Text: "mbedTLS"})
			record(over(s, b).callback(b, trace.KindConnect, 0), b)
			s.call("espconn_secure_disconnect", b, 0, "")
			state(s, b, trace.EspconnClose).callback(srv, trace.KindDisconnect, 0)
		}, []told{{b, explain.OutcomeIdle, "", "the last connection is over"},
			{srv, explain.OutcomeIdle, "", "nothing failed"}}},
		"a closed one that wants no callback, then the client of a server": {func(s *script) {
			s.call("espconn_accept", srv, 0, "").callback(b, trace.KindConnect, 0)
			state(s.connected(a).call("espconn_disconnect", a, 0, ""), a, trace.EspconnClose)
			state(s, b, trace.EspconnClose).callback(srv, trace.KindDisconnect, 0)
		}, []told{{b, explain.OutcomeIdle, "", "the last connection is over"},
			{a, explain.OutcomeIdle, "", "an earlier connection is over"}, {srv, explain.OutcomeIdle, "", "nothing failed"}}},
		"a server without clients": {func(s *script) { s.call("espconn_accept", srv, 0, "") },
			[]told{{srv, explain.OutcomeIdle, "", "nothing failed"}}},
		"UDP beside TCP": {func(s *script) {
			s.call("espconn_create", b, 0, "").connected(a).callback(b, trace.KindRecv, 10).callback(b, trace.KindSent, 0)
			s.call("espconn_sendto", b, -14, espconn.CauseInterface)
		}, []told{{b, explain.OutcomeRefused, cause.ID(espconn.CauseInterface), "the last call was refused; espconn 1 works"},
			{a, explain.OutcomeConnected, "", "an earlier connection works"}}},
		"the same refused call again": {func(s *script) {
			s.call("espconn_sendto", b, -14, espconn.CauseInterface).call("espconn_sendto", b, -14, espconn.CauseInterface)
		}, []told{{b, explain.OutcomeRefused, cause.ID(espconn.CauseInterface), "the last call was refused"}}},
		"trouble of the device beside a connection": {func(s *script) {
			s.connected(a).net(netstack.CauseMemory).net(netstack.CauseMemory)
		},
			[]told{{string(netstack.CauseMemory), explain.OutcomeFailed, cause.ID(netstack.CauseMemory),
				"something other than a connection failed; espconn 1 works"},
				{a, explain.OutcomeConnected, "", "an earlier connection works"}}},
		"a connection that the trace does not begin with": {func(s *script) { s.callback(a, trace.KindRecv, 10) },
			[]told{{a, explain.OutcomeConnected, "", "the last connection works"}}},
		"a number that was asked for": {func(s *script) {
			s.call("espconn_accept", srv, 0, "").call("espconn_tcp_get_max_con_allow", srv, 5, "")
		}, []told{{srv, explain.OutcomeIdle, "", "nothing failed"}}},
		"a restart": {func(s *script) { s.connected(a).boot() },
			[]told{{a, explain.OutcomeIdle, "", "the last connection is over"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := (&script{}).boot()
			row.play(s)
			all := explain.All(s.events, cause.English)
			var got []told
			for i, x := range all {
				headline, _, _ := strings.Cut(strings.TrimPrefix(x.String(), "dev, profile SDK306: "), "\n")
				got = append(got, told{x.About, x.Outcome, x.CauseID, headline})
				assert.Equal(t, i, x.Earlier)
			}
			require.Len(t, got, len(row.want), "%v", all)
			assert.Equal(t, row.want, got)
		})
	}
}

// What checks find changes what the headline says, is advice for what it belongs to, and never the reason of something else.
func TestFindingsOfStories(t *testing.T) {
	const a, b = "espconn 1", "espconn 2"
	s := (&script{}).boot().found(espconn.RuleTimerArmed, "")
	x := explain.Explain(s.events, cause.English)
	assert.Contains(t, x.String(), ": the checks found what can fail on the device\n")
	assert.Equal(t, []string{cause.Rule(espconn.RuleTimerArmed, cause.English).Fix}, x.Change)

	s.connected(a).found(espconn.RuleNoReconnect, a).connected(b).call("espconn_disconnect", b, -12, espconn.CauseNoConnection)
	x = explain.Explain(s.events, cause.English)
	assert.Equal(t, cause.Of(trace.Event{Name: string(espconn.CauseNoConnection)}, cause.English).Sentence, x.Cause)
	assert.NotContains(t, x.Change, cause.Rule(espconn.RuleNoReconnect, cause.English).Fix)
	assert.Len(t, x.Findings, 2)
	all := explain.All(s.events, cause.English)
	require.Len(t, all, 2)
	assert.Empty(t, all[0].Findings)
	if assert.Len(t, all[1].Findings, 1) {
		assert.Equal(t, espconn.RuleNoReconnect, all[1].Findings[0].Rule)
		assert.Equal(t, "an earlier connection works, but the checks found what can fail on the device; espconn 2 works",
			strings.TrimPrefix(strings.SplitN(all[1].String(), "\n", 2)[0], "dev, profile SDK306: "))
	}

	// A finding in the refused call is why, one in the call before is not.
	s = (&script{}).boot()
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Conn: a, Name: "espconn_secure_set_size"})
	s.found(espconn.RuleMutualSize, a)
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindReturn, Conn: a, Name: "espconn_secure_set_size", Text: "true"})
	s.call("espconn_disconnect", a, -12, espconn.CauseNoConnection)
	assert.NotContains(t, explain.Explain(s.events, cause.English).Cause, "what was found")
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Conn: a, Name: "espconn_send"}).found(espconn.RuleSendBeforeSent, a)
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindReturn, Conn: a, Name: "espconn_send", Text: "-12", Value: -12})
	assert.Equal(t, "what was found", explain.Explain(s.events, cause.English).Cause)
}

// After a restart the device's explanation is about the new boot; what failed before is one call away.
func TestFailureBeforeRestart(t *testing.T) {
	s := (&script{}).boot().connected("espconn 1").ended("espconn 1", netstack.CauseReset, -9).boot()
	x := explain.Explain(s.events, cause.English)
	assert.Equal(t, explain.OutcomeIdle, x.Outcome)
	assert.Contains(t, x.String(), "nothing is under way")
	assert.Contains(t, x.LastFailed, "espconn 1 reconnect callback, err -9, ESPCONN_RST: ")
	assert.Contains(t, x.String(), "more of it: emu8266 explain --failed")
	last, ok := explain.LastFailed(explain.All(s.events, cause.English))
	assert.True(t, ok)
	assert.Equal(t, cause.ID(netstack.CauseReset), last.CauseID)
	_, ok = explain.LastFailed(explain.All(s.events[:1], cause.English))
	assert.False(t, ok)
}

// What the loader could not start is told of the boot that came instead, until something else is decided in it.
func TestLoaderBeforeBoot(t *testing.T) {
	loader := func(s *script) *script {
		s.add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindRestart})
		s.add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindCause, Name: "device/loader-no-image", Text: "0x101000", Value: 2})
		return s.boot()
	}
	s := loader((&script{}).boot())
	for range 2 {
		x := explain.Explain(s.events, cause.English)
		assert.Equal(t, explain.OutcomeFailed, x.Outcome)
		assert.Equal(t, cause.ID("device/loader-no-image"), x.CauseID)
		assert.NotEmpty(t, x.Change)
		assert.Contains(t, x.String(), ": the boot loader did not find the program that it should start\n")
		if assert.NotEmpty(t, x.Chain) {
			assert.Equal(t, x.Cause, x.Chain[0].Text)
		}
		loader(s)
	}
	s.connected("espconn 1")
	assert.Equal(t, explain.OutcomeConnected, explain.Explain(s.events, cause.English).Outcome)
	s.boot()
	assert.Contains(t, explain.Explain(s.events, cause.English).String(), ": nothing is under way\n")
}

// UDP is no connection; that it was used is said.
func TestUDPAlone(t *testing.T) {
	s := (&script{}).boot().call("espconn_create", "espconn 1", 0, "").call("espconn_sendto", "espconn 1", 0, "")
	x := explain.Explain(s.events, cause.English)
	assert.Equal(t, explain.OutcomeIdle, x.Outcome)
	assert.Equal(t, "espconn_sendto returned 0", x.Symptom)
	assert.Empty(t, explain.All(s.events, cause.English))
}

// Of firmware that tries no connection is said what it did since the boot.
func TestNoConnection(t *testing.T) {
	s := (&script{}).boot()
	s.add(trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: "before"}).boot()
	assert.Equal(t, "no connection was tried", explain.Explain(s.events, cause.English).Symptom)
	for range 3 {
		s.add(trace.Event{Source: trace.SourcePin, Kind: trace.KindOutput, Name: "GPIO2"})
		s.add(trace.Event{Source: trace.SourcePin, Kind: trace.KindInput, Name: "GPIO0"})
	}
	s.add(trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: "hello"})
	s.add(trace.Event{Source: trace.SourceI2C, Kind: trace.KindWrite, Name: "0x40"})
	assert.Equal(t, "no connection was tried; lines on the UART: 1; changes of pins: 3; I2C transfers: 1",
		explain.Explain(s.events, cause.English).Symptom)
	assert.Equal(t, "没有尝试任何连接；UART 输出行数：1；引脚变化次数：3；I2C 传输次数：1", explain.Explain(s.events, cause.Chinese).Symptom)
}

// A list is bounded, and what lives stays in it.
func TestManyConnections(t *testing.T) {
	s := (&script{}).boot().connected("espconn 1")
	for range 1000 {
		s.connected("espconn 2").ended("espconn 2", netstack.CauseReset, -9)
	}
	all := explain.All(s.events, cause.English)
	assert.Len(t, all, 64)
	assert.Equal(t, "espconn 1", all[63].About)
	assert.Equal(t, []string{"espconn 1"}, all[0].Live)
}

// TestOwnRestart: what was open when the firmware restarted by itself did not fail; what failed before did.
func TestOwnRestart(t *testing.T) {
	end := func(at time.Duration, id netstack.CauseID) explain.Explanation {
		s := (&script{}).boot().connected("espconn 1")
		s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindEnded, Conn: "espconn 1", Name: string(id),
			Text: "10.0.0.2", Status: -11})
		s.add(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindCause, Name: "device/station-left", Value: 8,
			Text: "the end of the firmware"})
		s.boot()
		n := len(s.events)
		s.events[n-3].At, s.events[n-2].At, s.events[n-1].At = at, time.Minute, 2*time.Minute
		last, _ := explain.LastFailed(explain.All(s.events, cause.English))
		return last
	}
	assert.Empty(t, end(time.Minute, netstack.CauseAddressGone).CauseID)
	assert.Equal(t, cause.ID(netstack.CauseAddressGone), end(time.Second, netstack.CauseAddressGone).CauseID)
	assert.Equal(t, cause.ID(netstack.CauseReset), end(time.Minute, netstack.CauseReset).CauseID, "the firmware restarts because of it")
}

// TestSleepIsNoLossOfNetwork: a station that left for the firmware's own deep sleep has not lost its network; one that the firmware took
// off by a call has.
func TestSleepIsNoLossOfNetwork(t *testing.T) {
	after := func(by string) explain.Explanation {
		s := (&script{}).boot()
		s.add(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindCause, Name: "device/station-left", Value: 8, Text: by})
		s.add(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindEvent, Name: "EVENT_STAMODE_DISCONNECTED", Text: "home, reason 8"})
		n := len(s.events)
		s.events[n-2].At = s.events[n-1].At
		return explain.Explain(s.events, cause.English)
	}
	assert.Empty(t, after("the end of the firmware").CauseID)
	assert.NotContains(t, after("the end of the firmware").String(), "no network")
	assert.Equal(t, cause.Left, after("wifi_station_disconnect").CauseID)
}

// TestCutByOwnEnd: a connection that was open at the firmware's deep sleep or restart is told after it, with what to do; one that was
// closed before, and one that the reset pin ended, are not.
func TestCutByOwnEnd(t *testing.T) {
	after := func(reason uint32, closed bool, l cause.Language) (explain.Explanation, []explain.Explanation) {
		s := (&script{}).boot().connected("espconn 1")
		if closed {
			s.add(trace.Event{Source: trace.SourceCallback, Kind: trace.KindDisconnect, Conn: "espconn 1"})
		}
		s.boot()
		s.events[len(s.events)-1].Value = int64(reason)
		return explain.Explain(s.events, l), explain.All(s.events, l)
	}
	for reason, call := range map[uint32]string{chip.ReasonDeepSleepAwake: "system_deep_sleep", chip.ReasonSoftRestart: "system_restart"} {
		for _, l := range cause.Languages() {
			x, all := after(reason, false, l)
			assert.Equal(t, explain.OutcomeIdle, x.Outcome)
			assert.Equal(t, cause.CutByFirmware, x.CauseID)
			assert.Contains(t, x.Symptom, "espconn 1")
			assert.Contains(t, x.Cause, call)
			assert.Contains(t, x.Change[0], "espconn_disconnect")
			require.Len(t, all, 1)
			assert.Equal(t, cause.CutByFirmware, all[0].CauseID)
			x, _ = after(reason, true, l)
			assert.Empty(t, x.CauseID)
		}
	}
	x, _ := after(chip.ReasonExtSysRst, false, cause.English)
	assert.Empty(t, x.CauseID)

	// It is the boot before alone that is told so.
	s := (&script{}).boot().connected("espconn 1").boot()
	s.events[len(s.events)-1].Value = int64(chip.ReasonDeepSleepAwake)
	s.boot()
	assert.Empty(t, explain.Explain(s.events, cause.English).CauseID)
}

// A server that resets in the handshake when it has the device's certificate may not trust it; one that resets before, or later, did not
// do so for that.
func TestResetAfterCertificate(t *testing.T) {
	const a = "espconn 1"
	story := func(length int64, connected bool) explain.Explanation {
		s := (&script{}).boot().call("espconn_secure_connect", a, 0, "")
		s.add(trace.Event{Source: trace.SourceTLS, Kind: trace.KindMessage, Conn: a, Name: "Certificate", Out: true,
			Role: trace.RoleClient, Value: length})
		if connected {
			s.add(trace.Event{Source: trace.SourceCallback, Kind: trace.KindConnect, Conn: a})
		}
		s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindEnded, Conn: a, Name: string(netstack.CauseReset),
			Status: int16(espconn.RST)})
		s.add(trace.Event{Source: trace.SourceCallback, Kind: trace.KindReconnect, Conn: a, Value: int64(espconn.RST)})
		return explain.Explain(s.events, cause.English)
	}
	x := story(900, false)
	assert.Equal(t, explain.OutcomeFailed, x.Outcome)
	require.Len(t, x.Change, 2)
	assert.Contains(t, x.Change[0], "trusts the authority that issued the device's certificate")
	assert.Len(t, story(7, false).Change, 1)
	assert.Len(t, story(900, true).Change, 1)
}

// A connection that the firmware ended in its handshake never worked, and the headline says so.
func TestEndedBeforeItWorked(t *testing.T) {
	const a = "espconn 1"
	s := (&script{}).boot().call("espconn_secure_connect", a, 0, "")
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindEnded, Conn: a, Name: string(espconn.CauseClosedEarly)})
	s.add(trace.Event{Source: trace.SourceCallback, Kind: trace.KindDisconnect, Conn: a})
	x := explain.Explain(s.events, cause.English)
	assert.Equal(t, espconn.CauseClosedEarly, espconn.CauseID(x.CauseID))
	assert.Equal(t, "the last connection ended before it worked", x.Headline())
}

// A cause whose numbers grow is one step, with the newest ones and their time.
func TestGrowingNumbers(t *testing.T) {
	s := (&script{}).boot()
	for n := range 100 {
		s.add(trace.Event{Source: trace.SourceNet, Kind: trace.KindCause, Name: "netstack/dhcp-no-offer", Value: int64(n + 1),
			Took: time.Duration(n) * time.Minute})
	}
	x := explain.Explain(s.events, cause.English)
	require.Len(t, x.Chain, 1, "%s", x)
	assert.Regexp(t, `: 100 \(100 times\)$`, x.Chain[0].Text)
	assert.Equal(t, s.events[len(s.events)-1].At.Seconds(), x.Chain[0].At)
}

// A crash ends all connections, and is one failure.
func TestCrashIsOneFailure(t *testing.T) {
	s := (&script{}).boot().connected("espconn 1").connected("espconn 2")
	s.fatal("a NULL pointer")
	x := explain.Explain(s.events, cause.English)
	assert.Equal(t, explain.OutcomeCrashed, x.Outcome)
	assert.Zero(t, x.OthersFailed, "%s", x)
	assert.NotContains(t, x.String(), "others:")
}

// Of a refused call the cause's advice is told, the finding's stands beside it; where the SDK crashes, what the call was found to be
// counts.
func TestOneAdvice(t *testing.T) {
	const a, call = "espconn 1", "espconn_send"
	s := (&script{}).boot().connected(a)
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Conn: a, Name: call}).found(espconn.RuleMixed, a)
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCause, Conn: a, Name: string(espconn.CauseOnSecure)})
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindReturn, Conn: a, Name: call, Text: "-12", Value: -12})
	assert.Equal(t, []string{cause.Of(trace.Event{Name: string(espconn.CauseOnSecure)}, cause.English).Remedy},
		explain.Explain(s.events, cause.English).Change)

	s = (&script{}).boot().connected(a)
	s.add(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Conn: a, Name: "espconn_secure_send"})
	for _, rule := range []string{espconn.RuleMixed, espconn.RuleFatal} {
		s.found(rule, a)
		s.events[len(s.events)-1].Where = "main.c:7"
	}
	s.fatal("what was found")
	assert.Equal(t, []string{cause.Rule(espconn.RuleMixed, cause.English).Fix}, explain.Explain(s.events, cause.English).Change)
}

// The last call of a crash is told by the clock of the chain, also in a second boot.
func TestLastCallOfSecondBoot(t *testing.T) {
	s := (&script{}).boot().boot()
	s.events[len(s.events)-1].At = 7 * time.Second
	s.add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindContext, Name: "call", Text: "espconn_send", Value: 2_500_000})
	s.fatal("a NULL pointer")
	assert.Equal(t, "espconn_send, at 9.500000", explain.Explain(s.events, cause.English).LastCall)
}
