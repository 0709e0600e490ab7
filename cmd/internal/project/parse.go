package project

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/cmd/internal/near"
)

// Parse reads the text of a project's file. path is where it lies: relative paths in it are below that folder, and errors begin with its
// last name and the line.
func Parse(path string, text []byte) (*Project, error) {
	p := &Project{path: path}
	err := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields().Decode(p)
	if missing := new(toml.StrictMissingError); errors.As(err, &missing) {
		return nil, p.unknown(missing.Errors)
	}
	if wrong := new(toml.DecodeError); errors.As(err, &wrong) {
		line, column := wrong.Position()
		return nil, fmt.Errorf("%s:%d:%d: %s", filepath.Base(path), line, column, wrongValue(wrong))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	p.lines = lines(text)
	return p, p.check()
}

// keyMax bounds the characters of a key that an error repeats. Choice: the longest key has a third of it.
const keyMax = 100

// unknown is the error of the first key that there is not.
func (p *Project) unknown(all []toml.DecodeError) error {
	key := all[0].Key()
	line, column := all[0].Position()
	known := keysBelow(key[:len(key)-1])
	name := []rune(strings.Join(key, "."))
	if len(name) > keyMax {
		return fmt.Errorf("%s:%d:%d: there is no key %s... (%d characters)", filepath.Base(p.path), line, column, string(name[:keyMax]),
			len(name))
	}
	text := fmt.Sprintf("%s:%d:%d: there is no key %s", filepath.Base(p.path), line, column, string(name))
	if n := near.Name(key[len(key)-1], known); n != "" {
		return fmt.Errorf("%s: did you mean %s", text, strings.Join(append(slices.Clone(key[:len(key)-1]), n), "."))
	}
	if n := near.Name(key[len(key)-1], keysBelow(nil)); n != "" && len(key) > 1 { // a line at the file's end is in the last table
		return fmt.Errorf("%s: did you mean %s, which stands above the first [table]", text, n)
	}
	return fmt.Errorf("%s: one of %s", text, strings.Join(known, ", "))
}

// mismatched is how the decoder says that a value does not fit the Go type of its field.
var mismatched = lazyregexp.New(`^toml: (cannot decode TOML|cannot store TOML|value|number|negative|integer|.*out of range|.*unsigned)`)

// wrongValue says what is wrong with a text that is no TOML, or with a value that is of another type than its key's.
func wrongValue(wrong *toml.DecodeError) string {
	key := strings.Join(wrong.Key(), ".")
	f, ok := fields()[key]
	if !ok || !mismatched().MatchString(wrong.Error()) {
		return strings.TrimPrefix(wrong.Error(), "toml: ")
	}
	return fmt.Sprintf("%s: give %s", key, wanted(f.Type))
}

// wanted are the words for what a field of a type takes.
func wanted(t reflect.Type) string {
	switch {
	case table(t) != nil:
		return "a table of keys"
	case t.Kind() == reflect.Slice:
		return `a list of texts, as in ["one", "two"]`
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return `a text, as in "text"`
	}
	return "a whole number that is not negative"
}

// At is the place of a key, such as network.allow, for the beginning of an error: emu8266.toml:12. Without the key it is the file.
func (p *Project) At(key string) string {
	name := filepath.Base(p.path)
	if line, ok := p.lines[key]; ok {
		return name + ":" + strconv.Itoa(line)
	}
	return name
}

// errorf is an error about a key.
func (p *Project) errorf(key, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %s", p.At(key), key, fmt.Sprintf(format, args...))
}

// check says what the types do not.
func (p *Project) check() error {
	for key, allowed := range enums {
		if v := p.value(key); v != "" && !slices.Contains(allowed, v) {
			return p.errorf(key, "there is no %q: one of %s", v, strings.Join(allowed, ", "))
		}
	}
	for key, r := range ranges {
		v := reflect.ValueOf(p).Elem().FieldByIndex(fields()[key].Index)
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				continue
			}
			v = v.Elem()
		} else if v.IsZero() {
			continue
		}
		n := int64(0)
		if v.CanUint() {
			n = int64(v.Uint())
		} else {
			n = v.Int()
		}
		if n < r.least || n > r.most || n%r.multiple != 0 {
			return p.errorf(key, "%d: %s", n, r)
		}
	}
	ways := []string{}
	for _, w := range []struct {
		key   string
		given bool
	}{{"sources", len(p.Sources) > 0}, {"make", p.Make != nil}, {"platformio", p.PlatformIO != nil}, {"elf", p.ELF != ""}} {
		if w.given {
			ways = append(ways, w.key)
		}
	}
	if len(ways) > 1 {
		return p.errorf(ways[1], "the file has %s already, and one of them says what there is to build: leave the other out", ways[0])
	}
	if p.ELF != "" && p.Engine == "wasm" {
		return p.errorf("engine", "an ELF file runs on the engine lx106: leave the key out")
	}
	if p.Check && p.ELF != "" {
		return p.errorf("check", "memory checks are put in by emu8266 build, and an ELF file is built already: leave the key out")
	}
	for i, d := range p.Define {
		if name, _, _ := strings.Cut(d, "="); name == "" {
			return p.errorf("define", "entry %d: give NAME or NAME=VALUE", i+1)
		}
	}
	if name := p.Name; name != "" && (name != filepath.Base(name) || strings.ContainsAny(name, `/\`) || name == "." || name == "..") {
		return p.errorf("name", "%q: give a name without folders", name)
	}
	return nil
}

// value is that of a key with a text, "" for others.
func (p *Project) value(key string) string {
	return reflect.ValueOf(p).Elem().FieldByIndex(fields()[key].Index).String()
}

// lines finds where each key stands. The text is one that has been decoded.
func lines(text []byte) map[string]int {
	found := map[string]int{}
	var table []string
	var parser unstable.Parser
	parser.Reset(text)
	for parser.NextExpression() {
		e := parser.Expression()
		var names []string
		line := 0
		for k := e.Key(); k.Next(); {
			names = append(names, string(k.Node().Data))
			line = parser.Shape(k.Node().Raw).Start.Line
		}
		if e.Kind == unstable.Table || e.Kind == unstable.ArrayTable {
			table = names
		} else {
			names = append(slices.Clone(table), names...)
		}
		for n := range names { // a table stands where its first key does
			key := strings.Join(names[:n+1], ".")
			if _, ok := found[key]; !ok {
				found[key] = line
			}
		}
	}
	return found
}
