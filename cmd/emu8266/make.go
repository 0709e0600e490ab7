package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/cmd/internal/recorder"
	"github.com/emu8266/emu8266/emulator/build"
)

// makeCmd builds what a Makefile would.
type makeCmd struct {
	Args   []string `arg:"" optional:"" help:"Arguments of make, behind --." placeholder:"ARGS"`
	Dir    string   `short:"C" help:"Folder with the Makefile. Default: this folder, or what emu8266.toml says." placeholder:"DIR"`
	Output string   `short:"o" help:"Image to make. Default: NAME.wasm or NAME.elf in the project's folder, by its name." placeholder:"FILE"`
	buildFlags
}

// Help is shown by --help.
func (makeCmd) Help() string {
	return `Examples:
  emu8266 make -- COMPILE=gcc BOOT=new APP=1 SPI_SPEED=40 SPI_MODE=QIO SPI_SIZE_MAP=6
  emu8266 make --engine lx106 --sdk ~/ESP8266_NONOS_SDK

Runs the project's own make in a copy of the project, with tools under the names of the chip's toolchain that compile nothing and
write down what they are asked for; then compiles those sources, with their macros and folders of headers, as emu8266 build does. The
project's folder gets the image and nothing else. The path of the image is the last line on stdout. No toolchain for the chip is needed,
and no SDK, unless the Makefile lies in one or includes its Makefile (../Makefile): then --sdk names it.

Headers are those that emu8266 brings along; folders of an SDK are searched after them, or with --sdk in their place. BOOT, APP and
SPI_SIZE_MAP reach the sources as the Makefile passes them on. If make fails after the program is linked, while it makes images for
the flash or writes them, that is told and does not count. Sources that are not in C are left out, and named.

A Makefile can do what it likes: it is trusted as make itself would trust it.`
}

// Run runs make and builds.
func (c makeCmd) Run(con *console) error {
	ctx, stop := interruptible()
	defer stop()
	if err := c.check(); err != nil {
		return err
	}
	p, err := findProject()
	if err != nil {
		return err
	}
	dir, args := c.Dir, c.Args
	o := build.Options{Output: c.Output}
	unkept := func() {}
	if p != nil && c.Dir == "" {
		kept := p
		unkept = func() { c.sayUnkept(con.err, kept) }
		if p.Make != nil {
			dir = p.Path(p.Make.Folder)
			if len(args) == 0 {
				args = p.Make.Args
			}
		}
		o.Engine, o.Version, o.CFlags, o.SDK = p.Engine, p.SDKVersion, p.CFlags, p.Path(p.SDK)
		if cmp.Or(c.Engine, p.Engine) != build.EngineLX106 { // these are the file's wishes for the other engine
			o.Check, o.Stack = p.Check, p.Stack
		}
		o.Defines, o.Includes = p.Define, p.Paths(p.Include)
	} else if p, err = project.Parse(filepath.Join(cmp.Or(dir, "."), project.FileName), nil); err != nil {
		return err
	}
	c.apply(&o)
	if o.Output == "" {
		o.Output = p.Image(o.Engine)
	}
	end, err := fromMake(ctx, con, dir, args, &o, c.Verbose)
	if err != nil {
		return err
	}
	_, err = buildImage(ctx, con, o, c.Verbose, con.err)
	if err = errors.Join(err, end()); err != nil {
		return err
	}
	unkept()
	_, err = fmt.Fprintln(con.out, o.Output)
	return err
}

// makefiles are the names that make looks for, in its order.
var makefiles = []string{"GNUmakefile", "makefile", "Makefile"}

// fromMake runs make in a copy of a folder, and puts what it would have built into options. end removes the copy, which generated sources
// may lie in: after the build.
func fromMake(ctx context.Context, con *console, dir string, args []string, o *build.Options,
	verbose bool) (end func() error, err error) {
	if err := mayRunMake(); err != nil {
		return nil, err
	}
	if runtime.GOOS == "windows" { // Deviation: the tools are links, and the shell is a Unix one
		return nil, usagef("make: this needs Linux or macOS: use WSL, or name the sources to emu8266 build")
	}
	if err := projectFolder(cmp.Or(dir, ".")); err != nil {
		return nil, usagef("make: -C: %v", err)
	}
	dir, err = filepath.Abs(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(makefiles, func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }) {
		return nil, usagef("there is no Makefile in %s: name its folder with -C, or build the sources with emu8266 build", dir)
	}
	for _, a := range args {
		if f := strings.TrimSpace(a); f == "clean" || f == "flash" {
			return nil, usagef("make %s builds nothing: leave it out", f)
		}
	}
	program, err := exec.LookPath("make")
	if err != nil {
		if program, err = exec.LookPath("gmake"); err != nil {
			return nil, errors.New("make is needed and is not installed (Debian, Ubuntu: sudo apt install make)")
		}
	}
	work, err := makeFolder(dir, args)
	if err != nil {
		return nil, err
	}
	remove := func() error { return os.RemoveAll(work) }
	defer func() {
		if err != nil {
			err = errors.Join(err, remove())
		}
	}()
	if work, err = filepath.EvalSymlinks(work); err != nil {
		return nil, err
	}
	t, err := planCopy(work, dir, o.SDK, args)
	if err != nil {
		return nil, err
	}
	known := t.known(args, o.SDK)
	if files := readKnown(known); files != nil && !verbose {
		o.Files = files
		return remove, nil
	}
	if err := t.doCopy(); err != nil {
		return nil, err
	}
	units, err := t.record(ctx, con, program, args, verbose)
	if err != nil {
		saySubmodules(con.err, dir)
		return nil, err
	}
	if err := t.options(con, units, o); err != nil {
		return nil, err
	}
	return remove, t.keepKnown(known, o.Files)
}

