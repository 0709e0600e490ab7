package oracle_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Group S: calls of the API and rules about connections. The calls and their times are in the events; what the peers do is
// in axPeers, after the notes of the cases.

const (
	axPort      = 443 // espconn 0
	axOtherPort = 444 // espconn 1
	// axSlack is how far a callback's time may be off: the emulator's link takes a millisecond each way and hosts delay
	// acknowledgements, the measured one took no time.
	axSlack = 150 * time.Millisecond
	// axBoot is how long after boot the calls begin: where the clock reads 0 it does so in the first second only (axtls.md 10).
	axBoot = 900 * time.Millisecond
)

// axPeer is one peer of a case of group S.
type axPeer struct {
	server bool // listens on port, for one connection at a time; otherwise a client of the device that starts at start
	port   int
	start  time.Duration
	stay   time.Duration // after the handshake; then FIN without close_notify. 0: the normal end
	script tlspeer.Script
	raw    []byte // instead of TLS
	silent bool   // connects, or accepts, and says nothing
	pause  time.Duration
	fatal  int // server: the first n connections get a fatal alert
}

func axClient(start, stay time.Duration) axPeer {
	return axPeer{port: axPort, start: start, stay: stay}
}
func axServer(stay time.Duration) axPeer { return axPeer{server: true, port: axPort, stay: stay} }

const ms = time.Millisecond

