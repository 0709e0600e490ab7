package engines_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/flash"
	flashimage "github.com/emu8266/emu8266/flash/image"
)

// linked compiles a version of testdata/firmware/upgrade.c for a slot, as the toolchain links it, and makes its image as the SDK's tool
// does.
func linked(t *testing.T, version int, slot uint8, m flashimage.SizeMap) (*elf.Image, []byte) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "upgrade.elf")
	_, err = build.Build(context.Background(), build.Options{Sources: []string{filepath.FromSlash("testdata/firmware/upgrade.c")},
		Defines: []string{fmt.Sprint("VERSION=", version)}, Output: out, Dir: root, Engine: build.EngineLX106, Slot: slot, Map: m})
	if errors.Is(err, build.ErrGCC) {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	require.NoError(t, err)
	i, err := elf.LoadFile(out)
	require.NoError(t, err)
	return i, imageOf(t, i, slot, m)
}

func imageOf(t *testing.T, i *elf.Image, slot uint8, m flashimage.SizeMap) []byte {
	t.Helper()
	c, _, err := i.Content(slot, m)
	require.NoError(t, err)
	b, err := c.Encode()
	require.NoError(t, err)
	return b
}

// chipOf is a flash with a map in the header at 0 and images in it.
func chipOf(t *testing.T, m flashimage.SizeMap, images map[uint32][]byte) *flash.Chip {
	t.Helper()
	c, err := flash.New(m.Size())
	require.NoError(t, err)
	if images[0] == nil {
		require.NoError(t, c.Write(0, []byte{0xE9, 0, 0, byte(m) << 4}))
	}
	for at, b := range images {
		require.NoError(t, c.Write(at, padded(bytes.Clone(b))))
	}
	return c
}

// told are the lines of upgrade.c.
func told(uart string) (list []string) {
	for _, line := range strings.Split(uart, "\n") {
		for _, begin := range []string{"version", "start", "loaded", "written", "reboot"} {
			if strings.HasPrefix(line, begin) {
				list = append(list, line)
			}
		}
	}
	return list
}

// Firmware that lies in the flash as the chip's tools put it there replaces itself twice over the air: the second program is linked for
// another address where the flash has two slots in one megabyte, and for the same one where each slot has its own.
func TestUpgradeOfChipImages(t *testing.T) {
	for _, m := range []flashimage.SizeMap{flashimage.Map8M512x512, flashimage.Map32M1024x1024} {
		t.Run(fmt.Sprint("map ", uint8(m)), func(t *testing.T) {
			var programs elf.Programs
			user := map[string][]byte{}
			for _, v := range []struct {
				version int
				slot    uint8
			}{{1, 1}, {2, 2}, {3, 1}} {
				name := fmt.Sprint("version", v.version)
				i, b := linked(t, v.version, v.slot, m)
				programs.Add(name, i)
				user[name] = b
			}
			synctest.Test(t, func(t *testing.T) {
				var uart strings.Builder
				d := emulator.NewTest(t, emulator.Config{UART: &uart, Image: programs.Load,
					Flash: chipOf(t, m, map[uint32][]byte{0x1000: user["version1"]})})
				updates(t, d.Network(), user["version3"], user["version2"])
				require.NoError(t, d.Boot(nil))
				time.Sleep(2 * time.Minute)
				assert.Nil(t, d.Crash())
				require.NoError(t, d.PowerCycle())
				require.NoError(t, d.Boot(nil))
				require.NoError(t, d.Do(func() {
					assert.Equal(t, []string{"version 1 in user1", "start 1", "loaded 1", "reboot to use2", "version 2 in user2",
						"written, flag 1", "reboot to use1", "version 3 in user1", "version 3 in user1"}, told(uart.String()))
				}))
				require.NoError(t, d.Close())
			})
		})
	}
}