// makeFolderStale is after how long a folder of makeFolder is taken for one that nobody uses any more. Choice: no build takes so long.
const makeFolderStale = time.Hour

// makeFolder makes the folder for the copy: one of the same name for the same project and arguments, so that the objects of sources that
// make generates are found again; if another command is at work there, or there is no cache, a folder of another name.
func makeFolder(dir string, args []string) (string, error) {
	if cache, err := os.UserCacheDir(); err == nil {
		hash := sha256.Sum256(fmt.Appendf(nil, "%q %q", dir, args))
		work := filepath.Join(cache, "emu8266", "make", "tree-"+hex.EncodeToString(hash[:10]))
		if info, err := os.Lstat(work); err == nil && time.Since(info.ModTime()) > makeFolderStale {
			if err := os.RemoveAll(work); err != nil {
				return "", err
			}
		}
		if os.MkdirAll(filepath.Dir(work), 0o755) == nil && os.Mkdir(work, 0o700) == nil {
			return work, nil
		}
	}
	return os.MkdirTemp("", "emu8266-make-")
}

// known is the file of the user's cache for what make would build of the tree, "" without a cache: as long as no file comes or goes and
// none but sources changes, make need not be asked again.
func (t *makeTree) known(args []string, sdk string) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", version(), t.fingerprint(), args, sdk))
	return filepath.Join(dir, "emu8266", "make", hex.EncodeToString(hash[:20])+".json")
}

