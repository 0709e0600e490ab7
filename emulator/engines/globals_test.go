package engines_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// inUnit boots testdata/firmware/unit in virtual time.
func inUnit(t *testing.T, e engine, test func(d *emulator.Device, fw firmware)) {
	i := e.image(t, "unit")
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, NoAutoConnect: true})
		fw := i.Firmware()
		require.NoError(t, d.Boot(fw))
		test(d, fw)
	})
}

// Variables of all kinds, as a debugger shows them.
func TestGet(t *testing.T) { onEach(t, testGet) }

func testGet(t *testing.T, e engine) {
	inUnit(t, e, func(_ *emulator.Device, fw firmware) {
		for _, tc := range []struct{ expr, typ, text string }{
			{"ready", "bool", "1"},
			{"items[0].n", "int32", "1"},
			{"items[1].n", "int32", "-2"},
			{"items[0].low", "uint8", "2"},
			{"items[0].high", "uint8", "3"},
			{"items[0].small", "int8", "-1"},
			{"items[0].text", "const char *", `"one"`},
			{"items[1].text", "const char *", "0x0"},
			{"items[0].word", "uint32", "67305985"},
			{"items[0].bytes", "uint8[4]", "01 02 03 04"},
			{"items[0].bytes[3]", "uint8", "4"},
			{"items[0].next->n", "int32", "-2"},
			{"items[0].next.n", "int32", "-2"},
			{"*cursor", "struct item", `{n = 1, low = 2, high = 3, small = -1, text = "one", `},
			{"cursor[1].n", "int32", "-2"},
			{"main.c:cursor->next->n", "int32", "-2"},
			{"name", "char[8]", `"unit"`},
			{"name[1]", "char", "110 'n'"},
			{"grid[1][2]", "uint16", "65535"},
			{"grid[1]", "uint16[3]", "{4, 5, 65535}"},
			{"grid", "uint16[2][3]", "{{1, 2, 3}, {4, 5, 65535}}"},
			{"main.c:mode", "enum mode", "RUNNING"},
			{"testdata/firmware/unit/other.c:mode", "int", "7"},
			{"ratio", "double", "0.5"},
			{"wide", "volatile sint64", "-5000000000"},
			{"conn.proto.tcp->remote_port", "int", "8883"},
			{"on_end", "void (*)()", "0x0"},
			{"ticks", "int", "0"},
			{"tick:ticks", "int", "0"},
		} {
			v, err := fw.Get(tc.expr)
			if assert.NoError(t, err, tc.expr) {
				assert.Equal(t, tc.typ, v.Type, tc.expr)
				if tc.expr == "*cursor" {
					assert.Equal(t, tc.text, v.String()[:len(tc.text)])
					continue
				}
				assert.Equal(t, tc.text, v.String(), tc.expr)
			}
		}
		v, err := fw.Get("items[0].small")
		require.NoError(t, err)
		assert.EqualValues(t, -1, v.Int())
		assert.EqualValues(t, 15, v.Uint())
		v, err = fw.Get("name")
		require.NoError(t, err)
		assert.Equal(t, "unit", v.Text())
		b := v.Bytes()
		assert.Equal(t, []byte("unit\x00\x00\x00\x00"), b)
		b[0] = 'X'
		assert.Equal(t, "unit", string(v.Bytes()[:4]), "Bytes is a copy")
		for text, bytes := range map[string][]byte{"0a 00 00 0a": {10, 0, 0, 10}, `"ab"`: {'a', 'b', 0, 0}, `""`: make([]byte, 4)} {
			require.NoError(t, fw.Set("items[0].bytes", bytes))
			v, err := fw.Get("items[0].bytes")
			require.NoError(t, err)
			assert.Equal(t, text, v.String())
		}
	})
}

// What cannot be read, and what the error says.
func TestGetErrors(t *testing.T) { onEach(t, testGetErrors) }

func testGetErrors(t *testing.T, e engine) {
	inUnit(t, e, func(d *emulator.Device, fw firmware) {
		for expr, want := range map[string]string{
			"":                  "is no expression",
			"name+b":            `no variable "b"`,
			"name b":            "can follow",
			"ready = 1":         "assigns",
			"ticks++":           "changes a variable",
			"clamp(1)":          "functions are not called",
			"item":              `the firmware has no variable "item"; near: items`,
			"curser":            "near: cursor",
			"nothing_like_this": `no variable "nothing_like_this"`,
			"clamp":             `no variable "clamp"`,
			"mode":              "there are 2 variables \"mode\": name one as FILE:mode (main.c:mode, other.c:mode)",
			"third.c:mode":      `no variable "third.c:mode"`,
			"items[2].n":        "items has 2 elements, there is no [2]",
			"items[x]":          `no variable "x"`,
			"items[0.5]":        "an index is an integer",
			"items[0":           "no ] at its end",
			"items[0].none":     "items[0] has no member \"none\"; it has n, low, high, small, text, word, bytes, next",
			"items[1].next->n":  "items[1].next is NULL",
			"name.n":            "name is no struct, but char[8]",
			"*ready":            "ready is no pointer, but bool",
			"ready[0]":          "ready is neither an array nor a pointer",
			"cursor[999999].n":  "where there is no memory",
		} {
			if expr == "clamp" && e.name == lx106Engine {
				continue // code lies in memory there: a function is a value
			}
			_, err := fw.Get(expr)
			assert.ErrorContains(t, err, want, expr)
		}
		require.NoError(t, d.Reset())
		_, err := fw.Get("ready")
		assert.ErrorContains(t, err, "no firmware runs")
	})
	_, err := e.image(t, "unit").Firmware().Get("ready")
	assert.ErrorContains(t, err, "was not booted")
}

