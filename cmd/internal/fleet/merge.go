package fleet

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// resultMax bounds one result, in bytes. Choice: some thousand times what one has.
const resultMax = 64 << 20

// ReadResults reads results one after the other, as shards have written them, until the end.
func ReadResults(r io.Reader) (all []Result, err error) {
	limited := &io.LimitedReader{R: r, N: resultMax}
	d := json.NewDecoder(limited)
	for {
		limited.N = resultMax
		var one Result
		switch err := d.Decode(&one); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil && limited.N <= 0:
			return nil, fmt.Errorf("a result has more than %d bytes", resultMax)
		case err != nil:
			return nil, fmt.Errorf("no result of emu8266 fleet --json: %w", err)
		case one.Fleet.Shards < 1 || one.Fleet.Shards > countMax || len(one.Parts) == 0:
			return nil, errors.New("no result of emu8266 fleet --json: it has no fleet and no parts")
		}
		if all = append(all, one); len(all) > countMax {
			return nil, fmt.Errorf("more than %d results", countMax)
		}
	}
}

// Merge adds results of one fleet up. Each shard must be there once; with partial some may be missing. Of results that are not of one
// fleet it says what differs.
func Merge(all []Result, partial bool) (*Result, error) {
	if len(all) == 0 {
		return nil, errors.New("there is no result to merge")
	}
	sum := Result{Fleet: all[0].Fleet, Causes: []Group{}, Crashes: []Group{}, Findings: []Group{}}
	for i := range all {
		if err := sum.Fleet.same(all[i].Fleet); err != nil {
			return nil, fmt.Errorf("result %d is of another fleet than the first: %w", i+1, err)
		}
		sum.add(&all[i])
	}
	slices.SortFunc(sum.Parts, func(a, b Part) int { return cmp.Compare(a.Shard, b.Shard) })
	missing := []int{}
	for i, next := 0, 0; next < sum.Fleet.Shards || i < len(sum.Parts); {
		switch {
		case i < len(sum.Parts) && (sum.Parts[i].Shard < next || sum.Parts[i].Shard >= sum.Fleet.Shards):
			return nil, fmt.Errorf("shard %d of %d is there twice, or does not exist", sum.Parts[i].Shard, sum.Fleet.Shards)
		case i < len(sum.Parts) && sum.Parts[i].Shard == next:
			i++
		default:
			missing = append(missing, next)
		}
		next++
	}
	if len(missing) > 0 && !partial {
		return nil, fmt.Errorf("%d of %d shards are missing, the first is %d: --partial takes what is there", len(missing),
			sum.Fleet.Shards, missing[0])
	}
	sum.Causes, sum.Crashes, sum.Findings = sortGroups(sum.Causes), sortGroups(sum.Crashes), sortGroups(sum.Findings)
	return &sum, nil
}

// same says in what two fleets differ.
func (f Fleet) same(o Fleet) error {
	for _, d := range []struct {
		what        string
		first, then any
	}{
		{"version", f.Version, o.Version}, {"firmware's SHA-256", f.SHA256, o.SHA256}, {"number of devices", f.Devices, o.Devices},
		{"profile", f.Profile, o.Profile}, {"--stack", f.Stack, o.Stack},
		{"--against or --script", f.Against, o.Against}, {"virtual time", f.Virtual, o.Virtual},
		{"--seed", f.Seed, o.Seed}, {"--ramp", f.Ramp, o.Ramp}, {"--timeout", f.For, o.For}, {"number of shards", f.Shards, o.Shards},
	} {
		if d.first != d.then {
			return fmt.Errorf("%s: %v and %v", d.what, d.first, d.then)
		}
	}
	return nil
}

func (r *Result) add(o *Result) {
	r.Parts = append(r.Parts, o.Parts...)
	a, b := &r.Sums, &o.Sums
	for _, n := range []struct {
		to   *int
		from int
	}{
		{&a.Devices, b.Devices}, {&a.Joined, b.Joined}, {&a.Connected, b.Connected},
		{&a.Answered, b.Answered}, {&a.Up, b.Up}, {&a.Crashed, b.Crashed},
		{&a.Attempts, b.Attempts}, {&a.Connections, b.Connections}, {&a.Handshakes, b.Handshakes}, {&a.Failed, b.Failed},
		{&a.Broken, b.Broken}, {&a.Closed, b.Closed}, {&a.Reconnects, b.Reconnects}, {&a.Sends, b.Sends}, {&a.Receives, b.Receives},
		{&a.Received, b.Received},
	} {
		*n.to += n.from
	}
	s, t := &r.Times, &o.Times
	for _, n := range []struct{ to, from *Times }{
		{&s.Join, &t.Join}, {&s.Connect, &t.Connect}, {&s.Handshake, &t.Handshake}, {&s.RoundTrip, &t.RoundTrip}, {&s.Sent, &t.Sent},
		{&s.Reconnect, &t.Reconnect},
	} {
		n.to.merge(n.from)
	}
	r.Causes, r.Crashes, r.Findings = addGroups(r.Causes, o.Causes), addGroups(r.Crashes, o.Crashes), addGroups(r.Findings, o.Findings)
}

// addGroups adds groups of the same id up; the earliest says what happened.
func addGroups(sum, more []Group) []Group {
	for _, g := range more {
		i := slices.IndexFunc(sum, func(s Group) bool { return s.ID == g.ID })
		if i < 0 {
			sum = append(sum, g)
			continue
		}
		s := &sum[i]
		times, devices := s.Times+g.Times, s.Devices+g.Devices
		if g.earlier(s) {
			*s = g
		}
		s.Times, s.Devices = times, devices
	}
	return sum
}
