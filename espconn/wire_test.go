package espconn_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// The wire traces (testdata/oracle/wire) with this package's connection layer over the stack: frames, and what the application
// saw. Package netstack replays the same frames on the stack alone.

type wireEvent struct {
	T        float64
	Frame    string
	Hex      string
	Payload  *struct{ First, Step, Len int }
	Zeros    int
	App      string
	Args     []any
	Ret      *int
	InCb     bool `json:"in_callback"`
	Random   *uint32
	Reaction string
	Value    int
	DNSName  *string `json:"dns_name"`
	Callback string
	Conn     int
	Remote   int     `json:"remote_port"`
	Local    int     `json:"local_port"`
	Len      int     `json:"len"`
	DataSum  int     `json:"data_sum"`
	Err      int     `json:"err"`
	IP       *string `json:"ip"`
	Print    string

	EndlessLoop string `json:"endless_loop"`
}

type wireScenario struct {
	Name   string
	Events []wireEvent
}

func (e *wireEvent) bytes(t testing.TB) []byte {
	b, err := hex.DecodeString(e.Hex)
	require.NoError(t, err)
	if p := e.Payload; p != nil {
		for k := range p.Len {
			b = append(b, byte(p.First+k*p.Step))
		}
	}
	return append(b, make([]byte, e.Zeros)...)
}

func (e *wireEvent) num(k int) int {
	if k < len(e.Args) {
		if f, ok := e.Args[k].(float64); ok {
			return int(f)
		}
	}
	return 0
}

func (e *wireEvent) ip(k int) (a netip.Addr) {
	a = netip.IPv4Unspecified()
	if k < len(e.Args) {
		if text, ok := e.Args[k].(string); ok {
			if got, err := netip.ParseAddr(text); err == nil {
				a = got
			}
		}
	}
	return a
}

// seen is what the application saw: a result, a callback or a line; "" for other events.
func (e *wireEvent) seen() string {
	switch {
	case e.App != "" && e.Ret != nil:
		return fmt.Sprintf("%s = %d", e.App, *e.Ret)
	case e.Print != "":
		return "print " + e.Print
	case e.Callback == "connect":
		return fmt.Sprintf("connect %d, %d to %d", e.Conn, e.Local, e.Remote)
	case e.Callback == "recv":
		return fmt.Sprintf("recv %d, %d bytes, sum %d", e.Conn, e.Len, e.DataSum)
	case e.Callback == "reconnect":
		return fmt.Sprintf("reconnect %d, %d", e.Conn, e.Err)
	case e.Callback == "dns_found":
		ip := "nothing"
		if e.IP != nil {
			ip = *e.IP
		}
		return fmt.Sprintf("dns_found %d, %s", e.Conn, ip)
	case e.Callback == "sent", e.Callback == "disconnect", e.Callback == "write_finish":
		return fmt.Sprintf("%s %d", e.Callback, e.Conn)
	}
	return ""
}

// wireLog is what a replay sees, and the random numbers that it gives.
type wireLog struct {
	since   func() time.Duration // since the traces' instant 0
	random  []uint32
	missing int
	frames  []string
	seen    []string
	ended   *crash
}

// load takes the random numbers of a trace.
func (w *wireLog) load(sc *wireScenario) {
	for _, e := range sc.Events {
		if e.Random != nil {
			w.random = append(w.random, *e.Random)
		}
	}
}

func (w *wireLog) draw() uint32 {
	if len(w.random) == 0 {
		w.missing++
		return 0
	}
	v := w.random[0]
	w.random = w.random[1:]
	return v
}

// ms is the time in the traces' ms, to a hundredth.
func (w *wireLog) ms() float64 { return math.Round(float64(w.since().Microseconds())/10) / 100 }

func (w *wireLog) note(format string, args ...any) {
	w.seen = append(w.seen, fmt.Sprintf("%g ", w.ms())+fmt.Sprintf(format, args...))
}

func (w *wireLog) frame(b []byte) { w.frames = append(w.frames, fmt.Sprintf("%g %x", w.ms(), b)) }

