package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// compileAll compiles the firmware and the runtime, as many files at a time as there are cores. It
// returns the objects in the order of the files.
func (b *builder) compileAll(ctx context.Context, r *Result) ([]string, error) {
	units := make([]unit, 0, len(b.project.files)+6)
	for _, f := range b.project.files {
		args := b.firmwareFlags(f)
		if b.Engine == EngineLX106 {
			args = b.gccFirmware(f)
		}
		units = append(units, unit{source: f.Source, args: args, own: true, archive: f.Archive})
	}
	r.Files = len(units)
	for _, f := range []string{"rt.c", "libc.c", "cpp.c", "json.c", "driver.c", mathFile, "scan.c", "ctors.c", "at.c", protectorFile} {
		switch {
		case f == protectorFile && !(b.Check && b.Engine == EngineLX106):
		case f == mathFile && !b.math: // link adds it if it is needed all the same
		case b.Engine == EngineLX106 && f != "rt.c":
			units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", f), args: b.gccRuntime()})
		case b.Engine == EngineWasm && !slices.Contains(slices.Collect(maps.Values(optional)), f):
			units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", f), args: b.runtimeFlags(true)})
		}
	}
	b.runtimes = len(units) - r.Files
	if b.Test && b.Engine == EngineWasm {
		units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", "cover.c"), args: b.runtimeFlags(false)})
	}
	if b.Check && b.Engine == EngineWasm {
		units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", "check.c"), args: b.runtimeFlags(false)})
	}
	b.units = units
	objects := make([]string, len(units))
	errs := make([]error, len(units))
	said := make([]string, len(units))
	slots := make(chan struct{}, runtime.NumCPU())
	var all sync.WaitGroup
	var mu sync.Mutex // guards r
	for i, u := range units {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			var fresh bool
			objects[i], said[i], fresh, errs[i] = b.compile(ctx, u)
			mu.Lock()
			defer mu.Unlock()
			if fresh && i < r.Files {
				r.Compiled++
			}
		})
	}
	all.Wait()
	r.Warnings = strings.Join(said, "")
	return objects, errors.Join(errs...)
}

// unit is a file to compile.
type unit struct {
	source string
	args   []string
	own    bool // of the firmware, not of the runtime
	// archive is the static library that the object is a member of; "": none.
	archive string
}

// compile returns the object of a file, from the cache if nothing in it has changed. The compiler is not even asked if all files that
// it read the last time are as they were, and no header has come or gone.
func (b *builder) compile(ctx context.Context, u unit) (object, warnings string, fresh bool, err error) {
	if !u.own {
		return b.compileRuntime(ctx, u)
	}
	record := b.record(u)
	if object = b.recorded(record); object != "" {
		return object, "", false, nil
	}
	text, said, err := b.run(ctx, Command{Tool: b.compiler(), Dir: b.Dir, Args: append(slices.Clone(u.args), "-E", u.source, "-o", "-"),
		Inputs: []string{u.source}})
	if u.own {
		if e := b.refused(u.source, text, said); e != nil {
			return "", "", false, e
		}
	}
	if err != nil {
		return "", "", false, fmt.Errorf("%s%s", said, b.advice(said))
	}
	amends := b.Engine == EngineWasm && !isCpp(u.source)
	if b.Engine == EngineWasm && (b.Check || raw(text)) {
		if u, err = b.including(u, "raw", rawHeader); err != nil {
			return "", "", false, err
		}
		text = append(text, rawMark...)
	}
	version, _ := b.tools.Version()
	object = b.cache.object(version, b.Dir, u, text)
	if touch(object) {
		return object, "", false, b.keepRecord(record, object, u.source, text)
	}
	temp := fmt.Sprintf("%s.%d.tmp", object, os.Getpid())
	_, said, err = b.run(ctx, Command{Tool: b.compiler(), Dir: b.Dir, Args: append(slices.Clone(u.args), "-c", u.source, "-o", temp),
		Inputs: []string{u.source}, Output: temp})
	if u.own && b.Engine == EngineWasm {
		said = formatsOfGCC(said)
	}
	if amends && (err != nil || undeclared.MatchString(said)) {
		if more, ok, e := b.amended(ctx, u, text, said, temp); ok {
			said, err = more, e
			if err == nil {
				said += b.advice(said)
			}
		}
	}
	if err != nil {
		return "", "", true, errors.Join(fmt.Errorf("%s%s", said, b.advice(said)), remove(temp))
	}
	return object, said, true, errors.Join(os.Rename(temp, object), b.keepRecord(record, object, u.source, text))
}

