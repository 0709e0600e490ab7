package cdebug

import (
	"cmp"
	"debug/dwarf"
	"errors"
	"slices"
	"sync"
)

// Info is the debug information of a program. Its methods may be called from any goroutine; they read what they need when
// it is first asked for.
type Info struct {
	Sections  map[string][]byte // by name, such as .debug_info; they are not to be changed any more
	NoDebug   string            // what the error says when there is no debug information
	TakenAway string            // what the error says of a function or variable that the compiler left no place
	// CodePointers: pointers to functions are addresses of code, as on the chip; in WebAssembly they are numbers of a table.
	CodePointers bool

	readLines sync.Once
	rows      []Row // by address

	mu          sync.Mutex // guards what follows; the readers of dwarf share tables, too
	readSymbols sync.Once
	err         error
	dwarf       *dwarf.Data
	all         map[string][]symbol // by name
	called      map[string]*Callee  // what Callee has found
	structs     map[string][]uint32 // bytes of those with a name
	units       []*unit             // by address of their entries
	spans       []span              // by address
	types       map[dwarf.Offset]*ctype
	typeNames   map[string]dwarf.Offset // as in C: "struct espconn", "uint8"
	enumerators map[string]int64
	declared    int         // types that the name that is being written is made of
	looked      int         // entries that Breakpoint has looked at
	table       *frameTable // nil: .debug_frame was not read
}

// load lists the symbols. The caller holds mu.
func (info *Info) load() error {
	info.readSymbols.Do(func() { info.err = info.read() })
	return info.err
}

func (info *Info) read() (err error) {
	info.all, info.structs = map[string][]symbol{}, map[string][]uint32{}
	info.types, info.typeNames, info.enumerators = map[dwarf.Offset]*ctype{}, map[string]dwarf.Offset{}, map[string]int64{}
	if len(info.Sections[".debug_info"]) == 0 {
		return errors.New(info.NoDebug)
	}
	if info.dwarf, err = open(info.Sections); err != nil {
		return err
	}
	info.units = unitHeaders(info.Sections[".debug_info"])
	tables := 4 * len(info.Sections[".debug_line"]) // units that share a table many times over are damaged
	w := &symbolWalk{functions: map[dwarf.Offset]*symbol{}}
	r := info.dwarf.Reader()
	for range entries(info.Sections) {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e == nil {
			break
		}
		w.entry(e)
		switch e.Tag {
		case dwarf.TagStructType:
			info.addStruct(e)
			info.addType(e)
		case dwarf.TagTypedef, dwarf.TagUnionType, dwarf.TagEnumerationType, dwarf.TagBaseType, dwarf.TagClassType:
			info.addType(e)
		case dwarf.TagEnumerator:
			info.addEnumerator(e)
		case dwarf.TagCompileUnit:
			info.addUnit(e, &tables)
		case dwarf.TagSubprogram:
			info.addSpans(e)
		}
	}
	slices.SortFunc(info.spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for _, d := range w.found {
		if o := w.functions[d.origin]; d.origin != 0 && o != nil {
			d.name, d.params, d.line = o.name, o.params, o.line
		}
		if d.name != "" {
			info.all[d.name] = append(info.all[d.name], *d)
		}
	}
	for name, list := range info.all { // one with a place makes those without superfluous
		if placed := slices.DeleteFunc(slices.Clone(list), func(d symbol) bool { return !d.place }); len(placed) > 0 {
			info.all[name] = placed
		}
	}
	return nil
}

// addStruct notes the size of a struct.
func (info *Info) addStruct(e *dwarf.Entry) {
	name, _ := e.Val(dwarf.AttrName).(string)
	size, whole := e.Val(dwarf.AttrByteSize).(int64)
	if name == "" || !whole || size < 0 || size > sizeMax || slices.Contains(info.structs[name], uint32(size)) {
		return
	}
	info.structs[name] = append(info.structs[name], uint32(size))
}

// StructSizes returns the sizes in bytes that the program's files give a struct, each once; none if no file knows it, or without
// debug information that can be read.
func (info *Info) StructSizes(name string) []uint32 {
	info.mu.Lock()
	defer info.mu.Unlock()
	if info.load() != nil {
		return nil
	}
	return info.structs[name]
}

// entriesMax bounds the entries of debug information that are read. Choice.
const entriesMax = 1 << 20

var errDamaged = errors.New("damaged debug information")

// open opens the debug sections of a program, which may be damaged.
func open(sections map[string][]byte) (*dwarf.Data, error) {
	if err := linear(sections[".debug_info"], sections[".debug_abbrev"]); err != nil {
		return nil, err
	}
	section := func(name string) []byte { return sections[".debug_"+name] }
	d, err := dwarf.New(section("abbrev"), nil, nil, section("info"), section("line"), nil, section("ranges"), section("str"))
	if err != nil {
		return nil, err
	}
	for name, b := range sections {
		if name == ".debug_addr" || name == ".debug_line_str" || name == ".debug_str_offsets" || name == ".debug_rnglists" {
			if err := d.AddSection(name, b); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// entries bounds the entries that are read: each has a byte at least.
func entries(sections map[string][]byte) int {
	return min(len(sections[".debug_info"]), entriesMax)
}
