package lx106

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tool returns a program of the toolchain; without it the test is skipped, or fails where CI=true.
func tool(t testing.TB, name, pkg string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: install the Debian package %s", name, pkg)
		}
		t.Skipf("%s is missing: install the Debian package %s", name, pkg)
	}
	return path
}

// compareText decodes code at address base and compares each instruction's text with objdump's. It returns how many were compared.
func compareText(t *testing.T, base uint32, code []byte) int {
	objdump := tool(t, "xtensa-lx106-elf-objdump", "binutils-xtensa-lx106")
	file := filepath.Join(t.TempDir(), "code.bin")
	require.NoError(t, os.WriteFile(file, code, 0o600))
	out, err := exec.Command(objdump, "-D", "-z", "-b", "binary", "-m", "xtensa", fmt.Sprintf("--adjust-vma=%#x", base), file).Output()
	require.NoError(t, err)
	compared, wrong := 0, 0
	next := base
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		f := strings.Split(lines.Text(), "\t")
		if len(f) < 3 {
			continue
		}
		pc64, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(f[0]), ":"), 16, 32)
		if err != nil {
			continue
		}
		pc := uint32(pc64)
		require.Equal(t, next, pc, "objdump goes on at another address: the length of the instruction before it is wrong")
		if int(pc-base) > len(code)-3 {
			break // objdump takes the last instruction for bytes if what follows is not there
		}
		var b [4]byte
		copy(b[:], code[pc-base:])
		in := Decode(pc, b[0], b[1], b[2])
		want := strings.Join(f[2:], "\t")
		if strings.HasPrefix(want, ".byte") {
			want = ".byte"
		}
		if in.Op == OpL32r { // objdump adds what it finds at the literal's address
			want, _, _ = strings.Cut(want, " (")
		}
		if got := in.Text(); got != strings.TrimSpace(want) {
			if wrong++; wrong < 20 {
				t.Errorf("%#x: % x: %q, objdump %q", pc, b[:in.Len], got, want)
			}
		}
		compared++
		next = pc + uint32(in.Len)
	}
	require.Zero(t, wrong, "of %d instructions", compared)
	return compared
}

// Every pattern of the instructions with three registers, among which most others are, and random bytes.
func TestTextIsObjdumps(t *testing.T) {
	var all []byte
	for w := uint32(0); w < 1<<24; w += 16 {
		all = binary.LittleEndian.AppendUint32(all[:len(all):cap(all)], w)
		all = all[:len(all)-1]
	}
	n := compareText(t, 0x40200000, all)
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	random := make([]byte, 600_000)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	n += compareText(t, 0x40100000, random)
	t.Logf("%d instructions compared, seed %d", n, seed)
}

// The project's own C, as GCC compiles it for the chip.
func TestTextOfCompiledCIsObjdumps(t *testing.T) {
	gcc := tool(t, "xtensa-lx106-elf-gcc", "gcc-xtensa-lx106")
	root := "../../../.."
	var sources []string
	for _, pattern := range []string{"examples/*/*.c", "emulator/csdk/rt/*.c", "testdata/firmware/*.c", "emulator/wasm/testdata/*.c",
		"emulator/elf/internal/lx106/testdata/*.c"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		sources = append(sources, found...)
	}
	require.NotEmpty(t, sources)
	files := 0
	var all []byte
	for _, source := range sources {
		for _, optimise := range []string{"-Og", "-Os"} {
			object := filepath.Join(t.TempDir(), "x.o")
			// docs/facts/lx106.md 5
			cmd := exec.Command(gcc, "-c", optimise, "-g", "-w", "-mlongcalls", "-mtext-section-literals", "-ffunction-sections",
				"-fdata-sections", "-funsigned-char", "-ffreestanding", "-I", filepath.Join(root, "emulator/csdk/include"),
				"-I", filepath.Join(root, "emulator/csdk/libc"), "-I", filepath.Dir(source), "-o", object, source)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Logf("%s is not for this compiler: %.200s", source, out)
				continue
			}
			f, err := elf.Open(object)
			require.NoError(t, err)
			for _, s := range f.Sections {
				if s.Type == elf.SHT_PROGBITS && s.Flags&elf.SHF_EXECINSTR != 0 {
					data, err := s.Data()
					require.NoError(t, err)
					all = append(all, data...)
				}
			}
			require.NoError(t, f.Close())
			files++
		}
	}
	n := compareText(t, FlashBase, all)
	require.Greater(t, n, 10_000)
	t.Logf("%d files, %d instructions compared", files, n)
}

// The libraries of the SDK that EMU8266_SDK names, which are not ours to have: skipped without it.
func TestTextOfSDKLibrariesIsObjdumps(t *testing.T) {
	sdk := os.Getenv("EMU8266_SDK")
	if sdk == "" {
		t.Skip("EMU8266_SDK names no folder with a NonOS SDK")
	}
	archives, err := filepath.Glob(filepath.Join(sdk, "lib", "*.a"))
	require.NoError(t, err)
	require.NotEmpty(t, archives, "%s has no lib/*.a", sdk)
	objects, n := 0, 0
	for _, path := range archives {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		var code []byte
		for _, object := range members(t, b) {
			f, err := elf.NewFile(bytes.NewReader(object))
			require.NoError(t, err, path)
			for _, s := range f.Sections {
				if s.Type == elf.SHT_PROGBITS && s.Flags&elf.SHF_EXECINSTR != 0 {
					data, err := s.Data()
					require.NoError(t, err, path)
					code = append(code, data...)
				}
			}
			objects++
		}
		if len(code) > 0 {
			n += compareText(t, FlashBase, code)
		}
	}
	require.Greater(t, n, 100_000)
	t.Logf("%d libraries, %d objects, %d instructions compared", len(archives), objects, n)
}

// members returns the object files in an archive of ar.
func members(t *testing.T, b []byte) (objects [][]byte) {
	const magic, header = "!<arch>\n", 60
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	if len(b) == 0 {
		return nil // a file that was taken away
	}
	require.True(t, ok, "no archive")
	for len(rest) >= header {
		name := strings.TrimSpace(string(rest[:16]))
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		require.NoError(t, err)
		rest = rest[header:]
		require.LessOrEqual(t, size, len(rest))
		if name != "/" && name != "//" {
			objects = append(objects, rest[:size])
		}
		rest = rest[min(size+size&1, len(rest)):]
	}
	return objects
}