// result notes a call's result in front of what the call made happen.
func (w *wireLog) result(name string, call func() espconn.Err) {
	at := len(w.seen)
	w.seen = append(w.seen, "")
	now := w.ms()
	w.seen[at] = fmt.Sprintf("%g %s = %d", now, name, int8(call()))
}

// wireDevice is what a trace is replayed on.
type wireDevice interface {
	// until lets the time go on to t ms; what is due at t itself waits.
	until(ms float64)
	// input gives the device a frame, app makes an application's call; false: it is unknown.
	input(frame []byte)
	app(e *wireEvent) (known bool)
	// named says which name is asked for next, reaction what callbacks do from now on.
	named(name string)
	reaction(name string, n int)
}

// wireRig is a device with the clock and the random numbers of the traces.
type wireRig struct {
	*stepRig
	wireLog
	at       time.Time
	react    map[string]int
	conns    map[int]*espconn.Espconn
	accepted int
	name     string
}

var wireStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Read gives the random numbers to espconn_port.
func (w *wireRig) Read(p []byte) (int, error) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], w.draw())
	return copy(p, b[:]), nil
}

func (w *wireRig) Rand() io.Reader { return w }

func (w *wireRig) Stack() *netstack.Stack { return w.stack }

func newWireRig(t *testing.T, group string, sc *wireScenario) *wireRig {
	w := &wireRig{at: wireStart, react: map[string]int{}, conns: map[int]*espconn.Espconn{}}
	w.load(sc)
	w.since = func() time.Duration { return w.at.Sub(wireStart) }
	profile := netstack.DeviceProfile()
	if group == "lib536" {
		profile = netstack.DeviceProfile536()
	}
	profile.PollPhase = 13 * time.Millisecond
	w.stepRig = &stepRig{t: t, heap: newHeap(81920), flash: blankFlash(1 << 20), mode: wifiStation, status: 5,
		ip: [2]netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, conns: map[espconn.Ref][2]uint32{}}
	w.stepRig.printf = func(s string) { w.note("print %s", s) }
	w.stack = netstack.NewStack(netstack.Config{Profile: profile, Rand: w.draw})
	w.ifc = w.stack.AddInterface("st", netstack.MAC{0x18, 0xfe, 0x34, 0, 0, 1}, w.frame)
	w.stack.Advance(w.at)
	if group == "dhcp" || sc.Name == "open-noip" {
		w.ip[0] = netip.Prefix{}
	} else {
		w.ifc.SetAddr(w.ip[0], netip.MustParseAddr("10.0.0.1"))
		w.ifc.SetUp(true)
	}
	w.api = espconn.New(w, espconn.SDK306())
	return w
}

// until lets the time go on to t ms; what is due at t itself waits.
func (w *wireRig) until(t float64) {
	end := wireStart.Add(time.Duration(math.Round(t * 1e6)))
	for range 1_000_000 {
		next, ok := w.stack.NextEvent()
		if !ok || !next.Before(end) {
			break
		}
		w.at = next
		w.do(func() { w.stack.Advance(next) })
	}
	w.at = end
}

// data is the application's send buffer.
func wireData(n int) []byte {
	b := make([]byte, n)
	for k := range b {
		b[k] = byte(7*k + 3)
	}
	return b
}

// number is the traces' number of an espconn.
func (w *wireRig) number(c *espconn.Espconn) int {
	for n, have := range w.conns {
		if have == c {
			return n
		}
	}
	return -1
}

// conn makes an espconn with the traces' callbacks.
func (w *wireRig) conn(n int, c *espconn.Espconn) *espconn.Espconn {
	w.conns[n] = c
	if c.Type == espconn.TypeTCP {
		w.api.RegistConnectcb(c, w.connected)
		w.register(c)
		return c
	}
	w.api.RegistRecvcb(c, w.received)
	w.api.RegistSentcb(c, func(c *espconn.Espconn) { w.note("sent %d", w.number(c)) })
	return c
}

