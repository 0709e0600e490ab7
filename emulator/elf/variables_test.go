package elf

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// arithmetic are functions of the ROM that the compiler calls. Where they lie is all the same: they are known by their names.
var arithmetic = []string{"__umodsi3", "__modsi3", "__udivsi3", "__divsi3", "__floatsisf", "__floatunsisf", "__addsf3", "__subsf3",
	"__mulsf3", "__extendsfdf2", "__truncdfsf2", "__adddf3", "__muldf3", "__fixdfsi", "__fixsfsi", "__floatsidf", "__muldi3", "__mulsi3"}

// gcc compiles a file of testdata by itself, without the SDK, for code in flash.
func gcc(t *testing.T, source string, flags ...string) *Image {
	t.Helper()
	i, err := LoadFile(gccFile(t, source, flags...))
	require.NoError(t, err)
	return i
}

// gccFile is gcc for the file.
func gccFile(t *testing.T, source string, flags ...string) string {
	t.Helper()
	const compiler = "xtensa-lx106-elf-gcc"
	if _, err := exec.LookPath(compiler); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	out := filepath.Join(t.TempDir(), "program.elf")
	args := append([]string{"-g", "-gdwarf-4", "-mlongcalls", "-mtext-section-literals", "-ffreestanding", "-funsigned-char",
		"-nostdlib", "-Wl,-n", "-Wl,-Ttext,0x40210000", "-Wl,-Tdata,0x3ffe8000", "-Wl,-Tbss,0x3ffea000", "-Wl,-e,user_init",
		"-Wl,--defsym=probe=0x4000f000"}, flags...)
	for n, name := range arithmetic {
		args = append(args, fmt.Sprintf("-Wl,--defsym=%s=0x%x", name, 0x4000c000+16*n))
	}
	said, err := exec.Command(compiler, append(args, "-o", out, filepath.Join("testdata", source), "-lgcc")...).CombinedOutput()
	require.NoError(t, err, string(said))
	return out
}

// probeCall is a call of it: its arguments, as they are written.
var probeCall = regexp.MustCompile(`\bprobe\((.*)\);`)

// arguments takes the words of a call apart.
func arguments(s string) (list []string) {
	depth, from := 0, 0
	for n, c := range s {
		switch {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			list = append(list, strings.TrimSpace(s[from:n]))
			from = n + 1
		}
	}
	return append(list, strings.TrimSpace(s[from:]))
}

// What the program calculates with its variables is what the debugger reads in the function that does it: the same words of C, worked
// out by the compiler and here. At -O0 there is a value for everything.
func TestVariables(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "variables.c"))
	require.NoError(t, err)
	lines := strings.Split(string(b), "\n")
	for _, tc := range []struct {
		flags string
		least int // percent of the words that have a value
	}{
		{"-O0", 100}, {"-Og", 85}, {"-Os", 90}, {"-O2", 70}, {"-O0 -gdwarf-5", 100}, {"-Os -gdwarf-5", 90}, {"-Og -gdwarf-3", 85},
		{"-O0 -gdwarf-2 -gstrict-dwarf", 100},
	} {
		t.Run(tc.flags, func(t *testing.T) {
			i := gcc(t, "variables.c", strings.Fields(tc.flags)...)
			probe := i.symbols.byName["probe"].addr
			i.core.Hook(probe)
			asked, known, calls, callers := 0, 0, 0, 0
			check := func(g *guest, c *lx106.CPU) {
				calls++
				frames := unwinder{image: i, memory: g}.frames(c.PC, c.A)
				require.Greater(t, len(frames), 1)
				f := frames[1]
				at := i.debug.Scopes(f.At())
				require.NotEmpty(t, at)
				call := probeCall.FindStringSubmatch(lines[at[0].Line-1])
				require.NotNil(t, call, "line %d", at[0].Line)
				for n, words := range arguments(call[1]) {
					asked++
					v, err := i.debug.Eval(cdebug.Context{Memory: g, Frame: &f}, words)
					if err != nil {
						assert.Regexp(t, "optimized out|the compiler left no variable", err.Error(), "line %d: %s", at[0].Line, words)
						continue
					}
					known++
					assert.Equal(t, c.A[2+n], uint32(v.Int()), "line %d: %s is %s, %s", at[0].Line, words, v.Type, v)
				}
				depth := int64(-1)
				for n := range frames[1:] { // callers, whose registers others have used since
					f := &frames[n+1]
					c := cdebug.Context{Memory: g, Frame: f}
					if i.debug.Scopes(f.At())[0].Function != "recursive" {
						continue
					}
					if v, err := i.debug.Eval(c, "depth"); err == nil && depth < 0 {
						depth = v.Int()
					} else if depth++; err == nil {
						callers++
						assert.Equal(t, depth, v.Int(), "frame %d", n)
					}
					if v, err := i.debug.Eval(c, "before"); err == nil {
						assert.Equal(t, depth*10, v.Int(), "frame %d", n)
					}
				}
				last := frames[len(frames)-1]
				assert.Equal(t, "everything", i.functions(uint32(last.At()))[0].Function, "the way out of line %d", at[0].Line)
			}
			synctest.Test(t, func(t *testing.T) {
				d, err := emulator.New(emulator.Config{Seed: 1})
				require.NoError(t, err)
				defer d.Close()
				fw := i.Firmware()
				require.NoError(t, d.Boot(fw))
				require.NoError(t, fw.do(func(g *guest) error {
					g.cpu.SetHook(probe, func(c *lx106.CPU) { check(g, c) })
					return nil
				}))
				_, err = fw.Call("everything")
				require.NoError(t, err)
			})
			t.Logf("%d calls, %d of %d words have a value", calls, known, asked)
			assert.GreaterOrEqual(t, known*100, asked*tc.least)
			assert.Equal(t, 6, callers, "the depths of recursive's callers")
		})
	}
}
