package recorder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// The environment of the tools.
const (
	// EnvLinked names the file that each linked program's path is added to. The program plays a tool only if it is set.
	EnvLinked = "EMU8266_RECORD"
	// EnvPath is PATH as it was, where the true tools are.
	EnvPath = "EMU8266_RECORD_PATH"
)

// names are the tools without their prefix.
var binutils = []string{"gcc", "g++", "c++", "cc", "xcc", "xc++", "cpp", "as", "ar", "gcc-ar", "gcc-nm", "gcc-ranlib", "ld", "nm",
	"objcopy",
	"objdump", "ranlib", "size", "strip", "strings", "readelf"}

// others are tools of no prefix.
var others = []string{"esptool", "esptool.py", "esptool2", "esptool-ck", "gen_appbin.py", "gen_appbin", "python", "python2",
	"python3", "sh"}

// Names are those of all tools that a folder for PATH has to have.
func Names() []string {
	names := slices.Clone(others)
	for _, b := range binutils {
		names = append(names, "xtensa-lx106-elf-"+b, "xt-"+b)
	}
	return names
}

// place is where a tool works.
type place struct {
	name           string
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// Tool plays the tool of a name in the working directory and returns its exit code.
func Tool(name string, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := place{name: name, args: args, stdin: stdin, stdout: stdout, stderr: stderr}
	if err := p.play(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

// play does the tool's work.
func (p place) play() error {
	base := strings.TrimPrefix(strings.TrimPrefix(p.name, "xtensa-lx106-elf-"), "xt-")
	switch {
	case p.name == "sh":
		return p.shell()
	case strings.HasPrefix(p.name, "python"):
		return p.python()
	case strings.HasPrefix(p.name, "esptool"), strings.HasPrefix(p.name, "gen_appbin"):
		return imageTool(p.name, p.args)
	}
	switch base {
	case "gcc", "g++", "c++", "cc", "xcc", "xc++", "cpp", "as", "ld":
		return p.compile(base)
	case "ar", "gcc-ar":
		return p.archive()
	case "objcopy", "strip":
		return p.copyObject()
	}
	return nil // what only prints has nothing to print
}

// toolPath is a tool's name with a folder before it, as a word of a shell's command.
var toolPath = lazyregexp.New(`(^|[\s;&|("'` + "`" + `@])[^\s"'=;&|()-][^\s"'=;&|()]*[/\\]` +
	`(xtensa-lx106-elf-(?:` + alternatives() + `)|xt-(?:` + alternatives() + `)|esptool(?:\.py|2|-ck)?|gen_appbin(?:\.py)?)(?:\.exe)?([\s;&|)"']|$)`)

// bare is a tool's name with a Windows suffix.
var bare = lazyregexp.New(`(^|[\s;&|("'@])((?:xtensa-lx106-elf-(?:` + alternatives() + `)|esptool|gen_appbin))\.exe([\s;&|)"']|$)`)

// alternatives are the tools in a regular expression, the longest first.
func alternatives() string {
	quoted := slices.Clone(binutils)
	slices.SortFunc(quoted, func(a, b string) int { return len(b) - len(a) })
	for i, b := range quoted {
		quoted[i] = regexp.QuoteMeta(b)
	}
	return strings.Join(quoted, "|")
}

// Bare takes the folders off the tools' names in a command of a shell.
func Bare(command string) string {
	return bare().ReplaceAllString(toolPath().ReplaceAllString(command, "$1$2$3"), "$1$2$3")
}

// shell runs a command of make with a true shell.
func (p place) shell() error {
	args := slices.Clone(p.args)
	for i, a := range args {
		if strings.HasPrefix(a, "-") && strings.HasSuffix(a, "c") && i+1 < len(args) {
			args[i+1] = Bare(args[i+1])
			break
		}
	}
	return p.pass("bash", "sh", args)
}

// python plays the SDK's scripts and runs all others.
func (p place) python() error {
	for i, a := range p.args {
		if strings.HasPrefix(a, "-") {
			continue
		}
		switch base := filepath.Base(filepath.ToSlash(a)); base {
		case "gen_appbin.py", "esptool.py":
			return imageTool(base, p.args[i+1:])
		}
		break
	}
	return p.pass(p.name, "python3", p.args)
}

// pass runs one of two programs of the true PATH.
func (p place) pass(first, second string, args []string) error {
	path := lookPath(first)
	if path == "" {
		path = lookPath(second)
	}
	if path == "" {
		return fmt.Errorf("%s is not installed", first)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.stdin, p.stdout, p.stderr
	return cmd.Run()
}

// lookPath finds a program where it was before the tools' folder came before all others.
func lookPath(name string) string {
	for _, dir := range filepath.SplitList(os.Getenv(EnvPath)) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return path
		}
	}
	return ""
}
