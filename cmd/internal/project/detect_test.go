package project

import (
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
		"Arduino":               {folder("blink/blink.ino", ""), "Arduino sketch"},
		"the RTOS SDK":          {folder("Makefile", "include $(IDF_PATH)/make/project.mk\n"), "another SDK"},
		"PlatformIO's Arduino":  {folder("platformio.ini", "[env:a]\nframework = arduino\n"), "(but: arduino)"},
		"a broken ini":          {folder("platformio.ini", "[env:a]\nnonsense\n"), "platformio.ini:2"},
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
