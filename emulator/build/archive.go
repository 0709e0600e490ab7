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

// members leaves out the objects of static libraries that nothing needs, as GNU ld does: see chosen.
//
// For WebAssembly it is asked where symbols are defined twice: elsewhere the linker leaves out what nothing calls. Deviation: the
// constructors of C++ in such a member run there.
func (b *builder) members(ctx context.Context, objects []string) ([]string, error) {
	all, err := b.allSymbols(ctx, objects)
	if err != nil {
		return nil, err
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
	libraries := make([][]int, len(archives))
	for i, a := range archives {
		libraries[i] = order[a]
	}
	taken := chosen(all, libraries)
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

// chosen says which objects GNU ld links: all that are in no library, and a member of one if it defines something that is wanted and not
// defined yet, or gives a value to a variable that has none yet. So the firmware's own functions take the place of a library's, and of two
// libraries the first counts. The libraries are searched again until nothing is added, as between --start-group and --end-group; without
// these options GNU ld goes back to no library, and tells the functions that it has not found. Choice.
func chosen(all []symbols, libraries [][]int) []bool {
	taken := make([]bool, len(all))
	for i := range taken {
		taken[i] = true
	}
	for _, members := range libraries {
		for _, i := range members {
			taken[i] = false
		}
	}
	defined, valued, wanted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	// The SDK's library calls these.
	for _, root := range []string{"user_init", "user_pre_init", "user_rf_pre_init", "user_rf_cal_sector_set"} {
		wanted[root] = true
	}
	take := func(i int) {
		taken[i] = true
		for _, name := range all[i].defined {
			defined[name] = true
			valued[name] = valued[name] || !all[i].common[name]
		}
		for _, name := range all[i].wanted {
			wanted[name] = true
		}
	}
	for i := range all {
		if taken[i] {
			take(i)
		}
	}
	needed := func(i int) bool {
		return slices.ContainsFunc(all[i].defined, func(name string) bool {
			return wanted[name] && !defined[name] || defined[name] && !valued[name] && !all[i].common[name]
		})
	}
	for again := true; again; {
		again = false
		for _, members := range libraries {
			for more := true; more; {
				more = false
				for _, i := range members {
					if !taken[i] && needed(i) {
						take(i)
						more, again = true, true
					}
				}
			}
		}
	}
	return taken
}

// member is a source whose object is in a static library.
type member struct{ source, archive string }

// wasmSymbols reads those of an object. The compiler's are the optimiser's code: the linker makes an object of WebAssembly of it first.
func (b *builder) wasmSymbols(ctx context.Context, object string) (s symbols, err error) {
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
	symbolFunction, symbolData    = 0, 1
	symbolSection                 = 3
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
			s.size(name, r.number(), flags&symbolLocal == 0)
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
		if kind == symbolFunction && flags&symbolWeak == 0 {
			s.strong = append(s.strong, name)
		}
	case flags&symbolWeak == 0:
		s.wanted = append(s.wanted, name)
	}
}
