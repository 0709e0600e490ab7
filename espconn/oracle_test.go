package espconn_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	Trace []struct {
		T                        int
		Call, Args, CB, Arg, CRC string
		Print, Out, Do, Fault    string
		TX                       string
		Ret, Err, Len            *int
		St, Lc                   []int
	}
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
func oracleDiffers(t *testing.T) map[string]string {
	m := map[string]string{}
	for _, file := range []string{"plain", "secure"} {
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
	"secure-server"}

// TestOracle replays the golden traces of the API with SDK306: calls with results, states and link counts, callbacks with
// arguments, lengths and checksums, printed lines, frames sent with flags, numbers, lengths, windows and options, all in
// order and at the millisecond.
func TestOracle(t *testing.T) {
	differs := oracleDiffers(t)
	seen := map[string]bool{}
	equal := 0
	for _, file := range oracleFiles {
		raw, err := os.ReadFile(filepath.Join(oracleFolder, "espconn", file+".json"))
		require.NoError(t, err)
		var cases []*oracleCase
		require.NoError(t, json.Unmarshal(raw, &cases))
		for _, c := range cases {
			t.Run(c.ID, func(t *testing.T) {
				seen[c.ID] = true
				want := c.lines()
				var got []string
				synctest.Test(t, func(t *testing.T) { got = replay(t, c) }) // for the goroutines of TLS peers
				if n := len(want); n > 0 && strings.HasSuffix(want[n-1], " fault") {
					want, got = slices.Compact(want), slices.Compact(got) // an endless loop is as long as the measurement
				}
				if why, ok := differs[c.ID]; ok {
					require.NotEqual(t, want, got, "is equal now: take it off the list")
					t.Skip(why)
				}
				require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
				equal++
			})
		}
	}
	t.Logf("%d equal, %d listed", equal, len(differs))
	for id := range differs {
		require.True(t, seen[id], "%s is listed, but no case", id)
	}
}

// lines brings the trace into the form of the replay.
func (c *oracleCase) lines() (lines []string) {
	for _, e := range c.Trace {
		s := fmt.Sprint(e.T, " ")
		switch {
		case e.Call != "":
			s += e.Call + " " + e.Args
			if e.Ret != nil && e.Call != "espconn_port" {
				s += fmt.Sprint(" = ", *e.Ret)
			}
			if len(e.St) == 2 {
				s += fmt.Sprint(" ", e.St)
			}
			if len(e.Lc) == 1 {
				e.Lc = append(e.Lc, e.Lc[0])
			}
			if len(e.Lc) == 2 && (e.Lc[0] != 0 || e.Lc[1] != 0) {
				s += fmt.Sprint(" lc ", e.Lc)
			}
			if e.Out != "" {
				s += " " + e.Out
			}
			if e.CRC != "" {
				s += " " + e.CRC
			}
		case e.CB != "":
			s += e.CB + " " + e.Arg
			if e.Err != nil {
				s += fmt.Sprint(" err ", *e.Err)
			}
			if e.Len != nil {
				s += fmt.Sprint(" len ", *e.Len, " ", e.CRC)
			}
			if len(e.St) == 1 {
				e.St = append(e.St, e.St[0])
			}
			if len(e.St) == 2 {
				s += fmt.Sprint(" ", e.St)
			}
			if len(e.Lc) > 0 && e.Lc[0] != 0 {
				s += fmt.Sprint(" lc ", e.Lc[0])
			}
			if e.CB == "dns" {
				s += " " + e.Out
			}
		case e.Print != "" && !strings.HasPrefix(e.Print, "E:M "):
			s += "print " + e.Print
		case strings.HasPrefix(e.Do, "post "):
			s += e.Do
			if e.Ret != nil {
				s += fmt.Sprint(" = ", *e.Ret)
			}
		case e.TX != "":
			s += "tx " + e.TX
		case e.Fault != "":
			s += "fault"
		default:
			continue
		}
		lines = append(lines, s)
	}
	return lines
}

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
