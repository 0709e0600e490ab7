package project

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// Found is what a folder turns out to be.
type Found struct {
	What    string   // a line for people
	Project Project  // what its file should say
	Notes   []string // what to look at, for people

	TestsOnly bool // there is no firmware: emu8266 test is all that there is to do
}

// Refusal is why a folder is no project that can be built.
type Refusal struct{ Why string }

func (r *Refusal) Error() string { return r.Why }

// textMax bounds what is read of a file, in bytes. Choice.
const textMax = 1 << 20

// filesMax bounds how many files are looked at. Choice.
const filesMax = 20000

// Detect looks at a folder. A *Refusal says why there is nothing to build.
func Detect(dir fs.FS) (Found, error) {
	names, err := list(dir)
	if err != nil {
		return Found{}, err
	}
	top := func(match func(name string) bool) string {
		for _, n := range names {
			if !strings.Contains(n, "/") && match(n) {
				return n
			}
		}
		return ""
	}
	if name := top(func(n string) bool { return n == "platformio.ini" }); name != "" {
		return checked(detectPlatformIO(dir))
	}
	if name := top(isSketch); name != "" {
		return Found{}, sketch(name)
	}
	if name := top(func(n string) bool { return slices.Contains([]string{"GNUmakefile", "makefile", "Makefile"}, n) }); name != "" {
		if f, ok, err := detectMake(dir, name, names); ok || err != nil {
			return checked(f, err)
		}
	}
	if f, ok, err := detectC(dir, names); ok || err != nil {
		return checked(f, err)
	}
	if f, ok := detectELF(dir, names); ok {
		return f, nil
	}
	if f, ok := detectTests(dir, names); ok {
		return checked(f, nil)
	}
	for _, n := range names {
		if isSketch(n) && strings.Count(n, "/") <= 1 {
			return Found{}, sketch(n)
		}
	}
	return Found{}, &Refusal{"there is nothing here that can be built or run: no Makefile, no platformio.ini, no C file with " +
		"user_init, no ELF file of the chip, no tests"}
}

func isSketch(name string) bool { return path.Ext(name) == ".ino" }

func sketch(name string) *Refusal {
	return &Refusal{name + " is an Arduino sketch: emu8266 builds firmware in C for the NonOS SDK, not for the Arduino core; " +
		"an ELF file that is linked with the NonOS SDK runs as it is"}
}

// checked turns memory checks on for what is built here. Choice: they cost little beside what they find.
func checked(f Found, err error) (Found, error) {
	f.Project.Check = err == nil
	return f, err
}

// list names the files below a folder, those of folders that begin with a dot left out.
func list(dir fs.FS) (names []string, err error) {
	err = fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			return nil // what cannot be read is none of ours
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.Type().IsRegular():
			names = append(names, name)
		}
		if len(names) >= filesMax {
			return fs.SkipAll
		}
		return nil
	})
	return names, err
}

// read is the beginning of a file, nil if it cannot be read. What is no file, such as a pipe, might never end.
func read(dir fs.FS, name string) []byte {
	if info, err := fs.Stat(dir, name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := dir.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, textMax))
	return text
}

// detectPlatformIO looks at a platformio.ini.
func detectPlatformIO(dir fs.FS) (Found, error) {
	ini, err := ParseINI("platformio.ini", read(dir, "platformio.ini"))
	if err != nil {
		return Found{}, &Refusal{err.Error()}
	}
	frameworks := []string{}
	for _, env := range ini.Envs() {
		switch f := ini.Get("env:"+env, "framework"); f {
		case "esp8266-nonos-sdk":
			p := Project{PlatformIO: &PlatformIO{Env: env}}
			return Found{What: "platformio.ini, environment " + env, Project: p}, nil
		default:
			if !slices.Contains(frameworks, f) {
				frameworks = append(frameworks, f)
			}
		}
	}
	return Found{}, &Refusal{fmt.Sprintf("platformio.ini has no environment with framework = esp8266-nonos-sdk (but: %s): "+
		"emu8266 builds firmware for the NonOS SDK, not for the Arduino core or the RTOS SDK", or(strings.Join(frameworks, ", "), "none"))}
}

var (
	foreign = lazyregexp.New(`IDF_PATH|project\.mk|esp-open-rtos|SDK_PATH\)/make|ESP8266_RTOS_SDK|` +
		`-DARDUINO|ARDUINO_\w+|[Aa]rduino-cli|Arduino\.mk|makeEspArduino|\.arduino15`)
	remark   = lazyregexp.New(`(?m)(^|\s)#.*$`)
	library  = lazyregexp.New(`GEN_LIBS`)
	chipMake = lazyregexp.New(`xtensa|xt-xcc|eagle\.app|esptool|SDK_BASE|\$[({]PDIR|\bESP8266\b`)
	sdkStyle = lazyregexp.New(`\$[({]PDIR[)}]\s*Makefile|GEN_IMAGES`)
	sizeMap  = lazyregexp.New(`SPI_SIZE_MAP\s*\?=\s*(\d)`)
)

