package build

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/flash"
	flashimage "github.com/emu8266/emu8266/flash/image"
)

// EngineWasm and EngineLX106 are what an image can be made for: WebAssembly, or the chip's own processor.
const (
	EngineWasm  = "wasm"
	EngineLX106 = "lx106"
)

// ErrGCC is in the error of a build for the LX106 that did not find its compiler; the text says how to install it.
var ErrGCC = errors.New("xtensa-lx106-elf-gcc is needed to compile firmware for the LX106")

const installGCC = `
  Debian, Ubuntu:  sudo apt install gcc-xtensa-lx106
  others:          Espressif's toolchain for the ESP8266, its bin folder on PATH`

// linkerScript says where what lies, the code in the flash where a program without update slots has it.
//
//go:embed lx106.ld
var linkerScript string

// script is linkerScript with the code in the flash where the program's slot has it, behind the image's two headers.
func (b *builder) script() string {
	if b.Slot == 0 {
		return linkerScript
	}
	user1, user2, most := b.Map.Slots()
	at := flashimage.CodeAt([]uint32{0, user1, user2}[b.Slot])
	return flashOrigin.ReplaceAllString(linkerScript, fmt.Sprintf("${1}ORIGIN = 0x%08X, LENGTH = 0x%X", at, most-at%flash.SectorSize))
}

// flashOrigin is the line of the flash in linkerScript.
var flashOrigin = regexp.MustCompile(`(flash \(rx\) : )ORIGIN = \w+, LENGTH = \w+`)

// findGCC takes the compiler that is given, or the one on PATH.
func findGCC(ctx context.Context, c *cache, given string) (Toolchain, error) {
	name := given
	if name == "" {
		name = "xtensa-lx106-elf-gcc"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w%s", ErrGCC, err, installGCC)
	}
	out, err := c.ask(ctx, path, "--version")
	if err != nil {
		return nil, fmt.Errorf("%w: %s does not run: %w", ErrGCC, path, err)
	}
	machine, err := c.ask(ctx, path, "-dumpmachine")
	if err != nil || !strings.HasPrefix(string(machine), "xtensa-lx106") {
		return nil, fmt.Errorf("%w: %s compiles for %s%s", ErrGCC, path, strings.TrimSpace(string(machine)), installGCC)
	}
	return &programs{paths: map[string]string{"gcc": path}, version: fmt.Sprintf("%s %x\n%s", path, script(path), out)}, nil
}

// gccFlags are those of everything: as the SDK's Makefile has them, but for our headers (lx106.md 5).
func (b *builder) gccFlags() []string {
	return []string{
		"-std=gnu99", "-Wall", "-Wno-implicit-function-declaration", "-Wpointer-arith", "-Wno-cast-function-type",
		"-Wno-builtin-declaration-mismatch", "-Wno-infinite-recursion",
		"-ffreestanding", "-fno-builtin", "-fcommon", "-fno-inline-functions", "-nostdlib", "-funsigned-char",
		"-mlongcalls", "-mtext-section-literals", "-ffunction-sections", "-fdata-sections",
		"-DICACHE_FLASH", "-D__ets__", "-DEMU8266_SDK=" + versions[b.Version],
	}
}

// gccFirmware are the flags of one of the firmware's files.
func (b *builder) gccFirmware(f File) []string {
	flags := slices.Concat(b.gccFlags(), b.prefixes(), []string{"-g", "-gdwarf-4", "-Wimplicit-function-declaration"})
	if b.Test {
		flags = append(flags, "-Og", "-fkeep-static-functions", "-fno-toplevel-reorder") // what nobody uses stays
	} else {
		flags = append(flags, "-Os")
	}
	if b.Check {
		flags = append(flags, "-fstack-protector-strong")
	}
	if isCpp(f.Source) {
		flags = inCpp(flags)
	}
	return slices.Concat(flags, b.searched(f), b.CFlags, f.Flags)
}

// protectorFile is what the compiler's stack protector calls in programs for the LX106; those for WebAssembly have it in check.c.
const protectorFile = "protector.c"

// gccRuntime are those of the runtime.
func (b *builder) gccRuntime() []string {
	return append(b.gccFlags(), "-Os", "-g0", "-ffile-prefix-map="+b.cache.sdk+"=sdk",
		"-UEMU8266_SDK", "-DEMU8266_SDK="+versions[VersionDefault],
		"-I"+filepath.Join(b.cache.sdk, "include"), "-I"+filepath.Join(b.cache.sdk, "libc"))
}

