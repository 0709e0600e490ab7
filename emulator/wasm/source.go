package wasm

import (
	"context"
	"debug/dwarf"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// finders are the functions that find misuse, by the beginning of their names. Others are not worth the time.
var finders = []string{"espconn_", "ets_timer_", "system_os_", "spi_flash_", "vPortFree", "pvPortRealloc", "esp_read_register", "esp_write_register"}

// listen lets the guest note where each call of these functions comes from: findings name it.
func listen(ctx context.Context) context.Context {
	note := experimental.FunctionListenerFunc(func(ctx context.Context, _ api.Module, _ api.FunctionDefinition, _ []uint64, stack experimental.StackIterator) {
		g, ok := ctx.Value(guestKey{}).(*guest)
		if ok && stack.Next() && stack.Next() { // this function, its caller
			g.site = stack.Function().SourceOffsetForPC(stack.ProgramCounter())
		}
	})
	return experimental.WithFunctionListenerFactory(ctx, experimental.FunctionListenerFactoryFunc(
		func(d api.FunctionDefinition) experimental.FunctionListener {
			for _, f := range finders {
				if strings.HasPrefix(d.Name(), f) {
					return note
				}
			}
			return nil
		}))
}

// caller returns file and line of the call of one of the finders under way, "" when there is none, "?" without debug
// information.
func (g *guest) caller() string {
	if g.depth == 0 {
		return ""
	}
	if at := g.image.lines.at(g.site); at != "" {
		return at
	}
	return "?"
}

// sourceLines maps offsets in the code section to lines of C. Its methods may be called from any goroutine.
type sourceLines struct {
	sections map[string][]byte // the debug sections, by name
	once     sync.Once
	rows     []sourceRow // by offset
}

type sourceRow struct {
	offset uint64
	file   string
	line   int // 0: code of no line
}

// sourceRowsMax bounds the table. Choice.
const sourceRowsMax = 1 << 20

// at returns file:line of the code at offset, "" if it is not known.
func (s *sourceLines) at(offset uint64) string {
	rows := s.table()
	i := sort.Search(len(rows), func(i int) bool { return rows[i].offset > offset })
	if i == 0 || rows[i-1].line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", rows[i-1].file, rows[i-1].line)
}

// table returns all rows, by offset.
func (s *sourceLines) table() []sourceRow {
	s.once.Do(s.read)
	return s.rows
}

// openDebug opens the debug sections of an image, which may be damaged.
func openDebug(sections map[string][]byte) (*dwarf.Data, error) {
	section := func(name string) []byte { return sections[".debug_"+name] }
	d, err := dwarf.New(section("abbrev"), nil, nil, section("info"), section("line"), nil, section("ranges"), section("str"))
	if err != nil {
		return nil, err
	}
	for name, b := range sections {
		if name == ".debug_addr" || name == ".debug_line_str" || name == ".debug_str_offsets" || name == ".debug_rnglists" {
			if err := d.AddSection(name, b); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// debugEntries bounds the entries that are read: each has a byte at least.
func debugEntries(sections map[string][]byte) int {
	return min(len(sections[".debug_info"]), entriesMax)
}

// read fills the table. Lines are not in order of address in what the linker makes, and damaged information leaves the
// table short.
func (s *sourceLines) read() {
	d, err := openDebug(s.sections)
	if err != nil {
		return
	}
	r := d.Reader()
	for range debugEntries(s.sections) {
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
		for lines.Next(&l) == nil && len(s.rows) < sourceRowsMax {
			row := sourceRow{offset: l.Address}
			if !l.EndSequence && l.File != nil && l.Line > 0 {
				row.file, row.line = strings.TrimPrefix(l.File.Name, "./"), l.Line
			}
			s.rows = append(s.rows, row)
		}
	}
	sort.SliceStable(s.rows, func(i, j int) bool { return s.rows[i].offset < s.rows[j].offset })
}
