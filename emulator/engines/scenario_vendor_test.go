package engines_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// vendorFolder names the folder with programs that were linked with the SDK's own libraries: NAME-driver-LIBRARY.out is driver.c.
const vendorFolder = "EMU8266_VENDOR_ELF"

var (
	vendorProgram = flag.String("program", "driver", "TestVendorScenarios plays the programs whose names contain this")
	vendorFaults  = flag.Bool("faults", false, "TestVendorScenarios loses, doubles and reorders frames, too")
	vendorLow     = flag.Bool("low", false, "TestVendorScenarios plays with little heap, too")
	update        = flag.Bool("update", false, "TestVendorCases asks the vendor's libraries again")
)

// vendorTold bounds the differences that are shrunk and told; all are counted.
const vendorTold = 10

// Generated scenarios on the vendor's libraries and on ours: what driver.c prints and the frames are the same, at the same times. It needs
// programs that somebody linked with the SDK, which no licence lets us have in the repository: without them it is skipped, in CI too.
func TestVendorScenarios(t *testing.T) {
	folder := os.Getenv(vendorFolder)
	if folder == "" {
		t.Skipf("%s names no folder with driver.c linked with the SDK's libraries: no licence lets us have it", vendorFolder)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*driver*.out"))
	require.NoError(t, err)
	for _, f := range files {
		if strings.Contains(filepath.Base(f), *vendorProgram) {
			t.Run(filepath.Base(f), func(t *testing.T) { newPair(t, f).scenarios(t) })
		}
	}
}

// pair is a program both ways.
type pair struct {
	vendor, ours *elf.Image
	profile      espconn.Profile
	heap         map[*elf.Image]uint32 // free at boot, so that both have the same when the station has its address
}

func newPair(t *testing.T, file string) *pair {
	p := &pair{}
	var err error
	p.vendor, err = elf.LoadVendorFile(file)
	require.NoError(t, err)
	p.ours, err = elf.LoadFile(file)
	require.NoError(t, err)
	var ok bool
	p.profile, ok = p.ours.Profile()
	require.True(t, ok, "%s: no profile is for its SDK", file)
	p.heap = map[*elf.Image]uint32{p.vendor: p.ours.HeapRoom(), p.ours: p.ours.HeapRoom()}
	p.heap[p.ours] -= p.free(t, p.ours) - p.free(t, p.vendor)
	return p
}

// free is the heap of a program that has an address and does nothing.
func (p *pair) free(t *testing.T, i *elf.Image) (n uint32) {
	for _, e := range p.play(t, scenario{Seconds: 9, Seed: 1, Steps: []step{{Nth: 800, Call: doHeap}}}, i).Events {
		_, _ = fmt.Sscanf(e.Text, "# 29 0 = %d", &n)
	}
	require.NotZero(t, n)
	return n
}

// play plays a scenario one way. Its Heap is how many bytes less there are than otherwise.
func (p *pair) play(t *testing.T, s scenario, i *elf.Image) (side compare.Side) {
	s.Heap = (p.heap[i] - s.Heap) &^ 7
	t.Run("", func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, s.Seed)
		side = s.perform(t, i.Firmware(), p.profile)
	})
	return side
}

// timesApart is how far apart in time the two may be: the CPU that the vendor's code takes is not ours, but no timer of the network is so
// short.
const timesApart = 200 * time.Microsecond

// compare plays a scenario both ways. It returns what is different, and the name of that if it is listed.
func (p *pair) compare(t *testing.T, s scenario) (r compare.Result, known string) {
	a, b := p.play(t, s, p.vendor), p.play(t, s, p.ours)
	if r = judge(s, a, b); !r.Equal() {
		known = p.knownAs(r.Differences[0], a, b)
	}
	return r, known
}

// judge compares what driver.c prints, then frames, both with their times, then the free heap, callbacks and TLS
// records.
func judge(s scenario, a, b compare.Side) compare.Result {
	o := compare.Options{Tolerance: timesApart}
	if r := compare.Compare(printed(a), printed(b), o); !r.Equal() {
		return r
	}
	if r := compare.Compare(sent(a, s), sent(b, s), o); !r.Equal() {
		return r
	}
	if d := heapApart(a, b); d != nil {
		return compare.Result{Differences: []compare.Difference{*d}}
	}
	return compare.Compare(callbacks(a), callbacks(b), o)
}

