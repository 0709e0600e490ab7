package emulator

import (
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
)

// Explain tells from the trace, in English, what became of the last connection or call, and why. It may be called at any time,
// also after a crash and after Close. explain.Explain does the same from events, in other languages too.
func (d *Device) Explain() explain.Explanation {
	x := explain.Explain(d.Trace().Events(), cause.English)
	if x.Device == "" { // it has never booted, or keeps no trace
		x.Device, x.Profile, x.HeapFree, x.HeapLeast = d.Name(), d.cfg.Profile.Name, d.cfg.HeapFree, d.cfg.HeapFree
	}
	return x
}
