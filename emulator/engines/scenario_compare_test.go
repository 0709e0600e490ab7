package engines_test

import (
	"encoding/json"
	"flag"
	"slices"
	"testing"
	"testing/cryptotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

var (
	scenarios    = flag.Int("scenarios", 40, "how many generated scenarios TestScenarios plays on both engines")
	scenarioFrom = flag.Uint64("scenario", 1, "the seed of the first")
)

// Generated scenarios on both engines: the same, event by event and frame by frame.
func TestScenarios(t *testing.T) {
	a, b := engines[0].image(t, "driver"), engines[1].image(t, "driver")
	profiles := espconn.Profiles()
	events, frames := 0, 0
	for seed := *scenarioFrom; seed < *scenarioFrom+uint64(*scenarios); seed++ {
		s, profile := generate(seed), profiles[seed%uint64(len(profiles))]
		judge := func(s scenario) compare.Result {
			one := perform(t, s, a, profile)
			other := perform(t, s, b, profile)
			one.Events, other.Events = withoutLocals(one.Events), withoutLocals(other.Events)
			return compare.Compare(one, other, compare.Options{})
		}
		r := judge(s)
		events, frames = events+r.Events, frames+r.Frames
		if r.Equal() {
			continue
		}
		first := r.Differences[0]
		small := shrink(s, func(s scenario) bool {
			r := judge(s)
			if !r.Equal() {
				first = r.Differences[0]
			}
			return !r.Equal()
		})
		text, err := json.Marshal(small)
		require.NoError(t, err)
		t.Errorf("seed %d, %s: %v\n%s", seed, profile.Name, first, text)
	}
	t.Logf("%d scenarios, %d equal events, %d equal frames", *scenarios, events, frames)
}

// withoutLocals leaves out the variables at a crash: of these two images only the one for the chip tells them.
func withoutLocals(events []trace.Event) []trace.Event {
	return slices.DeleteFunc(events, func(e trace.Event) bool { return e.Kind == trace.KindContext && e.Name == "local" })
}

// perform plays a scenario in a test of its own: with a global source of random numbers that starts anew.
func perform(t *testing.T, s scenario, i image, profile espconn.Profile) (side compare.Side) {
	t.Run("", func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, s.Seed)
		side = s.perform(t, i.Firmware(), profile)
	})
	return side
}

// A seed is a scenario, and a script is what driver.c reads.
func TestGenerate(t *testing.T) {
	kinds, calls, whens := map[kind]bool{}, map[call]bool{}, map[when]bool{}
	for seed := range uint64(2000) {
		s := generate(seed)
		require.Equal(t, s, generate(seed))
		require.LessOrEqual(t, len(s.Steps), stepsMax)
		require.Len(t, s.script(), 8+16*len(s.Steps))
		for _, x := range s.Servers {
			kinds[x.Kind] = true
		}
		for _, x := range s.Steps {
			calls[x.Call], whens[x.When] = true, true
		}
	}
	assert.Len(t, kinds, 8)
	assert.Len(t, calls, int(callLast))
	assert.Len(t, whens, int(onDNS)+1)
}

// Shrinking leaves what is needed.
func TestShrink(t *testing.T) {
	for seed := range uint64(50) {
		s := generate(seed)
		s.Steps = append(s.Steps, step{Call: doHeap, Nth: 5}, step{Call: doState, Nth: 7})
		small := shrink(s, func(s scenario) bool {
			heap, state := false, false
			for _, x := range s.Steps {
				heap, state = heap || x.Call == doHeap, state || heap && x.Call == doState
			}
			return state
		})
		assert.Len(t, small.Steps, 2, seed)
		assert.Empty(t, small.Servers)
		assert.Empty(t, small.Visitors)
		assert.Zero(t, small.Heap)
		assert.Zero(t, small.Loss)
	}
}
