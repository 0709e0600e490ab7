package elf

import (
	"cmp"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// decodedLine is a row of objdump's: file, line, address, whether a statement begins there.
var decodedLine = regexp.MustCompile(`(?m)^\S+\.[cS] +(\d+|-) +0x([0-9a-f]+)(?: +\d+)?( +x)?`)

// Lines and variables are those that binutils reads in the same file.
func TestDebugInformationAsBinutilsReadsIt(t *testing.T) {
	for _, flags := range []string{"-O0", "-Os", "-O2 -gdwarf-5"} {
		t.Run(flags, func(t *testing.T) {
			out := gccFile(t, "variables.c", strings.Fields(flags)...)
			i, err := LoadFile(out)
			require.NoError(t, err)
			said, err := exec.Command("xtensa-lx106-elf-objdump", "--dwarf=decodedline", out).Output()
			require.NoError(t, err)
			type row struct {
				line      int
				addr      uint64
				statement bool
			}
			var theirs, ours []row
			for _, m := range decodedLine.FindAllStringSubmatch(string(said), -1) {
				line, _ := strconv.Atoi(m[1])
				addr, _ := strconv.ParseUint(m[2], 16, 32)
				for m[1] == "-" && len(theirs) > 0 && theirs[len(theirs)-1].addr == addr && theirs[len(theirs)-1].line != 0 {
					theirs = theirs[:len(theirs)-1] // where a function ends, without code
				}
				theirs = append(theirs, row{line, addr, m[3] != ""})
			}
			for _, r := range i.debug.Lines() {
				ours = append(ours, row{r.Line, r.Addr, r.Statement})
			}
			require.Greater(t, len(theirs), 100)
			slices.SortStableFunc(theirs, func(a, b row) int { // where one function ends, another may begin
				return cmp.Or(cmp.Compare(a.addr, b.addr), cmp.Compare(min(a.line, 1), min(b.line, 1)))
			})
			assert.Equal(t, theirs, ours)

			globals, err := i.debug.Globals()
			require.NoError(t, err)
			for _, g := range globals {
				name := g.Name
				x, ok := i.symbols.byName[name]
				if !ok && g.Function != "" { // GCC numbers static variables of functions
					for n, s := range i.symbols.byName {
						if strings.HasPrefix(n, name+"$") {
							x, ok = s, true
						}
					}
				}
				require.True(t, ok, name)
				assert.Equal(t, x.addr, g.Addr, name)
				v, err := i.debug.Eval(cdebug.Context{Memory: image{i}}, "sizeof("+g.Expr()+")")
				require.NoError(t, err, g.Expr())
				assert.EqualValues(t, x.size, v.Uint(), name)
			}
			assert.GreaterOrEqual(t, len(globals), 4)
			functions, err := i.debug.Functions()
			require.NoError(t, err)
			for _, f := range functions {
				x, ok := i.symbols.find(uint32(f.Addr))
				require.True(t, ok, f.Name)
				name, _, _ := strings.Cut(x.name, "$")
				assert.Equal(t, f.Name, strings.Split(name, ".")[0])
				assert.EqualValues(t, x.addr, f.Addr)
			}
		})
	}
}

// A function's first line is known also where another ends right before it, one that comes later in the table of lines.
func TestLineBehindAFunctionsEnd(t *testing.T) {
	i, err := LoadFile(gccFile(t, "adjacent.c", "-Os", "-ffunction-sections", "-Wl,--sort-section=name"))
	require.NoError(t, err)
	functions, err := i.debug.Functions()
	require.NoError(t, err)
	require.Len(t, functions, 8)
	lines := map[string]string{"user_init": "3", "two": "4", "three": "5", "four": "6", "five": "7", "six": "8", "seven": "9",
		"eight": "10"}
	adjacent := 0
	for _, f := range functions {
		line := i.debug.Line(f.Addr)
		assert.True(t, strings.HasSuffix(line, "testdata/adjacent.c:"+lines[f.Name]), "%s at %q", f.Name, line)
		x, _ := i.symbols.find(uint32(f.Addr))
		if next, ok := i.symbols.find(x.addr + x.size); ok && next.addr == x.addr+x.size {
			adjacent++
		}
	}
	assert.Greater(t, adjacent, 1)
}

// image is the memory of a program that does not run.
type image struct{ *Image }

func (i image) Read(addr, n uint32) (b []byte, ok bool) {
	for ; uint32(len(b)) < n; addr++ {
		w, ok := i.core.Word(addr &^ 3)
		if !ok {
			return nil, false
		}
		b = append(b, byte(w>>(8*(addr&3))))
	}
	return b, true
}

// Where a break point of a function lies, its arguments are in place: what it was called with.
func TestArgumentsAtFunctionBreakpoint(t *testing.T) {
	for _, flags := range []string{"-O0", "-Og", "-Os", "-O2"} {
		t.Run(flags, func(t *testing.T) {
			i := gcc(t, "variables.c", flags, "-fno-ipa-cp", "-fno-ipa-sra") // without copies that take fewer arguments
			probe := i.symbols.byName["probe"].addr
			i.core.Hook(probe)
			body, entry := map[uint32]string{}, map[uint32]string{}
			for _, name := range []string{"leaf", "recursive", "pointers", "twice_of"} {
				b, err := i.debug.FunctionBreakpoint(name)
				if err != nil { // the compiler has put it into others
					continue
				}
				f, err := i.debug.Function(name)
				require.NoError(t, err)
				body[uint32(b.Addrs[0])], entry[uint32(f.Addr)] = name, name
				assert.Equal(t, flags == "-O0", b.Addrs[0] > f.Addr, "%s: only without optimisation there is a plain beginning", name)
			}
			require.GreaterOrEqual(t, len(body), 2)
			synctest.Test(t, func(t *testing.T) {
				d, err := emulator.New(emulator.Config{Seed: 1})
				require.NoError(t, err)
				defer d.Close()
				fw := i.Firmware()
				require.NoError(t, d.Boot(fw))
				compared := 0
				require.NoError(t, fw.do(func(g *guest) error {
					c := g.cpu
					c.SetHook(probe, func(*lx106.CPU) {})
					c.Refuel(1 << 40)
					c.A[0], c.PC = lx106.TrapAddress, i.symbols.byName["everything"].addr
					given := map[string][16]uint32{}
					for c.PC != lx106.TrapAddress {
						if name, ok := entry[c.PC]; ok {
							given[name] = *c.A
						}
						if name, ok := body[c.PC]; ok {
							f := unwinder{image: i, memory: g}.frames(c.PC, c.A)[0]
							n := 2
							for _, v := range i.debug.Locals(cdebug.Context{Memory: g, Frame: &f}) {
								if !v.Argument {
									continue
								}
								if assert.NoError(t, v.Err, "%s of %s", v.Name, name); v.Err == nil {
									assert.Equal(t, given[name][n], uint32(v.Value.Uint()), "%s of %s", v.Name, name)
									compared++
								}
								n++
							}
						}
						if _, ok := c.Step(); !ok {
							t.Fatalf("stopped at 0x%x", c.PC)
						}
					}
					return nil
				}))
				assert.Greater(t, compared, 10)
			})
		})
	}
}
