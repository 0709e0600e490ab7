package cdebug

import (
	"debug/dwarf"
	"fmt"
	"sort"
	"strings"
)

// Row says of which line the code from an address on is, up to the next row.
type Row struct {
	Addr uint64
	File string
	Line int // 0: code of no line
}

// rowsMax bounds the table of lines. Choice.
const rowsMax = 1 << 20

// Line returns file:line of the code at an address, "" if it is not known.
func (i *Info) Line(addr uint64) string {
	rows := i.Lines()
	n := sort.Search(len(rows), func(n int) bool { return rows[n].Addr > addr })
	if n == 0 || rows[n-1].Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", rows[n-1].File, rows[n-1].Line)
}

// Lines returns all rows, by address. The slice is shared: it is not to be changed.
func (i *Info) Lines() []Row {
	i.readLines.Do(func() { i.rows = readLines(i.Sections) })
	return i.rows
}

// readLines makes the table. Lines are not in order of address in what the linker makes, and damaged information leaves
// the table short.
func readLines(sections map[string][]byte) (rows []Row) {
	d, err := open(sections)
	if err != nil {
		return nil
	}
	r := d.Reader()
	for range entries(sections) {
		e, err := r.Next()
		if err != nil || e == nil {
			break
		}
		if e.Tag != dwarf.TagCompileUnit { // no SkipChildren: in damaged information it may go backwards for ever
			continue
		}
		lines, err := d.LineReader(e)
		if err != nil || lines == nil {
			continue
		}
		var l dwarf.LineEntry
		for lines.Next(&l) == nil && len(rows) < rowsMax {
			row := Row{Addr: l.Address}
			if !l.EndSequence && l.File != nil && l.Line > 0 {
				row.File, row.Line = strings.TrimPrefix(l.File.Name, "./"), l.Line
			}
			rows = append(rows, row)
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Addr < rows[j].Addr })
	return rows
}
