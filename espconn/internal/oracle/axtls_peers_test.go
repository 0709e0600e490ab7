package oracle_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn/internal/oracle"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// What group S says of its peers is their names, when they ended and how, and the note. axRead makes players of that; a word
// that it does not know is an error.

// axPlay is what happens in a case beside the calls that the firmware makes by itself.
type axPlay struct {
	peers      []axPeer
	reaction   axReaction // a call that the firmware makes in its callbacks
	length     int        // of sends that do not name one
	registTime uint32
	udp        bool   // the espconn is one of type UDP
	fatalCall  string // the call in which the device raises its exception
}

type axReaction struct {
	callback, call, args string
	left                 int
}

// axPeer is one peer: a client that starts at start, or the connection of that number, from 1, on a server's port.
type axPeer struct {
	port       int
	connection int // 0: a client
	start      time.Duration
	script     tlspeer.Script
	report     *tlspeer.Report
}

var (
	axClientName   = regexp.MustCompile(`^client started at ([\d.]+m?s)$`)
	axServerName   = regexp.MustCompile(`^server connection (\d+) on port (\d+)$`)
	axInside       = regexp.MustCompile(`(\w+) is called inside the (\w+) callback`)
	axAnswers      = regexp.MustCompile(`answers (\d+) bytes to each from the (\w+) callback`)
	axSends        = regexp.MustCompile(`device sends (\d+) bytes every`)
	axWaits        = regexp.MustCompile(`server waits (\d+) ms before its answer`)
	axRegist       = regexp.MustCompile(`regist_time_(\d+)$`)
	axAtOnce       = regexp.MustCompile(`^(\w+) at once after disconnect`)
	axConnectEvent = regexp.MustCompile(`^(\d+) connect\((\d)\)$`)
	axRecvEvent    = regexp.MustCompile(`^(\d+) recv\((\d),(\d+)\)$`)
	axEndEvent     = regexp.MustCompile(`^(\d+) (?:disconnect|reconnect)\((\d)[,)]`)
)

// axStays is how long a peer stays that does not end by itself.
const axStays = 160 * time.Second

func axNumber(s string) int {
	n, _ := strconv.Atoi(s) // the patterns admit digits only
	return n
}

// axRead reads a case.
func axRead(c *oracle.AxCase) (*axPlay, error) {
	p := &axPlay{length: 20, udp: strings.Contains(c.Note, "of type UDP")}
	want := c.Results[oracle.AxKey]
	if m := axInside.FindStringSubmatch(c.Note); m != nil {
		p.reaction = axReaction{m[2], m[1], "0", 1}
	}
	if m := axAnswers.FindStringSubmatch(c.Note); m != nil {
		p.reaction = axReaction{m[2], "sent", m[1], 1 << 20}
	}
	if m := axSends.FindStringSubmatch(c.Note); m != nil {
		p.length = axNumber(m[1])
	}
	if m := axRegist.FindStringSubmatch(c.ID); m != nil {
		p.registTime = uint32(axNumber(m[1]))
	}
	if m := axAtOnce.FindStringSubmatch(c.Note); m != nil && want.Outcome == "device_exception" {
		p.fatalCall = m[1]
	}
	ends := map[int][]time.Duration{} // espconn -> when its connections ended
	for _, e := range want.Events {
		if m := axEndEvent.FindStringSubmatch(e); m != nil {
			i := axNumber(m[2])
			ends[i] = append(ends[i], time.Duration(axNumber(m[1]))*ms)
		}
	}
	for i := range want.Extra.Peers {
		seen := &want.Extra.Peers[i]
		peer := axPeer{port: axPort}
		if m := axClientName.FindStringSubmatch(seen.Name); m != nil {
			start, err := time.ParseDuration(m[1])
			if err != nil {
				return nil, fmt.Errorf("oracle: %s: a peer called %q", c.ID, seen.Name)
			}
			peer.start = start
			for _, e := range want.Events { // the second listener's client
				if m := axConnectEvent.FindStringSubmatch(e); m != nil && m[2] == "1" && time.Duration(axNumber(m[1]))*ms == peer.start {
					peer.port = axOtherPort
				}
			}
		} else if m := axServerName.FindStringSubmatch(seen.Name); m != nil {
			peer.connection, peer.port = axNumber(m[1]), axNumber(m[2])
		} else {
			return nil, fmt.Errorf("oracle: %s: a peer called %q", c.ID, seen.Name)
		}
		if err := peer.behave(c, seen, ends); err != nil {
			return nil, fmt.Errorf("oracle: %s: %s: %w", c.ID, seen.Name, err)
		}
		p.peers = append(p.peers, peer)
	}
	return p, nil
}

