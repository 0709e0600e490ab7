package virtual_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/virtual"
)

// childEnv makes the test binary a program that uses the package: the value names which.
const childEnv = "EMU8266_VIRTUAL_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		programs[name]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// programs are mains outside go test: package testing is not initialized when they begin.
var programs = map[string]func(){
	"twice": func() {
		for range 2 {
			began := time.Now()
			runs := 0
			err := virtual.Run(func() error {
				runs++
				fmt.Print(time.Now().UTC().Format(time.DateTime), " ")
				time.Sleep(30 * 24 * time.Hour)
				fmt.Print(time.Now().UTC().Format(time.DateTime), " ")
				return io.ErrUnexpectedEOF
			})
			fmt.Println(runs, errors.Is(err, io.ErrUnexpectedEOF), time.Since(began) < time.Minute)
		}
	},
	"flags": func() {
		flag.Parse()
		err := virtual.Run(func() error { return nil })
		fmt.Println(err, flag.Args())
	},
	"unparsed": func() { // the program reads its arguments in another way
		fmt.Println(virtual.Run(func() error { return nil }), len(os.Args))
	},
	"nested": func() {
		fmt.Println(virtual.Run(func() error { return virtual.Run(nil) }))
	},
	"panic": func() {
		_ = virtual.Run(func() error { panic("the program's own") })
	},
	"leak": func() {
		_ = virtual.Run(func() error {
			go func() { select {} }()
			return nil
		})
	},
}

// run runs a program of the above and returns what it printed and how it ended.
func run(t *testing.T, name string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// What the package relies on in package testing, for the Go release in use: MainStart takes what is given here, runs the
// function once and in a bubble, as often as it is called, reads no arguments, and prints nothing that is seen.
func TestThisGoRelease(t *testing.T) {
	const month = "2000-01-01 00:00:00 2000-01-31 00:00:00 1 true true\n"
	for name, want := range map[string]struct {
		args []string
		out  string
	}{
		"twice":    {nil, month + month},
		"flags":    {[]string{"a", "-b"}, "<nil> [a -b]\n"},
		"unparsed": {[]string{"--own-flag", "x"}, "<nil> 3\n"},
		"nested":   {nil, virtual.ErrRunning.Error() + "\n"},
	} {
		stdout, stderr, err := run(t, name, want.args...)
		require.NoError(t, err, "%s, %s: %s", runtime.Version(), name, stderr)
		assert.Equal(t, want.out, stdout, "%s, %s", runtime.Version(), name)
		assert.Empty(t, stderr, "%s, %s", runtime.Version(), name)
	}
}

// Several times at once: each begins at midnight, and all of them run.
func TestEach(t *testing.T) {
	const n = 50
	var ran, atOnce, most atomic.Int64
	ends := make([]time.Time, n)
	told := map[int]bool{}
	err := virtual.Each(n, 4, func(i int) error {
		now := atOnce.Add(1)
		defer atOnce.Add(-1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		ran.Add(1)
		done := make(chan struct{})
		go func() {
			time.Sleep(time.Duration(i+1) * time.Hour)
			close(done)
		}()
		<-done
		ends[i] = time.Now()
		if i == 7 {
			return io.ErrUnexpectedEOF
		}
		return nil
	}, func(i int, err error, took time.Duration) {
		told[i] = true
		assert.Equal(t, i == 7, err != nil)
		assert.Greater(t, time.Now().Year(), 2000, "outside virtual time")
		assert.Less(t, took, time.Hour)
	})
	assert.Len(t, told, n)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.EqualValues(t, n, ran.Load())
	assert.LessOrEqual(t, most.Load(), int64(4))
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, end := range ends {
		assert.Equal(t, time.Duration(i+1)*time.Hour, end.Sub(midnight))
	}
	require.NoError(t, virtual.Each(0, 4, nil, nil))
	assert.ErrorIs(t, virtual.Each(2, 2, func(int) error { return virtual.Run(nil) }, nil), virtual.ErrRunning)
}

// A panic and a goroutine that is left behind end the program, and it says why.
func TestProgramEnds(t *testing.T) {
	for name, why := range map[string]string{"panic": "the program's own", "leak": "blocked goroutines remain"} {
		_, stderr, err := run(t, name)
		require.Error(t, err, name)
		assert.Contains(t, stderr, why)
	}
}

// Inside a program that go test runs, its flags do not matter and are there afterwards.
func TestFlagsOfGoTest(t *testing.T) {
	before := flag.Lookup("test.count").Value.String()
	require.NoError(t, flag.Set("test.count", "3"))
	defer func() { require.NoError(t, flag.Set("test.count", before)) }()
	runs := 0
	require.NoError(t, virtual.Run(func() error { runs++; return nil }))
	assert.Equal(t, 1, runs)
	assert.Equal(t, "3", flag.Lookup("test.count").Value.String())
}

// Only this package brings testing into a program: those that embed the emulator alone do not get it.
func TestOnlyThisPackageImportsTesting(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the go command is not in PATH")
		}
		t.Skip("no go command here")
	}
	const module = "github.com/emu8266/emu8266/"
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Imports}}", module+"cmd/emu8266", module+"emulator").Output()
	require.NoError(t, err)
	var importers []string
	for line := range strings.Lines(string(out)) {
		path, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(path, module) && slices.Contains(strings.Fields(strings.Trim(imports, "[]")), "testing") {
			importers = append(importers, path)
		}
	}
	assert.Equal(t, []string{module + "emulator/virtual"}, importers)
}
