package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// parameter is what the name of a take says at its end: [N=1..24] or [P=ManualV21,SDK306].
var parameter = lazyregexp.New(`\s*\[([A-Z][A-Z0-9]*)=([^\]\[]+)\]$`)

// span is a range of numbers.
var span = lazyregexp.New(`^(\d{1,6})\.\.(\d{1,6})$`)

// takesMax bounds the takes that a script becomes. Choice.
const takesMax = 10_000

// expand makes a take for each value of its parameters: $N in its lines stands for the value.
func expand(files []section) ([]section, error) {
	var out []section
	for _, f := range files {
		all, err := expandOne(f)
		if err != nil {
			return nil, err
		}
		if out = append(out, all...); len(out) > takesMax {
			return nil, &FileError{Take: f.name, Err: fmt.Errorf("more than %d takes: shorter ranges are wanted", takesMax)}
		}
	}
	return out, nil
}

func expandOne(f section) ([]section, error) {
	m := parameter().FindStringSubmatch(f.name)
	if m == nil {
		return []section{f}, nil
	}
	values, err := valuesOf(m[2])
	if err != nil {
		return nil, &FileError{Take: f.name, Err: err}
	}
	name := strings.TrimSuffix(f.name, m[0])
	word := regexp.MustCompile(`\$` + m[1] + `\b`)
	if !word.MatchString(f.text) {
		return nil, &FileError{Take: f.name, Err: fmt.Errorf("no line has $%s, which stands for each of the values", m[1])}
	}
	outer, err := expandOne(section{name: name, text: f.text, line: f.line})
	if err != nil {
		return nil, err
	}
	if len(outer)*len(values) > takesMax {
		return nil, &FileError{Take: f.name, Err: fmt.Errorf("more than %d takes: shorter ranges are wanted", takesMax)}
	}
	var out []section
	for _, o := range outer {
		for _, v := range values {
			value := ", " + m[1] + " " + v
			out = append(out, section{o.name + value, word.ReplaceAllLiteralString(o.text, v), o.values + value, f.line})
		}
	}
	return out, nil
}

// valuesOf reads 1..24 or a,b,c.
func valuesOf(text string) ([]string, error) {
	m := span().FindStringSubmatch(text)
	if m == nil {
		var values []string
		for _, v := range strings.Split(text, ",") {
			if v = strings.TrimSpace(v); v == "" {
				return nil, fmt.Errorf("%q: FIRST..LAST, or values with commas between them, are wanted", text)
			}
			values = append(values, v)
		}
		return values, nil
	}
	first, _ := strconv.Atoi(m[1]) // up to six digits
	last, _ := strconv.Atoi(m[2])
	if last < first || last-first >= takesMax {
		return nil, fmt.Errorf("%q: up to %d numbers, the least first, are wanted", text, takesMax)
	}
	var values []string
	for n := first; n <= last; n++ {
		values = append(values, strconv.Itoa(n))
	}
	return values, nil
}
