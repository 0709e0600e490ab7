package espconn_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/linked"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// vendorShow has TestOracleVendor print the lines of the cases that differ.
var vendorShow = flag.Bool("show", false, "TestOracleVendor prints where cases differ")

// vendorRecord has TestOracleVendor write what it sees in the cases of recordedFile.
var vendorRecord = flag.Bool("record", false, "TestOracleVendor records the cases of recorded.json anew")

// TestOracleVendor replays the golden traces on the vendor's own libraries: testdata/replay.c, which somebody has linked with SDK 3.0.6. No
// licence lets us have such a program here; without one the test is skipped, in CI too.
func TestOracleVendor(t *testing.T) {
	program, err := elf.LoadVendorFile(linked.File(t, "306-replay-mbedtls.out"))
	require.NoError(t, err)
	if *vendorRecord {
		recordVendor(t, program)
		return
	}
	differs, seen := oracleDiffers(t, "vendor"), map[string]bool{}
	equal, same, figures := 0, 0, 0
	for _, r := range oracleRuns() {
		t.Run(r.ID, func(t *testing.T) {
			seen[r.ID] = true
			want, wantHeap := r.lines()
			var got, gotHeap []string
			synctest.Test(t, func(t *testing.T) { got, gotHeap = replayVendor(t, r.oracleCase.again(), program) })
			if strings.HasSuffix(want[len(want)-1], " fault") {
				want, got = slices.Compact(want), slices.Compact(got)
			}
			why, ok := differs[r.ID]
			if ok && strings.HasPrefix(why, "by the program: ") {
				if ok = !slices.Equal(want, got); ok {
					t.Skip(why)
				}
			}
			if ok {
				require.NotEqual(t, want, got, "is equal now: take it off the list")
				t.Skip(why)
			}
			if !*vendorShow && !slices.Equal(want, got) {
				t.Fatal(firstApart(want, got))
			}
			require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
			equal++
			a, b := heapChanges(wantHeap, gotHeap)
			same, figures = same+a, figures+b
		})
	}
	t.Logf("%d equal, %d listed; heap figures: %d, of which %d are equal but for a constant", equal, len(differs), figures, same)
	for id := range differs {
		require.True(t, seen[id], "%s is listed, but no case", id)
	}
}

// heapChanges counts the figures of the heap that are equal but for a constant: what was free when the trace began.
func heapChanges(want, got []string) (same, figures int) {
	apart, known := 0, false
	for i := range min(len(want), len(got)) {
		w, _, _ := strings.Cut(want[i], " connections")
		g, _, _ := strings.Cut(got[i], " connections")
		a, b := strings.Fields(w), strings.Fields(g)
		for k := range min(len(a), len(b)) {
			x, _ := strconv.Atoi(a[k])
			y, _ := strconv.Atoi(b[k])
			if !known {
				apart, known = x-y, true
			}
			if figures++; x-y == apart {
				same++
			}
		}
	}
	return same, figures
}

// firstApart is where two lists of lines part.
func firstApart(want, got []string) string {
	n := 0
	for n < len(want) && n < len(got) && want[n] == got[n] {
		n++
	}
	at := func(list []string) string { return strings.Join(list[min(n, len(list)):min(n+2, len(list))], "\n\t") }
	return fmt.Sprintf("line %d of %d and %d\nwant\t%s\ngot\t%s", n, len(want), len(got), at(want), at(got))
}

// again is the case as it was before it was played.
func (c *oracleCase) again() *oracleCase {
	d := *c
	d.Device = slices.Clone(c.Device)
	d.Peers = slices.Clone(c.Peers)
	for i := range d.Device {
		d.Device[i].fired = 0
	}
	for i := range d.Peers {
		d.Peers[i].Rules = slices.Clone(d.Peers[i].Rules)
		for k := range d.Peers[i].Rules {
			d.Peers[i].Rules[k].fired = 0
		}
	}
	return &d
}

// vendorDevice is an emulated device with replay.c and the vendor's libraries. Its espconns lie in the program's memory; those that the rig
// has are copies of them.
type vendorDevice struct {
	*oracleRig
	lib     *linked.Program
	dev     *emulator.Device
	port    *vnet.Port
	began   time.Time // the instant 0
	address map[*espconn.Espconn]uint32
	conns   map[uint32]*espconn.Espconn
	own     map[uint32]bool // espconns of the firmware's
	ballast []uint32
	idle    bool // no event of the script is under way: what comes is due to the stack's timers
}

