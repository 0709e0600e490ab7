package netstack

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// wireDir holds the traces of the device's compiled stack, format "wire-trace-1": frames to and from it with their times,
// the calls of a small application, and the random numbers drawn.
const wireDir = "../testdata/oracle/wire"

type wireGroup struct {
	Format, Group string
	Scenarios     []wireScenario
}

type wireScenario struct {
	Name, Note string
	Events     []wireEvent
}

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
}

// bytes is a frame's content.
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

// num is argument k as a number.
func (e *wireEvent) num(k int) int {
	if k >= len(e.Args) {
		return 0
	}
	f, _ := e.Args[k].(float64)
	return int(f)
}

// ip is argument k as an address.
func (e *wireEvent) ip(k int) netip.Addr {
	if k < len(e.Args) {
		text, _ := e.Args[k].(string)
		if a, err := netip.ParseAddr(text); err == nil {
			return a
		}
	}
	return wire.AnyAddr
}

// readWire reads all groups in the order of their names.
func readWire(t testing.TB) []wireGroup {
	files, err := filepath.Glob(filepath.Join(wireDir, "*.json"))
	require.NoError(t, err)
	slices.Sort(files)
	var all []wireGroup
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		var g wireGroup
		require.NoError(t, json.Unmarshal(b, &g), f)
		require.Equal(t, "wire-trace-1", g.Format, f)
		all = append(all, g)
	}
	return all
}

// wireFrame is a frame with its time in milliseconds.
type wireFrame struct {
	at   float64
	data []byte
}

// wireReplay runs one scenario on a stack: what goes to the device goes in, what the application calls is called, what
// the stack sends is kept.
type wireReplay struct {
	t       testing.TB
	s       *Stack
	i       *Interface
	now     time.Time
	got     []wireFrame
	random  []uint32 // not yet drawn
	missing int      // draws beyond the recorded ones
	app     wireApp
}

func (r *wireReplay) ms() float64 { return float64(r.now.Sub(simStart).Microseconds()) / 1000 }

// until lets the time go on to t ms; what is due at t itself waits, for stimuli come before the poll of their instant.
func (r *wireReplay) until(t float64) {
	end := simStart.Add(time.Duration(math.Round(t * 1e6)))
	for range 1_000_000 {
		at, ok := r.s.NextEvent()
		if !ok || !at.Before(end) {
			break
		}
		r.now = at
		r.s.Advance(at)
		r.app.tasks()
	}
	r.now = end
}

// runWire replays a scenario and returns the first difference, "" if there is none: frames, their bytes, order and times,
// and the random numbers drawn.
func runWire(t testing.TB, group string, sc wireScenario) string {
	p := DeviceProfile()
	if group == "lib536" {
		p = DeviceProfile536()
	}
	p.PollPhase = ms(13) // the traces' polls are at 13, 38, 63... ms
	r := &wireReplay{t: t, now: simStart}
	r.app.init(r)
	for _, e := range sc.Events {
		if e.Random != nil {
			r.random = append(r.random, *e.Random)
		}
	}
	r.s = NewStack(Config{Profile: p, Rand: func() uint32 {
		if len(r.random) == 0 {
			r.missing++
			return 0
		}
		v := r.random[0]
		r.random = r.random[1:]
		return v
	}})
	r.i = r.s.AddInterface("st", MAC{0x18, 0xfe, 0x34, 0, 0, 1}, func(b []byte) {
		r.got = append(r.got, wireFrame{r.ms(), slices.Clone(b)})
	})
	r.s.Advance(simStart)
	if group != "dhcp" && sc.Name != "open-noip" {
		r.i.SetAddr(netip.MustParsePrefix("10.0.0.2/24"), netip.MustParseAddr("10.0.0.1"))
		r.i.SetUp(true)
	}
	var want []wireFrame
	last := 0.0
	for k := range sc.Events {
		e := &sc.Events[k]
		last = e.T
		switch {
		case e.Frame == "from_device":
			want = append(want, wireFrame{e.T, e.bytes(t)})
		case e.Frame == "to_device":
			r.until(e.T)
			r.i.Input(r.now, e.bytes(t))
			r.app.tasks()
		case e.DNSName != nil:
			r.app.dnsName = *e.DNSName
		case e.App != "" && !e.InCb:
			r.until(e.T)
			r.s.Advance(r.now)
			if !r.app.call(e) {
				return "the replay does not know " + e.App
			}
			r.app.tasks()
		case e.Reaction != "":
			r.app.react[e.Reaction] = e.Value
		}
	}
	r.until(last + 0.5)
	return r.compare(want)
}

// compare finds the first difference.
func (r *wireReplay) compare(want []wireFrame) string {
	text := func(all []wireFrame, k int) string {
		if k >= len(all) {
			return "nothing"
		}
		return fmt.Sprintf("%g %v", all[k].at, decodeLoose(all[k].data))
	}
	for k := range max(len(want), len(r.got)) {
		if k >= len(want) || k >= len(r.got) || want[k].at != r.got[k].at || !slices.Equal(want[k].data, r.got[k].data) {
			return fmt.Sprintf("frame %d: want %s, got %s", k, text(want, k), text(r.got, k))
		}
	}
	if len(r.random) > 0 || r.missing > 0 {
		return fmt.Sprintf("random numbers: %d not drawn, %d too many", len(r.random), r.missing)
	}
	return ""
}

// decodeLoose describes a frame that may be malformed.
func decodeLoose(b []byte) string {
	if len(b) < wire.EthernetLen+wire.IPv4Len+wire.TCPLen || b[23] != 6 || b[12] != 8 || b[13] != 0 {
		return hex.EncodeToString(b[:min(len(b), 64)])
	}
	g := seg{mss: -1}
	tcp := b[wire.EthernetLen+wire.IPv4Len:]
	g.kind, g.seq, g.ack = "tcp", be32(tcp[4:]), be32(tcp[8:])
	g.flags = flagText(tcp[13])
	g.win = int(tcp[14])<<8 | int(tcp[15])
	g.data = tcp[min(int(tcp[12]>>4)*4, len(tcp)):]
	return g.String()
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// flagText names TCP flags as seg has them.
func flagText(f byte) string {
	text := ""
	for k, c := range "FSRPAU" {
		if f&(1<<k) != 0 {
			text += string(c)
		}
	}
	return text
}
