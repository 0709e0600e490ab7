package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// imageFlag gives the ELF files of programs that lie in the flash.
type imageFlag struct {
	ELF []string `name:"elf" help:"ELF file of which an image for the chip was made (user1.bin, eagle.flash.bin): by its symbols the image runs, also after an upgrade. May be given more than once. Default for a .bin: the ELF files beside it." placeholder:"FILE" sep:"none"`
}

// elfsBeside bounds the ELF files that are looked at beside an image. Choice.
const elfsBeside = 32

// flashed is a program in the flash, which the device boots by itself.
type flashedProgram struct{ elfProgram }

// firmware is nothing: the loader finds it.
func (p flashedProgram) firmware() progressing { return nil }

// inFlash says that no firmware stands beside the flash.
func (p *runPlan) inFlash() bool { return p.Firmware == "" || isImage(p.Firmware) }

// isImage tells a file that begins as an image for the chip. A pipe, which is read once, is none.
func isImage(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 1)
	_, err = f.Read(magic)
	return err == nil && (magic[0] == 0xE9 || magic[0] == 0xEA)
}

// loadPrograms takes the ELF files of the images that may lie in the flash.
func (p *runPlan) loadPrograms() error {
	add := func(path string) error {
		i, err := loadProgram(path, p.Stack == stackVendor)
		if e, ok := i.(elfProgram); ok {
			p.programs.Add(filepath.Base(path), e.Image)
			p.linked = append(p.linked, e.Image)
			return nil
		}
		if err == nil {
			err = errors.Join(fmt.Errorf("%s is no ELF file", path), i.Close())
		}
		return err
	}
	for _, path := range p.ELF {
		if err := add(path); err != nil {
			return usagef("--elf: %v", err)
		}
	}
	if e, ok := p.image.(elfProgram); ok {
		p.programs.Add(filepath.Base(p.Firmware), e.Image)
	}
	if len(p.ELF) > 0 || p.Firmware == "" || !isImage(p.Firmware) {
		return nil
	}
	for _, pattern := range []string{"*.out", "*.elf"} {
		beside, _ := filepath.Glob(filepath.Join(filepath.Dir(p.Firmware), pattern)) // the pattern is sound but for the folder's name
		for _, path := range beside[:min(len(beside), elfsBeside)] {
			_ = add(path) // what is no program is not meant
		}
	}
	if len(p.linked) == 0 {
		return usagef("%s is an image for the chip, in which no function has a name: give the ELF file of which it was made, as in "+
			"--elf app.out", p.Firmware)
	}
	return nil
}

// burn puts the image that was named into the flash, where a flashing tool puts it, and takes the program that boots.
func (p *runPlan) burn(chip *flash.Chip) (*flash.Chip, error) {
	if p.Firmware != "" {
		pieces, m, err := p.pieces()
		if err != nil {
			return nil, usagef("%s: %v", p.Firmware, err)
		}
		if chip == nil {
			if chip, err = mappedChip(int(m)); err != nil {
				return nil, err
			}
		}
		if err := fitsChip(chip, m); err != nil {
			return nil, usagef("%s: %v", p.Firmware, err)
		}
		for _, x := range pieces {
			if err := writePiece(chip, x); err != nil {
				return nil, err
			}
		}
	}
	at, empty := bootsAt(chip)
	fw, err := p.programs.Find(chip, at)
	switch {
	case err == nil:
		p.image = flashedProgram{elfProgram{fw.Image()}}
	case empty && len(p.linked) > 0: // the loader says what it finds
		p.image = flashedProgram{elfProgram{p.linked[0]}}
	default:
		return nil, usagef("%s: %v", cmp.Or(p.Firmware, p.Flash), err)
	}
	return chip, nil
}

// piece is what is written to an address of the flash.
type piece struct {
	at   uint32
	data []byte
}