// phase is how long after a millisecond's events lwIP's clock of that millisecond is, as in the measurement. Only the instant 0 is behind
// it: lwIP counts a new timer from the last one that was due, and IGMP's of 100 ms is due then.
const (
	phase = 500 * time.Microsecond
	tick  = 25 // ms, of lwIP's clock
)

func replayVendor(t *testing.T, c *oracleCase, program *elf.Image) (lines, heaps []string) {
	step := &stepRig{t: t}
	step.ip[0] = netip.MustParsePrefix("10.0.0.2/24")
	v := &vendorDevice{
		oracleRig: newOracleRig(t, c, step), lib: &linked.Program{},
		address: map[*espconn.Espconn]uint32{}, conns: map[uint32]*espconn.Espconn{}, own: map[uint32]bool{},
	}
	firmware := program.Firmware()
	v.lib.Caller = firmware
	v.device, v.lib.Told, v.lib.Failed = v, v.told, v.failed
	v.lib.Line = func(s string) {
		v.clocked()
		v.printf(s)
	}
	network := vnet.New(vnet.Options{Seed: 1, Faults: vnet.Faults{Latency: time.Microsecond, Bandwidth: -1}})
	defer network.Close()
	var err error
	v.dev, err = emulator.New(emulator.Config{
		UART: v.lib, Seed: 1, Association: -1, Address: v.ip[0], MAC: netstack.MAC(deviceMAC), Network: network, TraceLimit: -1,
		HeapFree: 45224, Flash: c.chip(t).(*flash.Chip), ExpectCrash: true,
	})
	require.NoError(t, err)
	defer v.dev.Close()
	v.port = network.Attach("peers", nil, nil)
	defer v.port.Close()
	step.input = func(f []byte) {
		v.port.Send(f)
		time.Sleep(2 * time.Microsecond)
		synctest.Wait()
	}
	require.NoError(t, v.dev.Boot(firmware))
	v.began = time.Now().Add(time.Second - phase)
	time.Sleep(time.Until(v.began.Add(phase + phase/2)))
	v.lib.Begin()
	v.lib.Take()
	return v.play()
}

// failed ends the case.
func (v *vendorDevice) failed(err error) {
	if v.dev.Crash() == nil && !strings.HasPrefix(err.Error(), "Fatal") && !strings.HasPrefix(err.Error(), "soft wdt") {
		v.t.Error(err)
	}
	v.fatal = &crash{why: err.Error()}
}

// clocked sets the rig's clock where nothing but the stack's timers goes on.
func (v *vendorDevice) clocked() {
	if v.idle {
		v.now = int(time.Since(v.began) / time.Millisecond)
	}
}

func (v *vendorDevice) object(e *espconn.Espconn) {
	p := v.lib.NewConn()
	require.NotZero(v.t, p, "replay.c has no room for so many espconns")
	v.address[e], v.conns[p], v.own[p] = p, e, true
	reverse := uint32(0)
	if n, ok := e.Reverse.(float64); ok {
		reverse, e.Reverse = uint32(n), int(n)
	}
	proto := uint32(0)
	if e.Proto != (espconn.Proto{}) {
		proto = p + linked.ConnSize
	}
	v.lib.Poke(p, linked.Words(0, 0, proto, 0, 0, 0, reverse))
	v.stored(e)
}

// stored copies what the firmware can change: type, state, addresses.
func (v *vendorDevice) stored(e *espconn.Espconn) {
	p, f := v.address[e], e.Load()
	v.lib.Poke(p, linked.Words(uint32(e.Type), uint32(e.State)))
	if n, ok := e.Reverse.(int); ok {
		v.lib.Poke(p+24, linked.Words(uint32(n)))
	}
	if proto := linked.Word(v.lib.Peek(p, linked.ConnSize), 2); proto != 0 {
		v.lib.Poke(proto, append(append(linked.Words(uint32(f.RemotePort), uint32(f.LocalPort)), f.LocalIP[:]...), f.RemoteIP[:]...))
	}
}

func (v *vendorDevice) sync() {
	for p, e := range v.conns {
		v.load(p, e)
	}
}

