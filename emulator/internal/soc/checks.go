package soc

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// systemSectors is the number of sectors at the chip's end that belong to the system: RF calibration, RF defaults and three
// of system parameters (sdk-surface.md, Flash). For chips that no flash size map fits.
const systemSectors = 5

// Finding reports misuse by the firmware under a rule of espconn.Rules, at the place in the firmware that is running.
// Kinds of firmware whose calls do not end in an SDK use it for what they find themselves.
func (m *System) Finding(rule, format string, args ...any) {
	if rule == espconn.RuleStack {
		m.overran = true
	}
	m.finding(rule, format, args...)
}

// CheckMemory says whether an engine that can looks at each access of the program to the heap.
func (m *System) CheckMemory() bool { return m.d.cfg.CheckMemory }

// NarrowFaults is Config.NarrowFaults.
func (m *System) NarrowFaults() bool { return m.d.cfg.NarrowFaults }

func (m *System) finding(rule, format string, args ...any) {
	m.Observe(espconn.Event{Kind: espconn.EventFinding, Name: rule, Text: fmt.Sprintf(format, args...), Where: m.CallSite()})
}

// CallSite returns the file and line where the firmware calls the SDK, "" if it does not.
func (m *System) CallSite() string {
	if m.caller != nil {
		if at := m.caller(); at != "" {
			return at
		}
	}
	return espconn.CallSite()
}

// Observe puts an event of the API into the trace. It is for the device's goroutine, but for findings: those about Go firmware that
// leaves it come from others.
func (m *System) Observe(e espconn.Event) {
	if e.Kind != espconn.EventFinding {
		m.moment.follow(&e, m.Uptime())
	} else {
		if m.d.cfg.NoFindings {
			return
		}
		if m.d.found != nil {
			m.d.found(e)
		}
	}
	if !m.d.trace.Wanted() {
		return
	}
	if e.Kind == espconn.EventFailure {
		m.d.trace.Add(causeEvent(e.Conn, e.TLSError.Cause))
	}
	t := apiEvent(&e)
	if t.Source == trace.SourceTLS && t.Kind == trace.KindState {
		t.Text = m.d.cfg.Library
	}
	m.d.trace.Add(t)
}

// checkFlash reports a write or an erasure in the system's sectors.
func (m *System) checkFlash(what string, addr uint32, n int) {
	layout := m.flashLayout()
	if layout == nil { // a map that does not fit the chip
		system := uint32(m.d.cfg.Flash.Size()) - systemSectors*flash.SectorSize
		layout = image.Layout{{Name: "system", Kind: image.SystemParam, Addr: system, Size: systemSectors * flash.SectorSize}}
	}
	for _, r := range layout.Overlapping(addr, uint32(max(n, 1))) {
		switch r.Kind {
		case image.RFCal, image.PHYData, image.SystemParam:
			m.finding(espconn.RuleFlashSystem, "%s of %d bytes at 0x%x, in the SDK's %v", what, n, addr, r)
			return
		}
	}
}

// checkWrite reports a write that the chip refuses or that cannot have the wanted result.
func (m *System) checkWrite(addr uint32, src []byte) {
	if addr%flash.WriteUnit != 0 {
		m.finding(espconn.RuleFlashAlign, "write of %d bytes at 0x%x", len(src), addr)
		return
	}
	m.checkFlash("write", addr, len(src))
	old := make([]byte, min(len(src), m.d.cfg.Flash.Size()))
	if _, err := m.d.cfg.Flash.ReadAt(old, int64(addr)); err != nil {
		return
	}
	for i, b := range old {
		if b&src[i] != src[i] {
			m.finding(espconn.RuleFlashErased, "write of %d bytes at 0x%x: byte 0x%x holds 0x%02x and cannot become 0x%02x", len(src),
				addr, addr+uint32(i), b, src[i])
			return
		}
	}
}

// SetCaller says where the call of the network API under way stands in the firmware, as file and line, "" if that is not
// known. Without it the Go stack tells.
func (m *System) SetCaller(fn func() string) { m.caller = fn }