// The same with Espressif's own upgrade: NAME-upgrade.out is upgrade.c with VERSION 1, linked with the SDK for flash of 1024+1024 KB, where
// one program runs from either slot. It loads itself into the other slot.
func TestUpgradeOfChipImagesByVendor(t *testing.T) {
	folder := os.Getenv(vendorFolder)
	files, err := filepath.Glob(filepath.Join(folder, "*-upgrade.out"))
	require.NoError(t, err)
	if folder == "" || len(files) == 0 {
		t.Skipf("%s names no folder with upgrade.c linked with the SDK's libraries: no licence lets us have it", vendorFolder)
	}
	const m = flashimage.Map32M1024x1024
	for _, f := range files {
		for stack, load := range map[string]func(string) (*elf.Image, error){"sdk": elf.LoadFile, "vendor": elf.LoadVendorFile} {
			t.Run(filepath.Base(f)+" "+stack, func(t *testing.T) {
				i, err := load(f)
				require.NoError(t, err)
				var programs elf.Programs
				programs.Add(filepath.Base(f), i)
				user1, user2 := imageOf(t, i, 1, m), imageOf(t, i, 2, m)
				synctest.Test(t, func(t *testing.T) {
					var uart strings.Builder
					d := emulator.NewTest(t, emulator.Config{UART: &uart, Image: programs.Load,
						Flash: chipOf(t, m, map[uint32][]byte{0x1000: user1})})
					updates(t, d.Network(), user1, user2)
					require.NoError(t, d.Boot(nil))
					time.Sleep(2 * time.Minute)
					assert.Nil(t, d.Crash())
					require.NoError(t, d.Close())
					lines := told(uart.String())
					once := []string{"version 1 in user1", "start 1", "loaded 1", "reboot to use2",
						"version 1 in user2", "start 1", "loaded 1", "reboot to use1"}
					require.Greater(t, len(lines), len(once))
					assert.Equal(t, once, lines[:len(once)])
					assert.Equal(t, once[0], lines[len(once)])
				})
			})
		}
	}
}

// A program without slots lies at 0 with its code where it is linked for, and the boot ROM starts it.
func TestProgramWithoutSlots(t *testing.T) {
	for _, m := range []flashimage.SizeMap{flashimage.Map2M, flashimage.Map4M256x256, flashimage.Map32M1024x1024} {
		i, first := linked(t, 3, 0, m)
		c, at, err := i.Content(0, m)
		require.NoError(t, err)
		assert.EqualValues(t, 0x10000, at)
		var programs elf.Programs
		programs.Add("app", i)
		play := func(chip *flash.Chip) (heard string, err error) {
			synctest.Test(t, func(t *testing.T) {
				var uart strings.Builder
				d := emulator.NewTest(t, emulator.Config{UART: &uart, Image: programs.Load, Flash: chip})
				err = d.Boot(nil)
				require.NoError(t, d.Close())
				heard = uart.String()
			})
			return heard, err
		}
		heard, err := play(chipOf(t, m, map[uint32][]byte{0: first, at: c.IROM}))
		require.NoError(t, err)
		assert.Equal(t, []string{"version 3 in user1"}, told(heard))

		spoilt := bytes.Clone(first)
		spoilt[len(spoilt)-20] ^= 1
		heard, err = play(chipOf(t, m, map[uint32][]byte{0: spoilt, at: c.IROM}))
		require.NoError(t, err)
		assert.Equal(t, "csum err\n", heard)
	}
}

