package espconn_test

import (
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// oraclePeerTLS is the TLS side of a peer's connection. A scripted peer runs in a goroutine of its own; after each segment the
// rig waits until it has nothing more to do, so that it takes no time and has one order.
type oraclePeerTLS struct {
	c     *oracleTCP
	pipe  *oraclePipe
	live  *tlspeer.Live
	merge bool
	early bool   // the measured peer's FIN left before its last write
	busy  bool   // pump is at work
	held  []byte // written with merge, not yet sent
}

// oraclePeerStep is something that a peer did: a write, the end of the connection, or an event of the script.
type oraclePeerStep struct {
	data  []byte
	event string // "tls_hs", "tls_data", "fin", "rst"
}

// oraclePipe is the connection as the scripted peer sees it. Its end is the script's only where the case says so.
type oraclePipe struct {
	net.Conn // nil: the methods below are all that is used
	in       chan []byte
	closed   sync.Once
	mu       sync.Mutex
	out      []oraclePeerStep
	ends     string // "fin", "rst": what an end means; "": nothing
}

func (p *oraclePipe) Read(b []byte) (int, error) {
	chunk, ok := <-p.in
	if !ok {
		return 0, io.EOF
	}
	return copy(b, chunk), nil
}

func (p *oraclePipe) Write(b []byte) (int, error) {
	p.did(oraclePeerStep{data: append([]byte(nil), b...)})
	return len(b), nil
}

func (p *oraclePipe) did(i oraclePeerStep) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out = append(p.out, i)
}

// take returns what was done since the last call.
func (p *oraclePipe) take() []oraclePeerStep {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.out
	p.out = nil
	return out
}

func (p *oraclePipe) CloseWrite() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ends != "" {
		p.out = append(p.out, oraclePeerStep{event: p.ends})
		p.ends = ""
	}
	return nil
}

func (p *oraclePipe) Close() error                     { return p.CloseWrite() }
func (p *oraclePipe) SetWriteDeadline(time.Time) error { return nil }
func (p *oraclePipe) SetLinger(int) error              { return nil }

// end ends the peer's goroutine.
func (p *oraclePipe) end() { p.closed.Do(func() { close(p.in) }) }

// startTLS begins the peer's side of the handshake, when TCP is up.
func (c *oracleTCP) startTLS(o *oracleTLS) {
	t := c.p.o.r.t
	c.tls = &oraclePeerTLS{c: c, pipe: &oraclePipe{in: make(chan []byte, 256)}, merge: c.p.has("merge"),
		early: o.Stage == "sent_ccs" && o.Do == "fin"}
	script, pipe := tlspeer.Script{At: tlspeer.Stage(o.Stage), End: tlspeer.Open}, c.tls.pipe
	if o.Stage == "" {
		script.End = tlspeer.Normal
	}
	if script.At == tlspeer.SentCCS { // that of tlspeer comes after Finished
		script.At, script.Steps = tlspeer.GotClientFinished, []tlspeer.Step{{Type: 20, Data: []byte{1}}}
	}
	for f := strings.Fields(o.Do); len(f) > 0; {
		num := func(i int) int { n, _ := strconv.Atoi(f[i]); return n }
		switch f[0] {
		case "fin":
			script.End, pipe.ends, f = tlspeer.FIN, "fin", f[1:]
		case "rst":
			script.End, pipe.ends, f = tlspeer.RST, "rst", f[1:]
		case "alert":
			script.Steps, f = append(script.Steps, tlspeer.AlertStep(byte(num(1)), byte(num(2)))), f[3:]
		case "record":
			script.Steps, f = append(script.Steps, tlspeer.Step{Type: byte(num(1)), Data: pattern(0, num(2))}), f[3:]
		case "hang":
			f = f[1:]
		default:
			t.Fatalf("end of a TLS peer %q", o.Do)
		}
	}
	version := map[string]uint16{"": 0x303, "1.2": 0x303, "1.1": 0x302, "1.0": 0x301, "3.0": 0x300}[o.Version]
	require.NotZero(t, version, o.Version)
	suite := uint16(0x2f)
	if o.Suite != "" {
		n, err := strconv.ParseUint(o.Suite, 16, 16)
		require.NoError(t, err)
		suite = uint16(n)
	}
	layout := tlspeer.Layout{Kind: tlspeer.OneWrite}
	switch kind, n, _ := strings.Cut(o.Records, ":"); kind {
	case "separate":
		layout.Kind = tlspeer.Separate
	case "coalesced":
		layout.Kind = tlspeer.Coalesced
	case "fragment":
		layout.Kind = tlspeer.Fragmented
		layout.Fragment, _ = strconv.Atoi(n)
	}
	var chain [][]byte
	var key *tlspeer.Key
	if o.Chain != "" {
		var err error
		chain = tlspeer.ParseChain(pkiFile(t, o.Chain))
		key, err = tlspeer.ParseKey(pkiFile(t, o.Key))
		require.NoError(t, err)
	}
	const hold = 100 * 365 * 24 * time.Hour // the rig's clock is not the bubble's
	if o.Role == "client" {
		peer := &tlspeer.Client{HelloVersion: version, Suites: []uint16{suite}, Chain: chain, Key: key, Layout: layout,
			Script: script, Live: c.tls.run, Hold: hold, Rand: tlspeer.NewRand(1)}
		go peer.Run(pipe)
	} else {
		peer := &tlspeer.Server{Version: version, Suite: suite, Chain: chain, Key: key, DHBits: o.DHBits, Layout: layout,
			Script: script, Live: c.tls.run, Hold: hold, Rand: tlspeer.NewRand(1)}
		if o.CertificateRequest {
			peer.Request = &tlspeer.CertificateRequest{Types: []byte{1}, Algorithms: []uint16{0x0401, 0x0201}}
		}
		go peer.Serve(pipe)
	}
	t.Cleanup(pipe.end)
	c.tls.pump()
}

