package main

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash/image"
)

// ran runs a command in this process.
func ran(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(args, &o, &e)
	return code, o.String(), e.String()
}

// upgrades compiles the versions of testdata/firmware/upgrade.c for slots of map 2, and makes their images: NAME.elf and NAME.bin.
func upgrades(t *testing.T, list map[string][]string) {
	t.Helper()
	if _, err := exec.LookPath("xtensa-lx106-elf-gcc"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	source, err := filepath.Abs(filepath.Join(repoRoot, "testdata", "firmware", "upgrade.c"))
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	for name, x := range list {
		code, _, said := ran(t, "build", "--engine", "lx106", "--map", "2", "--slot", x[0], "-D", "VERSION="+x[1],
			"-o", name+".elf", source)
		require.Equal(t, exitOK, code, said)
		code, _, said = ran(t, "flash", "image", "--map", "2", "--slot", x[0], "-o", name+".bin", name+".elf")
		require.Equal(t, exitOK, code, said)
	}
}

// Images for the chip run with their ELF files, which stand beside them, and replace each other over the air.
func TestRunChipImage(t *testing.T) {
	upgrades(t, map[string][]string{"v1": {"1", "1"}, "v2": {"2", "2"}, "v3": {"1", "3"}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, map[string]string{"/user1.bin": "v3.bin", "/user2.bin": "v2.bin"}[r.URL.Path])
	}))
	defer server.Close()
	code, out, said := ran(t, "run", "v1.bin", "--flash", "chip.bin", "--allow", "10.0.0.9:80="+strings.TrimPrefix(server.URL, "http://"),
		"--expect-text", "version 3", "--timeout", "2m")
	require.Equal(t, exitOK, code, said+out)
	assert.Contains(t, out, "version 2 in user2")

	// It goes on with what lies in the flash, and the loader says what it has found when that is lost.
	code, out, said = ran(t, "run", "--flash", "chip.bin", "--elf", "v2.elf", "--elf", "v3.elf", "--timeout", "5s")
	require.Equal(t, exitOK, code, said)
	assert.Equal(t, "version 3 in user1\n", out)
	code, _, said = ran(t, "flash", "erase", "chip.bin", "--sector", "1")
	require.Equal(t, exitOK, code, said)
	code, out, said = ran(t, "run", "--flash", "chip.bin", "--elf", "v2.elf", "--expect-text", "written", "--timeout", "5s")
	assert.Equal(t, 42, code, said)
	assert.Contains(t, out, "jump to run user1 @ 1000\n\nerror magic!\nfirst boot failed, reboot to try backup bin\n\nversion 2 in user2")
	code, _, said = ran(t, "flash", "erase", "chip.bin", "--sector", "0x81")
	require.Equal(t, exitOK, code, said)
	code, _, said = ran(t, "run", "--flash", "chip.bin", "--elf", "v2.elf")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, said, "the loader has found no program in the flash that it can start")
}

// A program without update slots is two files.
func TestRunChipImageWithoutSlots(t *testing.T) {
	upgrades(t, nil)
	source := filepath.Join("user", "main.c")
	require.NoError(t, os.Mkdir("user", 0o700))
	require.NoError(t, os.WriteFile(source, []byte("#include \"osapi.h\"\n#include \"user_interface.h\"\n"+
		"void ICACHE_FLASH_ATTR user_init(void) { os_printf(\"at %x\\n\", system_get_userbin_addr()); }\n"), 0o600))
	code, _, said := ran(t, "build", "--engine", "lx106", "-o", "app.out", "user")
	require.Equal(t, exitOK, code, said)
	for first, second := range map[string]string{"eagle.flash.bin": "eagle.irom0text.bin", "app-0x00000.bin": "app-0x10000.bin"} {
		code, out, said := ran(t, "flash", "image", "--slot", "0", "-o", first, "app.out")
		require.Equal(t, exitOK, code, said)
		assert.Contains(t, out, second)
		assert.Contains(t, out, "for 0x10000")
		code, out, said = ran(t, "run", first, "--timeout", "1s")
		require.Equal(t, exitOK, code, said)
		assert.Equal(t, "at 0\n", out)
		require.NoError(t, os.Remove(second))
		bad(t, []string{"its second file is wanted beside it"}, "run", first)
	}
}