// pieces is what lies in the file, and in the one beside it, and where they go.
func (p *runPlan) pieces() (list []piece, m image.SizeMap, err error) {
	b, err := readFile(p.Firmware, flash.MaxSize)
	if err != nil {
		return nil, 0, err
	}
	i, err := image.Parse(bytes.NewReader(b), 0)
	if err != nil {
		return nil, 0, errors.New(strings.TrimPrefix(err.Error(), "flash: "))
	}
	if m = i.Map; !m.Valid() {
		return nil, 0, fmt.Errorf("its header names the flash size map %d: there are 0 to 9", m)
	}
	user1, user2, most := m.Slots()
	if i.User && most == 0 {
		return nil, 0, fmt.Errorf("it is for an update slot, and its flash size map %v has none", m)
	}
	if i.User {
		at := user1
		if i.App == 2 || i.App != 1 && p.linkedFor(image.CodeAt(user2)) && !p.linkedFor(image.CodeAt(user1)) {
			at = user2
		}
		return []piece{{at, b}}, m, nil
	}
	path := irom0File(p.Firmware)
	code, err := readFile(path, flash.MaxSize)
	if path == "" || err != nil {
		return nil, 0, fmt.Errorf("it is a program without update slots, and its second file is wanted beside it, with the code in the "+
			"flash: eagle.irom0text.bin beside eagle.flash.bin, or NAME-0x10000.bin beside NAME-0x00000.bin (%w)",
			cmp.Or(err, os.ErrNotExist))
	}
	for _, l := range p.linked {
		c, at, err := l.Content(0, m)
		if err == nil && len(code) >= len(c.IROM) && bytes.Equal(code[:len(c.IROM)], c.IROM) {
			return []piece{{0, b}, {at, code}}, m, nil
		}
	}
	return nil, 0, fmt.Errorf("the code in %s is that of no ELF file that was given or stands beside it", path)
}

// linkedFor says that one of the programs has its code at an address.
func (p *runPlan) linkedFor(addr uint32) bool {
	return slices.ContainsFunc(p.linked, func(l *elf.Image) bool { return l.CodeAt() == addr })
}

// irom0File is the name of the second file of a program without update slots, by that of the first: as the SDK's Makefile and as esptool
// name them. "" for another name.
func irom0File(path string) string {
	for _, n := range []struct{ first, second string }{{"flash.bin", "irom0text.bin"}, {"0x00000.bin", "0x10000.bin"}} {
		if strings.HasSuffix(path, n.first) {
			return strings.TrimSuffix(path, n.first) + n.second
		}
	}
	return ""
}

// fitsChip says why a program for a flash size map cannot run from a chip, and writes the map into the header of a blank one, as the SDK's
// loader would have it.
func fitsChip(chip *flash.Chip, m image.SizeMap) error {
	has, ok := image.HeaderMap(chip)
	switch {
	case m.Size() > chip.Size():
		return fmt.Errorf("it is for the flash size map %v, and the chip has %d bytes", m, chip.Size())
	case ok && has != m:
		return fmt.Errorf("it is for the flash size map %v, and the image at 0 in the flash says %v", m, has)
	case !ok:
		return writePiece(chip, piece{0, mapHeader(m)})
	}
	return nil
}

// writePiece erases and writes, unless the same lies there.
func writePiece(chip *flash.Chip, x piece) error {
	has := make([]byte, len(x.data))
	if _, err := chip.ReadAt(has, int64(x.at)); err != nil {
		return fmt.Errorf("%d bytes do not fit at 0x%x in the flash: %w", len(x.data), x.at, err)
	}
	if bytes.Equal(has, x.data) {
		return nil
	}
	first, count := sectorsOf(x.at, len(x.data))
	for n := range count {
		if err := chip.EraseSector(first + n); err != nil {
			return err
		}
	}
	data := x.data
	for len(data)%flash.WriteUnit != 0 {
		data = append(data[:len(data):len(data)], flash.Erased)
	}
	return chip.Write(x.at, data)
}

// bootsAt is where the image begins that the loader starts first; empty says that there is none.
func bootsAt(chip *flash.Chip) (at uint32, empty bool) {
	m, ok := image.HeaderMap(chip)
	if !ok {
		m, _ = image.DefaultMap(chip.Size())
	}
	user1, user2, most := m.Slots()
	if i, err := image.Parse(chip, 0); err == nil && !i.User && (most == 0 || i.Length > flash.SectorSize) {
		return 0, false
	}
	at = user1
	if p, _, err := image.LoadSystemParams(chip, m); err == nil && p.Boot().Slot() == 1 {
		at = user2
	}
	_, err := image.Parse(chip, int64(at))
	return at, err != nil
}
