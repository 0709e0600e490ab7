package espconn_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// oracleFolder holds the golden traces; its README explains the format.
const oracleFolder = "../testdata/oracle"

// oracleCase is one golden trace: what the firmware and its peers do, and what was seen.
type oracleCase struct {
	ID    string
	Setup struct {
		Flash []struct {
			Sector  uint32
			Entries [][2]string
			Rest    string
		}
	}
	Objects []struct {
		Name, Type, Remote, Callbacks string
		LocalPort                     int `json:"local_port"`
		Reverse                       any
	}
	Device []oracleRule
	Peers  []struct {
		Name, IP, Kind, Opts string
		Port                 int
		TLS                  *oracleTLS
		Rules                []oracleRule
	}
	Until int
	End   struct {
		Objects map[string][]int `json:"objects_state_linkcnt"`
		PCBs    map[string]int   `json:"tcp_pcbs"`
		Heap    uint32           `json:"heap_end"`
	}
	Trace []struct {
		T                        int
		Call, Args, CB, Arg, CRC string
		Print, Out, Do, Fault    string
		TX, RX, Peer             string
		Remote                   string
		Reverse                  *int
		Ret, Err, Len            *int
		St, Lc, Heap             []int
	}
	Lines, Heaps []string // of a recorded case, in the place of End and Trace
}

type oracleRule struct {
	When  string
	Do    []string
	Nth   int
	Delay int
	fired int
}

type oracleTLS struct {
	Role, Version, Suite, Chain, Key, Records, Stage, Do string
	CertificateRequest                                   bool `json:"certificate_request"`
	DHBits                                               int  `json:"dh_bits"`
}

// oracleDiffers are cases that differ, with the reason; the lists are testdata/*_differences.txt.
func oracleDiffers(t *testing.T, files ...string) map[string]string {
	m := map[string]string{}
	for _, file := range files {
		raw, err := os.ReadFile("testdata/" + file + "_differences.txt")
		require.NoError(t, err)
		for line := range strings.Lines(string(raw)) {
			if id, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
				m[id] = why
			}
		}
	}
	return m
}

// oracleFiles are the golden traces.
var oracleFiles = []string{"plain-calls", "plain-client", "plain-server", "udp-dns", "order", "secure-calls", "secure-client",
	"secure-server", recordedFile}

// recordedFile holds the cases that TestOracleVendor has recorded.
const recordedFile = "recorded"

// oracleRuns are the cases with what the replay made of them; each is played once.
var oracleRuns = sync.OnceValue(func() (runs []*oracleRun) {
	for _, file := range oracleFiles {
		raw, err := os.ReadFile(filepath.Join(oracleFolder, "espconn", file+".json"))
		if err != nil {
			panic(err)
		}
		var cases []*oracleCase
		if err := json.Unmarshal(raw, &cases); err != nil {
			panic(err)
		}
		for _, c := range cases {
			runs = append(runs, &oracleRun{oracleCase: c})
		}
	}
	return runs
})

type oracleRun struct {
	*oracleCase
	played                       bool
	want, got, wantHeap, gotHeap []string // lines, and what each says of the heap
}

// play replays the case.
func (r *oracleRun) play(t *testing.T) {
	if r.played {
		return
	}
	r.played = true
	r.want, r.wantHeap = r.lines()
	synctest.Test(t, func(t *testing.T) { r.got, r.gotHeap = replay(t, r.oracleCase) }) // for the goroutines of TLS peers
	if n := len(r.gotHeap) - 1; r.Lines != nil && n >= 0 {
		r.gotHeap[n], _, _ = strings.Cut(r.gotHeap[n], " connections") // what a recording does not tell
	}
}

// faults says whether the trace ends in one. An endless loop is as long as the measurement: of its lines only one counts.
func (r *oracleRun) faults() bool { return strings.HasSuffix(r.want[len(r.want)-1], " fault") }

// TestOracle replays the golden traces of the API with SDK306: calls with results, states and link counts, callbacks with
// arguments, addresses, lengths and checksums, printed lines, frames sent with flags, numbers, lengths, windows and options,
// all in order and at the millisecond.
func TestOracle(t *testing.T) {
	differs := oracleDiffers(t, "plain", "secure")
	seen := map[string]bool{}
	equal := 0
	for _, r := range oracleRuns() {
		t.Run(r.ID, func(t *testing.T) {
			seen[r.ID] = true
			r.play(t)
			want, got := r.want, r.got
			if r.faults() {
				want, got = slices.Compact(slices.Clone(want)), slices.Compact(slices.Clone(got))
			}
			if why, ok := differs[r.ID]; ok {
				require.NotEqual(t, want, got, "is equal now: take it off the list")
				t.Skip(why)
			}
			require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
			equal++
		})
	}
	t.Logf("%d equal, %d listed", equal, len(differs))
	for id := range differs {
		require.True(t, seen[id], "%s is listed, but no case", id)
	}
}

// heapPage is the page that says how many heap figures of the golden traces are equal, and which are not.
const heapPage = "heap.md"

