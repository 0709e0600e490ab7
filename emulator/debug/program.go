package debug

import (
	"sort"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf"
)

// row returns the row of the table of lines that an address belongs to; the zero Row for none.
func (c *control) row(pc uint32) cdebug.Row {
	r, _ := c.info().Row(uint64(pc))
	return r
}

// merged says that at the function that begins at an address nothing is done but what its first statement does.
func (c *control) merged(pc uint32) bool {
	rows := c.info().Lines()
	n := sort.Search(len(rows), func(n int) bool { return rows[n].Addr >= uint64(pc) })
	return n < len(rows) && rows[n].Line != c.row(pc).Line
}

// oneLine says that the function that an address lies in has no second line.
func (c *control) oneLine(m *elf.Machine, pc uint32) bool {
	_, from, to, _ := m.Function(pc)
	rows := c.info().Lines()
	n := sort.Search(len(rows), func(n int) bool { return rows[n].Addr >= uint64(from) })
	for line := c.row(from).Line; n < len(rows) && rows[n].Addr < uint64(to); n++ {
		if r := rows[n]; r.Statement && r.Line != line {
			return false
		}
	}
	return true
}

func (c *control) info() *cdebug.Info { return c.target.Image.DebugInfo() }

// scopes are the functions of C that an address belongs to, from the inside out.
func (c *control) scopes(pc uint32) []cdebug.Scope { return c.info().Scopes(uint64(pc)) }

// body returns the address behind the beginning of the function at an address.
func (c *control) body(pc uint32) uint32 { return uint32(c.info().Body(uint64(pc))) }

// frames are the functions under way, innermost first.
func (c *control) frames(m *elf.Machine) []cdebug.Frame { return m.Frames() }

// eval evaluates an expression in the innermost function.
func (c *control) eval(m *elf.Machine, expr string) (cdebug.Value, error) {
	context := cdebug.Context{Memory: m}
	if frames := c.frames(m); len(frames) > 0 && m.Depth() > 0 {
		context.Frame = &frames[0]
	}
	return c.info().Eval(context, expr)
}

// place names an address: file and line, or the function.
func (c *control) place(pc uint32) string {
	if line := c.info().Line(uint64(pc)); line != "" {
		return line
	}
	return c.live.Place(pc)
}