// compiled are functions that the compiler calls by itself and that the ROM has (sdk-surface.md, ROM functions).
var compiled = []string{
	"memcpy", "memmove", "memset", "memcmp", "strlen",
	"__mulsi3", "__divsi3", "__modsi3", "__udivsi3", "__umodsi3",
	"__umulsidi3", "__muldi3", "__divdi3", "__moddi3", "__udivdi3", "__umoddi3",
	"__addsf3", "__subsf3", "__mulsf3", "__divsf3", "__adddf3", "__subdf3", "__muldf3", "__divdf3",
	"__fixdfsi", "__fixsfsi", "__fixunsdfsi", "__fixunssfsi", "__extendsfdf2", "__truncdfsf2",
	"__floatsisf", "__floatunsisf", "__floatsidf", "__floatunsidf",
}

// undefined is what the linker says of a function that nobody has.
var undefined = regexp.MustCompile("undefined reference to `([^']+)'")

// linkLX106 links objects with stubs for all functions of the SDK. Functions that nobody has get stubs, too: they are in missing.
func (b *builder) linkLX106(ctx context.Context, objects []string) (image []byte, missing []string, err error) {
	temp, err := os.MkdirTemp(b.cache.dir, "link")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	script := filepath.Join(temp, "lx106.ld")
	if err := os.WriteFile(script, []byte(b.script()), 0o644); err != nil {
		return nil, nil, err
	}
	linked := make([]string, len(objects))
	for n, o := range objects { // the script tells the runtime by the names of its objects
		linked[n] = o
		if n >= len(objects)-b.runtimes {
			linked[n] = filepath.Join(temp, fmt.Sprintf("esp_runtime-%d.o", n))
			if err := copyFile(linked[n], o); err != nil {
				return nil, nil, err
			}
		}
	}
	for {
		stub, err := b.stubs(ctx, temp, slices.Concat(cabi.Names(), compiled, missing))
		if err != nil {
			return nil, nil, err
		}
		out := filepath.Join(temp, "firmware.elf")
		args := []string{"-nostdlib", "-Wl,-static",
			"-Wl,--defsym=esp_sdk_" + versions[b.Version] + "=1", "-T", script}
		if !b.Test {
			args = append(args, "-Wl,--gc-sections")
		}
		args = append(append(args, linked...), stub, "-lgcc", "-o", out)
		_, said, err := b.run(ctx, Command{Tool: "gcc", Dir: b.Dir, Args: args, Inputs: append(slices.Clone(linked), stub), Output: out})
		if err == nil {
			image, err = os.ReadFile(out)
			return image, missing, err
		}
		known := len(missing)
		for _, m := range undefined.FindAllStringSubmatch(said, -1) {
			if !slices.Contains(missing, m[1]) {
				missing = append(missing, m[1])
			}
		}
		if len(missing) == known {
			return nil, nil, cmp.Or(overflow(said), errors.New(strings.TrimSpace(said)))
		}
		slices.Sort(missing)
	}
}

// overflowed is the linker's line for a memory that what goes there does not fit into.
var overflowed = regexp.MustCompile("region `(iram|dram|flash)' overflowed by (\\d+) bytes")

// overflow says by how many bytes a program is too long for the memories of lx106.ld, and what helps; nil if that was not the fault.
func overflow(said string) (err error) {
	for _, m := range overflowed.FindAllStringSubmatch(said, -1) {
		err = errors.Join(err, fmt.Errorf(map[string]string{
			"iram":  "code goes %s bytes beyond the 32 KB of instruction RAM: move functions to flash (ICACHE_FLASH_ATTR)",
			"dram":  "data goes %s bytes beyond the 80 KB of data RAM: constants may go to flash (ICACHE_RODATA_ATTR)",
			"flash": "code goes %s bytes beyond the program's place in flash",
		}[m[1]], m[2]))
	}
	return err
}

// stubs makes an object with a weak label for each function: user code wins.
func (b *builder) stubs(ctx context.Context, temp string, names []string) (string, error) {
	var text strings.Builder
	text.WriteString("/* Labels of the SDK's functions: the emulator stands in for what is there. */\n")
	for _, name := range names {
		text.WriteString(strings.ReplaceAll("\t.section .esp_stubs.NAME, \"ax\"\n\t.weak NAME\n\t.type NAME, @function\n\t.align 4\n"+
			"NAME:\n\tret\n\t.size NAME, . - NAME\n", "NAME", name))
	}
	source, object := filepath.Join(temp, "stubs.s"), filepath.Join(temp, "stubs.o")
	if err := os.WriteFile(source, []byte(text.String()), 0o644); err != nil {
		return "", err
	}
	_, said, err := b.run(ctx, Command{Tool: "gcc", Dir: temp, Args: []string{"-c", source, "-o", object}, Inputs: []string{source},
		Output: object})
	if err != nil {
		return "", errors.New(strings.TrimSpace(said))
	}
	return object, nil
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}