func every(n int, first, wait time.Duration) (s tlspeer.Script) {
	for i := range n {
		step := tlspeer.DataStep(oracle.Payload(10*i, 10)).After(wait)
		if i == 0 {
			step.Wait = first
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

func with(p axPeer, s tlspeer.Script) axPeer {
	p.script = s
	return p
}

var axPeers = map[string][]axPeer{
	"S/server/clock_0/accept":           {axClient(50*ms, 0)},
	"S/server/clock_1/accept":           {axClient(50*ms, 0)},
	"S/client/clock_1000000000/connect": {axServer(0)},
	"S/server/client_silent":            {{port: axPort, start: 50 * ms, silent: true}},
	"S/server/client_silent_after_hello": {with(axClient(50*ms, 0),
		tlspeer.Script{At: tlspeer.GotServerHelloDone, End: tlspeer.Open})},
	"S/server/idle_150s":                          {axClient(50*ms, 150*time.Second)},
	"S/server/idle_timeout/regist_time_default":   {axClient(50*ms, 100*time.Second)},
	"S/server/idle_timeout/regist_time_30":        {axClient(50*ms, 100*time.Second)},
	"S/server/idle_timeout/client_sends_every_3s": {with(axClient(50*ms, 100*time.Second), every(6, 3*time.Second, 3*time.Second))},
	"S/server/heap_after_end":                     {axClient(50*ms, 0)},
	"S/server/sent_recv_sent":                     {with(axClient(50*ms, 2*time.Second), every(4, 500*ms, 500*ms))},
	"S/server/sent_spaced":                        {axClient(50*ms, 3450*ms)},
	"S/client/sent_then_data_both_ways":           {with(axServer(1100*ms), every(1, 200*ms, 0))},
	"S/server/connect_while_server_connected":     {axClient(50*ms, 900*ms), {server: true, port: axOtherPort, stay: 400 * ms}},
	"S/server/delete_then_new_credentials":        {axClient(500*ms, 0)},
	"S/client/connect_twice_same":                 {axServer(600 * ms)},
	"S/client/connect_other/after_0ms":            {axServer(900 * ms), {server: true, port: axOtherPort, stay: 900 * ms}},
	"S/client/connect_other/after_200ms":          {axServer(1400 * ms), {server: true, port: axOtherPort, stay: 900 * ms}},
	"S/client/reconnect_after_disconnect":         {axServer(5 * time.Second)},
	"S/client/connect_in_disconnect_callback":     {axServer(0)},
	"S/client/sent_twice":                         {axServer(1100 * ms)},
	"S/client/sent_twice_large":                   {axServer(1100 * ms)},
	"S/server/sent_twice":                         {axClient(50*ms, 1150*ms)},
	"S/client/sent_zero":                          {axServer(900 * ms)},
	"S/client/sent_after_disconnect":              {axServer(5 * time.Second)},
	"S/client/disconnect_in_connect_callback":     {with(axServer(time.Second), every(1, 100*ms, 0))},
	"S/server/disconnect_in_recv_callback":        {with(axClient(50*ms, time.Second), every(1, 100*ms, 0))},
	"S/client/disconnect_by_app":                  {axServer(5 * time.Second)},
	"S/client/disconnect_during_handshake":        {{server: true, port: axPort, pause: 500 * ms}},
	"S/client/disconnect_before_tcp":              {axServer(time.Second)},
	"S/server/accept_twice_same":                  {axClient(50*ms, 0)},
	"S/server/accept_two_ports":                   {axClient(50*ms, 500*ms), {port: axOtherPort, start: 100 * ms, stay: 500 * ms}},
	"S/server/second_client/at_55ms":              {axClient(50*ms, time.Second), axClient(55*ms, time.Second)},
	"S/server/second_client/at_400ms":             {axClient(50*ms, time.Second), axClient(400*ms, time.Second)},
	"S/server/second_client_then_first_continues": {with(axClient(50*ms, 800*ms), every(1, 650*ms, 0)), axClient(300*ms, time.Second)},
	"S/server/clients_in_sequence":                {axClient(50*ms, 0), axClient(550*ms, 0), axClient(1050*ms, 0), axClient(1550*ms, 0)},
	"S/server/bad_then_good": {{port: axPort, start: 50 * ms, raw: []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")},
		axClient(500*ms, 0), axClient(1000*ms, 0)},
	"S/server/delete_idle":                    {axClient(200*ms, 0), axClient(500*ms, 0)},
	"S/server/delete_connected":               {axClient(50*ms, 5*time.Second)},
	"S/client/delete_client":                  {axServer(500 * ms)},
	"S/server/accept_while_client":            {axClient(400*ms, 900*ms), {server: true, port: axOtherPort, stay: 900 * ms}},
	"S/client/connect_after_failed_handshake": {{server: true, port: axPort, fatal: 1}},
	"S/client/three_connections_in_sequence":  {axServer(0)},
	"S/client/connect_null":                   nil,
	"S/client/sent_disconnect_null":           nil,
	"S/client/connect_udp":                    nil,
	"S/server/accept_udp":                     nil,
	"S/client/clock_0/connect":                nil,
}

// axCallsCases runs group S: results of the calls, callbacks with their arguments, their order and, to the slack, their
// times, and the log.
func axCallsCases(t *testing.T, known []oracle.Known, tally *axTally) {
	cases, err := oracle.LoadAx(axData, "S")
	require.NoError(t, err)
	for i := range cases {
		c := &cases[i]
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			peers, ok := axPeers[c.ID]
			require.True(t, ok, "no peers for this case: %v", c.Results[oracle.AxKey].Events)
			var diffs []oracle.Difference
			synctest.Test(t, func(t *testing.T) { diffs = replayAxCalls(t, c, peers) })
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
	sdk    *emulator.SDK
	dev    *emulator.Device
	start  time.Time
	conns  [2]*espconn.Espconn
	events []axEvent
	fw     axFirmware
}

type axEvent struct {
	at   time.Duration
	what string
}

func replayAxCalls(t *testing.T, c *oracle.AxCase, peers []axPeer) (diffs []oracle.Difference) {
	network := vnet.New(vnet.Options{Seed: 1})
	defer func() { _ = network.Close() }()
	host := network.Host("peer", peerAddr)
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	p := &axPlayer{c: c}
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
	for _, peer := range peers {
		if peer.server {
			l, err := host.Listen("tcp", fmt.Sprintf(":%d", peer.port))
			require.NoError(t, err)
			defer func() { _ = l.Close() }()
			go peer.serve(t, l)
		}
	}
	require.NoError(t, device.Do(func() {
		if c.OwnCertFile != "" && c.Server() {
			p.credentials()
		}
		p.fw.log = true
	}))
	p.start = time.Now()
	for _, peer := range peers {
		if !peer.server {
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
		if m := axCall.FindStringSubmatch(e); m != nil && m[2] != "free" && !p.inCallback(e) {
			at := time.Duration(n) * ms
			if now := time.Until(p.start.Add(at)); now > 0 {
				run()
				time.Sleep(now)
			}
			calls = append(calls, func() { p.call(m[2], m[4]) })
		}
	}
	if c.ID == "S/client/sent_after_disconnect" { // the exception came before the call's result
		calls = append(calls, func() { p.call("sent", "0,10") })
	}
	run()
	time.Sleep(time.Until(p.start.Add(last + 2*time.Second)))
	add := func(field string, w, g any) {
		if fmt.Sprint(w) != fmt.Sprint(g) {
			diffs = append(diffs, oracle.Difference{Case: c.ID, Profile: oracle.AxProfile, Field: field,
				Want: fmt.Sprint(w), Got: fmt.Sprint(g)})
		}
	}
	if crash := device.Crash(); (crash != nil) != (want.Outcome == "device_exception") {
		add("outcome", want.Outcome, fmt.Sprint(crash))
	}
	wantEvents, gotEvents := axCanonical(want.Events), p.canonical()
	add("events", axNames(wantEvents), axNames(gotEvents))
	if len(wantEvents) == len(gotEvents) {
		for i, w := range wantEvents {
			if d := gotEvents[i].at - w.at; d > axSlack || d < -axSlack {
				add("time of "+w.what, w.at, gotEvents[i].at)
			}
		}
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

// inCallback tells that the firmware makes this call inside a callback, by itself.
func (p *axPlayer) inCallback(event string) bool {
	switch p.c.ID {
	case "S/server/sent_recv_sent":
		return strings.Contains(event, "sent_call")
	case "S/client/connect_in_disconnect_callback":
		return strings.HasPrefix(event, "60 connect_call")
	case "S/client/disconnect_in_connect_callback", "S/server/disconnect_in_recv_callback":
		return strings.Contains(event, "disconnect_call")
	}
	return false
}

func (p *axPlayer) credentials() {
	cert, err := axPKI.File(p.c.OwnCertFile)
	key, err2 := axPKI.File(p.c.OwnKeyFile)
	if err != nil || err2 != nil {
		panic(fmt.Sprint(err, err2))
	}
	p.sdk.SecureSetDefaultCertificate(cert)
	p.sdk.SecureSetDefaultPrivateKey(key)
}

func (p *axPlayer) note(format string, args ...any) {
	p.events = append(p.events, axEvent{time.Since(p.start), fmt.Sprintf(format, args...)})
}

func (p *axPlayer) espconn(i, port int) *espconn.Espconn {
	c := &espconn.Espconn{Type: espconn.TypeTCP}
	t := &espconn.TCP{LocalPort: port, RemoteIP: peerAddr.As4(), RemotePort: port}
	c.Proto.TCP = t
	t.ConnectCallback = func(c *espconn.Espconn) {
		p.note("connect(%d)", i)
		if p.c.ID == "S/client/disconnect_in_connect_callback" {
			p.call("disconnect", "0")
		}
	}
	t.DisconnectCallback = func(c *espconn.Espconn) {
		p.note("disconnect(%d)", i)
		if p.c.ID == "S/client/connect_in_disconnect_callback" && len(p.events) < 5 {
			p.call("connect", "0")
		}
	}
	t.ReconnectCallback = func(c *espconn.Espconn, err espconn.Err) { p.note("reconnect(%d,%d)", i, int8(err)) }
	c.SentCallback = func(*espconn.Espconn) { p.note("sent(%d)", i) }
	c.RecvCallback = func(_ *espconn.Espconn, b []byte) {
		p.note("recv(%d,%d)", i, len(b))
		switch p.c.ID {
		case "S/server/disconnect_in_recv_callback":
			p.call("disconnect", "0")
		case "S/server/sent_recv_sent":
			p.call("sent", "20")
		}
	}
	return c
}

// call makes one call of the API and notes its result.
func (p *axPlayer) call(name, args string) {
	var ref espconn.Ref
	var c *espconn.Espconn
	parts := strings.Split(args, ",")
	switch {
	case args == "" && strings.Contains(p.c.ID, "null"):
	case parts[0] == "1":
		c = p.conns[1]
	default:
		c = p.conns[0]
	}
	if c != nil {
		ref = c
		c.Type = espconn.TypeTCP
		if strings.HasSuffix(p.c.ID, "_udp") {
			c.Type = espconn.TypeUDP
		}
	}
	length := 0
	if len(parts) == 2 {
		length, _ = strconv.Atoi(parts[1])
	} else if name == "sent" && args != "" {
		length, _ = strconv.Atoi(args)
		ref = p.conns[0]
	}
	if p.c.ID == "S/server/sent_spaced" || p.c.ID == "S/server/sent_recv_sent" {
		length = 20
	}
	ret := 0
	switch name {
	case "connect":
		ret = int(p.sdk.SecureConnect(ref))
	case "accept":
		ret = int(p.sdk.SecureAccept(ref))
	case "disconnect":
		ret = int(p.sdk.SecureDisconnect(ref))
	case "delete":
		ret = int(p.sdk.SecureDelete(ref))
	case "sent":
		if args == "" && p.c.ID == "S/client/sent_zero" {
			ret = int(p.sdk.Board().Espconn().SecureSendNull(ref, 10))
			break
		}
		ret = int(p.sdk.SecureSent(ref, oracle.Payload(0, length)))
	case "set_default_certificate":
		p.credentials()
		ret = 1
	case "set_default_private_key":
		ret = 1
	case "regist_time":
		ret = int(espconn.ARG) // the plain API's, which knows no TLS listener; not part of this package
	}
	p.note("%s=%d", name, ret)
}

// axCanonical brings the measured events into the form of the replay's.
func axCanonical(events []string) (out []axEvent) {
	for _, e := range events {
		at, what, _ := strings.Cut(e, " ")
		n, _ := strconv.Atoi(at)
		if m := axCall.FindStringSubmatch(e); m != nil {
			if m[2] == "free" {
				continue
			}
			what = m[2] + "=" + m[5]
		}
		out = append(out, axEvent{time.Duration(n) * ms, what})
	}
	return out
}

func (p *axPlayer) canonical() []axEvent { return p.events }

func axNames(events []axEvent) (out []string) {
	for _, e := range events {
		out = append(out, e.what)
	}
	return out
}

// serve plays a server for every connection of its port.
func (a axPeer) serve(t *testing.T, l net.Listener) {
	for n := 0; ; n++ {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		server := a.newServer(t, n)
		go server.Serve(conn)
	}
}

func (a axPeer) newServer(t *testing.T, n int) *tlspeer.Server {
	chain, err := axPKI.File("leaf2048.pem")
	assert.NoError(t, err)
	text, err := axPKI.File("leaf2048.key.pem")
	assert.NoError(t, err)
	key, err := tlspeer.ParseKey(text)
	assert.NoError(t, err)
	s := &tlspeer.Server{Version: tlspeer.VersionTLS11, Suite: 0x2f, Chain: tlspeer.ParseChain(chain), Key: key, Hold: time.Hour,
		Rand: tlspeer.NewRand(1), Script: a.ending()}
	if n < a.fatal {
		s.Script = tlspeer.Script{At: tlspeer.GotClientHello,
			Steps: []tlspeer.Step{tlspeer.AlertStep(2, 40), {Op: tlspeer.Read, Wait: 400 * ms}}, End: tlspeer.FIN}
	}
	if a.pause > 0 {
		s.Script = tlspeer.Script{At: tlspeer.GotClientHello, Steps: []tlspeer.Step{tlspeer.RawStep(nil).After(a.pause)}}
	}
	return s
}

// ending is the script of a peer that stays: its steps, then silence, then FIN.
func (a axPeer) ending() tlspeer.Script {
	s := a.script
	if a.stay > 0 && s.At == "" {
		s.Steps = append(append([]tlspeer.Step(nil), s.Steps...), tlspeer.Step{Op: tlspeer.Read, Wait: a.stay})
		s.End = tlspeer.FIN
	}
	return s
}

// dial plays a client of the device.
func (a axPeer) dial(ctx context.Context, host *vnet.Host) {
	conn, err := host.DialContext(ctx, "tcp", netip.AddrPortFrom(deviceAddr.Addr(), uint16(a.port)).String())
	if err != nil {
		return
	}
	client := &tlspeer.Client{HelloVersion: tlspeer.VersionTLS11, Suites: []uint16{0x2f}, Hold: time.Hour, Rand: tlspeer.NewRand(1),
		Script: a.ending()}
	switch {
	case a.silent:
		client.Script = tlspeer.Script{At: tlspeer.Start, End: tlspeer.Open}
	case a.raw != nil:
		client.Script = tlspeer.Script{At: tlspeer.Start, Steps: []tlspeer.Step{tlspeer.RawStep(a.raw), {Op: tlspeer.Read, Wait: 400 * ms}},
			End: tlspeer.FIN}
	}
	client.Run(conn)
}
