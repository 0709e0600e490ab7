package cdebug

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Types that contain themselves many times over, as no compiler writes them, take no longer than others.
func TestTypesWithoutEnd(t *testing.T) {
	began := time.Now()
	info := &Info{}
	self := &ctype{kind: typeStruct, filled: true, size: 4, sized: true}
	self.members = []member{{typ: self}, {typ: self}, {typ: self}}
	left, names := membersMax, []string(nil)
	_, _, ok := info.inside(self, "none", 0, &left, &names)
	assert.False(t, ok)
	function := &ctype{kind: typeFunction, filled: true}
	function.params = []*ctype{function, function, pointerTo(function)}
	assert.Less(t, len(info.typeName(function)), 10*nameMax)
	e := &evaluator{info: info, Context: Context{Memory: zeros{}}}
	assert.Less(t, len(e.show(operand{t: self, placed: true}, 0)), 10*shownMax)
	array := &ctype{kind: typeArray, count: 1 << 40}
	array.to = array
	_, err := info.sizeOf(array)
	assert.Error(t, err)
	alias := &ctype{kind: typeAlias}
	alias.to = alias
	_, err = info.bare(alias)
	assert.Error(t, err)
	assert.Less(t, time.Since(began), 5*time.Second)
}

// Expressions that nest, or are long, are refused before they take a stack or a second.
func TestExpressionsWithoutEnd(t *testing.T) {
	for _, expr := range []string{strings.Repeat("(", 500), strings.Repeat("!", 900) + "1", strings.Repeat("1+", 400) + "1",
		strings.Repeat("x[", 300), "1" + strings.Repeat(" ", 2000), "(int" + strings.Repeat("*", 500) + ")1"} {
		p := &parser{expr: expr, typed: (&Info{}).typeNamed, isVar: func(string) bool { return false }}
		_, err := p.parse()
		assert.Error(t, err, expr)
	}
}

// Numbers and operators come to what C has them come to; what does anything but read is refused, by name.
func TestExpressions(t *testing.T) {
	e := &evaluator{info: &Info{}}
	for expr, want := range map[string]string{
		"1 + 2 * 3":              "7",
		"(1 + 2) * 3":            "9",
		"7 / 2 - -7 / 2":         "6",
		"-7 % 3":                 "-1",
		"1 << 4 | 3":             "19",
		"0xFF & ~0x0F":           "240",
		"6 ^ 5":                  "3",
		"1 < 2 == 1":             "1",
		"-1 < 0u":                "0",
		"-1 > 0xFFFFFFFE":        "1",
		"2147483647 + 1":         "-2147483648",
		"4294967295":             "4294967295",
		"1u - 2":                 "4294967295",
		"1ll << 40":              "1099511627776",
		"-8 >> 1":                "-4",
		"0x80000000 >> 31":       "1",
		"1 / 2.0":                "0.5",
		"1e2f + .5":              "100.5",
		"(unsigned char)300":     "44",
		"(signed char)200":       "-56",
		"(short)40000":           "-25536",
		"(int)2.9":               "2",
		"(_Bool)8":               "1",
		"(unsigned long long)-1": "18446744073709551615",
		"(int *)8 + 1":           "0xc",
		"(int *)8 - (int *)0":    "2",
		"(char *)8 > (char *)4":  "1",
		"!0 && !(1 || 1 / 0)":    "0",
		"0 && 1 / 0":             "0",
		"1 || 1 / 0":             "1",
		"'a' + 1":                "98",
		`'\n' + '\x10' + '\0'`:   "26",
		"sizeof(long long)":      "8",
		"sizeof (char) + 1":      "2",
		"sizeof(int *)":          "4",
		"sizeof 1.5f":            "4",
		"+3":                     "3",
		"~0":                     "-1",
		"010":                    "8",
	} {
		v, err := e.of(expr)
		if assert.NoError(t, err, expr) {
			assert.Equal(t, want, v.String(), expr)
		}
	}
	for expr, want := range map[string]string{
		"":                     "is no expression",
		"1 = 2":                `"=" assigns`,
		"1 += 2":               `"+=" assigns`,
		"++1":                  `"++" changes a variable`,
		"1 ? 2 : 3":            "?: is not evaluated",
		"1, 2":                 "a comma",
		`"a" == "b"`:           "texts are not compared",
		"1 / 0":                "division by zero",
		"1 % 0":                "division by zero",
		"1 << 32":              "a shift by 32",
		"1 << -1":              "a shift by -1",
		"1.5 % 2":              "of a floating-point number",
		"~1.5":                 "of a floating-point number",
		"(int *)8 * 2":         "* of a pointer",
		"(int *)8 + (int *)8":  "the sum of two pointers",
		"1 - (int *)8":         "a pointer taken from a number",
		"&1":                   "it has no address",
		"*1":                   "is no pointer",
		"1[0]":                 "neither an array nor a pointer",
		"(struct none *)1":     `no type "struct none"`,
		"(none *)1":            `no type "none"`,
		"(1":                   "a ) is missing",
		"1 +":                  "missing at the end",
		"1 2":                  `1, then "2"`,
		"@":                    "no word of C begins so",
		"99999999999999999999": "no number of 64 bits",
		"'ab'":                 "no word of C begins so",
		"$a1":                  "no function is under way",
		"*(int *)0":            "is NULL",
		"*(int *)8":            "where there is no memory",
		"(int)1e300":           "no value as an integer",
		"1 .x":                 "is no struct",
	} {
		_, err := e.of(expr)
		assert.ErrorContains(t, err, want, expr)
	}
}

// of evaluates an expression without debug information.
func (e *evaluator) of(expr string) (Value, error) {
	e.Memory = nothing{}
	p := &parser{expr: expr, typed: e.info.typeNamed, isVar: func(string) bool { return false }}
	n, err := p.parse()
	if err != nil {
		return Value{}, err
	}
	o, err := e.eval(n)
	if err != nil {
		return Value{}, err
	}
	return e.value(o, n.src)
}

// nothing is no memory.
type nothing struct{}

func (nothing) Read(uint32, uint32) ([]byte, bool) { return nil, false }