// heapMost is how far apart the free heap may be: where blocks lie, and so what pieces too small to be divided cost, depends on what was
// there before user_init (docs/compare.md).
const heapMost = 64

// heapApart compares the free heap that driver.c has printed; nil if it is the same as far as it can be.
func heapApart(a, b compare.Side) *compare.Difference {
	figures := func(s compare.Side) (list []trace.Event) {
		for _, e := range s.Events {
			if e.Source == trace.SourceUART && strings.HasPrefix(e.Text, "# 29 ") {
				list = append(list, e)
			}
		}
		return list
	}
	x, y := figures(a), figures(b)
	for n := range min(len(x), len(y)) {
		var slot, has, other int
		_, _ = fmt.Sscanf(x[n].Text, "# 29 %d = %d", &slot, &has)
		_, _ = fmt.Sscanf(y[n].Text, "# 29 %d = %d", &slot, &other)
		if has-other > heapMost || other-has > heapMost {
			return &compare.Difference{Aspect: compare.Heap, Text: fmt.Sprintf("free heap: b has %d bytes more", other-has), At: x[n].At,
				A: []string{fmt.Sprint(x[n])}, B: []string{fmt.Sprint(y[n])}}
		}
	}
	return nil
}

// callbacks are the callbacks with their peers, lengths, errors and names, and the records and alerts of TLS; espconns by the order in
// which they have callbacks. One that nobody registered, at which the CPU crashes at once, is none: on the vendor's side it is not seen.
func callbacks(s compare.Side) (out compare.Side) {
	names := map[string]string{}
	for n, e := range s.Events {
		if e.Source == trace.SourceCallback && e.Kind != trace.KindReturned && crashesThere(e.At, s.Events[n+1:]) {
			break
		}
		tls := e.Source == trace.SourceTLS && (e.Kind == trace.KindRecord || e.Kind == trace.KindAlert)
		if e.Source != trace.SourceCallback && !tls {
			continue
		}
		if names[e.Conn] == "" {
			names[e.Conn] = fmt.Sprint("espconn ", len(names)+1)
		}
		e.Conn, e.Seq, e.Where = names[e.Conn], 0, ""
		out.Events = append(out.Events, e)
	}
	return out
}

// crashesThere reports whether a callback ended the device before it did anything, as what comes behind it shows.
func crashesThere(at time.Duration, behind []trace.Event) bool {
	for _, e := range behind {
		switch {
		case e.At != at:
			return false
		case e.Source == trace.SourceUART && strings.HasPrefix(e.Text, "Fatal exception"):
			return true
		case e.Source != trace.SourceHeap && e.Source != trace.SourceDevice:
			return false
		}
	}
	return false
}

func (p *pair) scenarios(t *testing.T) {
	equal, different, explained := 0, map[string]int{}, map[string]int{}
	for seed := *scenarioFrom; seed < *scenarioFrom+uint64(*scenarios); seed++ {
		s := forVendor(generate(seed))
		r, known := p.compare(t, s)
		if r.Equal() {
			equal++
			continue
		}
		if known != "" {
			explained[known]++
			continue
		}
		first := r.Differences[0]
		kind := kindOf(first)
		if different[kind]++; different[kind] > 1 || len(different) > vendorTold {
			continue
		}
		small := shrink(s, func(s scenario) bool {
			r, known := p.compare(t, s)
			if r.Equal() || known != "" || kindOf(r.Differences[0]) != kind {
				return false
			}
			first = r.Differences[0]
			return true
		})
		text, err := json.Marshal(small)
		require.NoError(t, err)
		t.Errorf("seed %d, %s, a is the vendor's: %v%s", seed, p.profile.Name, first, text)
	}
	for kind, n := range explained {
		t.Logf("%d listed: %s", n, kind)
	}
	unexplained := 0
	for kind, n := range different {
		unexplained += n
		t.Logf("%d times %s", n, kind)
	}
	t.Logf("%s: of %d scenarios %d equal, %d listed, %d unexplained", p.profile.Name, *scenarios, equal,
		*scenarios-equal-unexplained, unexplained)
}