// readKnown reads what keepKnown has written, nil if there is nothing.
func readKnown(path string) (files []build.File) {
	if path == "" {
		return nil
	}
	text, err := readFile(path, knownMax)
	if err != nil || json.Unmarshal(text, &files) != nil {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // used: forget leaves it
	return files
}

// knownMax bounds such a file, in bytes. Choice.
const knownMax = 16 << 20

// keepKnown writes what is to be built, unless make has made a part of it.
func (t *makeTree) keepKnown(path string, files []build.File) error {
	text, err := json.Marshal(files)
	if err != nil || path == "" || bytes.Contains(text, []byte(t.work+string(filepath.Separator))) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := writeFile("make", path, text); err != nil {
		return err
	}
	return forget(path, knownFiles())
}

// knownFiles are the names of the files that keepKnown writes.
var knownFiles = lazyregexp.New(`^[0-9a-f]{40}\.json$`)

// makeTextMax bounds what is kept of make's output, in bytes. Choice: the end is what tells.
const makeTextMax = 64 << 10

// sdkVariables are what Makefiles call the SDK's folder. Choice: those that were met.
var sdkVariables = []string{"SDK_BASE", "SDK_PATH", "SDK_ROOT", "SDK_DIR", "ESP8266_SDK", "ESP8266_SDK_ROOT", "ESP8266_SDK_PATH",
	"ESP8266_NONOS_SDK", "ESP_SDK", "NONOS_SDK", "ESP8266_NONOS_SDK_PATH", "ESP_SDK_PATH", "SDK",
	"SDKDIR", "SDKPATH", "ESPSDK", "VENDOR_SDK_DIR"}

// record runs make with the recording tools and returns what the last program that it linked is made of.
func (t *makeTree) record(ctx context.Context, con *console, program string, args []string, verbose bool) ([]recorder.Unit,
	error) {
	self, err := itself()
	if err != nil {
		return nil, err
	}
	tools, linked := filepath.Join(t.work, "tools"), filepath.Join(t.work, "linked")
	if err := os.Mkdir(tools, 0o755); err != nil {
		return nil, err
	}
	for _, name := range recorder.Names() {
		if err := os.Symlink(self, filepath.Join(tools, name)); err != nil {
			return nil, err
		}
	}
	given := func(name string) bool {
		return slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, name+"=") })
	}
	all := []string{"SHELL=" + filepath.Join(tools, "sh")}
	for _, name := range append([]string{"SDK_BASE"}, t.authorsSDK()...) {
		if !given(name) {
			all = append(all, name+"="+t.sdkCopy)
		}
	}
	path := os.Getenv("PATH")
	env := append(os.Environ(), "PATH="+tools+string(filepath.ListSeparator)+path, recorder.EnvPath+"="+path,
		recorder.EnvLinked+"="+linked,
		"XTENSA_TOOLS_ROOT="+tools+"/", "MAKEFLAGS=", "MAKELEVEL=")
	for _, v := range sdkVariables {
		if os.Getenv(v) == "" {
			env = append(env, v+"="+t.sdkCopy)
		}
	}
	var said *lastBytes
	var failed error
	for old := []string(nil); ; {
		cmd := exec.CommandContext(ctx, program, slices.Concat(all, old, args)...)
		cmd.Dir, cmd.Env = t.copy, env
		said = &lastBytes{most: makeTextMax}
		var out io.Writer = said
		if verbose {
			out = io.MultiWriter(said, con.err)
		}
		cmd.Stdout, cmd.Stderr = out, out
		failed = cmd.Run()
		if ctx.Err() != nil {
			return nil, fmt.Errorf("interrupted: %w", ctx.Err())
		}
		if failed == nil || len(old) > 2*standInsMax {
			break
		}
		flags, ok := t.standIn(string(said.text))
		if !ok {
			break
		}
		old = append(old, flags...)
	}
	text, err := os.ReadFile(linked)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	programs := strings.Fields(string(text))
	slices.Reverse(programs)
	for _, at := range programs {
		units, err := recorder.Units(at)
		if err == nil && len(units) > 0 {
			if failed != nil {
				fmt.Fprintf(con.err, "emu8266: make ended with an error after it had linked %s, which does not count here: %s\n",
					filepath.Base(at), said.lastLine())
			}
			return units, nil
		}
	}
	if !verbose {
		_, _ = con.err.Write(said.text)
	}
	if failed != nil {
		fmt.Fprintf(con.err, "emu8266: make failed (%v)%s\n", failed, t.advice(string(said.text)))
		return nil, errReported
	}
	if t.sdk == "" && t.includesSDK() {
		return nil, errors.New("make has linked no program: the Makefile includes the SDK's, which links it: " +
			"name the SDK with --sdk DIR, or by sdk in emu8266.toml")
	}
	return nil, errors.New("make has linked no program: give the target that does, as in emu8266 make -- all")
}

// assigned is a line of a makefile that gives a variable a path.
var assigned = lazyregexp.New(`(?m)^\s*(?:export\s+)?(\w+)\s*(?:::|:)?=\s*(\S*[/\\]\S*)`)

// authorsSDK are the variables that the project's makefiles set to a folder of the SDK that is not on this machine: one that has no
// headers, and whose end, behind variables, is no folder of the project with headers.
func (t *makeTree) authorsSDK() (names []string) {
	more, _ := filepath.Glob(filepath.Join(t.copy, "*.mk"))
	for _, name := range append(more, makefiles...) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(t.copy, name)
		}
		text, err := readFile(name, textMax)
		if err != nil {
			continue
		}
		for _, m := range assigned().FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(sdkVariables, m[1]) || slices.Contains(names, m[1]) {
				continue
			}
			end := m[2][strings.LastIndexAny(m[2], ")}")+1:]
			folder := filepath.Join(t.copy, filepath.FromSlash(end))
			if end == m[2] && filepath.IsAbs(end) {
				folder = end
			}
			if !exists(filepath.Join(folder, "include")) {
				names = append(names, m[1])
			}
		}
	}
	return names
}

// ofVariable is a line of a makefile that includes something in a folder that a variable names.
var ofVariable = lazyregexp.New(`(?m)^\s*-?s?include\s+\$[({](\w+)[)}]/(.*)$`)

// includesSDK tells whether the project's Makefile takes the SDK's own from a folder that a variable names.
func (t *makeTree) includesSDK() bool {
	for _, name := range makefiles {
		text, err := readFile(filepath.Join(t.copy, name), textMax)
		if err != nil {
			continue
		}
		for _, m := range ofVariable().FindAllSubmatch(text, -1) {
			if strings.TrimSpace(string(m[2])) == "Makefile" {
				return true
			}
		}
		return false
	}
	return false
}

