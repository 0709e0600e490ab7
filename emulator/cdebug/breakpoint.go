package cdebug

import (
	"cmp"
	"debug/dwarf"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
)

// Breakpoint is where a debugger stops for a line or a function of C.
type Breakpoint struct {
	File  string // as the program names it
	Line  int    // the line that has code: the one that was asked for, or the next
	Addrs []uint64
}

// Bounds of a break point. Choice.
const (
	addrsMax  = 1024    // addresses
	lookedMax = 4 << 20 // entries of functions that are looked at
)

// Breakpoint returns the beginnings of the statements of a line; if it has no code, of the next one in the file that has. A line has
// several where the compiler has put its function into others; of what belongs to one function, the first one counts. The file is named
// by its path or the end of it, or by a longer path that ends as the program's. Errors: no file of the program has such a name (with near
// ones), or several have; no code at the line or behind it; no debug information.
func (info *Info) Breakpoint(file string, line int) (Breakpoint, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	if err := info.load(); err != nil {
		return Breakpoint{}, err
	}
	name, err := info.fileNamed(file)
	if err != nil {
		return Breakpoint{}, err
	}
	rows := info.Lines()
	b := Breakpoint{File: name}
	for n, r := range rows {
		if r.File == name && r.Statement && r.Line >= line && (b.Line == 0 || r.Line < b.Line) && counts(rows, n) {
			b.Line = r.Line
		}
	}
	if b.Line == 0 {
		return Breakpoint{}, fmt.Errorf("%s has no code at line %d or behind it", name, line)
	}
	info.looked = 0
	found := map[dwarf.Offset]bool{} // functions, and calls of them that were inlined
	for n, r := range rows {
		if r.File != name || r.Line != b.Line || !r.Statement || len(b.Addrs) == addrsMax || info.looked > lookedMax {
			continue
		}
		if !counts(rows, n) {
			continue
		}
		scopes := info.scopes(r.Addr)
		if len(scopes) == 0 || found[scopes[0].levels[0]] {
			continue
		}
		found[scopes[0].levels[0]] = true
		addr := r.Addr
		if f, ok := info.spanOf(addr); ok && f.from == addr {
			addr = info.body(f)
		}
		b.Addrs = append(b.Addrs, addr)
	}
	if len(b.Addrs) == 0 {
		return Breakpoint{}, fmt.Errorf("%s: no function has the code of line %d", name, b.Line)
	}
	return b, nil
}

// FunctionBreakpoint returns where the function that [QUALIFIER:]NAME means has its arguments in place: behind the instructions that
// make its frame, or at its beginning where the compiler has mixed them with others. Errors are those of Function.
func (info *Info) FunctionBreakpoint(expr string) (Breakpoint, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	s, err := info.find(expr, false)
	if err != nil {
		return Breakpoint{}, err
	}
	addr := s.at
	if f, ok := info.spanOf(s.at); ok && f.from == s.at {
		addr = info.body(f)
	}
	row, _ := info.Row(addr)
	return Breakpoint{row.File, row.Line, []uint64{addr}}, nil
}

// counts tells whether a row has code: it is the one that Row finds for its address.
func counts(rows []Row, n int) bool {
	last := n
	for last+1 < len(rows) && rows[last+1].Addr == rows[n].Addr {
		last++
	}
	return rows[last].Line != 0 && row(rows, last) == n
}

// Body returns the address behind what makes the frame of the function that begins at an address; the address itself where the compiler has
// mixed that with other instructions, and where no function begins.
func (info *Info) Body(addr uint64) uint64 {
	info.mu.Lock()
	defer info.mu.Unlock()
	if info.load() != nil {
		return addr
	}
	if f, ok := info.spanOf(addr); ok && f.from == addr {
		return info.body(f)
	}
	return addr
}

// body returns the address behind a function's beginning: where the compiler says so, else of its second line, but for optimised code,
// where that line may be anything.
func (info *Info) body(f span) uint64 {
	rows := info.Lines()
	from := sort.Search(len(rows), func(n int) bool { return rows[n].Addr >= f.from })
	u := info.unitOf(f.at)
	for n := from; n < len(rows) && rows[n].Addr < f.to; n++ {
		if rows[n].Body {
			return rows[n].Addr
		}
	}
	if u == nil || u.optimised {
		return f.from
	}
	for n := from; n < len(rows) && rows[n].Addr < f.to; n++ {
		if rows[n].Addr > f.from && rows[n].Statement {
			return rows[n].Addr
		}
	}
	return f.from
}

// Files returns the names of the files that have code, sorted.
func (info *Info) Files() []string {
	names := map[string]bool{}
	for _, r := range info.Lines() {
		if r.Line > 0 {
			names[r.File] = true
		}
	}
	list := make([]string, 0, len(names))
	for n := range names {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// fileNamed returns the program's name of a file.
func (info *Info) fileNamed(file string) (string, error) {
	wanted := strings.Split(path.Clean(strings.ReplaceAll(file, `\`, "/")), "/")
	type candidate struct {
		name  string
		alike int  // elements at the end
		whole bool // all of the shorter name
	}
	var list []candidate
	names := info.Files()
	for _, n := range names {
		own := strings.Split(path.Clean(strings.ReplaceAll(n, `\`, "/")), "/")
		alike := 0
		for alike < min(len(own), len(wanted)) && own[len(own)-1-alike] == wanted[len(wanted)-1-alike] {
			alike++
		}
		if alike > 0 {
			list = append(list, candidate{n, alike, alike == min(len(own), len(wanted))})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.whole != b.whole {
			if a.whole {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.alike, a.alike)
	})
	switch {
	case len(list) == 0 || !list[0].whole:
		return "", fmt.Errorf("no file %q has code in this program%s", file, nearNames(path.Base(file), names))
	case len(list) > 1 && list[1].whole && list[1].alike == list[0].alike:
		return "", fmt.Errorf("several files end in %s: %s, %s: give more of the path", file, list[0].name, list[1].name)
	}
	return list[0].name, nil
}

// nearNames offers files whose last element is nearly what was asked for.
func nearNames(base string, names []string) string {
	var near []string
	for _, n := range names {
		if distance(strings.ToLower(path.Base(n)), strings.ToLower(base)) <= max(2, len(base)/3) && len(near) < nearMax {
			near = append(near, n)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return "; near: " + strings.Join(near, ", ")
}