// behave makes the peer's script from how it ended.
func (a *axPeer) behave(c *oracle.AxCase, seen *oracle.AxSeen, ends map[int][]time.Duration) error {
	index := 0
	if a.port == axOtherPort {
		index = 1
	}
	closed := slices.Contains([]string{"EOF", "connection reset by peer", "connection refused"}, seen.Error) // by the device
	if !closed && seen.Error != "" && seen.Error != "i/o timeout" {
		return fmt.Errorf("error %q", seen.Error)
	}
	read := func(d time.Duration) tlspeer.Step { return tlspeer.Step{Op: tlspeer.Read, Wait: d} }
	switch seen.Stage {
	case "cannot_connect", "wait_client_hello":
		return nil
	case "raw":
		a.script = tlspeer.Script{At: tlspeer.Start, Steps: []tlspeer.Step{tlspeer.RawStep([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
			read(400 * ms)}, End: tlspeer.FIN}
	case "end", "start":
		a.script = tlspeer.Script{At: tlspeer.Start, Steps: []tlspeer.Step{read(axStays)}, End: tlspeer.FIN}
		if len(seen.Records) > 0 {
			a.script.At = tlspeer.GotServerHelloDone
		}
	case "got_client_hello":
		if m := axWaits.FindStringSubmatch(c.Note); m != nil {
			a.script = tlspeer.Script{At: tlspeer.GotClientHello,
				Steps: []tlspeer.Step{tlspeer.RawStep(nil).After(time.Duration(axNumber(m[1])) * ms)}}
			return nil
		}
		if !strings.Contains(c.Note, "sends a fatal alert") {
			return fmt.Errorf("a stop at %s that the note does not explain: %q", seen.Stage, c.Note)
		}
		a.script = tlspeer.Script{At: tlspeer.GotClientHello, Steps: []tlspeer.Step{tlspeer.AlertStep(2, 40)}, End: tlspeer.FIN}
	case "established", "":
		a.established(c, seen, index, closed, ends)
	default:
		return fmt.Errorf("stage %q", seen.Stage)
	}
	return nil
}

// established is a peer whose handshake ended well: what it sends comes at the times of the recv callbacks; then it closes as
// usual, when the callback of the end says so, or never.
func (a *axPeer) established(c *oracle.AxCase, seen *oracle.AxSeen, index int, closed bool, ends map[int][]time.Duration) {
	up, offset := time.Duration(-1), 0
	at := a.start
	nth := max(a.connection, 1)
	for _, e := range c.Results[oracle.AxKey].Events {
		if m := axConnectEvent.FindStringSubmatch(e); m != nil && axNumber(m[2]) == index {
			when := time.Duration(axNumber(m[1])) * ms
			if a.connection == 0 && when >= a.start && up < 0 || a.connection > 0 && nth == 1 {
				up, at = when, when
			}
			nth--
		}
		m := axRecvEvent.FindStringSubmatch(e)
		if m == nil || axNumber(m[2]) != index || up < 0 || seen.Stage != "established" {
			continue
		}
		when, n := time.Duration(axNumber(m[1]))*ms, axNumber(m[3])
		a.script.Steps = append(a.script.Steps, tlspeer.DataStep(oracle.Payload(offset, n)).After(when-at))
		offset, at = offset+n, when
	}
	switch {
	case closed || seen.Stage == "":
		if m := regexp.MustCompile(`the peer sends (\d+) bytes (\d+) ms after`).FindStringSubmatch(c.Note); m != nil && offset == 0 {
			a.script.Steps = append(a.script.Steps,
				tlspeer.DataStep(oracle.Payload(0, axNumber(m[1]))).After(time.Duration(axNumber(m[2]))*ms))
		}
		a.script.Steps = append(a.script.Steps, tlspeer.Step{Op: tlspeer.Read, Wait: axStays})
		a.script.End = tlspeer.FIN
	case seen.Error == "i/o timeout":
		stay := axStays
		for _, end := range ends[index] {
			if end > at {
				stay = end - at
				break
			}
		}
		a.script.Steps = append(a.script.Steps, tlspeer.Step{Op: tlspeer.Read, Wait: stay})
		a.script.End = tlspeer.FIN
	}
}

// servers are the ports on which peers listen.
func (p *axPlay) servers() map[int]bool {
	ports := map[int]bool{}
	for i := range p.peers {
		if p.peers[i].connection > 0 {
			ports[p.peers[i].port] = true
		}
	}
	return ports
}

// inCallback tells that the firmware makes a call inside a callback, by itself: after the first calls.
func (p *axPlay) inCallback(at time.Duration, call string) bool {
	return p.reaction.callback != "" && call == p.reaction.call && (at > 0 || call == "disconnect")
}

// serve plays the connections of a port, one after the other as they come; those that the data do not have end as usual.
func (p *axPlay) serve(t *testing.T, l net.Listener, port int) {
	for n := 1; ; n++ {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		peer := &axPeer{}
		for i := range p.peers {
			if p.peers[i].port == port && p.peers[i].connection == n {
				peer = &p.peers[i]
			}
		}
		server := newAxServer(t, peer.script)
		go func() { peer.report = server.Serve(conn) }()
	}
}

func newAxServer(t *testing.T, script tlspeer.Script) *tlspeer.Server {
	chain, err := axPKI.File("leaf2048.pem")
	assert.NoError(t, err)
	text, err := axPKI.File("leaf2048.key.pem")
	assert.NoError(t, err)
	key, err := tlspeer.ParseKey(text)
	assert.NoError(t, err)
	return &tlspeer.Server{Version: tlspeer.VersionTLS11, Suite: 0x2f, Chain: tlspeer.ParseChain(chain), Key: key, Hold: time.Hour,
		Rand: tlspeer.NewRand(1), Script: script}
}

// dial plays a client of the device.
func (a *axPeer) dial(ctx context.Context, host *vnet.Host) {
	conn, err := host.DialContext(ctx, "tcp", netip.AddrPortFrom(deviceAddr.Addr(), uint16(a.port)).String())
	if err != nil {
		return
	}
	a.report = (&tlspeer.Client{HelloVersion: tlspeer.VersionTLS11, Suites: []uint16{0x2f}, Hold: time.Hour, Rand: tlspeer.NewRand(1),
		Script: a.script}).Run(conn)
}

// compare adds what the peer saw otherwise than the measured one: records and alerts.
func (a *axPeer) compare(want *oracle.AxSeen, add func(string, any, any)) {
	var records []string
	var alerts [][2]int
	if a.report != nil {
		for _, r := range a.report.Records {
			records = append(records, r.String())
		}
		for _, al := range a.report.Alerts {
			alerts = append(alerts, [2]int{int(al.Level), int(al.Description)})
		}
	}
	add(want.Name+": records", want.Records, records)
	add(want.Name+": alerts", want.Alerts, alerts)
}