// compileRuntime returns the object of a file of the runtime. It reads nothing of the project, so all projects share it.
func (b *builder) compileRuntime(ctx context.Context, u unit) (object, warnings string, fresh bool, err error) {
	version, _ := b.tools.Version()
	object = b.cache.runtime(version, u)
	if touch(object) {
		return object, "", false, nil
	}
	f, err := os.CreateTemp(b.cache.dir, filepath.Base(object)+".*.tmp") // another build may compile the same
	if err != nil {
		return "", "", false, err
	}
	temp := f.Name()
	if err = f.Close(); err == nil {
		var said string
		if _, said, err = b.run(ctx, Command{Tool: b.compiler(), Dir: b.cache.sdk,
			Args: append(slices.Clone(u.args), "-c", u.source, "-o", temp), Inputs: []string{u.source}, Output: temp}); err != nil {
			err = errors.New(said)
		}
	}
	if err != nil {
		return "", "", true, errors.Join(err, remove(temp))
	}
	return object, "", true, os.Rename(temp, object)
}

// compiler is the name of the tool that compiles for the engine.
func (b *builder) compiler() string {
	if b.Engine == EngineLX106 {
		return "gcc"
	}
	return "clang"
}

// record is the file of the cache that tells what a unit's object was made of; "" if nothing can be told.
func (b *builder) record(u unit) string {
	if b.names == "" {
		return ""
	}
	version, _ := b.tools.Version()
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q", version, b.Dir, u.args, u.source, b.names, b.Within))
	return filepath.Join(b.cache.dir, "from-"+hex.EncodeToString(hash[:20]))
}

// recorded is the object that a record names, if all that it was made of is as it was; else "".
func (b *builder) recorded(record string) string {
	text, err := os.ReadFile(record)
	if err != nil || !touch(record) {
		return ""
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for _, line := range lines[1:] {
		hash, path, _ := strings.Cut(line, " ")
		if b.texts.hash(path) != hash {
			return ""
		}
	}
	if object := filepath.Join(b.cache.dir, lines[0]); touch(object) {
		return object
	}
	return ""
}

// lineMarker is how preprocessed text names the file that the next lines come from.
var lineMarker = regexp.MustCompile(`(?m)^# \d+ ("(?:[^"\\]|\\.)*")`)

// keepRecord writes a record: the object's name, and each file that the preprocessed text names, with the hash of its text. The SDK's own
// headers are left out: the name of their folder tells what they are.
func (b *builder) keepRecord(record, object, source string, text []byte) error {
	if record == "" {
		return nil
	}
	files := []string{source}
	for _, m := range lineMarker.FindAllSubmatch(text, -1) {
		name, err := strconv.Unquote(string(m[1]))
		if err != nil || strings.HasPrefix(name, "<") || strings.ContainsAny(name, "\n") {
			continue
		}
		files = append(files, b.abs(name))
	}
	slices.Sort(files)
	var out bytes.Buffer
	fmt.Fprintln(&out, filepath.Base(object))
	for _, f := range slices.Compact(files) {
		if strings.HasPrefix(f, b.cache.sdk+string(filepath.Separator)) {
			continue
		}
		if info, err := os.Stat(f); err != nil || info.IsDir() {
			continue // the folder that the compiler works in
		}
		fmt.Fprintln(&out, b.texts.hash(f), f)
	}
	return writeFile(record, out.Bytes())
}

// texts are the hashes of files, read once in a build.
type texts struct {
	mu    sync.Mutex // guards known
	known map[string]string
}

// hash is that of a file's text; "" if it cannot be read.
func (t *texts) hash(path string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h, ok := t.known[path]; ok {
		return h
	}
	if t.known == nil {
		t.known = map[string]string{}
	}
	h := ""
	if text, err := readText(path); err == nil {
		sum := sha256.Sum256(text)
		h = hex.EncodeToString(sum[:16])
	}
	t.known[path] = h
	return h
}

// look lists the folders that are searched for headers, and the names that are in them.
func (b *builder) look() error {
	own := []string{}
	for _, i := range b.Includes {
		own = append(own, b.abs(i))
	}
	for _, f := range b.project.files {
		own = append(own, f.Includes...)
		for i, flag := range f.Flags {
			if flag == "-idirafter" && i+1 < len(f.Flags) {
				own = append(own, b.abs(f.Flags[i+1]))
			}
		}
	}
	if b.SDK != "" {
		own = append(own, b.sdkFolders()...)
	}
	slices.Sort(own)
	own = slices.Compact(own)
	b.headers = slices.Concat([]string{b.cache.sdk, b.shims}, own, b.project.includes)
	names := slices.Clone(b.project.names)
	for _, folder := range own {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil && path == folder:
				return filepath.SkipAll // the compiler says nothing of a folder that is not there
			case err != nil:
				return err
			case d.IsDir() && path != folder && strings.HasPrefix(d.Name(), "."):
				return filepath.SkipDir
			case !d.IsDir() && includable.MatchString(d.Name()):
				names = append(names, path)
			}
			if len(names) > 4*filesMax {
				names = nil
				return filepath.SkipAll
			}
			return nil
		})
		if err != nil || names == nil {
			return err
		}
	}
	slices.Sort(names)
	hash := sha256.Sum256(fmt.Appendf(nil, "%q", slices.Compact(names)))
	b.names = hex.EncodeToString(hash[:16])
	return nil
}
