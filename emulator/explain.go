package emulator

import (
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
)

// Explain tells from the trace, in English, what became of the last connection, name lookup or call, and why. It may be called at any time,
// also after a crash and after Close. explain.Explain does the same from events, in other languages too.
func (d *Device) Explain() explain.Explanation {
	x := explain.Explain(d.Trace().Events(), cause.English)
	if x.Device == "" { // it has never booted, or keeps no trace
		x.Device, x.Profile, x.HeapFree, x.HeapLeast = d.Name(), d.cfg.Profile.Name, d.cfg.HeapFree, d.cfg.HeapFree
	}
	return x
}

// Explanations tells, in English, what became of each connection, server, name lookup and refused call that the trace still has, and of
// what else went wrong on the device, newest first; nil when there was nothing. explain.LastFailed picks the last one that failed.
func (d *Device) Explanations() []explain.Explanation {
	return explain.All(d.Trace().Events(), cause.English)
}

// ExplainFailure returns the explanation of the last connection, name lookup or call that failed, was refused or ended in a crash, also
// when others have worked since; false when none did.
func (d *Device) ExplainFailure() (explain.Explanation, bool) {
	return explain.LastFailed(d.Explanations())
}
