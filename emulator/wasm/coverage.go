package wasm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/tetratelabs/wazero/api"
)

// coverExport is the function of rt/cover.c that is called in each block of code, with the address of the block's counter.
const coverExport = "esp_cover"

// cover counts the blocks of an image that was built for tests.
type cover struct {
	blocks []block    // by offset
	mu     sync.Mutex // guards hits
	hits   []uint64   // of each block, over all boots that have ended
	boots  int
}

// block is a piece of code that runs from its first line to its last, but for a crash.
type block struct {
	span
	code     uint64 // where its instructions begin, but for block, loop and end
	function uint32
	counter  uint32 // address
}

// newCover finds the blocks; nil if the image has none.
func newCover(m *module) *cover {
	hook, ok := m.exports[coverExport]
	if !ok {
		return nil
	}
	c := &cover{}
	for i, body := range m.bodies {
		blocks := findBlocks(m.code, body, hook)
		for k := range blocks {
			blocks[k].function = uint32(m.imports + i)
		}
		c.blocks = append(c.blocks, blocks...)
	}
	c.hits = make([]uint64, len(c.blocks))
	return c
}

// collect adds the counters of a boot that ends.
func (i *Image) collect(mem api.Memory) {
	if i.cover == nil {
		return
	}
	i.cover.mu.Lock()
	defer i.cover.mu.Unlock()
	i.cover.boots++
	for k, b := range i.cover.blocks {
		n, _ := mem.ReadUint32Le(b.counter) // an address that is none counts nothing
		i.cover.hits[k] += uint64(n)
	}
}

// ErrNoCounters is the error of Image.Coverage for an image that was not built for tests.
var ErrNoCounters = errors.New("the image counts no lines: build it with emu8266 build --test")

// Coverage tells which lines of C ran how often.
type Coverage struct{ files map[string]*fileCoverage }

type fileCoverage struct {
	lines     map[int]uint64 // how often; 0: never
	functions map[int]functionCoverage
}

type functionCoverage struct {
	name string
	hits uint64
}

// Coverage returns the coverage of all boots of the image that have ended: devices that were closed or reset, or crashed.
// What runs does not count yet. ErrNoCounters if the image was not built for tests (emu8266 build --test); an error, too, if
// no boot has ended. A line that belongs to several pieces of code counts as the one that ran most often. Deviation: the
// lines behind a crash in the same piece of straight code count as run.
func (i *Image) Coverage() (*Coverage, error) {
	if i.cover == nil {
		return nil, fmt.Errorf("wasm: %w", ErrNoCounters)
	}
	i.cover.mu.Lock()
	defer i.cover.mu.Unlock()
	if i.cover.boots == 0 {
		return nil, errors.New("wasm: no boot of the image has ended: close the device first")
	}
	c := &Coverage{files: map[string]*fileCoverage{}}
	rows := i.lines.table()
	for k, b := range i.cover.blocks {
		first := sort.Search(len(rows), func(n int) bool { return rows[n].offset > b.from })
		for n := max(first-1, 0); n < len(rows) && rows[n].offset < b.to; n++ {
			end := b.to
			if n+1 < len(rows) {
				end = rows[n+1].offset
			}
			if end > max(rows[n].offset, b.code) && rows[n].line > 0 { // else the row has no instruction of the block
				lines := c.file(rows[n].file).lines
				lines[rows[n].line] = max(lines[rows[n].line], i.cover.hits[k])
			}
		}
	}
	return c, i.coverFunctions(c)
}

// coverFunctions adds the functions: each ran as often as its first block.
func (i *Image) coverFunctions(c *Coverage) error {
	first := map[uint32]int{}
	for k, b := range i.cover.blocks {
		if _, ok := first[b.function]; !ok {
			first[b.function] = k
		}
	}
	s := &i.symbols
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	for _, list := range s.all {
		for _, f := range list {
			index, ok := i.module.function(f.at)
			k, counted := first[index]
			if f.variable || !f.place || !ok || !counted {
				continue
			}
			file := f.file
			rows := i.lines.table() // a function of a header stands there
			if n := sort.Search(len(rows), func(n int) bool { return rows[n].offset >= f.at }); n < len(rows) && rows[n].offset == f.at && rows[n].line > 0 {
				file = rows[n].file
			}
			c.file(file).functions[f.line] = functionCoverage{f.name, i.cover.hits[k]}
		}
	}
	return nil
}

