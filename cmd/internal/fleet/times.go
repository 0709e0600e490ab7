package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"time"
)

// Times are how long something took, each time it happened: counted in steps of at most 1/64 of the time, so that many of them can be
// added up and still be asked for percentiles. The zero value is ready.
type Times struct {
	Count uint64
	Sum   time.Duration
	Least time.Duration
	Most  time.Duration
	steps map[uint32]uint64 // how many, by step
}

// fine is how many steps there are between a time and its double.
const fine = 64

// step is where a time is counted: microseconds up to 64, then 64 steps to each double.
func step(d time.Duration) uint32 {
	us := uint64(max(d, 0) / time.Microsecond)
	if us < fine {
		return uint32(us)
	}
	shift := bits.Len64(us) - bits.Len64(fine)
	return uint32(shift*fine) + uint32(us>>shift)
}

// top is the longest time of a step.
func top(step uint32) time.Duration {
	if step < fine {
		return time.Duration(step+1)*time.Microsecond - 1
	}
	shift := step/fine - 1
	return time.Duration(uint64(step-shift*fine+1)<<shift)*time.Microsecond - 1
}

// stepMost is the last step: the longest time.Duration is in it.
var stepMost = step(1<<63 - 1)

// Add counts a time.
func (t *Times) Add(d time.Duration) {
	if t.steps == nil {
		t.steps, t.Least = map[uint32]uint64{}, d
	}
	t.Count++
	t.Sum += d
	t.Least, t.Most = min(t.Least, d), max(t.Most, d)
	t.steps[step(d)]++
}

// merge adds those of another part.
func (t *Times) merge(o *Times) {
	if o.Count == 0 {
		return
	}
	if t.steps == nil {
		t.steps, t.Least = map[uint32]uint64{}, o.Least
	}
	t.Count += o.Count
	t.Sum += o.Sum
	t.Least, t.Most = min(t.Least, o.Least), max(t.Most, o.Most)
	for s, n := range o.steps {
		t.steps[s] += n
	}
}

// Percentile returns a time that p percent did not exceed, at most 1/64 too long; 0 without any.
func (t *Times) Percentile(p float64) time.Duration {
	if t.Count == 0 {
		return 0
	}
	want, seen := uint64(p/100*float64(t.Count)+0.9999999), uint64(0)
	for _, s := range slices.Sorted(maps.Keys(t.steps)) {
		if seen += t.steps[s]; seen >= want {
			return max(t.Least, min(top(s), t.Most))
		}
	}
	return t.Most
}

// timesJSON is what a file has of Times, in seconds. All but the last is what can be told from the steps, for readers.
type timesJSON struct {
	Count uint64      `json:"count"`
	Mean  float64     `json:"mean"`
	Least float64     `json:"min"`
	P50   float64     `json:"p50"`
	P90   float64     `json:"p90"`
	P99   float64     `json:"p99"`
	P999  float64     `json:"p999"`
	Most  float64     `json:"max"`
	Exact [3]int64    `json:"exact_ns"` // sum, least, most
	Steps [][2]uint64 `json:"steps"`    // step, how many
}

// MarshalJSON writes the percentiles, and what merging needs.
func (t Times) MarshalJSON() ([]byte, error) {
	j := timesJSON{Count: t.Count, Least: t.Least.Seconds(), Most: t.Most.Seconds(), P50: t.Percentile(50).Seconds(),
		P90: t.Percentile(90).Seconds(), P99: t.Percentile(99).Seconds(), P999: t.Percentile(99.9).Seconds(),
		Exact: [3]int64{int64(t.Sum), int64(t.Least), int64(t.Most)}, Steps: [][2]uint64{}}
	if t.Count > 0 {
		j.Mean = (t.Sum / time.Duration(t.Count)).Seconds()
	}
	for _, s := range slices.Sorted(maps.Keys(t.steps)) {
		j.Steps = append(j.Steps, [2]uint64{uint64(s), t.steps[s]})
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote, and refuses what does not add up.
func (t *Times) UnmarshalJSON(b []byte) error {
	var j timesJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*t = Times{Count: j.Count, Sum: time.Duration(j.Exact[0]), Least: time.Duration(j.Exact[1]), Most: time.Duration(j.Exact[2])}
	left := j.Count
	for _, s := range j.Steps {
		if s[0] > uint64(stepMost) || s[1] == 0 || s[1] > left {
			return fmt.Errorf("the steps of a time do not add up to %d", j.Count)
		}
		if t.steps == nil {
			t.steps = map[uint32]uint64{}
		}
		t.steps[uint32(s[0])] += s[1]
		left -= s[1]
	}
	if left != 0 {
		return fmt.Errorf("the steps of a time do not add up to %d", j.Count)
	}
	return nil
}