// What lies in a slot has to be what one of the programs is made of, in the place for which it is linked. The error says what is otherwise.
func TestChipImageThatIsNoProgram(t *testing.T) {
	const m = flashimage.Map8M512x512
	one, user1 := linked(t, 1, 1, m)
	other, _ := linked(t, 3, 1, m)
	two, user2 := linked(t, 1, 2, m)
	resum := func(b []byte) []byte { // as a tool would write it, with sound sums
		i, err := flashimage.Parse(bytes.NewReader(b), 0)
		require.ErrorIs(t, err, flashimage.ErrCRC)
		c := flashimage.Content{App: i.App, Mode: i.Mode, Speed: i.Speed, Map: i.Map, Entry: i.Entry,
			IROM: b[i.Segments[0].Offset:][:i.Segments[0].Size]}
		for _, s := range i.Segments[1:] {
			c.RAM = append(c.RAM, flashimage.Part{Load: s.Load, Data: b[s.Offset:][:s.Size]})
		}
		b, err = c.Encode()
		require.NoError(t, err)
		return b
	}
	code := bytes.Clone(user1)
	code[16+5] ^= 1
	far, err := flashimage.Content{App: 1, Map: m, RAM: []flashimage.Part{{Load: 0x40107FFC, Data: make([]byte, 8)}}}.Encode()
	require.NoError(t, err)
	for name, row := range map[string]struct {
		at    uint32
		image []byte
		among []*elf.Image
		want  string
	}{
		"sound":                    {0x1000, user1, []*elf.Image{other, one}, ""},
		"sound in the second slot": {0x81000, user2, []*elf.Image{one, two}, ""},
		"another program": {0x1000, user1, []*elf.Image{other},
			"the image at 0x1000 in the flash is not made of 0: the code in the flash is other from 0x402010"},
		"of none of two": {0x1000, user1, []*elf.Image{other, two}, "; nor of 1: "},
		"linked for the other slot": {0x81000, user1, []*elf.Image{one},
			"its code is linked for 0x40201010, and lies where the chip shows it at 0x40281010"},
		"changed code":            {0x1000, resum(code), []*elf.Image{one}, "the code in the flash is other from 0x40201015 on"},
		"nothing to compare with": {0x1000, user1, nil, "the ELF file is wanted of which it was made"},
		"no memory for it":        {0x1000, far, []*elf.Image{one}, "puts 8 bytes at 0x40107ffc, where there is not so much memory"},
		"damaged":                 {0x1000, code, []*elf.Image{one}, "wrong CRC"},
		"cut":                     {0x1000, user1[:len(user1)-20], []*elf.Image{one}, "wrong checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			var programs elf.Programs
			for n, i := range row.among {
				programs.Add(fmt.Sprint(n), i)
			}
			chip := chipOf(t, m, map[uint32][]byte{row.at: row.image})
			fw, err := programs.Load(chip, row.at)
			if row.want == "" {
				require.NoError(t, err)
				assert.NotNil(t, fw)
				return
			}
			assert.ErrorContains(t, err, row.want)
		})
	}
	_, _, err = two.Content(1, m)
	assert.ErrorContains(t, err, "linked for 0x40281010; that of user1 of map 2 (FLASH_SIZE_8M_MAP_512_512) runs at 0x40201010")
	_, _, err = two.Content(0, m)
	assert.ErrorContains(t, err, "in an update slot")
	_, _, err = two.Content(1, flashimage.Map2M)
	assert.ErrorContains(t, err, "has no update slots")
}

// The program sees the flash as the chip shows it: of the second megabyte, where its slot lies, and what it writes there at once.
func TestWindowOfTheSecondMegabyte(t *testing.T) {
	const m = flashimage.Map32M1024x1024
	i, user2 := linked(t, 3, 2, m)
	var programs elf.Programs
	programs.Add("app", i)
	chip := chipOf(t, m, map[uint32][]byte{0x101000: user2, 0x1F0000: []byte("told"), 0xF0000: []byte("else")})
	fw, err := programs.Find(chip, 0x101000)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Flash: chip})
		require.NoError(t, d.Boot(fw))
		for want, at := range map[string]uint32{"told": 0x402F0000, "\xff\xff\xff\xff": 0x402F0004} {
			v, err := fw.Get(fmt.Sprintf("*(unsigned *)%d", at))
			require.NoError(t, err)
			assert.Equal(t, want, string(v.Bytes()))
		}
		require.NoError(t, d.Close())
	})
}
