package project

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func folder(files ...string) fstest.MapFS {
	dir := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		dir[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return dir
}

// elfHead is the beginning of an ELF program of the chip.
const elfHead = "\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x5e\x00"

// What a folder is, and that the file which is written for it says so when it is read.
func TestDetect(t *testing.T) {
	four, six := 2, 6
	sdk := &Make{Args: []string{"COMPILE=gcc", "BOOT=new", "APP=1", "SPI_SPEED=40", "SPI_MODE=QIO", "SPI_SIZE_MAP=6"}}
	for name, tc := range map[string]struct {
		dir  fstest.MapFS
		what string
		want Project
	}{
		"C": {folder("user/main.c", "void user_init(void)\n{\n}\n"), "C, with user_init in user/main.c",
			Project{Check: true}},
		"C++, braces behind": {folder("main.cpp", "extern \"C\" void user_init() {\n}\n"), "C, with user_init in main.cpp",
			Project{Check: true}},
		"the SDK's example": {folder("Makefile", "GEN_IMAGES= a.out\nsinclude $(PDIR)Makefile\n", "user/a.c", ""),
			"a Makefile in the style of the SDK's examples", Project{Check: true, Make: sdk, FlashMap: &six}},
		"a Makefile": {folder("Makefile", "SPI_SIZE_MAP ?= 2\nCC = xtensa-lx106-elf-gcc\n"), "a Makefile",
			Project{Check: true, Make: &Make{},
				FlashMap: &four}},
		"a Makefile beside an Arduino library": {folder("Makefile", "CC = xtensa-lx106-elf-gcc\n", "lib/x/examples/a.ino", ""),
			"a Makefile",
			Project{Check: true, Make: &Make{}}},
		"PlatformIO": {folder("platformio.ini", "[env:a]\nframework = arduino\n[env:b]\nframework = esp8266-nonos-sdk\n"),
			"platformio.ini, environment b", Project{Check: true, PlatformIO: &PlatformIO{Env: "b"}}},
		"ELF": {folder("out/app.elf", elfHead, "README", ""), "an ELF file of the chip, out/app.elf",
			Project{ELF: "out/app.elf"}},
		"tests alone": {folder("test/test_a.c", "#include <assert.h>\nvoid test_a(void)\n{\n}\n", "lib/a.c", "int a;\n"),
			"tests in C, without firmware", Project{Check: true}},
		"a Makefile that thanks another SDK": {folder("Makefile", "# like the Arduino core and ESP8266_RTOS_SDK\n"+
			"CC = xtensa-lx106-elf-gcc # not $(IDF_PATH)\nLIBS = Arduino_JSON\n"), "a Makefile", Project{Check: true, Make: &Make{}}},
		"a sketch beside it, one folder down": {folder("Makefile", "CC = xtensa-lx106-elf-gcc\n", "sketch/a.ino", ""), "a Makefile",
			Project{Check: true, Make: &Make{}}},
		"C, with examples that are programs": {folder("app.c", "void user_init(void) {}\n",
			"a-lib/lib.c", "/*\nvoid user_init(void)\n{\n}\n*/\n#if 0\nvoid user_init(void)\n{\n}\n#endif\n",
			"a/ex/one/Makefile", "CC = xtensa-lx106-elf-gcc\n", "a/ex/one/user/u.c", "void user_init(void)\n{\n"),
			"C, with user_init in app.c", Project{Check: true, Exclude: []string{"a/ex/one"}}},
		"C in the SDK's folders, its Makefile lost": {folder("user/u.c", "void user_init(void) {\n", "user/Makefile",
			"GEN_LIBS = libuser.a\ninclude $(PDIR)Makefile\n"), "C, with user_init in user/u.c", Project{Check: true}},
		"a Makefile of something else": {folder("Makefile", "CC = gcc\n", "a.c", "void user_init(void) {}\n"),
			"C, with user_init in a.c", Project{Check: true}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := Detect(tc.dir)
			require.NoError(t, err)
			assert.Equal(t, tc.what, found.What)
			assert.Equal(t, tc.want, found.Project)
			p, err := Parse(FileName, []byte(found.Text()))
			require.NoError(t, err, found.Text())
			p.path, p.lines = "", nil
			assert.Equal(t, tc.want, *p)
		})
	}
	for name, tc := range map[string]struct {
		dir  fstest.MapFS
		want string
	}{
		"nothing":               {folder("a.txt", ""), "nothing here that can be built"},
		"a function that calls": {folder("a.c", "void f(void) { user_init(); }\nvoid user_init(void);\n"), "nothing here"},
		"several programs": {folder("b/user/u.c", "void user_init(void) {\n", "b/Makefile", "CC = xtensa-lx106-elf-gcc\n",
			"a/src/u.c", "void user_init(void) {\n", "a/platformio.ini", "[env:a]\nframework = esp8266-nonos-sdk\n"),
			`several programs lie here, each with its user_init (a, b): begin in the folder of one, as in emu8266 init "a"`},
		"one program, in a folder": {folder("b c/user/u.c", "void user_init(void) {\n", "b c/Makefile", "CC = xtensa-lx106-elf-gcc\n"),
			`is in b c, with its own Makefile or platformio.ini: emu8266 init "b c"`},
		"Arduino by make":      {folder("Makefile", "ESP8266 = 1\nCFLAGS += -DARDUINO=10805\n"), "another SDK"},
		"Arduino":              {folder("blink/blink.ino", ""), "Arduino sketch"},
		"the RTOS SDK":         {folder("Makefile", "include $(IDF_PATH)/make/project.mk\n"), "another SDK"},
		"PlatformIO's Arduino": {folder("platformio.ini", "[env:a]\nframework = arduino\n"), "(but: arduino)"},
		"a broken ini":         {folder("platformio.ini", "[env:a]\nnonsense\n"), "platformio.ini:2"},
		"another machine's ELF": {folder("a.elf", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00"),
			"nothing here"},
	} {
		_, err := Detect(tc.dir)
		var no *Refusal
		require.ErrorAs(t, err, &no, name)
		assert.Contains(t, no.Why, tc.want, name)
	}
}

// Each key that says nothing is in the file as a comment, whose sample is one that can be used.
func TestSamples(t *testing.T) {
	for _, k := range keys {
		if table(fields()[k.name].Type) != nil {
			continue
		}
		if !assert.Contains(t, samples, k.name) {
			continue
		}
		_, err := Parse(FileName, []byte(k.name+" = "+samples[k.name]+"\n"))
		assert.NoError(t, err, k.name)
		assert.Contains(t, Found{}.Text(), "= "+samples[k.name]+"\n")
	}
}

// A named pipe called as a file that is looked for is none: who read it would wait for ever.
func TestDetectReadsNoPipe(t *testing.T) {
	dir := folder("user/main.c", "void user_init(void)\n{\n}\n")
	dir["Makefile"] = &fstest.MapFile{Data: []byte("CC = xtensa-lx106-elf-gcc\n"), Mode: fs.ModeNamedPipe | 0o600}
	found, err := Detect(dir)
	require.NoError(t, err)
	assert.Equal(t, "C, with user_init in user/main.c", found.What)
}
