package repair

import (
	"strconv"

	"github.com/emu8266/emu8266/emulator/explain"
)

// Repair is a change of a C file.
type Repair struct {
	Line   int    `json:"line"`          // of the file, from 1
	Old    string `json:"old,omitempty"` // what stood there; "" if a line is put in
	New    string `json:"new"`           // what stands there now
	Source string `json:"source"`        // the whole file, changed
}

// Offer returns the change that an explanation asks for; ok is false if it names no figure, or the source has not one place for it.
func Offer(x explain.Explanation, source string) (r Repair, ok bool) {
	if x.LeastSize <= 0 {
		return r, false
	}
	size := strconv.Itoa(x.LeastSize)
	tokens := scan(source)
	if sets := calls(tokens, "espconn_secure_set_size"); len(sets) == 1 && len(sets[0].args) == 2 {
		a := sets[0].args[1]
		return change(source, a.start, a.end, size), true
	} else if len(sets) > 0 {
		return r, false
	}
	level, found := "ESPCONN_CLIENT", calls(tokens, "espconn_secure_connect")
	if accepts := calls(tokens, "espconn_secure_accept"); len(found) == 0 {
		level, found = "ESPCONN_SERVER", accepts
	} else {
		found = append(found, accepts...)
	}
	if len(found) != 1 {
		return r, false
	}
	at, whole := statement(tokens, found[0].token)
	if !whole {
		return r, false
	}
	line := "espconn_secure_set_size(" + level + ", " + size + ");"
	r = change(source, at, at, line+"\n"+indent(source, at))
	r.New = line
	return r, true
}

// change puts text in the place of a part of the source.
func change(source string, start, end int, text string) Repair {
	return Repair{Line: lineOf(source, start), Old: source[start:end], New: text, Source: source[:start] + text + source[end:]}
}