func (c *Coverage) file(name string) *fileCoverage {
	f := c.files[name]
	if f == nil {
		f = &fileCoverage{lines: map[int]uint64{}, functions: map[int]functionCoverage{}}
		c.files[name] = f
	}
	return f
}

// Lines returns how many lines have code, and how many of them ran.
func (c *Coverage) Lines() (all, ran int) {
	for _, f := range c.files {
		for _, n := range f.lines {
			if all++; n > 0 {
				ran++
			}
		}
	}
	return all, ran
}

// Line returns how often a line ran. ok is false if it has no code, or the file is not known. Files are named as in the
// image: relative to the folder that it was built from.
func (c *Coverage) Line(file string, line int) (hits uint64, ok bool) {
	if f := c.files[file]; f != nil {
		hits, ok = f.lines[line]
	}
	return hits, ok
}

// WriteLCOV writes a tracefile of lcov (geninfo(1)), which genhtml and editors read: functions and lines of each file,
// in order of names and lines.
func (c *Coverage) WriteLCOV(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "TN:")
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		f := c.files[name]
		fmt.Fprintf(out, "SF:%s\n", name)
		hit := 0
		lines := slices.Sorted(maps.Keys(f.functions))
		for _, line := range lines {
			fmt.Fprintf(out, "FN:%d,%s\n", line, f.functions[line].name)
		}
		for _, line := range lines {
			fn := f.functions[line]
			fmt.Fprintf(out, "FNDA:%d,%s\n", fn.hits, fn.name)
			if fn.hits > 0 {
				hit++
			}
		}
		fmt.Fprintf(out, "FNF:%d\nFNH:%d\n", len(lines), hit)
		hit = 0
		for _, line := range slices.Sorted(maps.Keys(f.lines)) {
			fmt.Fprintf(out, "DA:%d,%d\n", line, f.lines[line])
			if f.lines[line] > 0 {
				hit++
			}
		}
		fmt.Fprintf(out, "LF:%d\nLH:%d\nend_of_record\n", len(f.lines), hit)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	return nil
}

// findBlocks returns the blocks of a function's body: each begins with a call of the hook, or rather where the address of
// the counter is put on the stack for it, and ends where the next one begins. The first one begins with the function.
func findBlocks(code []byte, body span, hook uint32) []block {
	if body.to > uint64(len(code)) || body.from > body.to {
		return nil
	}
	r := &reader{b: code[body.from:body.to]}
	at := func() uint64 { return body.to - uint64(len(r.b)) }
	for range r.count() { // local variables
		r.u32()
		r.byte()
	}
	var blocks []block
	var stack []uint32 // constants that were pushed last
	begin := at()      // of the structure before them
	pushed := begin    // of the instructions that push them
	for len(r.b) > 0 && r.err == nil {
		before := at()
		switch op := r.byte(); op {
		case opI32Const:
			if len(stack) == 2 {
				stack, begin, pushed = nil, before, before
			} else if len(stack) == 0 {
				pushed = before
			}
			stack = append(stack, uint32(r.i32()))
		case opI32Add:
			if len(stack) == 2 {
				stack = []uint32{stack[0] + stack[1]}
				continue
			}
			stack, begin = nil, at()
		case opBlock, opLoop, opEnd:
			r.skip(op)
			if stack != nil {
				stack, begin = nil, before
			}
		case opCall:
			if r.u32() == hook && len(stack) > 0 {
				if n := len(blocks); n > 0 {
					blocks[n-1].to = begin
				} else {
					begin, pushed = body.from, body.from
				}
				blocks = append(blocks, block{span: span{begin, body.to}, code: pushed, counter: stack[len(stack)-1]})
			}
			stack, begin = nil, at()
		default:
			r.skip(op)
			stack, begin = nil, at()
		}
	}
	if r.err != nil || len(blocks) > math.MaxInt32 {
		return nil
	}
	return blocks
}
