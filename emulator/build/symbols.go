package build

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
)

// symbols are what an object defines for others, and what it wants of them.
type symbols struct {
	defined, wanted []string
	// strong are those of defined of which there may be only one; of WebAssembly the functions alone.
	strong []string
	// common are those of defined that are variables without a value: GCC's -fcommon makes one of all with a name.
	common map[string]bool
	// sizes are the lengths of the variables, bytes.
	sizes map[string]uint64
}

// size keeps a variable's length.
func (s *symbols) size(name string, bytes uint64, global bool) {
	if s.sizes == nil {
		s.sizes, s.common = map[string]uint64{}, map[string]bool{}
	}
	if global {
		s.sizes[name] = bytes
	}
}

// allSymbols are those of each object, which belong to b.units. The runtime's are left out: it stands behind the firmware's libraries.
func (b *builder) allSymbols(ctx context.Context, objects []string) ([]symbols, error) {
	all := make([]symbols, len(objects))
	for i, object := range objects {
		var err error
		if !b.units[i].own {
			continue
		}
		if all[i], err = b.symbols(ctx, object); err != nil {
			return nil, err
		}
	}
	if b.Engine == EngineLX106 {
		return all, nil
	}
	in := map[string][]int{} // variable: the firmware's objects that define it
	for i := range all {
		for name := range all[i].sizes {
			in[name] = append(in[name], i)
		}
	}
	for name, is := range in { // an object of WebAssembly has no variables without a value: the sources tell
		for _, i := range is {
			if len(is) < 2 {
				continue
			}
			v, err := b.variable(ctx, b.units[i], name)
			if err != nil {
				return nil, err
			}
			all[i].common[name] = v.ctype != "" && !v.valued
		}
	}
	return all, nil
}

// symbols reads an object.
func (b *builder) symbols(ctx context.Context, object string) (symbols, error) {
	if b.Engine == EngineLX106 {
		return elfSymbols(object)
	}
	return b.wasmSymbols(ctx, object)
}

// elfSymbols reads an object of the LX106.
func elfSymbols(path string) (s symbols, err error) {
	code, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	f, err := elf.NewFile(bytes.NewReader(code))
	if err != nil {
		return s, fmt.Errorf("build: an object is no ELF: %w", err)
	}
	all, err := f.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return s, fmt.Errorf("build: an object's symbols: %w", err)
	}
	for _, symbol := range all {
		bind := elf.ST_BIND(symbol.Info)
		switch {
		case symbol.Name == "" || bind == elf.STB_LOCAL:
		case symbol.Section == elf.SHN_UNDEF:
			if bind == elf.STB_GLOBAL {
				s.wanted = append(s.wanted, symbol.Name)
			}
		default:
			s.defined = append(s.defined, symbol.Name)
			if elf.ST_TYPE(symbol.Info) == elf.STT_OBJECT || symbol.Section == elf.SHN_COMMON {
				s.size(symbol.Name, uint64(symbol.Size), true)
			}
			if symbol.Section == elf.SHN_COMMON {
				s.common[symbol.Name] = true
			} else if bind == elf.STB_GLOBAL {
				s.strong = append(s.strong, symbol.Name)
			}
		}
	}
	return s, nil
}

// defined is a symbol in the firmware's objects: the names of the sources that define it.
type defined struct{ strong, common []string }

// twice says what GNU ld refuses, a function or a variable with a value in several objects, and warns of variables of several lengths, of
// which it makes one as long as the longest, or as the one with a value.
func (b *builder) twice(ctx context.Context, objects []string) (warnings []string, err error) {
	names := map[string]*defined{}
	sizes := map[string][]string{} // of variables
	variables := map[string]bool{}
	for i, object := range objects {
		if i >= len(b.units) || !b.units[i].own {
			continue
		}
		s, err := b.symbols(ctx, object)
		if err != nil {
			return nil, err
		}
		source := b.relative(b.units[i].source)
		at := func(name string) *defined {
			if names[name] == nil {
				names[name] = &defined{}
			}
			return names[name]
		}
		for _, name := range s.strong {
			at(name).strong = append(at(name).strong, source)
		}
		for name := range s.common {
			at(name).common = append(at(name).common, source)
		}
		for name, size := range s.sizes {
			variables[name] = true
			if text := fmt.Sprintf("%d bytes", size); !slices.Contains(sizes[name], text) {
				sizes[name] = append(sizes[name], text)
			}
		}
	}
	var errs []error
	for name, d := range names {
		switch {
		case len(d.strong) > 1 && variables[name]:
			errs = append(errs, valuedTwice(name, d.strong))
		case len(d.strong) > 1:
			errs = append(errs, definedTwice(name, d.strong))
		case len(d.common) > 0 && len(sizes[name]) > 1:
			warnings = append(warnings, oneOfTwo(name, sizes[name], slices.Concat(d.strong, d.common)))
		}
	}
	slices.Sort(warnings)
	return warnings, allTwice(errs)
}
