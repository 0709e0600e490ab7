package lcov

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Report is the sum of tracefiles. The zero value is empty.
type Report struct{ files map[string]*file }

// file is what is known of a source file.
type file struct {
	lines     map[int]uint64 // how often each line ran
	functions map[string]function
}

type function struct {
	line int
	hits uint64
}

// lineMax bounds the length of a line of a tracefile, in bytes. Choice.
const lineMax = 64 << 10

// Add adds a tracefile: counts of the same line are added. Records that say nothing of lines and functions are left out. An error for
// a text that is no tracefile; the report is as before then.
func (r *Report) Add(from io.Reader) error {
	added := map[string]*file{}
	var f *file
	in := bufio.NewScanner(from)
	in.Buffer(nil, lineMax)
	for n := 1; in.Scan(); n++ {
		key, value, _ := strings.Cut(strings.TrimSpace(in.Text()), ":")
		if key == "SF" {
			if added[value] == nil {
				added[value] = &file{map[int]uint64{}, map[string]function{}}
			}
			f = added[value]
			continue
		}
		if key != "DA" && key != "FN" && key != "FNDA" {
			continue
		}
		first, second, ok := strings.Cut(value, ",")
		count, err := strconv.ParseUint(first, 10, 63)
		if f == nil || !ok || err != nil {
			return fmt.Errorf("lcov: line %d: %q is no record of a tracefile", n, in.Text())
		}
		switch key {
		case "DA":
			second, _, _ = strings.Cut(second, ",") // a checksum may follow
			hits, err := strconv.ParseUint(second, 10, 64)
			if err != nil {
				return fmt.Errorf("lcov: line %d: %q is no count", n, second)
			}
			f.lines[int(count)] += hits
		case "FN":
			x := f.functions[second]
			x.line = int(count)
			f.functions[second] = x
		case "FNDA":
			x := f.functions[second]
			x.hits += count
			f.functions[second] = x
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("lcov: %w", err)
	}
	if r.files == nil {
		r.files = map[string]*file{}
	}
	for name, f := range added {
		r.join(name, f)
	}
	return nil
}

func (r *Report) join(name string, f *file) {
	have := r.files[name]
	if have == nil {
		r.files[name] = f
		return
	}
	for line, hits := range f.lines {
		have.lines[line] += hits
	}
	for name, fn := range f.functions {
		have.functions[name] = function{fn.line, have.functions[name].hits + fn.hits}
	}
}

// Drop leaves out the files for which out is true: tests, generated ones.
func (r *Report) Drop(out func(file string) bool) {
	maps.DeleteFunc(r.files, func(name string, _ *file) bool { return out(name) })
}

// Lines returns how many lines have code, and how many of them ran.
func (r *Report) Lines() (all, ran int) {
	for _, f := range r.files {
		all += len(f.lines)
		for _, hits := range f.lines {
			if hits > 0 {
				ran++
			}
		}
	}
	return all, ran
}

// File is a line of a summary.
type File struct {
	Name     string
	All, Ran int // lines
}

// Files returns the figures of each file, by name.
func (r *Report) Files() (list []File) {
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		one := Report{map[string]*file{name: r.files[name]}}
		all, ran := one.Lines()
		list = append(list, File{name, all, ran})
	}
	return list
}

// Write writes a tracefile, in order of names and lines.
func (r *Report) Write(to io.Writer) error {
	out := bufio.NewWriter(to)
	fmt.Fprintln(out, "TN:")
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		f := r.files[name]
		fmt.Fprintf(out, "SF:%s\n", name)
		names := slices.SortedFunc(maps.Keys(f.functions), func(a, b string) int {
			if d := f.functions[a].line - f.functions[b].line; d != 0 {
				return d
			}
			return strings.Compare(a, b)
		})
		hit := 0
		for _, n := range names {
			fmt.Fprintf(out, "FN:%d,%s\n", f.functions[n].line, n)
		}
		for _, n := range names {
			fmt.Fprintf(out, "FNDA:%d,%s\n", f.functions[n].hits, n)
			if f.functions[n].hits > 0 {
				hit++
			}
		}
		fmt.Fprintf(out, "FNF:%d\nFNH:%d\n", len(names), hit)
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
		return fmt.Errorf("lcov: %w", err)
	}
	return nil
}
