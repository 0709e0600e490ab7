package oracle_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Group S: calls of the API and rules about connections. The calls and their times are in the events, what the peers do is read
// from the note and from what was seen of each peer (axReadPeers).

const (
	axPort      = 443 // espconn 0
	axOtherPort = 444 // espconn 1
	// axBoot is how long after boot the calls begin: where the clock reads 0 it does so in the first second only (axtls.md 10).
	axBoot = 900 * time.Millisecond
)

const ms = time.Millisecond

// axCallsCases runs group S: results of the calls, callbacks with their arguments, their order and, to the slack, their
// times, and the log.
func axCallsCases(t *testing.T, known []oracle.Known, tally *axTally) {
	cases, err := oracle.LoadAx(axData, "S")
	require.NoError(t, err)
	for i := range cases {
		c := &cases[i]
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			play, err := axRead(c)
			require.NoError(t, err)
			var diffs []oracle.Difference
			synctest.Test(t, func(t *testing.T) { diffs = replayAxCalls(t, c, play) })
			unlisted, _ := oracle.Check(known, diffs, func(string, string) bool { return false })
			for _, u := range unlisted {
				t.Error(u)
			}
			tally.add(c.Group, c.ID, diffs)
		})
	}
}

// axCall is a call in the events: "300 sent_call(0,10)=0 free=..." or "0 connect=-12".
var axCall = regexp.MustCompile(`^(\d+) (\w+?)(_call)?(?:\(([\w,]+)\))?=(-?\d+)`)

// axPlayer is the firmware and its record.
type axPlayer struct {
	c      *oracle.AxCase
	play   *axPlay
	sdk    *emulator.SDK
	dev    *emulator.Device
	start  time.Time
	conns  [2]*espconn.Espconn
	events []oracle.AxEvent
	fw     axFirmware

	connected bool // a connect was called
	keyTaken  int  // result of the last set_default_private_key
}

