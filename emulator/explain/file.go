package explain

import (
	"io"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Named is the explanation of one device of a trace file.
type Named struct {
	Name        string      `json:"name"` // the device's name in the file
	Explanation Explanation `json:"explanation"`
	// All are those of Reader.Explanations.
	All []Explanation `json:"all,omitempty"`
}

// Read explains each device of a file of JSON lines (trace.Writer), in order of appearance. With an error it returns the
// explanations of what came before it.
func Read(r io.Reader, l cause.Language) ([]Named, error) {
	var names []string
	readers := map[string]*Reader{}
	err := trace.ReadJSONL(r, func(device string, e trace.Event) error {
		at := readers[device]
		if at == nil {
			at = NewReader(l)
			readers[device] = at
			names = append(names, device)
		}
		at.Add(e)
		return nil
	})
	out := make([]Named, 0, len(names))
	for _, n := range names {
		x := readers[n].Explanation()
		if x.Device == "" { // it has never booted
			x.Device = n
		}
		out = append(out, Named{n, x, readers[n].Explanations()})
	}
	return out, err
}
