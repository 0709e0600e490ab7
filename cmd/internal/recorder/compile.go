package recorder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// call is what the arguments of a compiler say.
type call struct {
	unit    Unit // all but its source
	output  string
	mode    string // "-c", "-S", "-E", "-M"; "" links
	depend  string // file of dependencies
	sources []string
	inputs  []string // objects and archives, in order
	folders []string // -L
	print   string   // a question
}

// separate are options whose value is the next argument.
var separate = []string{"-T", "-u", "-e", "-z", "-Xlinker", "-Xassembler", "-Xpreprocessor", "-x", "-MT", "-MQ", "-aux-info",
	"--param", "-y",
	"-Map", "-m", "-A", "-B", "-G", "-arch", "-imacros", "-iprefix", "-isysroot", "-defsym", "--defsym", "-Ttext", "-Tdata", "-Tbss"}

// parse reads the arguments of a compiler. Files of arguments (@FILE) are read.
func parse(args []string) (c call, err error) {
	dir, err := os.Getwd()
	if err != nil {
		return c, err
	}
	abs := func(name string) string {
		if filepath.IsAbs(name) {
			return filepath.Clean(name)
		}
		return filepath.Join(dir, name)
	}
	if args, err = expand(args, 0); err != nil {
		return c, err
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		value := func(option string) string {
			if rest := strings.TrimPrefix(a, option); rest != "" {
				return rest
			}
			if i++; i < len(args) {
				return args[i]
			}
			return ""
		}
		switch {
		case a == "-c", a == "-S", a == "-E":
			if c.mode != "-M" {
				c.mode = a
			}
		case a == "-M", a == "-MM":
			c.mode = "-M"
		case a == "-MD", a == "-MMD":
			if c.depend == "" {
				c.depend = "beside"
			}
		case strings.HasPrefix(a, "-MF"):
			c.depend = value("-MF")
		case a == "--version", a == "-v", strings.HasPrefix(a, "-dump"), strings.HasPrefix(a, "-print"), strings.HasPrefix(a, "--print"):
			c.print = a
		case slices.Contains(separate, a):
			i++
		case a == "-isystem" || a == "-iquote" || a == "-idirafter":
			if v := value(a); v != "" {
				c.unit.Includes = append(c.unit.Includes, abs(v))
			}
		case a == "-include":
			if v := value(a); v != "" {
				c.unit.Forced = append(c.unit.Forced, v)
			}
		case strings.HasPrefix(a, "-o"):
			c.output = value("-o")
		case strings.HasPrefix(a, "-D"):
			c.unit.Defines = append(c.unit.Defines, value("-D"))
		case strings.HasPrefix(a, "-U"):
			c.unit.Undefine = append(c.unit.Undefine, value("-U"))
		case strings.HasPrefix(a, "-I"):
			c.unit.Includes = append(c.unit.Includes, abs(value("-I")))
		case a == "-Wall":
			c.unit.Warnings = true
		case strings.HasPrefix(a, "-std="):
			c.unit.Standard = strings.TrimPrefix(a, "-std=")
		case strings.HasPrefix(a, "-L"):
			c.folders = append(c.folders, value("-L"))
		case strings.HasPrefix(a, "-l"):
			c.inputs = append(c.inputs, a)
		case strings.HasPrefix(a, "-"):
		case isSource(a):
			c.sources = append(c.sources, abs(a))
		default:
			c.inputs = append(c.inputs, a)
		}
	}
	return c, nil
}

// expandMax bounds how deep files of arguments name each other. Choice.
const expandMax = 8