func replayAxCalls(t *testing.T, c *oracle.AxCase, play *axPlay) (diffs []oracle.Difference) {
	network := vnet.New(vnet.Options{Seed: 1})
	defer func() { _ = network.Close() }()
	host := network.Host("peer", peerAddr)
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	p := &axPlayer{c: c, play: play}
	p.fw.c = c
	device, err := emulator.New(emulator.Config{Name: "device", Profile: espconn.SDK306SSL(), Flash: chip, HeapFree: axFirmwareHeap,
		Network: network, Address: deviceAddr, Association: -1, Seed: 1, TraceLimit: -1, UART: &p.fw, Clock: c.Now()})
	require.NoError(t, err)
	defer func() { _ = device.Close() }()
	p.dev = device
	require.NoError(t, device.Boot(emulator.Go(func(s *emulator.SDK) { p.sdk = s })))
	time.Sleep(axBoot)
	want := c.Results[oracle.AxKey]
	for i := range p.conns {
		port := []int{axPort, axOtherPort}[i]
		p.conns[i] = p.espconn(i, port)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for port := range play.servers() {
		l, err := host.Listen("tcp", fmt.Sprintf(":%d", port))
		require.NoError(t, err)
		defer func() { _ = l.Close() }()
		go play.serve(t, l, port)
	}
	require.NoError(t, device.Do(func() {
		if c.OwnCertFile != "" && c.Server() {
			p.credentials()
		}
		p.fw.log = true
	}))
	p.start = time.Now()
	for i := range play.peers {
		if peer := &play.peers[i]; peer.connection == 0 {
			time.AfterFunc(peer.start, func() { peer.dial(ctx, host) })
		}
	}
	var calls []func() // of one moment: nothing happens between them
	run := func() {
		together := calls
		calls = nil
		require.NoError(t, device.Do(func() {
			for _, call := range together {
				call()
			}
		}))
	}
	last := time.Duration(0)
	for _, e := range want.Events {
		at, _, _ := strings.Cut(e, " ")
		n, _ := strconv.Atoi(at)
		last = max(last, time.Duration(n)*ms)
		if m := axCall.FindStringSubmatch(e); m != nil && m[2] != "free" && !play.inCallback(time.Duration(n)*ms, m[2]) {
			at := time.Duration(n) * ms
			if now := time.Until(p.start.Add(at)); now > 0 {
				run()
				time.Sleep(now)
			}
			calls = append(calls, func() { p.call(m[2], m[3] != "", m[4]) })
		}
	}
	if play.fatalCall != "" { // the exception came before the call's result
		calls = append(calls, func() { p.call(play.fatalCall, true, "0,10") })
	}
	run()
	time.Sleep(time.Until(p.start.Add(last + 2*time.Second)))
	synctest.Wait() // the peers' reports are written
	add := func(field string, w, g any) {
		if fmt.Sprint(w) != fmt.Sprint(g) {
			diffs = append(diffs, oracle.Difference{Case: c.ID, Profile: oracle.AxProfile, Field: field,
				Want: fmt.Sprint(w), Got: fmt.Sprint(g)})
		}
	}
	if crash := device.Crash(); (crash != nil) != (want.Outcome == "device_exception") {
		add("outcome", want.Outcome, fmt.Sprint(crash))
	}
	wantEvents, err := axCanonical(want.Events)
	require.NoError(t, err)
	oracle.CompareEvents(wantEvents, p.events, 0, add)
	for i := range want.Extra.Peers {
		play.peers[i].compare(&want.Extra.Peers[i], add)
	}
	var log []string
	for _, line := range strings.Split(string(p.fw.uart), "\n") {
		// The measured clock was a function in the place of the SDK's, which prints its line when it reads 0.
		if line != "" && !strings.HasPrefix(line, "Fatal exception") && line != "please start sntp first !" {
			log = append(log, line)
		}
	}
	add("log", want.Log, log)
	return diffs
}

// credentials sets certificate and key, and notes the results if the data do.
func (p *axPlayer) credentials() (cert, key bool) {
	c, err := axPKI.File(p.c.OwnCertFile)
	k, err2 := axPKI.File(p.c.OwnKeyFile)
	if err != nil || err2 != nil {
		panic(fmt.Sprint(err, err2))
	}
	return p.sdk.SecureSetDefaultCertificate(c), p.sdk.SecureSetDefaultPrivateKey(k)
}

func (p *axPlayer) note(format string, args ...any) {
	p.events = append(p.events, oracle.AxEvent{At: time.Since(p.start), What: fmt.Sprintf(format, args...)})
}

func (p *axPlayer) espconn(i, port int) *espconn.Espconn {
	c := &espconn.Espconn{Type: espconn.TypeTCP}
	t := &espconn.TCP{LocalPort: port, RemoteIP: peerAddr.As4(), RemotePort: port}
	c.Proto.TCP = t
	react := func(callback string) {
		if r := p.play.reaction; r.callback == callback && r.left > 0 {
			p.play.reaction.left--
			p.call(r.call, true, r.args)
		}
	}
	t.ConnectCallback = func(c *espconn.Espconn) {
		p.note("connect(%d)", i)
		react("connect")
	}
	t.DisconnectCallback = func(c *espconn.Espconn) {
		p.note("disconnect(%d)", i)
		react("disconnect")
	}
	t.ReconnectCallback = func(c *espconn.Espconn, err espconn.Err) { p.note("reconnect(%d,%d)", i, int8(err)) }
	c.SentCallback = func(*espconn.Espconn) { p.note("sent(%d)", i) }
	c.RecvCallback = func(_ *espconn.Espconn, b []byte) {
		p.note("recv(%d,%d)", i, len(b))
		react("recv")
	}
	return c
}

// call makes one call of the API and notes its result. A call that the data do not give an espconn, "sent=-5", is one with a
// null pointer: the data's where there is a connection, the espconn otherwise.
func (p *axPlayer) call(name string, espconnGiven bool, args string) {
	parts := strings.Split(args, ",")
	c := p.conns[0]
	if parts[0] == "1" {
		c = p.conns[1]
	}
	c.Type = espconn.TypeTCP
	if p.play.udp {
		c.Type = espconn.TypeUDP
	}
	null := !espconnGiven && args == ""
	var ref espconn.Ref
	if !null || p.connected {
		ref = c
	}
	ret := 0
	switch name {
	case "connect":
		p.connected = true
		// The data do not say what local_port a client has: none, so that two connections in a row have two ports.
		c.Proto.TCP.LocalPort = 0
		ret = int(p.sdk.SecureConnect(ref))
	case "accept":
		ret = int(p.sdk.SecureAccept(ref))
	case "disconnect":
		ret = int(p.sdk.SecureDisconnect(ref))
	case "delete":
		ret = int(p.sdk.SecureDelete(ref))
	case "sent":
		length := p.play.length
		if n, err := strconv.Atoi(parts[len(parts)-1]); err == nil {
			length = n
		}
		if null && p.connected {
			ret = int(p.sdk.Board().Espconn().SecureSendNull(ref, 10))
			break
		}
		ret = int(p.sdk.SecureSent(ref, oracle.Payload(0, length)))
	case "set_default_certificate":
		cert, key := p.credentials()
		ret = boolInt(cert)
		p.keyTaken = boolInt(key)
	case "set_default_private_key": // the data have it right behind the certificate
		ret = p.keyTaken
	case "regist_time":
		ret = int(p.sdk.RegistTime(p.conns[0], p.play.registTime, 0))
	default:
		panic("a call that the replay does not know: " + name)
	}
	p.note("%s=%d", name, ret)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// axCanonical brings the measured events into the form of the replay's: callbacks, and calls with their results.
func axCanonical(events []string) (out []oracle.AxEvent, err error) {
	for _, e := range events {
		m := axCall.FindStringSubmatch(e)
		switch {
		case m != nil && m[2] == "free":
		case m != nil:
			n, _ := strconv.Atoi(m[1]) // digits only
			out = append(out, oracle.AxEvent{At: time.Duration(n) * ms, What: m[2] + "=" + m[5]})
		default:
			callback, err := oracle.AxCallbacks([]string{e})
			if err != nil {
				return nil, err
			}
			out = append(out, callback...)
		}
	}
	return out, nil
}
