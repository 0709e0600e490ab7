package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// loader is a small program for address 0, with the map that loaders come with: 0.
var loader = append([]byte{0xE9, 1, 2, 0x0F, 4, 0, 0x10, 0x40, 0, 0, 0x10, 0x40, 4, 0, 0, 0, 1, 2, 4, 8}, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0xEF^0x0F)

// runFlash runs the command in a folder and returns its output.
func runFlash(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	require.Equal(t, want, run(append([]string{"flash"}, args...), &out, &err), "%s", &err)
	return out.String(), err.String()
}

func TestFlashWritePutsTheMapIntoTheHeader(t *testing.T) {
	file, boot := filepath.Join(t.TempDir(), "flash.bin"), filepath.Join(t.TempDir(), "boot.bin")
	require.NoError(t, os.WriteFile(boot, loader, 0o644))
	runFlash(t, exitOK, "create", file)
	runFlash(t, exitOK, "write", file, boot, "--at", "0", "--map", "6")
	out, _ := runFlash(t, exitOK, "info", file)
	assert.Contains(t, out, "map 6 (FLASH_SIZE_32M_MAP_1024_1024), by the image at 0")
	assert.Contains(t, out, "program at 0x0: image, 32 bytes, DIO, 80 MHz, map 6")
	runFlash(t, exitOK, "verify", file)

	runFlash(t, exitOK, "write", file, boot, "--at", "0")
	out, _ = runFlash(t, exitFailed, "verify", file)
	assert.Contains(t, out, image.RuleMapSize, "as the loader came, with map 0")
}

// The map of a chip with something of everything.
func TestFlashSectorMap(t *testing.T) {
	c, err := flash.New(512 << 10)
	require.NoError(t, err)
	require.NoError(t, c.Write(0, loader))
	require.NoError(t, image.Certs{{Name: "ca.cer", Data: append([]byte{0x30}, make([]byte, 5000)...)}}.WriteAt(c, 0x30))
	for _, sector := range []uint32{0x20, 0x7B, 0x7C, 0x7E} {
		require.NoError(t, c.Write(sector*flash.SectorSize, make([]byte, 4)))
	}
	r, err := newFlashReport("f", c.Snapshot(), nil, nil)
	require.NoError(t, err)
	var plain, coloured strings.Builder
	r.printMap(&plain, false)
	assert.Equal(t, "0x00000000 b"+strings.Repeat(".", 31)+"#"+strings.Repeat(".", 15)+"cc"+strings.Repeat(".", 14)+"\n"+
		"0x00040000 "+strings.Repeat(".", 59)+"ry.s.\n"+mapLegend+"\n", plain.String())
	r.printMap(&coloured, true)
	assert.Contains(t, coloured.String(), "\x1b[32mcc\x1b[0m")
	assert.NotContains(t, plain.String(), "\x1b")
	for _, ch := range "bpcrys#." {
		assert.NotEmpty(t, mapColours[byte(ch)], "%c", ch)
	}
}

// A device has the image open: the command says so instead of writing under it.
func TestFlashCommandsRespectTheLock(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("images are not locked there")
	}
	image := filepath.Join(t.TempDir(), "flash.bin")
	c, err := flash.Open(image, 1<<20)
	require.NoError(t, err)
	defer c.Close()
	_, said := runFlash(t, exitFailed, "erase", image, "--chip")
	assert.Contains(t, said, "in use by another device")
	_, said = runFlash(t, exitFailed, "create", image, "--force")
	assert.Contains(t, said, "in use by another device")
}