// forVendor leaves out of a scenario what says nothing about the libraries: what the emulator does below them, the station's joining
// and leaving, and chance: faults, where the two send another number of frames, and drawn ports, by which frames of an instant are ordered.
func forVendor(s scenario) scenario {
	steps := s.Steps
	s.Steps = nil
	if !*vendorLow {
		s.Heap = 0
	}
	for _, x := range steps {
		if (x.Call == doConnect || x.Call == doSecureConnect) && x.C>>16 == 0 {
			x.C |= (6000 + uint32(x.Slot)) << 16
		}
		if x.Call != doLeave && x.Call != doJoin {
			s.Steps = append(s.Steps, x)
		}
	}
	if !*vendorFaults {
		s.Loss, s.Double, s.Reorder = 0, 0, 0
	}
	return s
}

var (
	times = regexp.MustCompile(`^ *[0-9.]+ ((uart|net) +line )?|[0-9a-f]{8}|espconn [0-9]+`)
	slots = regexp.MustCompile(`^([#@]) (\d+) ?(\d*)`)
)

// kindOf is what a difference has in common with others: the lines without times, slots and sums.
func kindOf(d compare.Difference) string {
	line := func(list []string) string {
		if len(list) == 0 {
			return "nothing"
		}
		text := times.ReplaceAllString(list[0], "")
		if strings.HasPrefix(text, "@") {
			return slots.ReplaceAllString(text, "${1} n")
		}
		return slots.ReplaceAllString(text, "${1} ${2} n")
	}
	return line(d.A) + " | " + line(d.B)
}

// Lines that say nothing, and why.
var unsaid = []struct {
	line *regexp.Regexp
	by   string
	why  string
}{
	{regexp.MustCompile(`^# 6 (\d+) = (0|-12)$`), "# 6 $1 = 0 or -12",
		"espconn_delete of what is no server returns what its caller has in a register (espconn.md 5.6)"},
	{regexp.MustCompile(`^# 29 (\d+) = .*`), "# 29 $1 = heap",
		"where blocks lie in the heap, and so what a piece too small to be divided costs, depends on what was there before user_init"},
}

// printed is what driver.c has printed, and the beginning of a crash.
func printed(s compare.Side) (out compare.Side) {
	for _, e := range s.Events {
		if e.Source != trace.SourceUART || e.Text == "" || !strings.ContainsAny(e.Text[:1], "@# F") {
			continue
		}
		for _, u := range unsaid {
			e.Text = u.line.ReplaceAllString(e.Text, u.by)
		}
		out.Events = append(out.Events, e)
	}
	return out
}

// vendorCase is a scenario in which the two differed once, with what the vendor's libraries do.
type vendorCase struct {
	About    string   `json:"about"`
	Program  string   `json:"program"` // of the folder
	Profile  string   `json:"profile"`
	Switches []string `json:"switches,omitempty"` // that are on besides in the profile of this program's release
	Scenario scenario `json:"scenario"`
	Lines    []string `json:"lines"`
}

// What the vendor's libraries were seen to do: ours do it, too.
func TestVendorCases(t *testing.T) {
	files, err := filepath.Glob("testdata/vendor/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	i := engines[0].image(t, "driver")
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".json"), func(t *testing.T) {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			var c vendorCase
			require.NoError(t, json.Unmarshal(b, &c))
			if *update {
				p := newPair(t, filepath.Join(os.Getenv(vendorFolder), c.Program))
				c.Profile, c.Lines = p.profile.Name, texts(printed(p.play(t, c.Scenario, p.vendor)))
				b, err := json.MarshalIndent(c, "", "\t")
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(f, append(b, '\n'), 0o644))
			}
			profile, ok := espconn.ProfileByName(c.Profile)
			require.True(t, ok, c.Profile)
			for _, name := range c.Switches {
				reflect.ValueOf(&profile).Elem().FieldByName(name).SetBool(true)
			}
			assert.Equal(t, c.Lines, texts(printed(perform(t, c.Scenario, i, profile))))
		})
	}
}

func texts(s compare.Side) (list []string) {
	for _, e := range s.Events {
		list = append(list, e.Text)
	}
	return list
}
