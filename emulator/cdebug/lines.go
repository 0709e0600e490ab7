package cdebug

import (
	"debug/dwarf"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
)

// Row says of which line the code from an address on is, up to the next row.
type Row struct {
	Addr uint64
	File string
	Line int // 0: code of no line
	// Statement: a statement begins here. Body: a debugger that stops at the function stops here, as the compiler says.
	Statement, Body bool
	end             bool // of a sequence: of the code before
}

// rowsMax bounds the table of lines. Choice.
const rowsMax = 1 << 20

// Line returns file:line of the code at an address, "" if it is not known.
func (i *Info) Line(addr uint64) string {
	row, ok := i.Row(addr)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s:%d", row.File, row.Line)
}

// Row returns the row that the code at an address is of; false if the line is not known. Of several for one address, whose code has been
// taken away, it is the last one with which a statement begins.
func (i *Info) Row(addr uint64) (Row, bool) {
	rows := i.Lines()
	n := sort.Search(len(rows), func(n int) bool { return rows[n].Addr > addr })
	if n == 0 || rows[n-1].Line == 0 {
		return Row{}, false
	}
	return rows[row(rows, n-1)], true
}

// row returns, for the last row of an address, the number of the one that counts.
func row(rows []Row, last int) int {
	n := last
	for n > 0 && !rows[n].Statement && rows[n-1].Addr == rows[n].Addr && rows[n-1].Line != 0 {
		n--
	}
	if rows[n].Statement {
		return n
	}
	return last
}

// Lines returns all rows, by address. The slice is shared: it is not to be changed.
func (i *Info) Lines() []Row {
	i.readLines.Do(func() { i.rows = readLines(i.Sections) })
	return i.rows
}

// readLines makes the table. Lines are not in order of address in what the linker makes, and damaged information leaves
// the table short. What begins at address 0 is code that the linker has taken away.
func readLines(sections map[string][]byte) (rows []Row) {
	_ = eachLineTable(sections, func(_ *dwarf.Data, _ *dwarf.Entry, lines *dwarf.LineReader) {
		var l dwarf.LineEntry
		begin := len(rows)
		for lines.Next(&l) == nil && len(rows) < rowsMax {
			row := Row{Addr: l.Address, end: l.EndSequence}
			for l.EndSequence && len(rows) > begin && rows[len(rows)-1].Addr >= l.Address {
				rows = rows[:len(rows)-1] // without code
			}
			if !l.EndSequence && l.File != nil && l.Line > 0 {
				row.File, row.Line = strings.TrimPrefix(l.File.Name, "./"), l.Line
				row.Statement, row.Body = l.IsStmt, l.PrologueEnd
			}
			if rows = append(rows, row); l.EndSequence {
				if rows[begin].Addr == 0 || rows[begin].end {
					rows = rows[:begin]
				}
				begin = len(rows)
			}
		}
	}, nil)
	sort.SliceStable(rows, func(i, j int) bool { // where one function ends, another may begin
		return rows[i].Addr < rows[j].Addr || rows[i].Addr == rows[j].Addr && rows[i].end && !rows[j].end
	})
	return rows
}

// eachLineTable calls unit for each compile unit with a table of lines, and entry for each other entry with the table of its
// unit. Units that share a table many times over are damaged: together they read four times what there is at most.
func eachLineTable(sections map[string][]byte, unit, entry func(*dwarf.Data, *dwarf.Entry, *dwarf.LineReader)) error {
	d, err := open(sections)
	if err != nil {
		return err
	}
	left := 4 * len(sections[".debug_line"])
	var lines *dwarf.LineReader
	r := d.Reader()
	for range entries(sections) {
		e, err := r.Next()
		if err != nil || e == nil {
			return err
		}
		if e.Tag != dwarf.TagCompileUnit { // no SkipChildren: in damaged information it may go backwards for ever
			if lines != nil && entry != nil {
				entry(d, e, lines)
			}
			continue
		}
		lines = nil
		if left -= tableSize(sections[".debug_line"], e); left < 0 {
			return errDamaged
		}
		if lines, err = d.LineReader(e); err == nil && lines != nil && unit != nil {
			unit(d, e, lines)
		}
	}
	return nil
}

// tableSize returns the bytes of a unit's table of lines.
func tableSize(section []byte, unit *dwarf.Entry) int {
	at, _ := unit.Val(dwarf.AttrStmtList).(int64)
	if at < 0 || at > int64(len(section))-4 {
		return 0
	}
	return int(min(uint64(binary.LittleEndian.Uint32(section[at:])), uint64(len(section))-uint64(at)))
}
