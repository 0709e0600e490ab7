package wasm

import "math"

// Burn takes cycles from the tank: those that code runs on take from it, too (module.Instrument).
func (g *guest) Burn(cycles int64) (left int64) {
	left = max(int64(int32(g.tank.Get()))-cycles, math.MinInt32)
	g.Refuel(left)
	return left
}

// Refuel fills the tank.
func (g *guest) Refuel(cycles int64) { g.tank.Set(uint64(uint32(min(cycles, math.MaxInt32)))) }
