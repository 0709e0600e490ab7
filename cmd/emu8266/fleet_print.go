package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/fleet"
)

// fleetJSON is a result in one line.
func fleetJSON(r *fleet.Result) ([]byte, error) {
	b, err := json.Marshal(r)
	return append(b, '\n'), err
}

// printFleet writes a result for people.
func printFleet(w io.Writer, r *fleet.Result) {
	f, s := r.Fleet, r.Sums
	seconds, cpu, memory := 0.0, 0.0, int64(0)
	for _, p := range r.Parts {
		seconds = max(seconds, p.Seconds)
		cpu += p.CPU
		memory += p.Memory
	}
	kind := "real"
	if f.Virtual {
		kind = "virtual"
	}
	stack := "profile " + f.Profile
	if f.Stack == stackVendor {
		stack = "its own libraries"
	}
	fmt.Fprintf(w, "%s on %d devices, %s, against %s: %.1f s of %s time, ramp %.1f s\n", f.Firmware, f.Devices, stack, f.Against, seconds,
		kind, f.Ramp)
	if len(r.Parts) < f.Shards || len(r.Parts) > 1 {
		fmt.Fprintf(w, "shards       %d of %d\n", len(r.Parts), f.Shards)
	}
	fmt.Fprintf(w, "devices      %d on, %d had an address, %d a connection, %d an answer; %d connected at the end, %d crashed\n", s.Devices,
		s.Joined, s.Connected, s.Answered, s.Up, s.Crashed)
	fmt.Fprintf(w, "attempts     %d, %d failed; %d connections, %d with TLS, %.1f a second\n", s.Attempts, s.Failed, s.Connections,
		s.Handshakes, float64(s.Connections)/max(seconds, 1e-9))
	fmt.Fprintf(w, "connections  %d ended in good order, %d broke; %d reconnects\n", s.Closed, s.Broken, s.Reconnects)
	fmt.Fprintf(w, "traffic      %d sends, %d receives, %d bytes received\n\n", s.Sends, s.Receives, s.Received)
	printFleetTimes(w, &r.Times)
	printGroups(w, "Why something went wrong", r.Causes)
	printGroups(w, "Crashes", r.Crashes)
	printGroups(w, "Misuse of the SDK", r.Findings)
	if cpu > 0 {
		fmt.Fprintf(w, "\nused: %.1f s of processors, %.0f MiB of memory at most\n", cpu, float64(memory)/(1<<20))
	}
}

func printFleetTimes(w io.Writer, s *fleet.Seconds) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "TIME\tCOUNT\tLEAST\t50 %\t90 %\t99 %\t99.9 %\tMOST\t")
	for _, row := range []struct {
		name  string
		times *fleet.Times
	}{
		{"address", &s.Join}, {"connect", &s.Connect}, {"TLS handshake", &s.Handshake}, {"round trip", &s.RoundTrip}, {"sent", &s.Sent},
		{"reconnect", &s.Reconnect},
	} {
		if row.times.Count == 0 {
			continue
		}
		fmt.Fprintf(t, "%s\t%d\t", row.name, row.times.Count)
		for _, d := range []time.Duration{row.times.Least, row.times.Percentile(50), row.times.Percentile(90), row.times.Percentile(99),
			row.times.Percentile(99.9), row.times.Most} {
			fmt.Fprintf(t, "%s\t", shortTime(d))
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush() // of an escaper, whose errors the command tells
}

// shortTime is a time with three digits or so.
func shortTime(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= 100*unit {
			return d.Round(unit).String()
		}
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}

// groupsShown bounds the groups of a kind that people are shown; JSON has all. Choice.
const groupsShown = 20

func printGroups(w io.Writer, title string, groups []fleet.Group) {
	if len(groups) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	for i, g := range groups {
		if i == groupsShown {
			fmt.Fprintf(w, "  and %d more: --json has all\n", len(groups)-i)
			return
		}
		fmt.Fprintf(w, "  %6d times, %d devices, first %s after %.3f s: %s\n", g.Times, g.Devices, g.Device, g.At, g.ID)
		for _, text := range []string{g.Text, g.Change} {
			if text != "" && text != strings.TrimSpace(g.ID) {
				fmt.Fprintf(w, "                %s\n", text)
			}
		}
	}
}
