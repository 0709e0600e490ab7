package cdebug

import (
	"debug/dwarf"
	"encoding/binary"
	"sort"
	"strings"
)

// unit is a file of C that was compiled.
type unit struct {
	at, end   dwarf.Offset // of its entries
	version   int          // of DWARF
	name      string       // of the file, as symbols have it
	low       uint64       // where the addresses of its location lists count from
	files     []string     // by the number that entries give
	optimised bool         // as the compiler says: its functions have no plain beginning
	addrs     int64        // DWARF 5: where its addresses begin in .debug_addr, -1 for nowhere
	lists     int64        // DWARF 5: where its offsets begin in .debug_loclists, -1 for nowhere
}

// unitHeaders finds the units. linear has looked at the headers before.
func unitHeaders(info []byte) (list []*unit) {
	for from := 0; len(info)-from >= 12 && len(list) < unitsMax; {
		size := int(binary.LittleEndian.Uint32(info[from:]))
		if size > len(info)-from-4 {
			break
		}
		end := from + 4 + size
		list = append(list, &unit{at: dwarf.Offset(from), end: dwarf.Offset(end), version: int(binary.LittleEndian.Uint16(info[from+4:])),
			addrs: -1, lists: -1})
		from = end
	}
	return list
}

// unitOf returns the unit that an entry belongs to, nil for none.
func (info *Info) unitOf(at dwarf.Offset) *unit {
	n := sort.Search(len(info.units), func(n int) bool { return info.units[n].end > at })
	if n == len(info.units) || at < info.units[n].at {
		return nil
	}
	return info.units[n]
}

// addUnit notes what the first entry of a unit says. left is how much may still be read of tables of lines.
func (info *Info) addUnit(e *dwarf.Entry, left *int) {
	u := info.unitOf(e.Offset)
	if u == nil {
		return
	}
	u.name = fileName(e)
	u.low, _ = e.Val(dwarf.AttrLowpc).(uint64)
	if at, ok := e.Val(dwarf.AttrAddrBase).(int64); ok {
		u.addrs = at
	}
	if at, ok := e.Val(dwarf.AttrLoclistsBase).(int64); ok {
		u.lists = at
	}
	producer, _ := e.Val(dwarf.AttrProducer).(string)
	for _, flag := range strings.Fields(producer) {
		if strings.HasPrefix(flag, "-O") {
			u.optimised = flag != "-O0"
		}
	}
	if *left -= tableSize(info.Sections[".debug_line"], e); *left < 0 {
		return
	}
	lines, err := info.dwarf.LineReader(e)
	if err != nil || lines == nil {
		return
	}
	for _, f := range lines.Files() {
		name := ""
		if f != nil {
			name = strings.TrimPrefix(f.Name, "./")
		}
		u.files = append(u.files, name)
	}
}

// file returns the name of one of the unit's files, "" for none.
func (u *unit) file(n int64) string {
	if n < 0 || n >= int64(len(u.files)) {
		return ""
	}
	return u.files[n]
}