// What cannot be run or made is told in one line.
func TestBadChipImages(t *testing.T) {
	upgrades(t, map[string][]string{"one": {"1", "3"}, "two": {"2", "3"}})
	b, err := os.ReadFile("one.bin")
	require.NoError(t, err)
	write := func(name string, b []byte) { require.NoError(t, os.WriteFile(name, b, 0o600)) }
	changed := func(at int, v byte) []byte {
		c := bytes.Clone(b)
		c[at] ^= v
		return c
	}
	write("cut.bin", b[:100])
	write("crc.bin", changed(len(b)-1, 1))
	write("sum.bin", changed(len(b)-5, 1))
	require.NoError(t, os.Mkdir("alone", 0o700))
	write("alone/one.bin", b)
	for args, want := range map[string]string{
		"run cut.bin":                                    "cut.bin: image at 0x0: the image goes beyond the end of the data",
		"run crc.bin":                                    "crc.bin: image at 0x0: wrong CRC at the end of the image",
		"run sum.bin":                                    "sum.bin: image at 0x0: wrong checksum: the loader refuses the image",
		"run alone/one.bin":                              "give the ELF file of which it was made, as in --elf app.out",
		"run one.bin --elf two.elf":                      "the image at 0x1000 in the flash is not made of two.elf",
		"run one.bin --elf none.elf":                     "--elf: there is no file none.elf",
		"run one.bin --elf one.bin":                      "--elf: ",
		"run one.bin --flash small.bin":                  "map 2 (FLASH_SIZE_8M_MAP_512_512), and the chip has 524288 bytes",
		"run one.bin --flash other.bin":                  "and the image at 0 in the flash says 6",
		"run --flash wrong.bin --elf two.elf":            "is linked for 0x40281010, and lies where the chip shows it at 0x40201010",
		"fleet one.bin -n 1 --against 127.0.0.1:1":       "an image for the chip runs with emu8266 run and its ELF file (--elf)",
		"flash image --slot 2 --map 2 -o x.bin one.elf":  "that of user2 of map 2 (FLASH_SIZE_8M_MAP_512_512) runs at 0x40281010",
		"flash image --slot 1 --map 1 -o x.bin one.elf":  "has no update slots",
		"flash image --slot 0 -o x.flash.bin one.elf":    "in an update slot: it is none without slots",
		"flash image --slot 0 -o x.bin one.elf":          "give a name that ends with flash.bin or 0x00000.bin",
		"flash image --slot 3 -o x.bin one.elf":          "--slot 3: give 1 or 2, or 0",
		"flash image --slot 1 --map 10 -o x.bin one.elf": "--map 10: give 0 to 9",
		"flash image --slot 1 -o x.bin one.bin":          "give its .wasm, or an ELF file for the chip",
		"build --slot 1 -o x.elf alone":                  "--slot is for --engine lx106",
		"build --engine lx106 --slot 3 -o x.elf alone":   "give slot 1 or 2 of a map that has slots",
	} {
		for name, made := range map[string][]string{"small.bin": {"create", "small.bin", "--size", "512K", "--force"},
			"other.bin": {"create", "other.bin", "--force"}, "wrong.bin": {"create", "wrong.bin", "--size", "1M", "--force"}} {
			if !strings.Contains(args, name) {
				continue
			}
			code, _, said := ran(t, append([]string{"flash"}, made...)...)
			require.Equal(t, exitOK, code, said)
			switch name {
			case "other.bin":
				write("header", []byte{0xE9, 0, 0, 0x60})
				code, _, said = ran(t, "flash", "write", name, "header", "--at", "0")
			case "wrong.bin": // user2.bin as esptool makes it, which names no slot, in the first one
				write("header", []byte{0xE9, 0, 0, 0x20})
				code, _, said = ran(t, "flash", "write", name, "header", "--at", "0")
				require.Equal(t, exitOK, code, said)
				b, err := os.ReadFile("two.bin")
				require.NoError(t, err)
				b[3] = 0
				crc, err := image.TailCRC(bytes.NewReader(b), 0, int64(len(b)-4))
				require.NoError(t, err)
				write("esptool.bin", binary.LittleEndian.AppendUint32(b[:len(b)-4], crc))
				code, _, said = ran(t, "flash", "write", name, "esptool.bin", "--at", "0x1000")
			}
			require.Equal(t, exitOK, code, said)
		}
		bad(t, []string{want}, strings.Fields(args)...)
	}
}
