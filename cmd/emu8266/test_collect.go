package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/ctest"
	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator/build"
)

// testBench is a testCmd at work.
type testBench struct {
	testCmd
	caseReport
	con      *console
	project  *project.Project
	filter   *regexp.Regexp
	files    []string      // all that the folder of tests has
	code     []*codeTests  // C files with tests
	helpers  []string      // C files without
	scripts  []scriptTests // scripts
	programs *scriptPrograms
	images   []program      // of C tests
	base     *build.Options // nil until the first build
	end      func() error   // for after the builds
	flights  flights
	made     string // folder of all that is made: the cache
	work     string // folder in it for what is made of this project's tests
}

// codeTests are the chosen tests of a C file.
type codeTests struct {
	ctest.File
	chosen []int
}

// scriptTests are the chosen takes of a script.
type scriptTests struct {
	path, name string
	script     *scenario.Scenario
	chosen     []int
}

// testFilesMax bounds the files of a folder of tests. Choice.
const testFilesMax = 10_000

// collect finds the tests.
func (b *testBench) collect() error {
	folder, err := filepath.Abs(b.project.TestsFolder())
	if err != nil {
		return err
	}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != folder && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		if b.files = append(b.files, path); len(b.files) > testFilesMax {
			return usagef("%s: more than %d files: give --tests DIR", folder, testFilesMax)
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".c":
			return b.collectC(path)
		case ".txtar":
			return b.collectScript(path)
		}
		return nil
	})
	if err != nil {
		if u := new(usageError); !asUsage(err, &u) {
			err = usagef("%v", err)
		}
		return err
	}
	if err := b.collectUnity(); err != nil {
		return err
	}
	if len(b.names()) == 0 {
		if b.Filter != "" {
			return usagef("no test matches --filter %q: emu8266 test --list names them", b.Filter)
		}
		return usagef("no test in %s: it wants C files with void test_NAME(void), or scripts NAME.txtar (docs/test.md)",
			b.project.TestsFolder())
	}
	return nil
}

// libDeps is the folder with the libraries that PlatformIO has fetched for the project. A platformio.ini that cannot be read is told by the
// build.
func (b *testBench) libDeps() string {
	path := b.project.Path("platformio.ini")
	ini := project.INI{}
	if text, err := readFile(path, textMax); err == nil {
		if ini, err = project.ParseINI(path, text); err != nil {
			ini = project.INI{}
		}
	}
	return b.project.Path(ini.LibDeps())
}

// collectUnity adds the Unity that PlatformIO has fetched for the project, unless the tests have one of their own: the one of its
// environment, or of the first that has one.
func (b *testBench) collectUnity() error {
	if slices.ContainsFunc(b.files, func(path string) bool { return strings.EqualFold(filepath.Base(path), unityHeader) }) {
		return nil
	}
	chosen := ""
	if p := b.project.PlatformIO; p != nil {
		chosen = p.Env
	}
	fetched, err := filepath.Abs(b.libDeps())
	if err != nil {
		return err
	}
	envs, err := os.ReadDir(fetched)
	if err != nil {
		return nil // there is none
	}
	for _, env := range envs {
		header := filepath.Join(fetched, env.Name(), "Unity", "src", unityHeader)
		if _, err := os.Stat(header); err != nil || chosen != "" && chosen != env.Name() {
			continue
		}
		b.files = append(b.files, header)
		return b.collectC(strings.TrimSuffix(header, ".h") + ".c")
	}
	return nil
}

// shown is a file's name for people: from the project's folder on.
func (b *testBench) shown(path string) string {
	dir, err := filepath.Abs(b.project.Dir())
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

func (b *testBench) collectC(path string) error {
	text, err := readFile(path, textMax)
	if err != nil {
		return usagef("%v", err)
	}
	f, err := ctest.Find(path, b.shown(path), text)
	if err != nil {
		return usagef("%v", err)
	}
	if len(f.Tests) == 0 {
		b.helpers = append(b.helpers, path)
		return nil
	}
	c := &codeTests{File: f}
	for i, t := range f.Tests {
		if b.filter.MatchString(f.Name + ": " + t.Name) {
			c.chosen = append(c.chosen, i)
		}
	}
	if len(c.chosen) > 0 {
		b.code = append(b.code, c)
	}
	return nil
}

func (b *testBench) collectScript(path string) error {
	text, err := readPlain(path, textMax)
	if err != nil {
		return usagef("%v", err)
	}
	s, err := scenario.Parse(b.shown(path), text)
	if err != nil {
		return usagef("%v", err)
	}
	c := scriptTests{path: path, name: b.shown(path), script: s}
	for i, t := range s.Takes {
		if b.filter.MatchString(c.name + ": " + t.Name) {
			c.chosen = append(c.chosen, i)
		}
	}
	if len(c.chosen) > 0 {
		b.scripts = append(b.scripts, c)
	}
	return nil
}

// names are the chosen tests, FILE: NAME.
func (b *testBench) names() (list []string) {
	for _, c := range b.code {
		for _, i := range c.chosen {
			list = append(list, c.Name+": "+c.Tests[i].Name)
		}
	}
	for _, s := range b.scripts {
		for _, i := range s.chosen {
			list = append(list, s.name+": "+s.script.Takes[i].Name)
		}
	}
	return list
}

// helping are the C files without tests that a file of tests is linked with: those of its folder and of the folders above.
func (b *testBench) helping(test string) (list []string) {
	for _, h := range b.helpers {
		dir := filepath.Dir(h)
		if rel, err := filepath.Rel(dir, test); err == nil && filepath.IsLocal(rel) {
			list = append(list, h)
			continue
		}
		// Unity and the like have a folder of their own, in which no test lies.
		if !b.holdsTests(dir) {
			list = append(list, h)
		}
	}
	return list
}

// holdsTests tells whether a file of tests lies in a folder or below it.
func (b *testBench) holdsTests(dir string) bool {
	for _, path := range b.files {
		for _, c := range b.code {
			if c.Path != path {
				continue
			}
			if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
				return true
			}
		}
	}
	return false
}

// testFolders are the names of the folders that workFolder makes.
var testFolders = lazyregexp.New(`^test-[0-9a-f]{16}$`)

// workFolder makes the folder for what is made: the same for the same project, so that objects are found again.
func (b *testBench) workFolder() error {
	dir := b.Cache
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		dir = filepath.Join(user, "emu8266")
	}
	abs, err := filepath.Abs(b.project.Dir())
	if err != nil {
		return err
	}
	if b.made, err = filepath.Abs(dir); err != nil {
		return err
	}
	b.work = filepath.Join(b.made, "test-"+shortHash(abs))
	if err := os.MkdirAll(b.work, 0o777); err != nil {
		return err
	}
	return forget(b.work, testFolders())
}