func (w *wireRig) register(c *espconn.Espconn) {
	if w.react["conn_norecv"] == 0 {
		w.api.RegistRecvcb(c, w.received)
	}
	w.api.RegistSentcb(c, w.sent)
	w.api.RegistDisconcb(c, func(c *espconn.Espconn) { w.note("disconnect %d", w.number(c)) })
	w.api.RegistReconcb(c, func(c *espconn.Espconn, e espconn.Err) { w.note("reconnect %d, %d", w.number(c), int8(e)) })
	w.api.RegistWriteFinish(c, func(c *espconn.Espconn) { w.note("write_finish %d", w.number(c)) })
}

func (w *wireRig) connected(c *espconn.Espconn) {
	if w.number(c) < 0 {
		w.conns[100+w.accepted] = c
		w.accepted++
	}
	tcp := c.Proto.TCP
	w.note("connect %d, %d to %d", w.number(c), tcp.LocalPort, tcp.RemotePort)
	w.register(c)
	if n := w.react["conn_send"]; n > 0 {
		w.result("espconn_send", func() espconn.Err { return w.api.Send(c, wireData(n)) })
	}
	if w.react["conn_hold"] != 0 {
		w.result("espconn_recv_hold", func() espconn.Err { return w.api.RecvHold(c) })
	}
	if opt := w.react["conn_opt"]; opt != 0 {
		w.result("espconn_set_opt", func() espconn.Err { return w.api.SetOpt(c, espconn.Option(opt)) })
		if opt&int(espconn.KEEPALIVE) != 0 {
			w.keepalive(c)
		}
	}
	if opt := w.react["conn_clr"]; opt != 0 {
		w.result("espconn_clear_opt", func() espconn.Err { return w.api.ClearOpt(c, espconn.Option(opt)) })
	}
	if w.react["conn_disc"] != 0 {
		w.result("espconn_disconnect", func() espconn.Err { return w.api.Disconnect(c) })
	}
}

func (w *wireRig) keepalive(c *espconn.Espconn) (ret espconn.Err) {
	for level, name := range []string{"keep_idle", "keep_intvl", "keep_cnt"} {
		if v := int32(w.react[name]); v != 0 {
			ret = w.api.SetKeepalive(c, uint8(level), &v)
		}
	}
	return ret
}

// wireSum is the traces' sum over received bytes.
func wireSum(b []byte) (sum int) {
	for k, x := range b {
		sum = (31*sum + int(x) + k) % 65536
	}
	return sum
}

func (w *wireRig) received(c *espconn.Espconn, b []byte) {
	w.note("recv %d, %d bytes, sum %d", w.number(c), len(b), wireSum(b))
	if n := w.react["udp_reply"]; c.Type == espconn.TypeUDP && n > 0 {
		w.result("espconn_sendto", func() espconn.Err { return w.api.Sendto(c, wireData(n)) })
	}
	if n := w.react["recv_reply"]; c.Type == espconn.TypeTCP && n > 0 {
		w.result("espconn_send", func() espconn.Err { return w.api.Send(c, wireData(n)) })
	}
	if w.react["recv_disc"] != 0 {
		w.result("espconn_disconnect", func() espconn.Err { return w.api.Disconnect(c) })
	}
}

func (w *wireRig) sent(c *espconn.Espconn) {
	w.note("sent %d", w.number(c))
	if n := w.react["sent_send"]; n > 0 {
		w.react["sent_send"] = 0
		w.result("espconn_send", func() espconn.Err { return w.api.Send(c, wireData(n)) })
	}
	if w.react["sent_disc"] != 0 {
		w.result("espconn_disconnect", func() espconn.Err { return w.api.Disconnect(c) })
	}
}

// call makes an application's call; false: it is unknown.
func (w *wireRig) call(e *wireEvent) (known bool) {
	if e.Ret == nil {
		_, known = w.make(e)
		return known
	}
	w.result(e.App, func() (ret espconn.Err) {
		ret, known = w.make(e)
		return ret
	})
	return known
}