// load copies an espconn of the program's.
func (v *vendorDevice) load(p uint32, e *espconn.Espconn) {
	b := v.lib.Peek(p, linked.ConnSize)
	if v.fatal != nil {
		return
	}
	if e.Reverse = any(nil); linked.Word(b, 6) != 0 {
		e.Reverse = int(linked.Word(b, 6))
	}
	f := espconn.Fields{Type: espconn.Type(linked.Word(b, 0)), State: espconn.State(linked.Word(b, 1)), LinkCnt: b[20]}
	if proto := linked.Word(b, 2); e.Proto != (espconn.Proto{}) && proto > 0x3FFE0000 && proto < 0x3FFFC000 {
		t := v.lib.Peek(proto, 16)
		f.RemotePort, f.LocalPort, f.LocalIP, f.RemoteIP = int(linked.Word(t, 0)), int(linked.Word(t, 1)), [4]byte(t[8:]), [4]byte(t[12:])
	}
	e.Store(f)
}

// conn is the rig's espconn for that at p. One that connects is a new one, if it is not the firmware's.
func (v *vendorDevice) conn(p uint32, anew bool) *espconn.Espconn {
	if p == 0 {
		return nil
	}
	e := v.conns[p]
	if e == nil || anew && !v.own[p] {
		e = &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{}, UDP: &espconn.UDP{}}}
		v.conns[p], v.address[e] = e, p
	}
	v.load(p, e)
	return e
}

// told writes down what replay.c tells. On the device's goroutine.
func (v *vendorDevice) told(w linked.Told) {
	if v.clocked(); v.fatal != nil {
		return
	}
	kind, p, data, n := w.Kind, w.Conn, w.Data, w.N
	switch kind {
	case linked.Connect:
		v.callback("connect", v.conn(p, true), "")
	case linked.Reconnect:
		v.callback("reconnect", v.conn(p, false), fmt.Sprint(" err ", int8(n)))
	case linked.Disconnect:
		v.callback("disconnect", v.conn(p, false), "")
	case linked.Recv:
		if data == 0 {
			v.callback("recv", v.conn(p, false), fmt.Sprintf(" len %d ", n))
			return
		}
		v.callback("recv", v.conn(p, false), fmt.Sprintf(" len %d %08x", n, crc32.ChecksumIEEE(v.lib.Peek(data, int(n)))))
	case linked.Sent:
		v.callback("sent", v.conn(p, false), "")
	case linked.Finish:
		v.callback("finish", v.conn(p, false), "")
	case linked.DNS:
		ip, who := "null", "null"
		if data != 0 {
			ip = netip.AddrFrom4([4]byte(v.lib.Peek(data, 4))).String()
		}
		if e := v.conn(p, false); e != nil {
			who = v.name(e)
		}
		name, _, _ := bytes.Cut(v.lib.Peek(n, 256), []byte{0})
		v.lineWith(fmt.Sprintf("dns %s %q %s", who, name, ip), v.left())
	case linked.Task:
		v.bare("task", fmt.Sprint(data), fmt.Sprintf("prio %d sig %d", data, n))
	case linked.Frame:
		v.send(v.lib.Chain(data))
	}
}

func (v *vendorDevice) do(fn func()) {
	if v.fatal != nil {
		return
	}
	if err := v.dev.Do(fn); err != nil && v.fatal == nil {
		v.fatal = &crash{why: err.Error()}
	}
	synctest.Wait() // tasks that it posted
}

func (v *vendorDevice) run(until int) {
	for v.fatal == nil {
		for v.fatal == nil && v.due() {
		}
		if v.fatal != nil {
			return
		}
		if v.now >= until {
			v.rest(v.began.Add(time.Duration(until)*time.Millisecond + 2*phase - time.Microsecond))
			return
		}
		next := min(until, v.now/tick*tick+tick)
		for _, e := range v.queue {
			next = min(next, e.at)
		}
		if v.now%tick == 0 { // its timers have still to run
			next = v.now + 1
		}
		v.rest(v.began.Add(time.Duration(next) * time.Millisecond))
		v.now = next
	}
}

// rest lets the device be until an instant.
func (v *vendorDevice) rest(until time.Time) {
	v.idle = true
	time.Sleep(time.Until(until))
	synctest.Wait()
	v.idle = false
	v.crashed()
}

// crashed ends the case if the program has crashed.
func (v *vendorDevice) crashed() {
	if v.dev.Crash() != nil && v.fatal == nil {
		v.fatal = &crash{}
	}
}

