package wasm

import "math"

// cyclesPerBranch is what a branch of guest code costs the watchdog. Choice: ten cycles at 80 MHz. A call of the SDK costs
// as much as twenty of them.
const cyclesPerBranch = 10

// Burn takes from the tank, which holds branches: rt/rt.c counts them down, too.
func (g *guest) Burn(cycles int64) (left int64) {
	tank, _ := g.mem.ReadUint32Le(g.fuel)
	rest := int64(int32(tank)) - cycles/cyclesPerBranch
	g.setTank(rest)
	return rest * cyclesPerBranch
}

// Refuel fills the tank.
func (g *guest) Refuel(cycles int64) { g.setTank(cycles / cyclesPerBranch) }

func (g *guest) setTank(branches int64) {
	g.mem.WriteUint32Le(g.fuel, uint32(max(branches, math.MinInt32)))
}