// folderVariable is the variable that names the folder of a file that a makefile includes: what make says of it has the line.
func (t *makeTree) folderVariable(said, missing string) string {
	m := regexp.MustCompile(`(?m)^(\S+):(\d+): ` + regexp.QuoteMeta(missing) + `: No such file`).FindStringSubmatch(said)
	if m == nil {
		return "BASE"
	}
	text, err := readFile(filepath.Join(t.copy, m[1]), textMax)
	if err != nil {
		return "BASE"
	}
	lines := strings.Split(string(text), "\n")
	if n, err := strconv.Atoi(m[2]); err == nil && n <= len(lines) {
		if v := ofVariable().FindStringSubmatch(lines[n-1]); v != nil {
			return v[1]
		}
	}
	return "BASE"
}

// linkerScript is a name of one of the SDK's linker scripts.
var linkerScript = lazyregexp.New(`(^|/)eagle\.[^/]*\.ld$`)

// notFound are ways in which make and the shell say that something is missing.
var notFound = lazyregexp.New(`No rule to make target '([^']+)'|([^\s:]+): (?:command )?not found`)

// advice says what a failed make may need.
func (t *makeTree) advice(said string) string {
	m := notFound().FindStringSubmatch(said)
	switch {
	case m == nil:
		return ""
	case strings.Contains(m[1], `\`):
		return fmt.Sprintf(": there is no %s: the Makefile is written for Windows; write / in place of \\ in its names", m[1])
	case m[2] != "":
		return fmt.Sprintf(": the Makefile needs the program %s", m[2])
	case strings.HasSuffix(m[1], ".mk") || strings.HasSuffix(m[1], "akefile"):
		return fmt.Sprintf(": there is no %s: set the variable that has its folder, as in emu8266 make -- %s=/path", m[1],
			t.folderVariable(said, m[1]))
	case t.sdk != "" && linkerScript().MatchString(m[1]):
		return fmt.Sprintf(": there is no %s, a linker script of the SDK: set the variable that has its folder, as in emu8266 make -- "+
			"LDDIR=%s", m[1], filepath.Join(t.sdk, "ld"))
	case t.sdk == "" && (strings.Contains(m[1], "/ld/") || strings.Contains(m[1], "/lib/") || strings.Contains(m[1], "sdk")):
		return fmt.Sprintf(": there is no %s: name the SDK with --sdk DIR, or by sdk in emu8266.toml", m[1])
	}
	return ""
}

// lastBytes keeps the end of a text.
type lastBytes struct {
	most int
	text []byte
}

func (l *lastBytes) Write(p []byte) (int, error) {
	l.text = append(l.text, p...)
	if len(l.text) > 2*l.most {
		l.text = append(l.text[:0], l.text[len(l.text)-l.most:]...)
	}
	return len(p), nil
}

func (l *lastBytes) lastLine() string {
	text := bytes.TrimSpace(l.text)
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}

// options puts units into the options of a build.
func (t *makeTree) options(con *console, units []recorder.Unit, o *build.Options) error {
	var left []string
	for _, u := range units {
		source, own := t.original(u.Source)
		if !own {
			continue // the SDK's own, which the emulator stands in for
		}
		f := build.File{Source: source, Defines: u.Defines, Archive: u.Archive}
		if !build.IsSource(source) {
			left = append(left, filepath.Base(source))
			continue
		}
		for _, folder := range u.Includes {
			t.include(&f, folder, o.SDK != "")
		}
		for _, d := range u.Undefine {
			f.Flags = append(f.Flags, "-U"+d)
		}
		for _, name := range u.Forced {
			f.Flags = append(f.Flags, "-include", name)
		}
		if !u.Warnings { // the Makefile does not ask for more than the worst
			f.Flags = append(f.Flags, "-Wno-all", "-Wno-pointer-sign", "-Wimplicit-function-declaration")
		}
		if newer().MatchString(u.Standard) {
			f.Flags = append(f.Flags, "-std="+u.Standard)
		}
		o.Files = append(o.Files, f)
	}
	if len(left) > 0 {
		fmt.Fprintf(con.err, "emu8266: left out, since they are not in C: %s\n", strings.Join(left, " "))
	}
	if len(o.Files) == 0 {
		return errors.New("make has linked a program without one source of the project")
	}
	return nil
}

// newer are standards that are not part of what firmware is compiled with anyhow.
var newer = lazyregexp.New(`(11|14|17|18|20|23|2x)$`)

// include adds a folder of headers as the Makefile names it: that of the project, and the copy's too if make has put headers there. Those
// of an SDK come behind all others, or not at all if the build uses the vendor's.
func (t *makeTree) include(f *build.File, folder string, vendor bool) {
	folder = filepath.Clean(folder)
	original, own := t.original(folder)
	if !own {
		if !vendor && original != "" && isFolder(original) {
			f.Flags = append(f.Flags, "-idirafter", original)
		}
		return
	}
	if isFolder(original) {
		f.Includes = append(f.Includes, original)
	}
	if original != folder && t.generated(folder, original) {
		f.Includes = append(f.Includes, folder)
	}
}