func (w *wireRig) make(e *wireEvent) (ret espconn.Err, known bool) {
	a, c := w.api, w.conns[e.num(0)]
	switch e.App {
	case "espconn_connect":
		port := e.num(3)
		if port == -1 {
			port = int(a.Port())
		}
		c = w.conn(e.num(0), &espconn.Espconn{Type: espconn.TypeTCP,
			Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: port, RemotePort: e.num(2), RemoteIP: e.ip(1).As4()}}})
		ret = a.Connect(c)
	case "espconn_accept":
		c = w.conn(e.num(0), &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: e.num(1)}}})
		ret = a.Accept(c)
	case "espconn_create":
		c = w.conn(e.num(0), &espconn.Espconn{Type: espconn.TypeUDP,
			Proto: espconn.Proto{UDP: &espconn.UDP{LocalPort: e.num(3), RemotePort: e.num(2), RemoteIP: e.ip(1).As4()}}})
		ret = a.Create(c)
	case "espconn_sendto":
		c.Proto.UDP.RemoteIP, c.Proto.UDP.RemotePort = e.ip(1).As4(), e.num(2)
		ret = a.Sendto(c, wireData(e.num(3)))
	case "espconn_send":
		ret = a.Send(c, wireData(e.num(1)))
	case "espconn_disconnect":
		ret = a.Disconnect(c)
	case "espconn_abort":
		ret = a.Abort(c)
	case "espconn_delete":
		ret = a.Delete(c)
	case "espconn_regist_time":
		ret = a.RegistTime(c, uint32(e.num(1)), uint8(e.num(2)))
	case "espconn_recv_hold":
		ret = a.RecvHold(c)
	case "espconn_recv_unhold":
		ret = a.RecvUnhold(c)
	case "espconn_set_opt":
		ret = a.SetOpt(c, espconn.Option(e.num(1)))
	case "espconn_set_keepalive":
		ret = w.keepalive(c)
	case "espconn_tcp_set_max_con_allow":
		ret = a.TcpSetMaxConAllow(c, uint8(e.num(1)))
	case "espconn_tcp_set_max_syn":
		ret = a.TcpSetMaxSyn(uint8(e.num(0)))
	case "espconn_tcp_set_max_retran":
		ret = a.TcpSetMaxRetran(uint8(e.num(0)))
	case "espconn_tcp_set_max_con":
		ret = a.TcpSetMaxCon(uint8(e.num(0)))
	case "espconn_tcp_set_wnd":
		ret = a.TcpSetWnd(uint8(e.num(0)))
	case "espconn_tcp_set_buf_count":
		ret = a.TcpSetBufCount(c, uint8(e.num(1)))
	case "espconn_dns_setserver":
		ip := e.ip(1).As4()
		a.DnsSetserver(uint8(e.num(0)), &ip)
	case "espconn_gethostbyname":
		if c == nil {
			c = &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{}}}
			w.conns[e.num(0)] = c
		}
		var addr [4]byte
		ret = a.Gethostbyname(c, w.name, &addr, func(_ string, ip *[4]byte, arg *espconn.Espconn) {
			text := "nothing"
			if ip != nil {
				text = netip.AddrFrom4(*ip).String()
			}
			w.note("dns_found %d, %s", w.number(arg), text)
		})
	case "espconn_igmp_join":
		ret = a.IgmpJoin(e.ip(0).As4(), e.ip(1).As4())
	case "espconn_igmp_leave":
		ret = a.IgmpLeave(e.ip(0).As4(), e.ip(1).As4())
	case "netif_set_down":
		w.ifc.SetUp(false)
	case "netif_set_up":
		w.ifc.SetUp(true)
	case "netif_set_link_down":
		w.ifc.SetLink(false)
	case "netif_set_link_up":
		w.ifc.SetLink(true)
	case "netif_set_addr":
		prefix := netip.Prefix{}
		if !e.ip(0).IsUnspecified() {
			prefix = netip.PrefixFrom(e.ip(0), 24)
		}
		w.ip[0] = prefix
		w.ifc.SetAddr(prefix, e.ip(2))
	case "dhcp_start":
		w.ifc.StartDHCP("ESP_000001", nil)
	default:
		return ret, false
	}
	return ret, true
}

// wireReactions are what the application's callbacks can be told to do.
var wireReactions = []string{"conn_send", "recv_reply", "recv_disc", "sent_disc", "conn_disc", "sent_send", "conn_hold", "conn_opt",
	"conn_clr", "conn_norecv", "udp_reply", "keep_idle", "keep_intvl", "keep_cnt"}

