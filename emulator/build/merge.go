package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// duplicate is what the linker says of a symbol that two objects define; definedIn are the objects.
var (
	duplicate = regexp.MustCompile(`duplicate symbol: (\S+)((?:\n>>> defined in .*)+)`)
	definedIn = regexp.MustCompile(`>>> defined in (.*)`)
)

// duplicates returns which symbols are defined in more than one object: name, objects.
func duplicates(said string) map[string][]string {
	all := map[string][]string{}
	for _, m := range duplicate.FindAllStringSubmatch(said, -1) {
		for _, d := range definedIn.FindAllStringSubmatch(m[2], -1) {
			if object := strings.TrimSpace(d[1]); !slices.Contains(all[m[1]], object) {
				all[m[1]] = append(all[m[1]], object)
			}
		}
	}
	return all
}

// merge makes one variable of those that several files define without a value, as GCC did up to version 9 (-fcommon): it compiles
// these files anew with the variable weak, but for the longest where the types differ. objects belong to b.units. It fails where a value
// or a function stands against it, with the names of the sources.
func (b *builder) merge(ctx context.Context, objects []string, said string) (merged, warnings []string, err error) {
	weak := map[int][]string{} // unit: variables
	var errs []error
	for name, in := range duplicates(said) {
		var sources, types []string
		valued := 0
		for _, object := range in {
			i := slices.Index(objects, object)
			if i < 0 || i >= len(b.units) {
				return nil, nil, errors.New(said)
			}
			u := b.units[i]
			v, err := b.variable(ctx, u, name)
			if err != nil {
				return nil, nil, err
			}
			sources = append(sources, b.relative(u.source))
			switch {
			case v.valued:
				valued++
			case v.ctype != "":
				weak[i] = append(weak[i], name)
			}
			if !slices.Contains(types, v.ctype) {
				types = append(types, v.ctype)
			}
		}
		switch {
		case slices.Contains(types, ""):
			errs = append(errs, definedTwice(name, sources))
		case valued > 1:
			errs = append(errs, valuedTwice(name, sources))
		case len(types) > 1:
			warnings = append(warnings, oneOfTwo(name, typed(types), sources))
			if valued == 0 {
				longest, e := b.longest(ctx, objects, in, name)
				if e != nil {
					return nil, nil, e
				}
				weak[longest] = slices.DeleteFunc(weak[longest], func(other string) bool { return other == name })
			}
		}
	}
	if err := allTwice(errs); err != nil {
		return nil, nil, err
	}
	merged = slices.Clone(objects)
	for i, names := range weak {
		if len(names) == 0 {
			continue
		}
		slices.Sort(names)
		u, err := b.including(b.units[i], "weak", "#pragma weak "+strings.Join(names, "\n#pragma weak ")+"\n")
		if err != nil {
			return nil, nil, err
		}
		if merged[i], _, _, err = b.compile(ctx, u); err != nil {
			return nil, nil, err
		}
	}
	slices.Sort(warnings)
	return merged, warnings, nil
}

// longest is the unit, of those whose objects define a variable, that has the most bytes of it.
func (b *builder) longest(ctx context.Context, objects, in []string, name string) (unit int, err error) {
	most := uint64(0)
	for _, object := range in {
		s, err := b.wasmSymbols(ctx, object)
		if err != nil {
			return 0, err
		}
		if size := s.sizes[name]; size > most {
			most, unit = size, slices.Index(objects, object)
		}
	}
	return unit, nil
}

// What is said of a symbol that several sources define.
func definedTwice(name string, sources []string) error {
	return fmt.Errorf("duplicate symbol: %s is defined in %s: leave one of the files out (--exclude)", name, strings.Join(sources, " and "))
}

func valuedTwice(name string, sources []string) error {
	return fmt.Errorf("duplicate symbol: the variable %s has a value in %s: one of them may", name, strings.Join(sources, " and "))
}

// typed are types as oneOfTwo names them.
func typed(types []string) []string {
	named := make([]string, len(types))
	for i, t := range types {
		named[i] = "the type " + t
	}
	return named
}

func oneOfTwo(name string, types, sources []string) string {
	return fmt.Sprintf("%s: warning: the variable %s has %s, in %s: it is one variable, as long as the longest, or as the one with a "+
		"value\n", sources[0], name, strings.Join(types, " and "), strings.Join(sources, " and "))
}

// allTwice is the errors of definedTwice and valuedTwice, and their number.
func allTwice(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(append(errs, fmt.Errorf("%d variables or functions are defined twice", len(errs)))...)
}

// variable is how a file defines a variable: its type in C, "" for what is none, and whether it has a value.
type variable struct {
	ctype  string
	valued bool
}

// declared is a line of clang's syntax tree for a variable of the file: name, type, and what follows.
var declared = regexp.MustCompile(`(?m)^VarDecl 0x.*? (\w+) '([^']*)'(?::'[^']*')?(.*)$`)

// variable looks a variable up in a file's syntax tree.
func (b *builder) variable(ctx context.Context, u unit, name string) (v variable, err error) {
	if isCpp(u.source) { // each definition counts there
		return variable{ctype: "C++", valued: true}, nil
	}
	tree, said, err := b.run(ctx, Command{Tool: b.compiler(), Dir: b.Dir, Args: slices.Concat(u.args, []string{
		"-w", "-fno-color-diagnostics", "-fsyntax-only", "-Xclang", "-ast-dump", "-Xclang", "-ast-dump-filter=" + name, u.source,
	}), Inputs: []string{u.source}})
	if err != nil && len(tree) == 0 { // an error that amended mends leaves the tree
		return v, errors.New(said)
	}
	for _, m := range declared.FindAllSubmatch(tree, -1) {
		rest := string(m[3])
		if string(m[1]) != name || strings.HasPrefix(rest, " static") {
			continue
		}
		if !strings.HasPrefix(rest, " extern") || strings.Contains(rest, " cinit") {
			v.ctype = string(m[2])
		}
		v.valued = v.valued || strings.Contains(rest, "init")
	}
	return v, nil
}

// including returns the unit with a header before its first line, which the cache keeps.
func (b *builder) including(u unit, name, text string) (unit, error) {
	hash := sha256.Sum256([]byte(text))
	folder := filepath.Join(b.cache.dir, "shim-"+name+"-"+hex.EncodeToString(hash[:8]))
	err := b.cache.folder(folder, func(temp string) error { return writeFile(filepath.Join(temp, name+".h"), []byte(text)) })
	u.args = append(slices.Clone(u.args), "-ffile-prefix-map="+folder+"=sdk", "-include", filepath.Join(folder, name+".h"))
	return u, err
}

// named gives an error of the linker the names of the sources in the place of those of their objects.
func (b *builder) named(err error, objects []string) error {
	said := err.Error()
	for i, object := range objects {
		if i < len(b.units) {
			said = strings.ReplaceAll(said, object, b.relative(b.units[i].source))
		}
	}
	return errors.New(folded(said))
}

// folded has each line once: the linker names a symbol that nobody has for each place that uses it.
func folded(said string) string {
	seen := map[string]bool{}
	var lines []string
	for line := range strings.Lines(said) {
		if line = strings.TrimSuffix(line, "\n"); !seen[line] {
			seen[line] = true
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// relative is a path as messages name it.
func (b *builder) relative(path string) string {
	if rel, err := filepath.Rel(b.Dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
