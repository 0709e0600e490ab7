package cdebug_test

import (
	"debug/elf"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cdebug"
)

// fuzzed are the sections that are damaged; the others are as they are.
var fuzzed = []string{".debug_info", ".debug_abbrev", ".debug_line", ".debug_loc", ".debug_loclists", ".debug_frame",
	".debug_str", ".debug_ranges"}

// compiled are the debug sections of a file of C as xtensa-lx106-elf-gcc compiles it, nil without the compiler.
func compiled(tb testing.TB, flags ...string) map[string][]byte {
	out := filepath.Join(tb.TempDir(), "c.elf")
	source := filepath.Join("..", "elf", "testdata", "variables.c")
	args := append([]string{"-g", "-mlongcalls", "-ffreestanding", "-nostdlib", "-Wl,-Ttext,0x40210000", "-Wl,-Tdata,0x3ffe8000",
		"-Wl,-e,user_init", "-Wl,--unresolved-symbols=ignore-all", "-o", out, source}, flags...)
	if said, err := exec.Command("xtensa-lx106-elf-gcc", args...).CombinedOutput(); err != nil {
		tb.Logf("%v: %s", err, said)
		return nil
	}
	f, err := elf.Open(out)
	require.NoError(tb, err)
	defer f.Close()
	sections := map[string][]byte{}
	for _, s := range f.Sections {
		if len(s.Name) > 7 && s.Name[:7] == ".debug_" {
			sections[s.Name], err = io.ReadAll(s.Open())
			require.NoError(tb, err)
		}
	}
	return sections
}

// Debug information of any kind is read in bounded time, without a panic, and so is any expression.
func FuzzInfo(f *testing.F) {
	whole := []map[string][]byte{info(f).Sections}
	for _, flags := range [][]string{{"-O0", "-gdwarf-4"}, {"-Os", "-gdwarf-4"}, {"-O2", "-gdwarf-5"}, {"-Og", "-gdwarf-2"}} {
		if s := compiled(f, flags...); s != nil {
			whole = append(whole, s)
		}
	}
	for n, expr := range []string{
		"list[1].next->name", "*n + (uint8)sum << 2 && !i", "sizeof(struct node *)", "'\\0' == text[0]", "((((a))))", "1 ? 2", "-$a2",
	} {
		f.Add(uint8(n), uint8(n), uint32(7*n), byte(n), uint32(0x40210000+16*n), expr)
	}
	f.Add(uint8(0), uint8(0), uint32(0), byte(0), uint32(100), "items[0].text")
	f.Fuzz(func(t *testing.T, which, section uint8, at uint32, value byte, pc uint32, expr string) {
		original := whole[int(which)%len(whole)]
		i := &cdebug.Info{Sections: map[string][]byte{}, CodePointers: which&1 == 0}
		for name, b := range original {
			i.Sections[name] = b
		}
		name := fuzzed[int(section)%len(fuzzed)]
		if b := original[name]; len(b) > 0 {
			damaged := append([]byte(nil), b...)
			if damaged[int(at)%len(b)] = value; value%16 == 5 {
				damaged = damaged[:int(at)%len(b)]
			}
			i.Sections[name] = damaged
		}
		began := time.Now()
		exercise(i, uint64(pc), expr)
		assert.Less(t, time.Since(began), 20*time.Second, "it takes very long")
	})
}

// exercise asks everything about an address.
func exercise(i *cdebug.Info, pc uint64, expr string) {
	m := memory{0x3ffe8000, make([]byte, 0x18000)}
	_, _ = i.Functions()
	globals, _ := i.Globals()
	for n, g := range globals {
		if n < 20 {
			v, err := i.Get(m, g.Expr())
			if err == nil {
				_ = v.String()
				for _, c := range v.Children(0, 5) {
					_ = c.Value.Children(0, 5)
				}
			}
		}
	}
	for n, name := range i.Files() {
		if n < 5 {
			if b, err := i.Breakpoint(name, 30); err == nil && len(b.Addrs) > 0 {
				pc = b.Addrs[0]
			}
		}
	}
	_, _ = i.FunctionBreakpoint("user_init")
	f := &cdebug.Frame{PC: pc, Registers: [16]uint32{1: 0x3fff0000, 2: 5, 12: 0x3ffe8010, 15: 0x3fff0000}, Known: 0xFFFF}
	if u := i.Unwinding(pc); u != nil {
		u.Caller(m, f, 0xF000, 1)
	}
	for n := range i.Scopes(pc) {
		c := cdebug.Context{Memory: m, Frame: f, Scope: n}
		i.Told(c)
		if v, err := i.Eval(c, expr); err == nil {
			_ = v.String()
			_ = v.True()
		}
	}
	i.Frames(pc)
	_, _ = i.Get(m, expr)
	i.StructSizes("espconn")
}