// due runs the next event of the millisecond.
func (v *vendorDevice) due() bool {
	first := -1
	for i, e := range v.queue {
		if e.at > v.now {
			continue
		}
		if first < 0 || e.at < v.queue[first].at || e.at == v.queue[first].at &&
			(e.class < v.queue[first].class || e.class == v.queue[first].class && e.seq < v.queue[first].seq) {
			first = i
		}
	}
	if first < 0 {
		return false
	}
	e := v.queue[first]
	v.queue = slices.Delete(v.queue, first, first+1)
	e.fn()
	v.crashed()
	return true
}

func (v *vendorDevice) ref(c *espconn.Espconn) uint32 {
	if c == nil {
		return 0
	}
	return v.address[c]
}

// registers are the functions that register a callback, in the order of the kinds of what replay.c tells, and their letters.
var registers = []string{"espconn_regist_connectcb", "espconn_regist_reconcb", "espconn_regist_disconcb", "espconn_regist_recvcb",
	"espconn_regist_sentcb", "espconn_regist_write_finish"}

func (v *vendorDevice) register(e *espconn.Espconn, kind rune, on bool) espconn.Err {
	n := strings.IndexRune("cxdrsf", kind)
	f := uint32(0)
	if on {
		f = v.lib.Handlers[n]
	}
	return espconn.Err(int8(v.lib.API(registers[n], v.ref(e), f)))
}

// Results that are no sint8.
var vendorResults = map[string]func(uint32) int{
	"espconn_sendto": asSint16, "espconn_recved_len": asSint16, "espconn_recv": asSint16, "espconn_secure_get_size": asSint16,
	"espconn_tcp_get_mss": asUint16, "espconn_tcp_get_max_con": asUint8, "espconn_tcp_get_wnd": asUint8,
	"espconn_tcp_get_max_retran": asUint8, "espconn_tcp_get_max_syn": asUint8,
	"espconn_secure_set_size": asUint8, "espconn_secure_ca_enable": asUint8, "espconn_secure_ca_disable": asUint8,
	"espconn_secure_cert_req_enable": asUint8, "espconn_secure_cert_req_disable": asUint8,
	"espconn_secure_set_default_certificate": asUint8, "espconn_secure_set_default_private_key": asUint8,
	"espconn_dns_setserver": func(uint32) int { return 0 }, "espconn_dns_getserver": func(uint32) int { return 0 },
}

func asSint16(n uint32) int { return int(int16(n)) }
func asUint16(n uint32) int { return int(uint16(n)) }
func asUint8(n uint32) int  { return int(uint8(n)) }