// TestOracleHeap compares the free heap of every call, callback and action of the golden traces, to the byte.
func TestOracleHeap(t *testing.T) {
	differs := oracleDiffers(t, "heap")
	var equal, figures, equalFigures int
	var rows strings.Builder
	for _, r := range oracleRuns() {
		t.Run(r.ID, func(t *testing.T) {
			r.play(t)
			want, got := withHeap(r.want, r.wantHeap), withHeap(r.got, r.gotHeap)
			same := 0
			for i := range min(len(want), len(got)) {
				if want[i] == got[i] {
					same++
				}
			}
			figures, equalFigures = figures+len(want), equalFigures+same
			why, listed := differs[r.ID]
			delete(differs, r.ID)
			if listed {
				require.NotEqual(t, want, got, "is equal now: take it off the list")
				fmt.Fprintf(&rows, "| %s | %d of %d | %s |\n", r.ID, same, len(want), why)
				t.Skip(why)
			}
			require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
			equal++
		})
	}
	for id := range differs {
		t.Errorf("%s is listed, but no case", id)
	}
	page(t, heapPage, fmt.Sprintf("# The free heap against the measured one\n\n"+
		"Generated by `go test ./espconn -run TestOracleHeap -update`. Each trace of `testdata/oracle/espconn` tells the free\n"+
		"heap at every call, callback and action of the firmware. They are compared to the byte (the model:\n"+
		"[lwip.md 16](../facts/lwip.md)).\n\n"+
		"%d of %d traces are equal, %d of %d figures. The others, with their reason:\n\n"+
		"| trace | equal figures | reason |\n|---|---|---|\n%s",
		equal, len(oracleRuns()), equalFigures, figures, rows.String()))
}

// withHeap joins each line that says something of the heap with it.
func withHeap(lines, heaps []string) (out []string) {
	for i, line := range lines {
		if heaps[i] != "" {
			out = append(out, line+" heap "+heaps[i])
		}
	}
	return out
}

// lines brings the trace into the form of the replay: each entry's line, and what it says of the heap.
func (c *oracleCase) lines() (lines, heaps []string) {
	if c.Lines != nil {
		return slices.Clone(c.Lines), slices.Clone(c.Heaps)
	}
	for _, e := range c.Trace {
		s := fmt.Sprint(e.T, " ")
		if len(e.Lc) == 1 {
			e.Lc = append(e.Lc, e.Lc[0])
		}
		if len(e.St) == 1 && e.CB != "" {
			e.St = append(e.St, e.St[0])
		}
		if len(e.Heap) == 1 && e.Do == "" && e.CB == "" {
			e.Heap = append(e.Heap, e.Heap[0])
		}
		state := ""
		if len(e.St) > 0 {
			state = fmt.Sprint(" ", e.St)
		}
		if len(e.Lc) == 2 && (e.Lc[0] != 0 || e.Lc[1] != 0) {
			if e.Call == "" {
				e.Lc = e.Lc[:1]
				state += fmt.Sprint(" lc ", e.Lc[0])
			} else {
				state += fmt.Sprint(" lc ", e.Lc)
			}
		}
		if e.Remote != "" {
			state += " remote " + e.Remote
		}
		if e.Reverse != nil {
			state += fmt.Sprint(" reverse ", *e.Reverse)
		}
		switch {
		case e.Call != "":
			s += e.Call + " " + e.Args
			if e.Ret != nil && e.Call != "espconn_port" {
				s += fmt.Sprint(" = ", *e.Ret)
			}
			s += state
			if e.Out != "" {
				s += " " + e.Out
			}
			if e.CRC != "" {
				s += " " + e.CRC
			}
		case e.CB == "dns":
			s += e.CB + " " + e.Arg + " " + e.Out
		case e.CB != "":
			s += e.CB + " " + e.Arg
			if e.Err != nil {
				s += fmt.Sprint(" err ", *e.Err)
			}
			if e.Len != nil {
				s += fmt.Sprint(" len ", *e.Len, " ", e.CRC)
			}
			s += state
		case e.Print != "":
			s += "print " + e.Print
		case e.Do != "":
			s += e.Do
			if e.Out != "" {
				s += " " + e.Out
			}
			s += state
			if e.Ret != nil {
				s += fmt.Sprint(" = ", *e.Ret)
			}
		case e.TX != "":
			s += "tx " + e.TX
		case e.Fault != "":
			s += "fault"
		case e.RX != "" || e.Peer != "":
			continue // what the peers do follows from the rest
		default:
			s += "an entry of an unknown kind"
		}
		lines = append(lines, s)
		heap := ""
		if e.Heap != nil {
			left := make([]uint32, len(e.Heap))
			for i, n := range e.Heap {
				left[i] = uint32(n)
			}
			heap = heapLeft(left...)
		}
		heaps = append(heaps, heap)
	}
	if c.End.Objects != nil && (len(lines) == 0 || !strings.HasSuffix(lines[len(lines)-1], " fault")) {
		delete(c.End.PCBs, "LISTEN") // not among the stack's TCBs
		lines = append(lines, fmt.Sprint(c.Until, " end ", c.End.Objects))
		heaps = append(heaps, fmt.Sprint(heapLeft(c.End.Heap), " connections ", c.End.PCBs))
	}
	return lines, heaps
}

// heapLeft writes the bytes that are free, or were free before and are after.
func heapLeft(n ...uint32) string { return strings.Trim(fmt.Sprint(n), "[]") }

func pattern(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(7*(from+i) + 3)
	}
	return b
}

func pkiFile(t testing.TB, name string) []byte {
	b, err := os.ReadFile(filepath.Join(oracleFolder, "pki", name))
	require.NoError(t, err)
	return b
}
