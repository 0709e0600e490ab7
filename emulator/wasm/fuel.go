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
func (g *guest) Refuel(cycles int64) {
	g.setTank(cycles / cyclesPerBranch)
	g.tank.Set(loopsMax)
}

// loopsMax are the loops and calls of functions that may run until the tank is filled again, whether or not the firmware
// counts its branches: those of the runtime are not counted, copying memory for example. Choice: about a second of a
// machine of today, hundreds of times what the chip's watchdog leaves time for.
const loopsMax = 1 << 28

// callLoops is what a call of the SDK costs of them: as many calls as the firmware's own count leaves.
const callLoops = 200

// charge takes a call of the SDK from the tank.
func (g *guest) charge() {
	left := int32(g.tank.Get()) - callLoops
	g.tank.Set(uint64(uint32(left)))
	if left <= 0 {
		g.sdk.Watchdog()
	}
}

func (g *guest) setTank(branches int64) {
	g.mem.WriteUint32Le(g.fuel, uint32(max(branches, math.MinInt32)))
}
