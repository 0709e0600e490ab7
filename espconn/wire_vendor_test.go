package espconn_test

import (
	"errors"
	"math"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/linked"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// wireClock is when lwIP's clock starts in the traces: it runs at 38, 63... ms then.
const wireClock = 13 * time.Millisecond

// Every wire trace on the vendor's own libraries: testdata/replay.c, which somebody has linked with SDK 3.0.6, and for the group lib536
// with liblwip_536 in the place of liblwip. The differences are listed in testdata/vendor_wire_differences.txt.
func TestWireTracesVendor(t *testing.T) {
	image := map[string]*elf.Image{}
	load := func(t *testing.T, name string) *elf.Image {
		if image[name] == nil {
			var err error
			image[name], err = elf.LoadVendorFile(linked.File(t, name))
			require.NoError(t, err)
		}
		return image[name]
	}
	load(t, "306-replay-mbedtls.out")
	differs, seen := oracleDiffers(t, "vendor_wire"), map[string]bool{}
	equal := 0
	for group, scenarios := range wireGroups(t) {
		for _, sc := range scenarios {
			t.Run(sc.Name, func(t *testing.T) {
				seen[sc.Name] = true
				name := "306-replay-mbedtls.out"
				if group == "lib536" {
					name = "306-replay-536.out"
				}
				program := load(t, name)
				diff := ""
				synctest.Test(t, func(t *testing.T) { diff = newWireVendor(t, group, sc, program).play(sc) })
				if why := differs[sc.Name]; why != "" {
					require.NotEmpty(t, diff, "is equal now: take it off the list")
					t.Skip(why)
				}
				require.Empty(t, diff)
				equal++
			})
		}
	}
	t.Logf("%d equal, %d listed", equal, len(differs))
	for name := range differs {
		require.True(t, seen[name], "%s is listed, but no scenario", name)
	}
}

// wireVendor is an emulated device with the vendor's libraries, with the clock and the random numbers of the traces.
type wireVendor struct {
	wireLog
	t       *testing.T
	lib     *linked.Program
	dev     *emulator.Device
	network *vnet.Network
	port    *vnet.Port
	began   time.Time
	at      time.Duration // of the event under way; negative: none is, but the stack's timers run
	react   map[string]int
	conns   map[int]uint32 // addresses of espconns by the traces' numbers
	numbers map[uint32]int
	next    int // number of the next accepted connection
	name    string
	joined  bool // dhcp_start has been called
	endless bool // the SDK does not return in the end
}

func newWireVendor(t *testing.T, group string, sc *wireScenario, image *elf.Image) *wireVendor {
	w := &wireVendor{t: t, lib: &linked.Program{}, react: map[string]int{}, conns: map[int]uint32{},
		numbers: map[uint32]int{}, next: 100}
	firmware := image.Firmware()
	w.lib.Caller = firmware
	w.load(sc)
	w.lib.Told, w.lib.Line, w.lib.Failed = w.told, w.line, w.failed
	w.endless = sc.Events[len(sc.Events)-1].EndlessLoop != ""
	w.network = vnet.New(vnet.Options{Seed: 1, Faults: vnet.Faults{Latency: time.Microsecond, Bandwidth: -1}})
	cfg := emulator.Config{UART: w.lib, Seed: 1, MAC: netstack.MAC{0x18, 0xfe, 0x34, 0, 0, 1}, Network: w.network, TraceLimit: -1,
		ExpectCrash: true, Random: w.draw, Association: time.Nanosecond, Address: netip.MustParsePrefix("10.0.0.2/24")}
	switch {
	case sc.Name == "open-noip":
		cfg.Address, cfg.Association = netip.Prefix{}, time.Hour
	case group == "dhcp":
		cfg.Address = netip.Prefix{}
		for i := range sc.Events {
			if e := &sc.Events[i]; e.App == "dhcp_start" { // the device's own, when the station has joined
				cfg.Association += time.Duration(e.T * float64(time.Millisecond))
				break
			}
		}
	}
	var err error
	w.dev, err = emulator.New(cfg)
	require.NoError(t, err)
	w.port = w.network.Attach("peers", nil, nil)
	w.began = time.Now()
	w.since = func() time.Duration {
		if w.at >= 0 {
			return w.at
		}
		return time.Since(w.began).Truncate(time.Millisecond) // the station's joining takes a tenth of one
	}
	require.NoError(t, w.dev.Boot(firmware))
	w.lib.Begin()
	w.lib.Take()
	time.Sleep(wireClock)
	w.lib.Do("clock")
	w.lib.Poke(w.lib.Scratch, []byte("ESP_000001\x00")) // the traces' host name: 3.0.6 has a dash in it
	w.lib.API("wifi_station_set_hostname", w.lib.Scratch)
	return w
}

// play returns the first difference.
func (w *wireVendor) play(sc *wireScenario) string {
	defer w.network.Close()
	defer w.dev.Close()
	defer w.port.Close()
	return playWire(w.t, w, &w.wireLog, sc)
}

// Methods of wireDevice.

func (w *wireVendor) until(ms float64) { w.rest(time.Duration(math.Round(ms * 1e6))) }

// rest lets the time go on to an instant, at which an event is then: before lwIP's clock of the same one.
func (w *wireVendor) rest(to time.Duration) {
	const before = 100 * time.Microsecond
	w.at = -1
	time.Sleep(time.Until(w.began.Add(to - before)))
	synctest.Wait()
	w.at = to
	if w.dev.Crash() != nil {
		w.lib.Fail(errors.New(w.dev.Crash().Why))
	}
}

func (w *wireVendor) input(b []byte) {
	w.port.Send(b)
	time.Sleep(2 * time.Microsecond)
	synctest.Wait()
}

func (w *wireVendor) named(name string)           { w.name = name }
func (w *wireVendor) reaction(name string, n int) { w.react[name] = n }

func (w *wireVendor) app(e *wireEvent) (known bool) {
	known = true
	if w.ended != nil {
		return true
	}
	if err := w.dev.Do(func() {
		if e.Ret == nil {
			_, known = w.make(e)
			return
		}
		w.result(e.App, func() (ret espconn.Err) {
			var word uint32
			word, known = w.make(e)
			return espconn.Err(int8(word))
		})
	}); err != nil {
		w.lib.Fail(err)
	}
	synctest.Wait()
	return known
}

// call is a reaction's call, in a callback.
func (w *wireVendor) call(name string, args ...uint32) {
	w.result(name, func() espconn.Err { return espconn.Err(int8(w.lib.API(name, args...))) })
}

// failed ends the scenario.
func (w *wireVendor) failed(err error) { w.ended = &crash{why: err.Error()} }

func (w *wireVendor) line(s string) {
	if w.endless && s == "soft wdt reset" { // the measurement had no watchdog
		w.ended = nil
		return
	}
	for _, own := range wireOwnLines {
		if len(s) >= len(own) && s[:len(own)] == own {
			return
		}
	}
	w.note("print %s", s)
}

// wireOwnLines begin lines of the SDK's libraries that are about Wi-Fi, which the traces' device did not have.
var wireOwnLines = []string{"ip:", "dhcp client start", "mode : ", "add if", "scandone", "state: ", "connected with ", "pm open"}

// told writes down a callback, and does what the traces' application does in it.
func (w *wireVendor) told(o linked.Told) {
	if w.ended != nil {
		return
	}
	switch o.Kind {
	case linked.Frame:
		w.frame(w.lib.Chain(o.Data))
	case linked.Connect:
		if _, ok := w.numbers[o.Conn]; !ok || w.numbers[o.Conn] >= 100 { // an accepted one, where another one was, too
			w.numbers[o.Conn], w.conns[w.next] = w.next, o.Conn
			w.next++
		}
		tcp := w.lib.Peek(linked.Word(w.lib.Peek(o.Conn, linked.ConnSize), 2), 8)
		w.note("connect %d, %d to %d", w.number(o.Conn), linked.Word(tcp, 1), linked.Word(tcp, 0))
		w.register(o.Conn)
		w.connected(o.Conn)
	case linked.Reconnect:
		w.note("reconnect %d, %d", w.number(o.Conn), int8(o.N))
	case linked.Disconnect:
		w.note("disconnect %d", w.number(o.Conn))
	case linked.Finish:
		w.note("write_finish %d", w.number(o.Conn))
	case linked.Recv:
		w.received(o.Conn, w.lib.Peek(o.Data, int(o.N)))
	case linked.Sent:
		w.note("sent %d", w.number(o.Conn))
		if n := w.react["sent_send"]; n > 0 {
			w.react["sent_send"] = 0
			w.call("espconn_send", o.Conn, w.lib.Data, uint32(n))
		}
		if w.react["sent_disc"] != 0 {
			w.call("espconn_disconnect", o.Conn)
		}
	case linked.DNS:
		ip := "nothing"
		if o.Data != 0 {
			ip = netip.AddrFrom4([4]byte(w.lib.Peek(o.Data, 4))).String()
		}
		w.note("dns_found %d, %s", w.number(o.Conn), ip)
	}
}

func (w *wireVendor) number(p uint32) int {
	if n, ok := w.numbers[p]; ok {
		return n
	}
	return -1
}

func (w *wireVendor) connected(c uint32) {
	if n := w.react["conn_send"]; n > 0 {
		w.call("espconn_send", c, w.lib.Data, uint32(n))
	}
	if w.react["conn_hold"] != 0 {
		w.call("espconn_recv_hold", c)
	}
	if opt := w.react["conn_opt"]; opt != 0 {
		w.call("espconn_set_opt", c, uint32(opt))
		if opt&int(espconn.KEEPALIVE) != 0 {
			w.keepalive(c)
		}
	}
	if opt := w.react["conn_clr"]; opt != 0 {
		w.call("espconn_clear_opt", c, uint32(opt))
	}
	if w.react["conn_disc"] != 0 {
		w.call("espconn_disconnect", c)
	}
}

func (w *wireVendor) received(c uint32, b []byte) {
	w.note("recv %d, %d bytes, sum %d", w.number(c), len(b), wireSum(b))
	udp := espconn.Type(linked.Word(w.lib.Peek(c, 4), 0)) == espconn.TypeUDP
	if n := w.react["udp_reply"]; udp && n > 0 {
		w.call("espconn_sendto", c, w.lib.Data, uint32(n))
	}
	if n := w.react["recv_reply"]; !udp && n > 0 {
		w.call("espconn_send", c, w.lib.Data, uint32(n))
	}
	if w.react["recv_disc"] != 0 {
		w.call("espconn_disconnect", c)
	}
}

func (w *wireVendor) keepalive(c uint32) (ret uint32) {
	for level, name := range []string{"keep_idle", "keep_intvl", "keep_cnt"} {
		if v := w.react[name]; v != 0 {
			w.lib.Poke(w.lib.Scratch, linked.Words(uint32(v)))
			ret = w.lib.API("espconn_set_keepalive", c, uint32(level), w.lib.Scratch)
		}
	}
	return ret
}

// register registers the callbacks of TCP but that of the connection.
func (w *wireVendor) register(c uint32) {
	for kind, name := range map[int]string{linked.Recv: "espconn_regist_recvcb", linked.Sent: "espconn_regist_sentcb",
		linked.Disconnect: "espconn_regist_disconcb", linked.Reconnect: "espconn_regist_reconcb",
		linked.Finish: "espconn_regist_write_finish"} {
		if kind != linked.Recv || w.react["conn_norecv"] == 0 {
			w.lib.API(name, c, w.lib.Handlers[kind])
		}
	}
}

// conn makes an espconn with the traces' callbacks.
func (w *wireVendor) conn(n int, kind espconn.Type, remote netip.Addr, port, local int) uint32 {
	c := w.lib.NewConn()
	require.NotZero(w.t, c, "no room for an espconn")
	if old, ok := w.conns[n]; ok {
		delete(w.numbers, old)
	}
	w.conns[n], w.numbers[c] = c, n
	ip := remote.As4()
	w.lib.Poke(c, linked.Words(uint32(kind), 0, c+linked.ConnSize, 0, 0, 0, 0))
	w.lib.Poke(c+linked.ConnSize, append(linked.Words(uint32(port), uint32(local), 0), ip[:]...))
	if kind == espconn.TypeUDP {
		w.lib.API("espconn_regist_recvcb", c, w.lib.Handlers[linked.Recv])
		w.lib.API("espconn_regist_sentcb", c, w.lib.Handlers[linked.Sent])
		return c
	}
	w.lib.API("espconn_regist_connectcb", c, w.lib.Handlers[linked.Connect])
	w.register(c)
	return c
}

// address lays addresses into memory for a call, one behind the other.
func (w *wireVendor) addresses(list ...netip.Addr) (at []uint32) {
	for i, a := range list {
		ip := a.As4()
		p := w.lib.Scratch + 4*uint32(i)
		w.lib.Poke(p, ip[:])
		at = append(at, p)
	}
	return at
}

func (w *wireVendor) make(e *wireEvent) (ret uint32, known bool) {
	c, api := w.conns[e.num(0)], w.lib.API
	word := func(k int) uint32 { return uint32(e.num(k)) }
	switch e.App {
	case "espconn_connect":
		port := e.num(3)
		if port == -1 {
			port = int(api("espconn_port"))
		}
		return api(e.App, w.conn(e.num(0), espconn.TypeTCP, e.ip(1), e.num(2), port)), true
	case "espconn_accept":
		return api(e.App, w.conn(e.num(0), espconn.TypeTCP, netip.IPv4Unspecified(), 0, e.num(1))), true
	case "espconn_create":
		return api(e.App, w.conn(e.num(0), espconn.TypeUDP, e.ip(1), e.num(2), e.num(3))), true
	case "espconn_sendto":
		ip := e.ip(1).As4()
		w.lib.Poke(c+linked.ConnSize, linked.Words(word(2)))
		w.lib.Poke(c+linked.ConnSize+12, ip[:])
		return api(e.App, c, w.lib.Data, word(3)), true
	case "espconn_send":
		return api(e.App, c, w.lib.Data, word(1)), true
	case "espconn_disconnect", "espconn_abort", "espconn_delete", "espconn_recv_hold", "espconn_recv_unhold":
		return api(e.App, c), true
	case "espconn_regist_time", "espconn_set_opt", "espconn_tcp_set_max_con_allow", "espconn_tcp_set_buf_count":
		return api(e.App, c, word(1), word(2)), true
	case "espconn_set_keepalive":
		return w.keepalive(c), true
	case "espconn_tcp_set_max_syn", "espconn_tcp_set_max_retran", "espconn_tcp_set_max_con", "espconn_tcp_set_wnd":
		return api(e.App, word(0)), true
	case "espconn_dns_setserver":
		return api(e.App, word(0), w.addresses(e.ip(1))[0]), true
	case "espconn_gethostbyname":
		if c == 0 {
			c = w.conn(e.num(0), espconn.TypeTCP, netip.IPv4Unspecified(), 0, 0)
		}
		w.lib.Poke(w.lib.Scratch+16, append([]byte(w.name), 0))
		return api(e.App, c, w.lib.Scratch+16, w.lib.Scratch, w.lib.Handlers[linked.DNS]), true
	case "espconn_igmp_join", "espconn_igmp_leave":
		at := w.addresses(e.ip(0), e.ip(1))
		return api(e.App, at[0], at[1]), true
	case "netif_set_down", "netif_set_up", "netif_set_link_down", "netif_set_link_up":
		return api(e.App, w.lib.Netif()), true
	case "netif_set_addr":
		mask := netip.AddrFrom4([4]byte(linked.Words(word(1))))
		at := w.addresses(e.ip(0), mask, e.ip(2))
		return api(e.App, w.lib.Netif(), at[0], at[1], at[2]), true
	case "dhcp_start":
		if w.joined { // the first one is the device's own
			return api(e.App, w.lib.Netif()), true
		}
		w.joined = true
		return 0, true
	}
	return 0, false
}