// expand puts the words of @FILE in its place.
func expand(args []string, depth int) ([]string, error) {
	var all []string
	for _, a := range args {
		name, ok := strings.CutPrefix(a, "@")
		if !ok || depth == expandMax {
			all = append(all, a)
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil { // an argument as it is, as gcc has it
			all = append(all, a)
			continue
		}
		more, err := expand(strings.Fields(string(text)), depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// isSource tells a file that is compiled or assembled.
func isSource(name string) bool {
	switch filepath.Ext(name) {
	case ".c", ".cc", ".cpp", ".cxx", ".C", ".s", ".S":
		return true
	}
	return false
}

// compile plays the compiler, the assembler and the linker.
func (p place) compile(base string) error {
	c, err := parse(p.args)
	if err != nil {
		return err
	}
	if c.print != "" && len(c.sources)+len(c.inputs) == 0 {
		return p.answer(c.print)
	}
	if base == "cpp" {
		c.mode = "-E"
	}
	if base == "as" {
		c.mode = "-c"
	}
	for _, s := range c.sources {
		if _, err := os.Stat(s); err != nil {
			return fmt.Errorf("error: %s: No such file or directory", s)
		}
	}
	unit := func(source string) line {
		u := c.unit
		u.Source = source
		return line{Unit: u}
	}
	switch c.mode {
	case "-M":
		return p.dependencies(c)
	case "-E":
		if c.output == "" || c.output == "-" {
			return nil
		}
		return os.WriteFile(c.output, nil, 0o644)
	case "-c", "-S":
		if len(c.sources)+len(c.inputs) == 0 {
			return fmt.Errorf("fatal error: no input files")
		}
		for _, s := range c.sources {
			out := c.output
			if out == "" {
				out = strings.TrimSuffix(filepath.Base(s), filepath.Ext(s)) + map[string]string{"-c": ".o", "-S": ".s"}[c.mode]
			}
			if c.mode == "-S" {
				return os.WriteFile(out, nil, 0o644) // assembler text of what a unit would be: nothing to compile
			}
			if err := writeObject(out, []line{unit(s)}); err != nil {
				return err
			}
			if err := dependFile(c, out, s); err != nil {
				return err
			}
		}
		return nil
	}
	return p.link(c, unit)
}

// link collects what reaches a program, or an object of objects.
func (p place) link(c call, unit func(string) line) error {
	var lines []line
	whole := slices.ContainsFunc(p.args, func(a string) bool { return strings.HasSuffix(a, "--whole-archive") })
	for _, s := range c.sources {
		lines = append(lines, unit(s))
	}
	for _, in := range c.inputs {
		path := in
		if name, ok := strings.CutPrefix(in, "-l"); ok {
			if path = library(c.folders, name); path == "" {
				continue // of the SDK or of the compiler: the emulator has it
			}
		}
		more, err := readObject(path)
		if errors.Is(err, fs.ErrNotExist) && IsForeign(in) {
			continue
		}
		if err != nil {
			return fmt.Errorf("error: %s: No such file or directory", in)
		}
		for i := range more {
			more[i].Archive = ""
			if more[i].Member != "" && !whole {
				more[i].Archive = path
			}
		}
		lines = append(lines, more...)
	}
	for i := range lines {
		lines[i].Member = ""
	}
	out := c.output
	if out == "" {
		out = "a.out"
	}
	if err := writeObject(out, lines); err != nil {
		return err
	}
	if slices.Contains(p.args, "-r") || slices.Contains(p.args, "-Wl,-r") {
		return nil // an object
	}
	return linked(out)
}

// library finds -lNAME in the folders of -L.
func library(folders []string, name string) string {
	file := "lib" + name + ".a"
	if rest, ok := strings.CutPrefix(name, ":"); ok {
		file = rest
	}
	for _, f := range folders {
		path := filepath.Join(f, file)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// linked notes a program.
func linked(out string) error {
	path, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(os.Getenv(EnvLinked), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(path + "\n")
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// dependencies prints the rule of -M.
func (p place) dependencies(c call) error {
	out := p.stdout
	if c.output != "" && c.output != "-" {
		c.depend = c.output
	}
	for _, s := range c.sources {
		object := strings.TrimSuffix(filepath.Base(s), filepath.Ext(s)) + ".o"
		if c.depend != "" && c.depend != "beside" {
			return os.WriteFile(c.depend, fmt.Appendf(nil, "%s: %s\n", object, s), 0o644)
		}
		if _, err := fmt.Fprintf(out, "%s: %s\n", object, s); err != nil {
			return err
		}
	}
	return nil
}

// dependFile writes the file of -MD.
func dependFile(c call, object, source string) error {
	if c.depend == "" {
		return nil
	}
	name := c.depend
	if name == "beside" {
		name = strings.TrimSuffix(object, filepath.Ext(object)) + ".d"
	}
	return os.WriteFile(name, fmt.Appendf(nil, "%s: %s\n", object, source), 0o644)
}

// answer answers a question to the compiler: those of Makefiles are about folders and versions, which nothing here depends on.
func (p place) answer(question string) error {
	text := p.name + " (recorded by emu8266) 5.2.0"
	switch {
	case strings.HasPrefix(question, "-dumpversion"):
		text = "5.2.0"
	case strings.HasPrefix(question, "-dumpmachine"):
		text = "xtensa-lx106-elf"
	case strings.HasPrefix(question, "-print"), strings.HasPrefix(question, "--print"):
		_, file, _ := strings.Cut(question, "=")
		text = file
		if file == "" {
			text = "libgcc.a"
		}
	}
	_, err := fmt.Fprintln(p.stdout, text)
	return err
}
