package elf

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// call is a call under way, noted when it is made.
type call struct{ ret, sp uint32 }

// The callers of a function are found at each instruction of it: in its first one, where it makes its frame, in the middle, where it takes
// its frame down; with debug information, and from the code alone. The calls are counted while the program runs.
func TestUnwindAtEachInstruction(t *testing.T) {
	for _, flags := range []string{"-O0", "-Og", "-Os", "-O2", "-O1 -fomit-frame-pointer"} {
		for _, frames := range []string{"with .debug_frame", "without"} {
			t.Run(flags+" "+frames, func(t *testing.T) {
				i := gcc(t, "variables.c", strings.Fields(flags)...)
				if frames == "without" {
					delete(i.debug.Sections, ".debug_frame")
				}
				probe := i.symbols.byName["probe"].addr
				i.core.Hook(probe)
				synctest.Test(t, func(t *testing.T) {
					d, err := emulator.New(emulator.Config{Seed: 1})
					require.NoError(t, err)
					defer d.Close()
					fw := i.Firmware()
					require.NoError(t, d.Boot(fw))
					steps, wrong := 0, 0
					require.NoError(t, fw.do(func(g *guest) error {
						c := g.cpu
						c.SetHook(probe, func(*lx106.CPU) {})
						c.Refuel(1 << 40)
						c.A[0], c.PC = lx106.TrapAddress, i.symbols.byName["everything"].addr
						under := []call{{lx106.TrapAddress, c.A[1]}}
						for c.PC != lx106.TrapAddress {
							list := unwinder{image: i, memory: g}.frames(c.PC, c.A)
							good := len(list) == len(under)
							for n, f := range list {
								if !good {
									break
								}
								is := under[len(under)-1-n]
								good = f.HasCFA && f.CFA == is.sp && (n+1 == len(list) || list[n+1].PC == uint64(is.ret))
							}
							if steps++; !good {
								if wrong++; wrong < 5 {
									t.Logf("at %s (%s): %v, not %v", i.symbols.place(c.PC), i.debug.Line(uint64(c.PC)), list, under)
								}
							}
							b, _ := g.Read(c.PC, 3)
							in := lx106.Decode(c.PC, b[0], b[1], b[2])
							hooked := i.hooked(c.PC) != nil || c.PC == probe
							switch pc := c.PC; {
							case hooked, in.Op == lx106.OpRet:
								under = under[:len(under)-1]
							case in.Op == lx106.OpCall0, in.Op == lx106.OpCallx0:
								under = append(under, call{pc + 3, c.A[1]})
							}
							if _, ok := c.Step(); !ok {
								t.Fatalf("stopped at 0x%x", c.PC)
							}
						}
						return nil
					}))
					t.Logf("%d of %d instructions", steps-wrong, steps)
					assert.Greater(t, steps, 800)
					assert.Zero(t, wrong)
				})
			})
		}
	}
}
