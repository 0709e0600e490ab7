package wasm

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	sectionType    = 1
	sectionImport  = 2
	sectionTable   = 4
	sectionMemory  = 5
	sectionGlobal  = 6
	sectionElement = 9
	sectionData    = 11
)

// custom is a custom section.
func custom(name string, payload ...byte) []byte {
	b := append(append(appendU32(nil, uint32(len(name))), name...), payload...)
	return append(appendU32([]byte{0}, uint32(len(b))), b...)
}

// Every count of the format, set to what no memory holds: an engine that allocates by it would end the process.
func TestCountsBounded(t *testing.T) {
	good := hostileFirmware("system_get_time", nil)
	huge := []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x0F}
	for _, count := range [][]byte{huge, {0xFF, 0xFF, 0xFF, 0x07}, {0x80, 0xCA, 0xB5, 0xEE, 0x01}} {
		for _, id := range []byte{sectionType, sectionImport, sectionFunction, sectionTable, sectionMemory, sectionGlobal, sectionExport,
			sectionElement, sectionCode, sectionData} {
			b := withSection(t, good, id, func(p []byte) []byte {
				_, rest := cutU32(p)
				return append(bytes.Clone(count), rest...)
			})
			_, err := Load(b)
			require.Error(t, err, "section %d", id)
		}
		at := func(id byte, before int) []byte { // a count inside the section
			return withSection(t, good, id, func(p []byte) []byte {
				return append(append(bytes.Clone(p[:before]), count...), p[before+1:]...)
			})
		}
		for name, b := range map[string][]byte{
			"parameters":              at(sectionType, 2),
			"results":                 at(sectionType, 3),
			"name of an import":       at(sectionImport, 1),
			"name of an export":       at(sectionExport, 1),
			"function pointers":       at(sectionElement, 5),
			"body":                    at(sectionCode, 1),
			"variables":               withBodies(t, append(bytes.Clone(count), opEnd)),
			"kinds of variables":      withBodies(t, append(append([]byte{1}, count...), typeI32, opEnd)),
			"many kinds of variables": withBodies(t, append(append([]byte{2, 1, typeI32}, count...), typeI32, opEnd)),
			"bytes of data":           at(sectionData, 7),
			"a custom section's name": append(bytes.Clone(good), append([]byte{0, byte(len(count))}, count...)...),
		} {
			_, err := Load(b)
			assert.Error(t, err, name)
		}
		// Names mean nothing to the program: without those that are damaged it is the same.
		for name, b := range map[string][]byte{
			"functions' names":         custom("name", append([]byte{1, byte(len(count))}, count...)...),
			"a function's name":        custom("name", append([]byte{1, byte(2 + len(count)), 1, 0}, count...)...),
			"variables' names":         custom("name", append([]byte{2, byte(len(count))}, count...)...),
			"a function's variables":   custom("name", append([]byte{2, byte(2 + len(count)), 1, 0}, count...)...),
			"a part of the names":      custom("name", append([]byte{1}, count...)...),
			"the module's name":        custom("name", append([]byte{0, byte(len(count))}, count...)...),
			"debug information's unit": custom(".debug_info", append(bytes.Clone(count), 1, 2, 3, 4, 5, 6, 7, 8)...),
		} {
			image, err := Load(append(bytes.Clone(good), b...))
			if assert.NoError(t, err, name) {
				require.NoError(t, image.Close())
			}
		}
	}
}

// Types that take more than a byte would let two readers of a module come to different counts.
func TestTypesOfOneByte(t *testing.T) {
	good := hostileFirmware("system_get_time", nil)
	for _, id := range []byte{sectionType, sectionGlobal} {
		_, err := Load(withSection(t, good, id, func(p []byte) []byte {
			at := bytes.IndexByte(p[1:], typeI32) + 1
			return append(append(bytes.Clone(p[:at]), 0x64, 0x70), p[at+1:]...)
		}))
		require.Error(t, err)
	}
	_, err := Load(withSection(t, good, sectionTable, func(p []byte) []byte { return append([]byte{1, 0x40, 0, 0x70}, p[2:]...) }))
	require.Error(t, err)
	_, err = Load(withSection(t, good, sectionGlobal, func(p []byte) []byte { return append(p, 0) }))
	require.Error(t, err, "more than the list says")
}

// Modules that are as large as the limits allow, each in one respect, load within seconds; one more is refused.
func TestLargestModules(t *testing.T) {
	good := hostileFirmware("system_get_time", nil)
	list := func(id byte, n int, element func(i int) []byte) []byte {
		return withSection(t, good, id, func(p []byte) []byte {
			have, rest := cutU32(p)
			out := append(appendU32(nil, have+uint32(n)), rest...)
			for i := range n {
				out = append(out, element(i)...)
			}
			return out
		})
	}
	named := func(format string, i int) []byte {
		s := fmt.Sprintf(format, i)
		return append(appendU32(nil, uint32(len(s))), s...)
	}
	for _, tc := range []struct {
		name string
		most int // beyond what firmware has in any case
		make func(n int) []byte
	}{
		{"functions", 10_000 - 4, func(n int) []byte { return withBodies(t, body(0), slices.Repeat([][]byte{body(0)}, n)...) }},
		{"imports", 2_000 - 2, func(n int) []byte {
			return list(sectionImport, n, func(i int) []byte { return append(append([]byte("\x03esp"), named("f%d", i)...), 0, 1) })
		}},
		{"types", 1_000 - 5, func(n int) []byte {
			return list(sectionType, n, func(i int) []byte {
				ts := append([]byte{0x60, 0xFF, 0x01}, bytes.Repeat([]byte{0x7C + byte(i&3)}, 255)...)
				return append(append(ts, 0xFF, 0x01), bytes.Repeat([]byte{0x7C + byte(i>>2&3)}, 255)...)
			})
		}},
		{"exports", 20_000 - 5, func(n int) []byte {
			return list(sectionExport, n, func(i int) []byte { return append(named("f%d", i), 0, 2) })
		}},
		{"globals", 1_000 - 1, func(n int) []byte {
			return list(sectionGlobal, n, func(int) []byte { return []byte{typeI32, 1, 0x41, 0, opEnd} })
		}},
		{"data segments", 10_000 - 2, func(n int) []byte {
			return list(sectionData, n, func(int) []byte { return []byte{0, 0x41, 0, opEnd, 0} })
		}},
		{"function pointers", 65_536 - 1, func(n int) []byte {
			return list(sectionElement, 1, func(int) []byte {
				return append(appendU32([]byte{0, 0x41, 0, opEnd}, uint32(n)), bytes.Repeat([]byte{2}, n)...)
			})
		}},
		{"custom sections", 100, func(n int) []byte { return append(bytes.Clone(good), bytes.Repeat([]byte{0, 1, 0}, n)...) }},
		{"variables", 1_000_000 / 1000, func(n int) []byte {
			return withBodies(t, body(1000), slices.Repeat([][]byte{body(1000)}, n-1)...)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Load(tc.make(tc.most + 1))
			require.ErrorContains(t, err, "most")
			b := tc.make(tc.most)
			began := time.Now()
			image, err := Load(b)
			if err == nil {
				require.NoError(t, image.Close())
			}
			t.Logf("%d bytes, %v, %v", len(b), time.Since(began).Round(time.Millisecond), err)
		})
	}
}
