package flashtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

// Seeds is how many kinds of remains PowerCuts tries for each step that is cut in its middle.
const Seeds = 6

// PowerCuts runs a scenario once to count the steps of the chip (page programs and sector erasures), then once for each
// step with a power cut before it, in its middle ([Seeds] different remains) and after it. Each run begins with a chip of
// the content of start.
//
// The scenario runs until it is done or the chip returns flash.ErrPower, and must end then. The function that it returns
// is called after power has come back; it looks at the chip - it may write, as firmware does that repairs its store at
// boot - and returns an error if what it finds is not what was promised. The scenario is expected to remember in
// variables of its own what it had been told was saved.
//
// PowerCuts returns the number of power cuts.
func PowerCuts(t testing.TB, start *flash.Snapshot, scenario func(c *flash.Chip) (check func(c *flash.Chip) error)) int {
	t.Helper()
	c := start.Chip()
	check := scenario(c)
	require.NoError(t, check(c), "without a power cut")
	count := start.Chip()
	scenario(count)
	steps := count.Steps()
	require.NotZero(t, steps, "the scenario writes nothing")

	cuts := 0
	for step := range steps {
		for _, cut := range plans(step + 1) {
			c := start.Chip()
			c.CutPower(cut)
			check := scenario(c)
			require.False(t, c.Powered(), "power cut %v: the scenario did not get that far a second time", cut)
			c.PowerOn()
			if err := check(c); err != nil {
				t.Fatalf("power cut %v of %d: %v", cut, steps, err)
			}
			cuts++
		}
	}
	return cuts
}

// plans returns the ways in which power is cut at a step.
func plans(step uint64) []flash.PowerCut {
	list := []flash.PowerCut{{Step: step, Moment: flash.Before}, {Step: step, Moment: flash.After}}
	for seed := range uint64(Seeds) {
		list = append(list, flash.PowerCut{Step: step, Moment: flash.During, Seed: seed})
	}
	return list
}

// PowerCutsTwice is PowerCuts with a second power cut at every step of what the check does after the first, and the check
// again after that: firmware also loses power while it repairs. It takes the square of the time.
func PowerCutsTwice(t testing.TB, start *flash.Snapshot, scenario func(c *flash.Chip) (check func(c *flash.Chip) error)) int {
	t.Helper()
	second := 0
	first := PowerCuts(t, start, func(c *flash.Chip) func(*flash.Chip) error {
		check := scenario(c)
		return func(c *flash.Chip) error {
			broken := c.Snapshot()
			before := c.Steps()
			if err := check(c); err != nil {
				return err
			}
			for step := range c.Steps() - before {
				for _, cut := range plans(step + 1) {
					again := broken.Chip()
					again.CutPower(cut)
					_ = check(again) // the power goes
					again.PowerOn()
					if err := check(again); err != nil {
						return fmt.Errorf("then power cut %v of the repair: %w", cut, err)
					}
					second++
				}
			}
			return nil
		}
	})
	return first + second
}
