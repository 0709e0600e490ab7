package wasm

import (
	"errors"
	"fmt"
	"sort"
	"sync"

	"github.com/emu8266/emu8266/emulator/cdebug"

	"github.com/emu8266/emu8266/emulator/wasm/internal/module"
	"github.com/tetratelabs/wazero/api"
)

// coverExport is the function of rt/cover.c that is called in each block of code, with the address of the block's counter.
const coverExport = "esp_cover"

// cover counts the blocks of an image that was built for tests.
type cover struct {
	blocks []module.Block // by offset
	mu     sync.Mutex     // guards hits
	hits   []uint64       // of each block, over all boots that have ended
	boots  int
}

// newCover finds the blocks; nil if the image has none.
func newCover(m *module.Module) *cover {
	hook, ok := m.Exports[coverExport]
	if !ok {
		return nil
	}
	blocks := m.Blocks(hook)
	return &cover{blocks: blocks, hits: make([]uint64, len(blocks))}
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
		n, _ := mem.ReadUint32Le(b.Counter) // an address that is none counts nothing
		i.cover.hits[k] += uint64(n)
	}
}

// ErrNoCounters is the error of Image.Coverage for an image that was not built for tests.
var ErrNoCounters = errors.New("the image counts no lines: build it with emu8266 build --test")

// Coverage tells which lines of C ran how often.
type Coverage = cdebug.Coverage

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
	c := &Coverage{}
	rows := i.debug.Lines()
	for k, b := range i.cover.blocks {
		first := sort.Search(len(rows), func(n int) bool { return rows[n].Addr > b.From })
		for n := max(first-1, 0); n < len(rows) && rows[n].Addr < b.To; n++ {
			end := b.To
			if n+1 < len(rows) {
				end = rows[n+1].Addr
			}
			if end > max(rows[n].Addr, b.Code) && rows[n].Line > 0 { // else the row has no instruction of the block
				c.AddLine(rows[n].File, rows[n].Line, i.cover.hits[k])
			}
		}
	}
	return c, i.coverFunctions(c)
}

// coverFunctions adds the functions: each ran as often as its first block.
func (i *Image) coverFunctions(c *Coverage) error {
	first := map[uint32]int{}
	for k, b := range i.cover.blocks {
		if _, ok := first[b.Function]; !ok {
			first[b.Function] = k
		}
	}
	functions, err := i.debug.Functions()
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	rows := i.debug.Lines()
	for _, f := range functions {
		index, ok := i.module.Function(f.Addr)
		k, counted := first[index]
		if !ok || !counted {
			continue
		}
		file := f.File // a function of a header stands where its rows say
		n := sort.Search(len(rows), func(n int) bool { return rows[n].Addr >= f.Addr })
		if n < len(rows) && rows[n].Addr == f.Addr && rows[n].Line > 0 {
			file = rows[n].File
		}
		c.AddFunction(file, f.Line, f.Name, i.cover.hits[k])
	}
	return nil
}