// run reads after the handshake, in the peer's goroutine.
func (s *oraclePeerTLS) run(live *tlspeer.Live) {
	s.live = live
	s.pipe.did(oraclePeerStep{event: "tls_hs"})
	for {
		typ, _, err := live.Next()
		if err != nil {
			return
		}
		if typ == 23 {
			s.pipe.did(oraclePeerStep{event: "tls_data"})
		}
	}
}

// feed gives a segment's bytes to the peer.
func (s *oraclePeerTLS) feed(b []byte) {
	s.pipe.in <- append([]byte(nil), b...)
	s.pump()
}

// pump lets the peer work until it waits, and does what it did. Between two writes the peer waits for 1 ms.
func (s *oraclePeerTLS) pump() {
	s.busy = true
	defer func() {
		s.busy = false
		s.release()
	}()
	for {
		synctest.Wait()
		items := s.pipe.take()
		if len(items) == 0 {
			time.Sleep(2 * time.Millisecond)
			synctest.Wait()
			if items = s.pipe.take(); len(items) == 0 {
				return
			}
		}
		if i := slices.IndexFunc(items, func(i oraclePeerStep) bool { return i.event == "fin" }); s.early && i > 0 {
			items[i-1], items[i] = items[i], items[i-1]
		}
		for _, i := range items {
			switch i.event {
			case "":
				s.write(i.data)
			case "fin":
				s.c.queue(oracleWrite{fin: true})
			case "rst":
				s.c.p.do([]string{"rst"}, s.c)
			default:
				s.c.p.fire(i.event, s.c, nil)
			}
		}
	}
}

// write sends what the peer writes in one go as segments of its own.
func (s *oraclePeerTLS) write(b []byte) {
	if s.merge {
		s.held = append(s.held, b...)
		return
	}
	s.c.queue(oracleWrite{data: b})
}

// release sends what merge has held back.
func (s *oraclePeerTLS) release() {
	if !s.busy && len(s.held) > 0 {
		s.c.queue(oracleWrite{data: s.held})
		s.held = nil
	}
}

// record sends one record.
func (s *oraclePeerTLS) record(step tlspeer.Step) { s.write(s.seal(step)) }

func (s *oraclePeerTLS) seal(step tlspeer.Step) []byte {
	t := s.c.p.o.r.t
	require.NotNil(t, s.live, "the handshake is not over")
	b, err := s.live.Seal(step)
	require.NoError(t, err)
	return b
}

// act does an action that begins with tls_.
func (s *oraclePeerTLS) act(f []string) {
	num := func(i int) int { n, _ := strconv.Atoi(f[i]); return n }
	data := func(text string) tlspeer.Step {
		n, err := strconv.Atoi(text)
		require.NoError(s.c.p.o.r.t, err)
		s.c.pattern += n
		return tlspeer.DataStep(pattern(s.c.pattern-n, n))
	}
	defer s.release()
	switch f[0] {
	case "tls_send":
		var all []byte
		for _, n := range strings.Split(f[1], ",") {
			if len(f) > 2 { // packed
				all = append(all, s.seal(data(n))...)
			} else {
				s.record(data(n))
			}
		}
		if all != nil {
			s.write(all)
		}
	case "tls_send_fin":
		s.record(data(f[1]))
		s.c.queue(oracleWrite{fin: true})
	case "tls_notify":
		s.record(tlspeer.AlertStep(1, 0))
	case "tls_notify_fin":
		s.record(tlspeer.AlertStep(1, 0))
		s.c.queue(oracleWrite{fin: true})
	case "tls_alert":
		s.record(tlspeer.AlertStep(byte(num(1)), byte(num(2))))
	case "tls_hello_request":
		s.record(tlspeer.Step{Type: 22, Data: make([]byte, 4)})
	case "tls_badmac":
		step := data(f[1])
		step.BadMAC = true
		s.record(step)
	default:
		s.c.p.o.r.t.Fatalf("peer action %v", f)
	}
}
