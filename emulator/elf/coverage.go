package elf

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/emu8266/emu8266/emulator/cdebug"
)

// cover counts the lines of an image, over all boots that have ended.
type cover struct {
	rows  []cdebug.Row // those that have code and a line, by address
	mu    sync.Mutex   // guards what follows
	hits  []uint64     // of each row
	boots int
}

// Coverage tells which lines of C ran how often.
type Coverage = cdebug.Coverage

// ErrNoCounters is the error of Image.Coverage for an image whose lines are not counted.
var ErrNoCounters = errors.New("the lines of this image are not counted: call CountLines before the first device boots it")

// CountLines lets devices count the lines of C that they run, for Coverage. It is called before the first device boots the image; without
// it nothing is counted, and nothing costs time. Errors: a device has booted it already, there is no debug information about lines.
func (i *Image) CountLines() error {
	if i.core.Used() {
		return errors.New("elf: lines are counted from the first boot on: call CountLines before it")
	}
	all := i.debug.Lines()
	c := &cover{}
	var addrs []uint32
	for n, r := range all {
		if n+1 < len(all) && all[n+1].Addr == r.Addr || r.Addr > 0xFFFFFFFF { // no code of its own
			continue
		}
		if strings.EqualFold(path.Ext(r.File), ".s") { // of assembler, such as the compiler's own library: no C
			r.Line = 0
		}
		c.rows = append(c.rows, r)
		addrs = append(addrs, uint32(r.Addr))
	}
	if len(addrs) == 0 {
		return fmt.Errorf("elf: %s", i.debug.NoDebug)
	}
	c.hits = make([]uint64, len(addrs))
	i.core.Cover(addrs)
	i.cover = c
	return nil
}

// collect adds what a boot has counted that ends.
func (g *guest) collect() {
	c := g.image.cover
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boots++
	for n := range c.hits {
		c.hits[n] += g.cpu.Covered(n)
	}
}

// Coverage returns the coverage of all boots of the image that have ended: devices that were closed or reset, or crashed. What runs does
// not count yet. ErrNoCounters without CountLines; an error, too, if no boot has ended. A line that belongs to several pieces of code
// counts as the one that ran most often. An optimising compiler leaves some lines no code of their own: these have no number.
func (i *Image) Coverage() (*Coverage, error) {
	c := i.cover
	if c == nil {
		return nil, fmt.Errorf("elf: %w", ErrNoCounters)
	}
	functions, err := i.debug.Functions()
	if err != nil {
		return nil, fmt.Errorf("elf: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.boots == 0 {
		return nil, errors.New("elf: no boot of the image has ended: close the device first")
	}
	result := &Coverage{}
	begin := map[uint64]int{}
	for n, r := range c.rows {
		begin[r.Addr] = n
		if r.Line > 0 {
			result.AddLine(r.File, r.Line, c.hits[n])
		}
	}
	for _, f := range functions {
		n, ok := begin[f.Addr]
		if !ok || c.rows[n].Line == 0 {
			continue
		}
		result.AddFunction(c.rows[n].File, f.Line, f.Name, c.hits[n]) // a function of a header stands where its rows say
	}
	return result, nil
}
