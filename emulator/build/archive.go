package build

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// members leaves out the objects of static libraries that nothing needs, as GNU ld does: a member of lib*.a is linked only if it defines
// something that is not defined yet. So the firmware's own functions take the place of a library's, and of two libraries the first
// counts. The libraries are searched again until nothing is added, as between --start-group and --end-group; without these options GNU ld
// goes back to no library, and tells the functions that it has not found. Choice.
//
// It is asked where symbols are defined twice: elsewhere the linker leaves out what nothing calls. Deviation: the constructors of C++ in
// such a member run there.
func (b *builder) members(ctx context.Context, objects []string) ([]string, error) {
	all := make([]symbols, len(objects))
	for i, object := range objects {
		var err error
		if all[i], err = b.symbols(ctx, object); err != nil {
			return nil, err
		}
	}
	taken := make([]bool, len(objects))
	defined, wanted := map[string]bool{}, map[string]bool{}
	// The SDK's library calls these.
	for _, root := range []string{"user_init", "user_pre_init", "user_rf_pre_init", "user_rf_cal_sector_set"} {
		wanted[root] = true
	}
	take := func(i int) {
		taken[i] = true
		for _, name := range all[i].defined {
			defined[name] = true
		}
		for _, name := range all[i].wanted {
			wanted[name] = true
		}
	}
	for i, u := range b.units {
		if u.archive == "" {
			take(i)
		}
	}
	var archives []string
	order := map[string][]int{} // of each, its units
	for _, m := range b.project.members {
		if !slices.Contains(archives, m.archive) {
			archives = append(archives, m.archive)
		}
		i := slices.IndexFunc(b.units, func(u unit) bool { return u.source == m.source && u.archive == m.archive })
		if i >= 0 {
			order[m.archive] = append(order[m.archive], i)
		}
	}
	needed := func(i int) bool {
		return slices.ContainsFunc(all[i].defined, func(name string) bool { return wanted[name] && !defined[name] })
	}
	for again := true; again; {
		again = false
		for _, archive := range archives {
			for more := true; more; {
				more = false
				for _, i := range order[archive] {
					if !taken[i] && needed(i) {
						take(i)
						more, again = true, true
					}
				}
			}
		}
	}
	var units []unit
	var left []string
	for i, u := range b.units {
		if taken[i] {
			units, left = append(units, u), append(left, objects[i])
		}
	}
	b.units = units
	return left, nil
}

// member is a source whose object is in a static library.
type member struct{ source, archive string }

// symbols are what an object defines for others, and what it wants of them.
type symbols struct{ defined, wanted []string }

// symbols reads those of an object. The compiler's are the optimiser's code: the linker makes an object of WebAssembly of it first.
func (b *builder) symbols(ctx context.Context, object string) (s symbols, err error) {
	temp, err := os.MkdirTemp(b.cache.dir, "symbols")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	out := filepath.Join(temp, "object.o")
	_, said, err := b.run(ctx, Command{Tool: "wasm-ld", Dir: b.Dir, Args: []string{"-r", "--lto-O0", object, "-o", out},
		Inputs: []string{object}, Output: out})
	if err != nil {
		return s, errors.New(strings.TrimSpace(said))
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return s, err
	}
	return symbolsOf(code)
}

// Numbers of WebAssembly and of its convention for linking (tool-conventions, Linking.md).
const (
	sectionCustom, sectionImport  = 0, 2
	linkingSymbols                = 8
	symbolData, symbolSection     = 1, 3
	symbolWeak, symbolLocal       = 1, 2
	symbolUndefined, symbolNamed  = 0x10, 0x40
	importTable, importMemory     = 1, 2
	importGlobal, importException = 3, 4
)

// wasmReader reads an object; what comes behind its end is 0.
type wasmReader struct {
	b   []byte
	bad bool
}

func (r *wasmReader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *wasmReader) bytes() []byte {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *wasmReader) skip(n int) {
	if n > len(r.b) {
		r.bad, n = true, len(r.b)
	}
	r.b = r.b[n:]
}

// symbolsOf reads an object of WebAssembly.
func symbolsOf(code []byte) (s symbols, err error) {
	if !bytes.HasPrefix(code, []byte("\x00asm")) || len(code) < 8 {
		return s, errors.New("build: an object is no WebAssembly")
	}
	r := &wasmReader{b: code[8:]}
	imports := map[uint64][]string{} // by kind, in their order
	for len(r.b) > 0 && !r.bad {
		kind := r.number()
		section := &wasmReader{b: r.bytes()}
		switch kind {
		case sectionImport:
			section.imports(imports)
		case sectionCustom:
			if string(section.bytes()) == "linking" {
				section.linking(&s, imports)
			}
		}
		r.bad = r.bad || section.bad
	}
	if r.bad {
		return s, fmt.Errorf("build: an object of %d bytes is torn", len(code))
	}
	return s, nil
}

// imports reads the section of that name.
func (r *wasmReader) imports(all map[uint64][]string) {
	for n := r.number(); n > 0 && !r.bad; n-- {
		r.bytes()
		name := string(r.bytes())
		kind := r.number()
		switch kind {
		case importTable:
			r.skip(1)
			r.limits()
		case importMemory:
			r.limits()
		case importGlobal:
			r.skip(2)
		case importException:
			r.skip(1)
			r.number()
		default: // a function
			r.number()
		}
		all[kind] = append(all[kind], name)
	}
}

func (r *wasmReader) limits() {
	flags := r.number()
	r.number()
	if flags&1 != 0 {
		r.number()
	}
}

// linking reads the table of symbols.
func (r *wasmReader) linking(s *symbols, imports map[uint64][]string) {
	r.number() // version
	for len(r.b) > 0 && !r.bad {
		kind := r.number()
		table := &wasmReader{b: r.bytes()}
		if kind != linkingSymbols {
			continue
		}
		for n := table.number(); n > 0 && !table.bad; n-- {
			table.symbol(s, imports)
		}
		r.bad = r.bad || table.bad
	}
}

// importOf is the kind of import that a kind of symbol is.
var importOf = map[uint64]uint64{0: 0, 2: importGlobal, 4: importException, 5: importTable}

func (r *wasmReader) symbol(s *symbols, imports map[uint64][]string) {
	kind, flags := r.number(), r.number()
	undefined := flags&symbolUndefined != 0
	name := ""
	switch kind {
	case symbolSection:
		r.number()
		return
	case symbolData:
		name = string(r.bytes())
		if !undefined {
			r.number()
			r.number()
			r.number()
		}
	default:
		index := r.number()
		if !undefined || flags&symbolNamed != 0 {
			name = string(r.bytes())
		} else if from := imports[importOf[kind]]; index < uint64(len(from)) {
			name = from[index]
		}
	}
	switch {
	case name == "" || flags&symbolLocal != 0:
	case !undefined:
		s.defined = append(s.defined, name)
	case flags&symbolWeak == 0:
		s.wanted = append(s.wanted, name)
	}
}
