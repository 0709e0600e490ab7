package elf_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/elf"
)

// The version of the SDK is what its library writes, and the program's structs have to fit it. A snapshot between two releases may have
// the structs of the one before (lx106.md 10.1).
func TestStructsFitTheVersion(t *testing.T) {
	for _, tc := range []struct {
		text string
		size int
		sdk  int // 0: refused
	}{
		{"2.0.0(656edbf)", 103, 20000},
		{"2.0.0(656edbf)", 112, 0},
		{"2.1.0(116b762)", 103, 20100},
		{"2.1.0(116b762)", 116, 0},
		{"2.2.0-dev(9422289)", 103, 20100},
		{"2.2.0-dev(9422289)", 112, 20200},
		{"2.2.0-dev(9422289)", 116, 0},
		{"2.2.1(6ab97e9)", 112, 20200},
		{"2.2.1(6ab97e9)", 103, 0},
		{"3.0.1(78a3e33)", 116, 30000},
		{"3.0.1(78a3e33)", 112, 0},
		{"3.0.6-dev(072755c)", 116, 30000},
		{"3.0.6-dev(072755c)", 112, 0},
	} {
		path := linkWithText(t, tc.text, tc.size)
		i, err := elf.LoadFile(path)
		if tc.sdk == 0 {
			require.ErrorContains(t, err, "struct station_config has "+strconv.Itoa(tc.size)+" bytes in the program and ")
			assert.ErrorContains(t, err, "in its SDK "+tc.text+": compile it with the headers of the version that it is linked with")
			continue
		}
		require.NoError(t, err, "%s, %d bytes", tc.text, tc.size)
		assert.Equal(t, tc.sdk, i.SDK(), "%s, %d bytes", tc.text, tc.size)
		assert.Equal(t, tc.text, i.SDKText())
	}
}

// A program whose structs do not fit the version that it is built for is refused when it is built.
func TestBuildForAnotherVersion(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for version, fits := range map[string]bool{"2.0": true, "2.1": true, "2.2": false, "3.0": false} {
		_, err = build.Build(context.Background(), build.Options{Sources: []string{filepath.FromSlash("emulator/elf/testdata/struct.c")},
			Output: filepath.Join(t.TempDir(), "firmware.elf"), Defines: []string{`TEXT="none"`, "SIZE=103"}, Dir: root, Version: version,
			Engine: build.EngineLX106})
		if errors.Is(err, build.ErrGCC) && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
		if fits {
			assert.NoError(t, err, version)
		} else {
			assert.ErrorContains(t, err, "struct station_config has 103 bytes in the program and ", version)
		}
	}
}

// linkWithText links a program that has the text of an SDK's version in it, as one that is linked with that SDK's library has.
func linkWithText(t *testing.T, text string, size int) (path string) {
	t.Helper()
	gcc, err := exec.LookPath("xtensa-lx106-elf-gcc")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "firmware.elf")
	said, err := exec.Command(gcc, "-g", "-mlongcalls", "-mtext-section-literals", "-nostdlib", "-Wl,-n", "-Wl,-e,user_init",
		"-Wl,-Ttext=0x40210000",
		"-Wl,--section-start=.rodata=0x3FFE8000", "-Wl,--section-start=.bss=0x3FFE9000",
		`-DTEXT="`+text+`"`, "-DSIZE="+strconv.Itoa(size),
		"-o", out, filepath.FromSlash("testdata/struct.c")).CombinedOutput()
	require.NoError(t, err, "%s", said)
	return out
}
