package wasm

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// Parts of the binary format that the modules below are made of.
const (
	sectionFunction = 3
	sectionExport   = 7
	sectionCode     = 10

	typeI32 = 0x7F

	opBlock    = 0x02
	opIf       = 0x04
	opEnd      = 0x0B
	opBrIf     = 0x0D
	opBrTable  = 0x0E
	opI32Const = 0x41
	opSIMD     = 0xFD
	opThreads  = 0xFE
)

// appendU32 appends a number of the binary format, cutU32 takes one off.
func appendU32(b []byte, v uint32) []byte { return binary.AppendUvarint(b, uint64(v)) }

func cutU32(b []byte) (v uint32, rest []byte) {
	n, size := binary.Uvarint(b)
	return uint32(n), b[size:]
}

// withSection returns the module with the payload of a section changed.
func withSection(t *testing.T, module []byte, id byte, change func(payload []byte) []byte) []byte {
	out := bytes.Clone(module[:8])
	found := false
	for rest := module[8:]; len(rest) > 0; {
		kind := rest[0]
		n, payload := cutU32(rest[1:])
		payload, rest = payload[:n], payload[n:]
		if kind == id {
			found, payload = true, change(payload)
		}
		out = append(appendU32(append(out, kind), uint32(len(payload))), payload...)
	}
	require.True(t, found)
	return out
}

// withBodies returns firmware whose first function, user_init, has another body, with more functions behind the last one.
func withBodies(t *testing.T, first []byte, more ...[]byte) []byte {
	b := withSection(t, hostileFirmware("system_get_time", nil), sectionCode, func(p []byte) []byte {
		n, bodies := cutU32(p)
		old, bodies := cutU32(bodies)
		out := append(appendU32(appendU32(nil, n+uint32(len(more))), uint32(len(first))), first...)
		out = append(out, bodies[old:]...)
		for _, m := range more {
			out = append(appendU32(out, uint32(len(m))), m...)
		}
		return out
	})
	return withSection(t, b, sectionFunction, func(p []byte) []byte {
		n, types := cutU32(p)
		out := append(appendU32(nil, n+uint32(len(more))), types...)
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
