package wasm

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// withSection returns the module with the payload of a section changed.
func withSection(t *testing.T, module []byte, id byte, change func(payload []byte) []byte) []byte {
	r := &reader{b: module[8:]}
	out := bytes.Clone(module[:8])
	found := false
	for len(r.b) > 0 {
		kind, payload := r.byte(), r.bytes(r.u32())
		if kind == id {
			found, payload = true, change(payload)
		}
		out = append(appendU32(append(out, kind), uint32(len(payload))), payload...)
	}
	require.NoError(t, r.err)
	require.True(t, found)
	return out
}

// withBodies returns firmware whose first function, user_init, has another body, with more functions behind the last one.
func withBodies(t *testing.T, first []byte, more ...[]byte) []byte {
	b := withSection(t, hostileFirmware("system_get_time", nil), sectionCode, func(p []byte) []byte {
		s := &reader{b: p}
		n := s.u32()
		s.bytes(s.u32())
		out := append(appendU32(appendU32(nil, n+uint32(len(more))), uint32(len(first))), first...)
		out = append(out, s.b...)
		for _, m := range more {
			out = append(appendU32(out, uint32(len(m))), m...)
		}
		return out
	})
	return withSection(t, b, sectionFunction, func(p []byte) []byte {
		s := &reader{b: p}
		n := s.u32()
		out := append(appendU32(nil, n+uint32(len(more))), s.b...)
		return append(out, bytes.Repeat([]byte{1}, len(more))...) // no parameters, no result
	})
}

// body is a function's body: variables of type i32, and instructions.
func body(variables uint32, parts ...[]byte) []byte {
	b := []byte{0}
	if variables > 0 {
		b = append(appendU32([]byte{1}, variables), typeI32)
	}
	return append(append(b, bytes.Join(parts, nil)...), opEnd)
}

// Modules of a few kilobytes that would take minutes to compile, or gigabytes: Load refuses them at once.
func TestHostileCode(t *testing.T) {
	times := func(n int, unit ...byte) []byte { return bytes.Repeat(unit, n) }
	var ifs []byte // each reads one variable and writes another
	for k := range uint32(3000) {
		ifs = append(appendU32(append(appendU32(append(ifs, opI32Const, 1, opIf, 0x40, 0x20), k%2000), 0x21), k*7%2000), opEnd)
	}
	table := append(appendU32([]byte{opBlock, 0x40, opI32Const, 1, opBrTable}, 100_000), times(100_001, 0)...)
	const tooLong = "compiling it would take too long"
	for _, tc := range []struct {
		name, want string
		module     []byte
	}{
		{"many blocks", tooLong, withBodies(t, body(0, times(40_000, opBlock, 0x40, opEnd)))},
		{"nested blocks", tooLong, withBodies(t, body(0, times(40_000, opBlock, 0x40), times(40_000, opEnd)))},
		{"branches", tooLong, withBodies(t, body(0, []byte{opBlock, 0x40}, times(30_000, opI32Const, 1, opBrIf, 0), []byte{opEnd}))},
		{"ifs", tooLong, withBodies(t, body(0, times(25_000, opI32Const, 1, opIf, 0x40, opEnd)))},
		{"a large table of branches", tooLong, withBodies(t, body(0, table, []byte{opEnd}))},
		{"variables in branches", tooLong, withBodies(t, body(2000, ifs))},
		{"a billion variables", "10000 are the most", withBodies(t, body(1_000_000_000))},
		{"a long function", "131072 are the most", withBodies(t, body(0, times(70_000, opI32Const, 1, 0x1A)))},
		{"much code", "bytes of code", withBodies(t, body(0), slices.Repeat([][]byte{times(120_000, 1)}, 44)...)},
		{"instructions for vectors", "instruction 0xFD", withBodies(t, body(0, []byte{opSIMD, 12}, times(16, 0), []byte{0x1A}))},
		{"instructions for threads", "instruction 0xFE", withBodies(t, body(0, []byte{opThreads, 3, 0}))},
		{"4 GB of memory", "65536 pages", withSection(t, hostileFirmware("system_get_time", nil), 5, func([]byte) []byte {
			return []byte{1, 0, 0x80, 0x80, 4}
		})},
		{"two names for one export", "", withSection(t, hostileFirmware("system_get_time", nil), sectionExport, func(p []byte) []byte {
			return append(append([]byte{p[0] + 1}, p[1:]...), 2, '#', '2', 0, 2)
		})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			image, err := Load(tc.module)
			if err == nil && tc.want == "" { // found when it boots
				var d *emulator.Device
				d, err = emulator.New(emulator.Config{Seed: 1})
				require.NoError(t, err)
				err = d.Boot(image.Firmware())
				assert.NoError(t, d.Close())
				assert.NoError(t, image.Close())
			}
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// Data outside the memory is an error of the boot, and the device stays usable.
func TestHostileData(t *testing.T) {
	image, err := Load(withSection(t, hostileFirmware("system_get_time", nil), 11, func([]byte) []byte {
		return []byte{1, 0, opI32Const, 0x80, 0x80, 0x80, 0x10, opEnd, 4, 1, 2, 3, 4}
	}))
	require.NoError(t, err)
	defer image.Close()
	d, err := emulator.New(emulator.Config{Seed: 1})
	require.NoError(t, err)
	require.ErrorContains(t, d.Boot(image.Firmware()), "out of bounds memory access")
	good, err := Load(hostileFirmware("system_get_time", nil))
	require.NoError(t, err)
	defer good.Close()
	require.NoError(t, d.Boot(good.Firmware()))
	require.NoError(t, d.Close())
}

// Real firmware is far from the limits.
func TestLimitsLeaveRoom(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/firmware/*.wasm")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		name := filepath.Base(path)
		m, err := parseModule(readFirmware(t, name[:len(name)-len(".wasm")]))
		require.NoError(t, err, name)
		require.NoError(t, m.affordable(), name)
		assert.Less(t, len(m.code), codeMax/50, name)
		worst := 0.0
		for _, body := range m.bodies {
			branches, variables, err := m.weigh(body)
			require.NoError(t, err)
			worst += branches * branches * branchPair * (1 + variables/variablePart)
			assert.Less(t, body.to-body.from, uint64(functionMax/10), name)
		}
		assert.Less(t, worst, compileMax/100.0, name)
	}
}
