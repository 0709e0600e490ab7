package recorder

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// kit plays tools in a folder of its own.
type kit struct {
	*testing.T
	dir    string
	linked string
}

func newKit(t *testing.T, files ...string) *kit {
	k := &kit{T: t, dir: t.TempDir(), linked: filepath.Join(t.TempDir(), "linked")}
	t.Chdir(k.dir)
	t.Setenv(EnvLinked, k.linked)
	t.Setenv(EnvPath, os.Getenv("PATH"))
	for _, f := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(f), 0o755))
		require.NoError(t, os.WriteFile(f, nil, 0o644))
	}
	return k
}

// do plays a command line that must work.
func (k *kit) do(line string) string {
	k.Helper()
	code, out, errs := k.try(line)
	require.Zero(k, code, "%s: %s", line, errs)
	return out
}

func (k *kit) try(line string) (code int, out, errs string) {
	words := strings.Fields(line)
	var o, e bytes.Buffer
	code = Tool(words[0], words[1:], strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// sources are the names of the units of a program.
func (k *kit) sources(program string) (names []string) {
	k.Helper()
	units, err := Units(program)
	require.NoError(k, err)
	for _, u := range units {
		names = append(names, filepath.Base(u.Source))
	}
	return names
}

// What reaches the program, whatever way it takes there.
func TestWaysIntoAProgram(t *testing.T) {
	k := newKit(t, "a.c", "b.c", "c.c", "d.c", "e.S", "f.cpp", "out/x")
	k.do("xtensa-lx106-elf-gcc -c a.c")
	k.do("xtensa-lx106-elf-gcc -c b.c -o out/b.o")
	k.do("xt-xcc -Os -c c.c -o out/c.o")
	k.do("xtensa-lx106-elf-gcc -c d.c -o d.o")
	k.do("xtensa-lx106-elf-g++ -c f.cpp e.S")
	k.do("xtensa-lx106-elf-ar cru out/libone.a out/b.o out/c.o")
	require.NoError(t, os.Mkdir("extract", 0o755))
	t.Chdir("extract")
	k.do("xtensa-lx106-elf-ar xo ../out/libone.a")
	assert.FileExists(t, "b.o")
	t.Chdir(k.dir)
	k.do("xtensa-lx106-elf-ar ru two.a extract/b.o extract/c.o nothing/*.o")
	k.do("xtensa-lx106-elf-objcopy --rename-section .text=.irom0.text d.o renamed.o")
	k.do("xtensa-lx106-elf-ld -r -o part.o a.o renamed.o")
	assert.NoFileExists(t, k.linked)
	k.do("xtensa-lx106-elf-gcc -L out -Tscript.ld -u call_user_start -Wl,--start-group -lone -lmain two.a part.o f.o -Wl,--end-group " +
		"-o app.out")
	assert.Equal(t, []string{"b.c", "c.c", "a.c", "d.c", "f.cpp"}, k.sources("app.out"), "each once")
	text, err := os.ReadFile(k.linked)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(k.dir, "app.out")+"\n", string(text))
	assert.Equal(t, "b.o\nc.o\n", k.do("xtensa-lx106-elf-ar t two.a"))
	k.do("xtensa-lx106-elf-ar d two.a b.o")
	assert.Equal(t, "c.o\n", k.do("xtensa-lx106-elf-ar t two.a"))
	k.do("xtensa-lx106-elf-gcc a.c b.c")
	assert.Equal(t, []string{"a.c", "b.c"}, k.sources("a.out"))
	require.NoError(t, os.WriteFile("args", []byte("a.c -o fromfile.out"), 0o644))
	k.do("xtensa-lx106-elf-gcc @args")
	assert.Equal(t, []string{"a.c"}, k.sources("fromfile.out"))
}

// What is taken from the arguments.
func TestFlags(t *testing.T) {
	k := newKit(t, "user/a.c")
	k.do("xtensa-lx106-elf-gcc -DA -D B=2 -Iinc -I ../up -isystem sys -U C -include forced.h -std=gnu11 -Wall -Xlinker -Dno -MD -MF " +
		"a.dep " +
		"-x c --param x=1 -L lib -c user/a.c -o a.o")
	k.do("xtensa-lx106-elf-gcc a.o -o app")
	units, err := Units("app")
	require.NoError(t, err)
	assert.Equal(t, []Unit{{Source: filepath.Join(k.dir, "user/a.c"), Defines: []string{"A", "B=2"}, Undefine: []string{"C"},
		Includes: []string{filepath.Join(k.dir, "inc"), filepath.Join(filepath.Dir(k.dir), "up"), filepath.Join(k.dir, "sys")},
		Forced:   []string{"forced.h"}, Standard: "gnu11", Warnings: true}}, units)
	assert.FileExists(t, "a.dep")
	assert.Equal(t, "a.o: "+filepath.Join(k.dir, "user/a.c")+"\n", k.do("xtensa-lx106-elf-gcc -M -Iinc user/a.c"))
	assert.Equal(t, "5.2.0\n", k.do("xtensa-lx106-elf-gcc -dumpversion"))
	assert.Contains(t, k.do("xtensa-lx106-elf-gcc --version"), "recorded by emu8266")
	k.do("xtensa-lx106-elf-gcc -E -P user/a.c -o a.i")
	assert.FileExists(t, "a.i")
	k.do("xtensa-lx106-elf-size app")
	k.do("xtensa-lx106-elf-gcc a.o -B lib /opt/none/4.8.5/libgcc.a sdk/lib/libmain.a -o app3") // the emulator has what is in them
	assert.Equal(t, []string{"a.c"}, k.sources("app3"))
	for line, want := range map[string]string{
		"xtensa-lx106-elf-gcc -c none.c":            "none.c: No such file or directory",
		"xtensa-lx106-elf-gcc -c -o x.o":            "no input files",
		"xtensa-lx106-elf-gcc none.o -o app2":       "none.o: No such file",
		"xtensa-lx106-elf-gcc a.o lib/libmine.a":    "libmine.a: No such file",
		"xtensa-lx106-elf-ar ru x.a none.o":         "none.o: No such file",
		"xtensa-lx106-elf-objcopy -O binary none x": "none",
	} {
		code, _, errs := k.try(line)
		assert.Equal(t, 1, code, line)
		assert.Contains(t, errs, want, line)
	}
}

// The tools for images make the files that Makefiles move on.
func TestImageTools(t *testing.T) {
	k := newKit(t, "app.out", "tools/gen_appbin.py")
	for line, want := range map[string][]string{
		"python2 tools/gen_appbin.py app.out 2 0 0 6 1": {"eagle.app.flash.bin"},
		"esptool.py --chip esp8266 elf2image app.out": {"app.out-0x00000.bin",
			"app.out-0x10000.bin"},
		"esptool.py elf2image --version=2 -o fw/user1.bin app.out":                              {"fw/user1.bin"},
		"esptool -eo app.out -bo zero.bin -bs .text -bs .data -bc -ec -es .irom0.text high.bin": {"zero.bin", "high.bin"},
		"esptool2 -quiet -bin -boot2 app.out rom0.bin .text":                                    {"rom0.bin"},
		"esptool.py write_flash 0 none.bin":                                                     nil,
	} {
		require.NoError(t, os.MkdirAll("fw", 0o755))
		k.do(line)
		for _, f := range want {
			assert.FileExists(t, f, line)
		}
	}
	assert.NoFileExists(t, "none.bin")
}

// Makefiles have tools with the folders of their authors; nothing else is touched.
func TestBare(t *testing.T) {
	for command, want := range map[string]string{
		"/opt/x/bin/xtensa-lx106-elf-gcc -c a.c":                      "xtensa-lx106-elf-gcc -c a.c",
		"cd a && c:/Espressif/bin/xtensa-lx106-elf-ar.exe cru x.a":    "cd a && xtensa-lx106-elf-ar cru x.a",
		"xtensa-lx106-elf-gcc.exe -c a.c":                             "xtensa-lx106-elf-gcc -c a.c",
		"python2 ../tools/gen_appbin.py a.out":                        "python2 gen_appbin.py a.out",
		"(/t/esptool.py elf2image x; ../bin/xt-xcc y)":                "(esptool.py elf2image x; xt-xcc y)",
		"xtensa-lx106-elf-gcc -I/tools/esptool/include -L/opt/xt-xcc": "xtensa-lx106-elf-gcc -I/tools/esptool/include -L/opt/xt-xcc",
		"cp build/xtensa-lx106-elf-gcc.txt x":                         "cp build/xtensa-lx106-elf-gcc.txt x",
		"echo hello/world":                                            "echo hello/world",
	} {
		assert.Equal(t, want, Bare(command))
	}
}

// The shell and other scripts of Python are the true ones.
func TestShell(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no sh")
	}
	_, noBash := exec.LookPath("bash")
	_, noShell := exec.LookPath("sh")
	if noBash != nil && noShell != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("bash or sh is needed")
		}
		t.Skip("neither bash nor sh is here")
	}
	k := newKit(t)
	var out, errs bytes.Buffer
	assert.Zero(t, Tool("sh", []string{"-c", "echo of the shell"}, nil, &out, &errs), errs.String())
	assert.Equal(t, "of the shell\n", out.String())
	assert.Equal(t, 3, Tool("sh", []string{"-ec", "exit 3"}, nil, &out, &errs))
	t.Setenv(EnvPath, "")
	code, _, said := k.try("python other.py")
	assert.Equal(t, 1, code)
	assert.Contains(t, said, "python is not installed")
}

// What a program takes out of a library is told, so that the linker can leave out what nothing needs.
func TestUnitsKnowTheirLibrary(t *testing.T) {
	k := newKit(t, "a.c", "b.c", "c.c")
	k.do("xtensa-lx106-elf-gcc -c a.c b.c c.c")
	k.do("xtensa-lx106-elf-ar cr libx.a b.o c.o")
	archives := func(program string) (names []string) {
		units, err := Units(program)
		require.NoError(t, err)
		for _, u := range units {
			names = append(names, filepath.Base(u.Source)+" "+filepath.Base(u.Archive))
		}
		return names
	}
	k.do("xtensa-lx106-elf-gcc a.o -L. -lx -o app.out")
	assert.Equal(t, []string{"a.c .", "b.c libx.a", "c.c libx.a"}, archives("app.out"))
	k.do("xtensa-lx106-elf-gcc a.o libx.a c.o -o app.out")
	assert.Equal(t, []string{"a.c .", "b.c libx.a", "c.c ."}, archives("app.out"))
	k.do("xtensa-lx106-elf-gcc a.o -Wl,--whole-archive libx.a -o app.out")
	assert.Equal(t, []string{"a.c .", "b.c .", "c.c ."}, archives("app.out"))
}