func (v *vendorDevice) call(f []string, d string, c *espconn.Espconn, num func(int) int) (ret int, out string) {
	name := f[0]
	if n := slices.Index(registers, name); n >= 0 {
		return int(v.register(c, rune("cxdrsf"[n]), f[2] == "on")), ""
	}
	args := []uint32{v.ref(c)}
	number := func(i int) uint32 { return uint32(num(i)) }
	after := func(uint32) {}
	at := v.lib.Scratch
	switch name {
	case "espconn_send", "espconn_sent", "espconn_sendto", "espconn_secure_send", "espconn_secure_sent":
		if args = append(args, v.lib.Data, number(2)); f[2] == "null" {
			args = append(args[:1], 0, number(3))
		}
	case "espconn_set_keepalive", "espconn_get_keepalive":
		v.lib.Poke(at, linked.Words(number(3)))
		args = append(args, number(2), at)
		if name == "espconn_get_keepalive" {
			after = func(r uint32) {
				if int8(r) == 0 {
					out = fmt.Sprint(int32(linked.Word(v.lib.Peek(at, 4), 0)))
				}
			}
		}
	case "espconn_recv":
		to := make([]byte, num(2))
		r := asSint16(v.lib.Do("call_espconn_recv", v.ref(c), to, num(2), 0))
		if r > 0 {
			out = fmt.Sprintf("%08x", crc32.ChecksumIEEE(to[:r]))
		}
		return r, out
	case "espconn_get_connection_info":
		v.lib.Poke(at, linked.Words(0))
		args = append(args, at, number(2))
		after = func(r uint32) {
			p := linked.Word(v.lib.Peek(at, 4), 0)
			if int8(r) != 0 || p == 0 || c == nil {
				return
			}
			var s []string
			for i := range uint32(v.lib.Peek(args[0], linked.ConnSize)[20]) {
				b := v.lib.Peek(p+12*i, 12)
				s = append(s, fmt.Sprintf("state %d %v", linked.Word(b, 0),
					netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[8:])), uint16(linked.Word(b, 1)))))
			}
			out = strings.Join(s, "; ")
		}
	case "espconn_get_packet_info":
		args = append(args, at)
		after = func(r uint32) {
			if int8(r) == 0 {
				b := v.lib.Peek(at, 20)
				h := func(i int) uint16 { return binary.LittleEndian.Uint16(b[2*i:]) }
				out = fmt.Sprintf("sent_length %d snd_buf_size %d snd_queuelen %d total_queuelen %d packnum %d",
					h(0), h(1), h(2), h(3), linked.Word(b, 4))
			}
		}
	case "espconn_gethostbyname":
		name := strings.Trim(f[2], `"`)
		if n, ok := strings.CutPrefix(name, "x*"); ok {
			k, _ := strconv.Atoi(n)
			name = strings.Repeat("x", k)
		}
		args = append(args, at+16, at, v.lib.Handlers[linked.DNS])
		if v.lib.Poke(at+16, append([]byte(name), 0)); f[2] == "null" {
			args[1] = 0
		}
		if strings.HasSuffix(d, " noout") {
			args[2] = 0
		}
		after = func(r uint32) {
			if int8(r) == 0 {
				out = netip.AddrFrom4([4]byte(v.lib.Peek(at, 4))).String()
			}
		}
	case "espconn_dns_setserver":
		args = []uint32{number(1), 0}
		if f[2] != "null" {
			ip := netip.MustParseAddr(f[2]).As4()
			v.lib.Poke(at, ip[:])
			args[1] = at
		}
	case "espconn_dns_getserver":
		args = []uint32{number(1)}
		after = func(r uint32) { out = netip.AddrFrom4([4]byte(linked.Words(r))).String() }
	case "espconn_secure_set_default_certificate", "espconn_secure_set_default_private_key":
		return v.secureObject(name, f, num), ""
	case "espconn_secure_obj_load":
		v.fatal = &crash{why: "libssl has it, not libmbedtls"}
		return 0, ""
	case "espconn_tcp_set_max_con", "espconn_tcp_set_wnd", "espconn_tcp_set_max_retran", "espconn_tcp_set_max_syn",
		"espconn_secure_set_size", "espconn_secure_get_size", "espconn_secure_ca_enable", "espconn_secure_ca_disable",
		"espconn_secure_cert_req_enable", "espconn_secure_cert_req_disable":
		args = []uint32{number(1), number(2)}
	default:
		args = append(args, number(2), number(3))
	}
	r := v.lib.API(name, args...)
	if v.fatal != nil {
		return 0, ""
	}
	after(r)
	if as := vendorResults[name]; as != nil {
		return as(r), out
	}
	return int(int8(r)), out
}

// secureObject hands over a certificate or a key.
func (v *vendorDevice) secureObject(name string, f []string, num func(int) int) int {
	if f[1] == "null" {
		return asUint8(v.lib.API(name, 0, 0))
	}
	b := pkiFile(v.t, f[1])
	if len(f) > 2 {
		b = append(bytes.Clone(b), make([]byte, max(0, num(2)-len(b)))...)[:num(2)]
	}
	if len(b) == 0 || len(b) >= 8192 { // what they are does not matter to the case, and Call lends less
		return asUint8(v.lib.API(name, v.lib.Data, uint32(len(b))))
	}
	return asUint8(v.lib.Do("call_"+name, b, len(b), 0, 0)) // it makes a copy
}

func (v *vendorDevice) postTask(d string, prio int, sig string) {
	n, _ := strconv.ParseUint(sig, 0, 32)
	v.line(fmt.Sprint(d, " = ", v.lib.API("system_os_post", uint32(prio), uint32(n), uint32(prio))&0xFF))
}

// wifi is what the vendor's libraries would see of Wi-Fi.
func (v *vendorDevice) wifi(f []string) { v.fatal = &crash{why: "not played: " + strings.Join(f, " ")} }

func (v *vendorDevice) free() uint32 { return v.lib.API("xPortGetFreeHeapSize") }

func (v *vendorDevice) fill(n int) {
	for v.fatal == nil {
		excess := int(v.free()) - n - blockHead
		if excess < 8 {
			return
		}
		p := v.lib.API("pvPortMalloc", uint32(min(excess, 2048)))
		if p == 0 {
			return
		}
		v.ballast = append(v.ballast, p)
	}
}

func (v *vendorDevice) unfill() {
	for _, p := range v.ballast {
		v.lib.API("vPortFree", p)
	}
	v.ballast = nil
}

func (v *vendorDevice) connections() map[string]int { return nil }
