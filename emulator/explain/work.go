package explain

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/trace"
)

// work counts what a device does beside the network.
type work struct {
	lines, pins, transfers, erased int
}

func (w *work) add(ev *trace.Event) {
	switch {
	case ev.Kind == trace.KindLine:
		w.lines++
	case ev.Kind == trace.KindOutput:
		w.pins++
	case ev.Source == trace.SourceI2C && (ev.Kind == trace.KindRead || ev.Kind == trace.KindWrite):
		w.transfers++
	case ev.Kind == trace.KindErase:
		w.erased++
	}
}

// idle says that no connection was tried, and what was done.
func (p *phrases) idle(w work) string {
	parts := []string{p.nothing}
	for _, did := range []struct {
		count  int
		phrase string
	}{{w.lines, p.printed}, {w.pins, p.moved}, {w.transfers, p.transferred}, {w.erased, p.erased}} {
		if did.count > 0 {
			parts = append(parts, fmt.Sprintf(did.phrase, did.count))
		}
	}
	return strings.Join(parts, p.semicolon)
}
