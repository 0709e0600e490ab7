package debug

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/go-dap"

	"github.com/emu8266/emu8266/emulator/elf"
)

// pointsMax bounds break points of one kind. Choice.
const pointsMax = 4096

// point is a break point at places of the program.
type point struct {
	id        int
	addrs     []uint32
	condition string // an expression of C; "": always
	hits      hits
	log       string // a message, with expressions in braces; "": the program stops
	kind      string // of the stop: the protocol's reason

	reached int // times that the condition held
}

// watchpoint is a break point for memory.
type watchpoint struct {
	id          int
	name        string
	addr, size  uint32
	load, store bool
	condition   string
	hits        hits

	reached int
	value   string // the bytes when they were seen last
}

func (w *watchpoint) covers(a elf.Access) bool {
	return a.Size > 0 && a.Addr < w.addr+w.size && w.addr < a.Addr+a.Size && (a.Store && w.store || !a.Store && w.load)
}

// hits says which times count. The zero value: all.
type hits struct {
	op string
	n  int
}

// parseHits takes 5, == 5, >= 5, > 5, <= 5, < 5, % 5.
func parseHits(s string) (hits, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return hits{}, nil
	}
	h := hits{op: ">="}
	for _, op := range []string{">=", "<=", "==", ">", "<", "%", "="} {
		if rest, ok := strings.CutPrefix(s, op); ok {
			h.op, s = op, strings.TrimSpace(rest)
			break
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || h.op == "%" && n == 0 {
		return hits{}, fmt.Errorf("%q is no hit count: give 5, >5, >=5, <5, <=5, ==5 or %%5", s)
	}
	h.n = n
	return h, nil
}

// count reports whether the n-th time, from 1, is one.
func (h hits) count(n int) bool {
	switch h.op {
	case "":
		return true
	case "<":
		return n < h.n
	case "<=":
		return n <= h.n
	case ">":
		return n > h.n
	case ">=":
		return n >= h.n
	case "%":
		return n%h.n == 0
	}
	return n == h.n
}

// points are all that stop the program. They are shared by the client's goroutine and the device's.
type points struct {
	last         int // id
	lines        map[string][]*point
	functions    []*point
	instructions []*point
	watches      []*watchpoint
	faults       bool // stop at exceptions and watchdogs
	findings     bool // stop when the SDK is misused
	changed      int  // counts changes
}

// all returns the break points at places.
func (p *points) all() []*point {
	list := append(append([]*point(nil), p.functions...), p.instructions...)
	for _, l := range p.lines {
		list = append(list, l...)
	}
	return list
}

// failed is the answer to a break point that cannot be.
func failed(err error) dap.Breakpoint { return dap.Breakpoint{Message: err.Error()} }