func TestSet(t *testing.T) { onEach(t, testSet) }

func testSet(t *testing.T, e engine) {
	inUnit(t, e, func(_ *emulator.Device, fw firmware) {
		for _, tc := range []struct {
			expr  string
			value any
			text  string // afterwards; or, if it begins with !, the error
		}{
			{"items[0].n", -7, "-7"},
			{"items[0].n", int64(math.MinInt32), "-2147483648"},
			{"items[0].n", math.MaxInt32 + 1, "!out of the range of int32"},
			{"items[0].high", 31, "31"},
			{"items[0].low", 1, "1"},
			{"items[0].high", 32, "!out of the range"},
			{"items[0].small", -8, "-8"},
			{"items[0].small", 8, "!out of the range"},
			{"grid[0][0]", uint16(65535), "65535"},
			{"grid[0][0]", -1, "!out of the range of uint16"},
			{"ready", false, "0"},
			{"wide", int64(math.MinInt64), "-9223372036854775808"},
			{"wide", uint64(math.MaxUint64), "!out of the range"},
			{"name", "1234567", `"1234567"`},
			{"name", "12345678", "!8 bytes and a NUL do not fit"},
			{"items[0].text", "text", "!only an array of char takes one"},
			{"items[0].text", 0, "0x0"},
			{"grid[1]", []byte{1, 0, 2, 0}, "{1, 2, 65535}"},
			{"ready", []byte{1, 2}, "!2 bytes do not fit"},
			{"grid", 5, "!give bytes"},
			{"ready", 1.5, "!float64: give an integer"},
			{"none", 1, "!no variable"},
			{"ready + 1", 1, "!lies in no memory"},
		} {
			err := fw.Set(tc.expr, tc.value)
			if tc.text[0] == '!' {
				assert.ErrorContains(t, err, tc.text[1:], "%s = %v", tc.expr, tc.value)
				continue
			}
			require.NoError(t, err, tc.expr)
			v, err := fw.Get(tc.expr)
			require.NoError(t, err)
			assert.Equal(t, tc.text, v.String(), tc.expr)
		}
		low, err := fw.Get("items[0].low")
		require.NoError(t, err)
		assert.EqualValues(t, 1, low.Uint(), "its neighbour was written")
	})
}

func TestCall(t *testing.T) { onEach(t, testCall) }

func testCall(t *testing.T, e engine) {
	inUnit(t, e, func(d *emulator.Device, fw firmware) {
		for _, tc := range []struct {
			name string
			args []any
			want int32
		}{
			{"clamp", []any{7, 0, 5}, 5},
			{"clamp", []any{int8(-7), uint16(0), int64(5)}, 0},
			{"clamp", []any{-3, -5, 5}, -3},
			{"count", []any{"banana", 'a'}, 3},
			{"count", []any{"", uint8('a')}, 0},
			{"state", nil, 0}, // in two files
			{"main.c:state", nil, 1},
			{"other.c:state", nil, 2},
			{"shared_state", nil, 9},
			{"tick", nil, 1},
			{"tick", nil, 2},
		} {
			got, err := fw.Call(tc.name, tc.args...)
			if tc.name == "state" {
				assert.ErrorContains(t, err, "there are 2 functions \"state\": name one as FILE:state (main.c:state, other.c:state)")
				continue
			}
			require.NoError(t, err, tc.name)
			assert.Equal(t, tc.want, int32(got), tc.name)
		}
		text := []byte("out parameter")
		_, err := fw.Call("upper", text, len(text))
		require.NoError(t, err)
		assert.Equal(t, "OUT PARAMETER", string(text))
		sum, err := fw.Call("add", int64(1)<<40, -1)
		require.NoError(t, err)
		assert.EqualValues(t, 1<<40-1, sum)
		half, err := fw.Call("half", 5.0, float32(0.25))
		require.NoError(t, err)
		assert.Equal(t, 2.75, math.Float64frombits(half))
		_, err = fw.Call("on_timer", nil)
		require.NoError(t, err)
		time.Sleep(3500 * time.Millisecond)
		ticks, err := fw.Get("ticks")
		require.NoError(t, err)
		assert.EqualValues(t, 6, ticks.Int())

		for _, tc := range []struct {
			name string
			args []any
			want string
		}{
			{"clam", nil, `no function "clam"; near: clamp`},
			{"ready", nil, `no function "ready"`},
			{"clamp", []any{1, 2}, "clamp takes 3 arguments, not 2"},
			{"clamp", []any{1, 2, 1 << 32}, "does not fit into 32 bits"},
			{"clamp", []any{1, 2, 3.5}, "floating-point number for a parameter that is none"},
			{"clamp", []any{1, 2, struct{}{}}, "give an integer"},
			{"half", []any{1, 2}, "give a float64"},
			{"count", []any{string(make([]byte, 9000)), 'a'}, "more than 8192 bytes"},
		} {
			_, err := fw.Call(tc.name, tc.args...)
			assert.ErrorContains(t, err, tc.want, tc.name)
		}
		require.Nil(t, d.Crash())

		d.ExpectCrash()
		_, err = fw.Call("divide", 1, 0)
		require.ErrorContains(t, err, "crashed at testdata/firmware/unit/main.c:")
		assert.ErrorContains(t, err, "exception 0, division by zero")
		require.NotNil(t, d.Crash())
		_, err = fw.Call("tick")
		assert.ErrorContains(t, err, "no firmware runs")
	})
}