// wireKnown are the scenarios that differ from the device's, with the reason.
var wireKnown = map[string]string{
	"icmp-unreach-mtu40": "the device never returns from the send: MSS 0 loops for ever; here the MSS is 1",
}

// wireGroups are the scenarios by their groups, in the order of the files' names.
func wireGroups(t *testing.T) iter.Seq2[string, []*wireScenario] {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "oracle", "wire", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return func(yield func(string, []*wireScenario) bool) {
		for _, file := range files {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			var group struct {
				Group     string
				Scenarios []*wireScenario
			}
			require.NoError(t, json.Unmarshal(b, &group))
			if !yield(group.Group, group.Scenarios) {
				return
			}
		}
	}
}

// Every wire trace, with the connection layer in the place of the traces' application: frames to the byte and the millisecond,
// random numbers, results of calls, callbacks with their data, lines.
func TestWireTracesWithEspconn(t *testing.T) {
	for group, scenarios := range wireGroups(t) {
		for _, sc := range scenarios {
			t.Run(sc.Name, func(t *testing.T) {
				w := newWireRig(t, group, sc)
				diff := playWire(t, w, &w.wireLog, sc)
				if reason := wireKnown[sc.Name]; reason != "" {
					assert.NotEmpty(t, diff, "equal now: take it off the list")
				} else {
					assert.Empty(t, diff)
				}
			})
		}
	}
}

// Methods of wireDevice.

func (w *wireRig) input(b []byte)              { w.do(func() { w.ifc.Input(w.at, b) }) }
func (w *wireRig) named(name string)           { w.name = name }
func (w *wireRig) reaction(name string, n int) { w.react[name] = n }

func (w *wireRig) app(e *wireEvent) (known bool) {
	known = true
	w.do(func() {
		w.stack.Advance(w.at)
		known = w.call(e)
	})
	w.ended = w.stepRig.fatal
	return known
}

// playWire returns the first difference of frames, and of what the application saw.
func playWire(t *testing.T, w wireDevice, log *wireLog, sc *wireScenario) string {
	var frames, seen []string
	for i := range sc.Events {
		e := &sc.Events[i]
		if e.Frame == "from_device" {
			frames = append(frames, fmt.Sprintf("%g %x", e.T, e.bytes(t)))
		}
		if s := e.seen(); s != "" {
			seen = append(seen, fmt.Sprintf("%g %s", e.T, s))
		}
		switch {
		case e.Frame == "to_device":
			w.until(e.T)
			w.input(e.bytes(t))
		case e.DNSName != nil:
			w.named(*e.DNSName)
		case e.App != "" && !e.InCb:
			w.until(e.T)
			if !w.app(e) {
				return "the replay does not know " + e.App
			}
		case e.Callback != "" && e.seen() == "":
			return "the replay does not know the callback " + e.Callback
		case e.Reaction != "" && !slices.Contains(wireReactions, e.Reaction):
			return "the replay does not know the reaction " + e.Reaction
		case e.Reaction != "":
			w.reaction(e.Reaction, e.Value)
		}
	}
	w.until(sc.Events[len(sc.Events)-1].T + 0.5)
	first := func(what string, want, got []string) string {
		at := func(all []string, k int) string {
			if k < len(all) {
				return all[k][:min(len(all[k]), 150)]
			}
			return "nothing"
		}
		for k := range max(len(want), len(got)) {
			if at(want, k) != at(got, k) || k < len(want) && k < len(got) && want[k] != got[k] {
				return fmt.Sprintf("%s %d: want %s, got %s; ", what, k, at(want, k), at(got, k))
			}
		}
		return ""
	}
	diff := first("application", seen, log.seen) + first("frame", frames, log.frames)
	if len(log.random) > 0 || log.missing > 0 {
		diff += fmt.Sprintf("random numbers: %d not drawn, %d too many; ", len(log.random), log.missing)
	}
	if log.ended != nil {
		diff += "exception: " + log.ended.why
	}
	return diff
}
