package cabi

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseVerb(t *testing.T) {
	for format, want := range map[string]string{
		"d":     "    -42",
		"-7d|":  "-42    |",
		"07d":   "-000042",
		"7d":    "    -42",
		".5d":   "-00042",
		"+d":    "-42",
		"u":     "4294967254",
		"x":     "ffffffd6",
		"X":     "FFFFFFD6",
		"hhx":   "ffffffd6",
		"ld":    "-42",
		"8.4d":  "   -0042",
		"-8.4d": "-0042   ",
		"f":     "%f",
		"*d":    "%*d",
		"%":     "%",
	} {
		v, rest := parseVerb([]byte(format))
		var got []byte
		switch v.letter {
		case 'd':
			got = v.number(nil, []byte("-42"))
		case 'u':
			got = v.number(nil, []byte("4294967254"))
		case 'x':
			got = v.number(nil, []byte("ffffffd6"))
		case 'X':
			got = v.number(nil, []byte("FFFFFFD6"))
		case '%':
			got = []byte("%")
		default:
			got = append([]byte{'%'}, v.letter)
		}
		if format == "d" {
			want = "-42"
		}
		assert.Equal(t, want, string(got)+string(rest), format)
	}
	_, rest := parseVerb([]byte("-05"))
	assert.Nil(t, rest, "a directive that ends too early")
	v, _ := parseVerb([]byte("99999999999d"))
	assert.Equal(t, widthMax, v.width)
	v, _ = parseVerb([]byte("+5d"))
	assert.Equal(t, "   +7", string(v.number(nil, []byte("7"))))
	v, _ = parseVerb([]byte(" d"))
	assert.Equal(t, " 7", string(v.number(nil, []byte("7"))))
}

func FuzzParseVerb(f *testing.F) {
	for _, seed := range []string{"d", "-08.3lx|", "*d", "99999s", ""} {
		f.Add(seed, "-42")
	}
	f.Fuzz(func(t *testing.T, format, digits string) {
		v, rest := parseVerb([]byte(format))
		if rest == nil || digits == "" {
			return
		}
		if len(rest) >= len(format) || len(v.number(nil, []byte(digits))) > len(digits)+2*widthMax+1 {
			t.Error(format)
		}
	})
}