// detectMake looks at a Makefile; ok is false if it is none for the chip.
func detectMake(dir fs.FS, name string, names []string) (f Found, ok bool, err error) {
	text := read(dir, name)
	all := slices.Clone(text)
	for _, n := range names {
		if !strings.Contains(n, "/") && path.Ext(n) == ".mk" {
			all = append(all, read(dir, n)...)
		}
	}
	all = remark().ReplaceAll(all, nil)
	switch {
	case foreign().Match(all) && !sdkStyle().Match(all):
		return f, false, &Refusal{name + " is for another SDK (RTOS SDK, esp-open-rtos or Arduino): emu8266 builds firmware for the " +
			"NonOS SDK"}
	case !chipMake().Match(all) && !bytes.Contains(all, []byte("include")):
		return f, false, nil
	}
	f.What = "a Makefile"
	f.Project.Make = &Make{}
	if sdkStyle().Match(text) {
		f.What = "a Makefile in the style of the SDK's examples"
		f.Project.Make.Args = []string{"COMPILE=gcc", "BOOT=new", "APP=1", "SPI_SPEED=40", "SPI_MODE=QIO", "SPI_SIZE_MAP=6"}
		six := 6
		f.Project.FlashMap = &six
		f.Notes = append(f.Notes, "make.args are those for 4 MB as 1024+1024 KB: change them if yours are others, and flash_map with "+
			"SPI_SIZE_MAP")
	} else if m := sizeMap().FindSubmatch(all); m != nil {
		number := int(m[1][0] - '0')
		f.Project.FlashMap = &number
	}
	return f, true, nil
}

var userInit = lazyregexp.New(`\buser_init\s*\(\s*(void)?\s*\)\s*\{?\s*(//.*)?$|\buser_init\s*\(\s*(void)?\s*\)\s*\{`)

// noCode is what of a text in C is not compiled: comments, and what stands between #if 0 and #endif. Choice: an #if within that ends it.
var noCode = lazyregexp.New(`(?s)/\*.*?\*/|(?m:^\s*#\s*if\s+0\b).*?(?m:^\s*#\s*(?:endif|else|elif)\b)`)

// detectC looks for user_init.
func detectC(dir fs.FS, names []string) (f Found, ok bool, err error) {
	var files, programs []string
	for _, n := range names {
		if ext := path.Ext(n); ext != ".c" && ext != ".cpp" && ext != ".cc" {
			continue
		}
		for line := range strings.Lines(string(noCode().ReplaceAll(read(dir, n), nil))) {
			if userInit().MatchString(strings.TrimRight(line, "\r\n")) {
				files, programs = append(files, n), append(programs, program(dir, n))
				break
			}
		}
	}
	if len(files) == 0 {
		return f, false, nil
	}
	main := slices.Index(programs, ".")
	slices.Sort(programs)
	switch programs = slices.Compact(programs); {
	case main >= 0:
		f.What = "C, with user_init in " + files[main]
		for _, p := range programs {
			if p != "." { // one of its own, as of a library's examples
				f.Project.Exclude = append(f.Project.Exclude, p)
			}
		}
		return f, true, nil
	case len(programs) > 1:
		return f, false, &Refusal{fmt.Sprintf("several programs lie here, each with its user_init (%s): begin in the folder of one, as in "+
			"emu8266 init %q", few(programs), programs[0])}
	}
	return f, false, &Refusal{fmt.Sprintf("the program here is in %s, with its own Makefile or platformio.ini: emu8266 init %[1]q",
		programs[0])}
}

// program is the folder of the program that a file with user_init belongs to: the uppermost below the top that says how it is built.
// "." is the top.
func program(dir fs.FS, file string) string {
	parts := strings.Split(path.Dir(file), "/")
	for i := range parts {
		folder := path.Join(parts[:i+1]...)
		for _, build := range []string{"platformio.ini", "GNUmakefile", "makefile", "Makefile"} {
			text := remark().ReplaceAll(read(dir, path.Join(folder, build)), nil)
			part := library().Match(text) && !bytes.Contains(text, []byte("GEN_IMAGES")) // of a program of the SDK's style
			if folder != "." && text != nil && (build == "platformio.ini" || chipMake().Match(text) && !part) {
				return folder
			}
		}
	}
	return "."
}

// few names at most five things.
func few(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

var testFunction = lazyregexp.New(`(?m)^[^/\n]*\bvoid\s+test_\w+\s*\(\s*(void)?\s*\)`)

// detectTests looks for tests in C of the usual folder, beside a library in C or alone.
func detectTests(dir fs.FS, names []string) (f Found, ok bool) {
	for _, n := range names {
		if strings.HasPrefix(n, testsFolder+"/") && path.Ext(n) == ".c" && testFunction().Match(read(dir, n)) {
			f.What, f.TestsOnly = "tests in C, without firmware", true
			return f, true
		}
	}
	return f, false
}

// machineXtensa is the number of the chip's architecture in an ELF file.
const machineXtensa = elf.EM_XTENSA

// detectELF looks for a program of the chip.
func detectELF(dir fs.FS, names []string) (f Found, ok bool) {
	for _, n := range names {
		head := read(dir, n)
		if len(head) < 20 || !bytes.HasPrefix(head, []byte("\x7fELF\x01\x01")) || head[16] != byte(elf.ET_EXEC) ||
			elf.Machine(head[18])|elf.Machine(head[19])<<8 != machineXtensa {
			continue
		}
		f.What = "an ELF file of the chip, " + n
		f.Project.ELF = n
		return f, true
	}
	return f, false
}
