package elf_test

import (
	"bytes"
	delf "debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
)

// loadMax bounds what Load may allocate for a file of some hundred kilobytes, in bytes.
const loadMax = 128 << 20

// loadHostile loads a file. What is refused is refused in one short line, and memory is bounded either way.
func loadHostile(t *testing.T, b []byte) (*elf.Image, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	i, err := elf.Load(b)
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(loadMax))
	if err != nil {
		assert.NotContains(t, err.Error(), "\n")
		assert.Less(t, len(err.Error()), 250)
		return nil, err
	}
	_ = i.Missing()
	_, _ = i.Profile()
	return i, nil
}

// bootHostile runs a program for some seconds of device time, in which it may do what it likes.
func bootHostile(t *testing.T, i *elf.Image) (why string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, err := emulator.New(emulator.Config{Seed: 1})
		require.NoError(t, err)
		_ = d.Boot(i.Firmware())
		time.Sleep(5 * time.Second)
		if c := d.Crash(); c != nil {
			why = c.Why
		}
		require.NoError(t, d.Close())
	})
	return why
}

// Headers that lie about where things are and how much there is.
func TestHostileHeaders(t *testing.T) {
	word := func(at int, v uint32) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint32(b[at:], v) }
	}
	half := func(at int, v uint16) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint16(b[at:], v) }
	}
	var many elfFile
	for n := range uint32(20000) {
		many.pieces = append(many.pieces, elfPiece{0x40210000 + 4*n, []byte{0x80, 0, 0, 0}, 0})
	}
	many.symbols = program().symbols
	plain := program().bytes()
	sections := int(binary.LittleEndian.Uint32(plain[32:]))
	symbols := sections + 40 // the second section
	const segment = 52
	for _, tc := range []struct {
		name   string
		file   []byte
		change func([]byte)
		want   string // "" if it loads
	}{
		{"a segment into ROM", nil, word(segment+8, 0x40000000), "0x40000000 lies in the ROM"},
		{"a segment into registers", nil, word(segment+8, 0x60000200), "0x60000200"},
		{"a segment across the end of addresses", nil, word(segment+20, 0xFFFFFFFF), "outside the address space"},
		{"a segment behind the file", nil, word(segment+4, 0xFFFFFFF0), "longer than the file"},
		{"a segment of 4 GB in the file", nil, word(segment+16, 0xFFFFFFFF), "longer than the file"},
		{"a segment of nothing", nil, func(b []byte) { word(segment+16, 0)(b); word(segment+20, 0)(b) }, "nothing to load"},
		{"an entry where no memory is", nil, word(24, 0xFFFFFFFC), ""},
		{"symbols of 4 GB", nil, word(symbols+20, 0xFFFFFFF0), "more than 262144 symbols"},
		{"symbols behind the file", nil, word(symbols+16, 0xFFFFFF00), "damaged"},
		{"symbols in entries of no bytes", nil, word(symbols+36, 0), ""},
		{"names in a section that is not there", nil, word(symbols+24, 0xFFFF), "damaged"},
		{"more sections than there are", nil, half(48, 0xFFF0), "damaged"},
		{"more segments than there are", nil, half(44, 0xFFF0), "damaged"},
		{"20,000 segments", many.bytes(), func([]byte) {}, "20000 segments, at most 256 are read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := tc.file
			if b == nil {
				b = program().bytes()
			}
			tc.change(b)
			i, err := loadHostile(t, b)
			if tc.want != "" {
				require.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			assert.Empty(t, bootHostile(t, i))
		})
	}
}

// A compiled program whose debug information, symbols and headers lie at random loads or is refused, and what it does when it runs,
// crashes and is explained, comes to an end.
func TestHostileSections(t *testing.T) {
	whole, err := os.ReadFile(compileFile(t, "", []string{"emulator/elf/testdata/exceptions.c"}, "HOW=2"))
	require.NoError(t, err)
	f, err := delf.NewFile(bytes.NewReader(whole))
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a seed
	loaded := 0
	for _, s := range f.Sections {
		if s.Type == delf.SHT_NOBITS || s.Size == 0 || s.Flags&delf.SHF_ALLOC != 0 {
			continue
		}
		for n := range 4 {
			t.Run(fmt.Sprint(s.Name, n), func(t *testing.T) {
				b := append([]byte(nil), whole...)
				at := b[s.Offset : s.Offset+s.FileSize]
				switch n {
				case 0:
					for k := range at {
						at[k] = 0xFF
					}
				case 1:
					for k := range at {
						at[k] = byte(r.Uint32())
					}
				default:
					for range 1 + len(at)/64 {
						at[r.IntN(len(at))] = byte(r.Uint32())
					}
				}
				i, err := loadHostile(t, b)
				if err != nil {
					return
				}
				loaded++
				bootHostile(t, i)
			})
		}
	}
	assert.Greater(t, loaded, 10, "most of it does not keep the program from running")
}

// Bytes at random as code, in flash and in instruction RAM, which they change by themselves.
func TestHostileCode(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a seed
	ends := map[bool]int{}
	for range 40 {
		code := make([]byte, 4096)
		for k := range code {
			code[k] = byte(r.Uint32())
		}
		at := []uint32{0x40210000, 0x40100000}[r.IntN(2)]
		p := elfFile{pieces: []elfPiece{{at, code, 0}, {0x3FFE8000, code[:1024], 0}},
			symbols: []elfSymbol{{"user_init", at + r.Uint32N(2048), delf.STT_FUNC, math.MaxUint32}}}
		i, err := loadHostile(t, p.bytes())
		require.NoError(t, err)
		ends[bootHostile(t, i) != ""]++
	}
	assert.Greater(t, ends[true], 20, "most of it ends with a fault that is explained")
}
