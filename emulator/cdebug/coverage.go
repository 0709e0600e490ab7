package cdebug

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Coverage tells which lines of C ran how often.
// The zero value is empty.
type Coverage struct{ files map[string]*fileCoverage }

type fileCoverage struct {
	lines     map[int]uint64 // how often; 0: never
	functions map[int]functionCoverage
}

type functionCoverage struct {
	name string
	hits uint64
}

// AddLine adds a line that has code, and how often it ran. Of a line that is added several times, the highest number counts.
func (c *Coverage) AddLine(file string, line int, hits uint64) {
	lines := c.file(file).lines
	lines[line] = max(lines[line], hits)
}

// AddFunction adds a function that begins at a line, and how often it was called.
func (c *Coverage) AddFunction(file string, line int, name string, hits uint64) {
	c.file(file).functions[line] = functionCoverage{name, hits}
}

func (c *Coverage) file(name string) *fileCoverage {
	if c.files == nil {
		c.files = map[string]*fileCoverage{}
	}
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

// Add adds what another program, or another run, has counted: the sums of the same lines and functions.
func (c *Coverage) Add(other *Coverage) {
	for name, from := range other.files {
		to := c.file(name)
		for line, hits := range from.lines {
			to.lines[line] += hits
		}
		for line, fn := range from.functions {
			to.functions[line] = functionCoverage{fn.name, to.functions[line].hits + fn.hits}
		}
	}
}

// Drop leaves out the files for which out is true: tests, generated ones.
func (c *Coverage) Drop(out func(file string) bool) {
	maps.DeleteFunc(c.files, func(name string, _ *fileCoverage) bool { return out(name) })
}

// FileLines are the figures of one file.
type FileLines struct {
	Name     string // as in the image
	All, Ran int    // lines that have code, and how many of them ran
}

// Files returns the figures of each file, by name.
func (c *Coverage) Files() (list []FileLines) {
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		one := Coverage{map[string]*fileCoverage{name: c.files[name]}}
		all, ran := one.Lines()
		list = append(list, FileLines{name, all, ran})
	}
	return list
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
		return fmt.Errorf("cdebug: %w", err)
	}
	return nil
}
