package elf

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/flash"
	flashimage "github.com/emu8266/emu8266/flash/image"
)

// Programs runs programs that lie in the flash as the chip's tools put them there (the SDK's gen_appbin.py, esptool's elf2image): its
// method Load is for emulator.Config.Image. An image has no symbols, by which the emulator finds the SDK's functions: the ELF file of
// which it was made has them, and is known by what lies in the flash.
//
//	var programs elf.Programs
//	programs.Add("app.out", image)
//	device, err := emulator.New(emulator.Config{Flash: chip, Image: programs.Load})
//	err = device.Boot(nil)
//
// All that the loader would put into memory and show there is compared with the ELF file. The zero value is ready; Add is not for the
// time in which a device runs.
type Programs struct {
	all []flashed
}

// flashed is an ELF file by its name.
type flashed struct {
	name  string
	image *Image
}

// Add makes a program known. The name is for errors.
func (p *Programs) Add(name string, i *Image) { p.all = append(p.all, flashed{name, i}) }

// Load returns the firmware whose image begins at at in the flash: that of an update slot, or at 0 of a program without slots. The error
// says for each program that is known where the flash differs from it.
func (p *Programs) Load(chip *flash.Chip, at uint32) (board.Firmware, error) {
	f, err := p.Find(chip, at)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Find is Load for those who want to know more of the program.
func (p *Programs) Find(chip *flash.Chip, at uint32) (*Firmware, error) {
	has, err := readLoaded(chip, at)
	if err != nil {
		return nil, err
	}
	if len(p.all) == 0 {
		return nil, fmt.Errorf("elf: the image at 0x%x in the flash is for the chip, and the ELF file is wanted of which it was made", at)
	}
	var differs []string
	for _, f := range p.all {
		why := f.image.differs(has)
		if why == "" {
			return &Firmware{image: f.image, loaded: &loaded{at: at}}, nil
		}
		differs = append(differs, f.name+": "+why)
	}
	return nil, fmt.Errorf("elf: the image at 0x%x in the flash is not made of %s", at, strings.Join(differs, "; nor of "))
}

// Image returns the program.
func (f *Firmware) Image() *Image { return f.image }

// loaded is what the loader makes of an image: the memory in which the program begins.
type loaded struct {
	at     uint32 // in the flash
	iram   []byte
	dram   []byte
	window []byte // the megabyte of the flash that is shown
}

func readLoaded(chip *flash.Chip, at uint32) (*loaded, error) {
	i, err := flashimage.Parse(chip, int64(at))
	if err != nil {
		return nil, err
	}
	l := &loaded{at: at, iram: make([]byte, lx106.IRAMSize), dram: make([]byte, dataEnd-lx106.DRAMBase),
		window: make([]byte, lx106.FlashSize)}
	for _, s := range i.Segments {
		to := l.ram(s.Load)
		switch {
		case s.Load == 0:
			continue // it stays in the flash
		case uint64(s.Size) > uint64(len(to)):
			return nil, fmt.Errorf("elf: the image at 0x%x in the flash puts %d bytes at 0x%x, where there is not so much memory",
				at, s.Size, s.Load)
		}
		if _, err := chip.ReadAt(to[:s.Size], int64(at)+int64(s.Offset)); err != nil {
			return nil, fmt.Errorf("elf: the image at 0x%x: %w", at, err)
		}
	}
	for n := range l.window {
		l.window[n] = erased
	}
	for n := uint32(0); n < lx106.FlashSize; n += flash.SectorSize {
		if _, err := chip.ReadAt(l.window[n:n+flash.SectorSize], int64(l.base()+n)); err != nil {
			break // the chip ends here
		}
	}
	return l, nil
}

// base is where the megabyte begins in the flash that is shown as memory.
func (l *loaded) base() uint32 { return l.at &^ (lx106.FlashSize - 1) }

// ram returns the memory from an address on; nil where the loader puts nothing.
func (l *loaded) ram(addr uint32) []byte {
	if o := addr - lx106.IRAMBase; o < uint32(len(l.iram)) {
		return l.iram[o:]
	}
	if o := addr - lx106.DRAMBase; o < uint32(len(l.dram)) {
		return l.dram[o:]
	}
	return nil
}

// differs says where an image is other than the program, "" if it is made of it.
func (i *Image) differs(l *loaded) string {
	for _, s := range i.segments {
		if o := s.addr - lx106.FlashBase; o < lx106.FlashSize {
			if n := firstDifference(l.window[o:][:s.size], i.core.Bytes(s.addr, s.size)); n >= 0 {
				return i.elsewhere(l, s, n)
			}
		}
	}
	for _, m := range []struct {
		name string
		addr uint32
		has  []byte
	}{{"instruction RAM", lx106.IRAMBase, l.iram}, {"data RAM", lx106.DRAMBase, l.dram}} {
		if n := firstDifference(m.has, i.core.Bytes(m.addr, uint32(len(m.has)))); n >= 0 {
			return fmt.Sprintf("what goes to %s is other from 0x%x on", m.name, m.addr+uint32(n))
		}
	}
	return ""
}

// elsewhere says that code in the flash differs, and where the program's begins if it is there at another place: it was linked for that.
func (i *Image) elsewhere(l *loaded, s segment, n int) string {
	whole := i.core.Bytes(s.addr, s.size)
	if at := bytes.Index(l.window, whole); at >= 0 && len(whole) > 0 {
		return fmt.Sprintf("its code is linked for 0x%x, and lies where the chip shows it at 0x%x: link it for this slot, or write it to "+
			"the other one", s.addr, lx106.FlashBase+uint32(at))
	}
	return fmt.Sprintf("the code in the flash is other from 0x%x on", s.addr+uint32(n))
}

// firstDifference is -1 if two pieces of the same length are the same.
func firstDifference(a, b []byte) int {
	for n := range a {
		if a[n] != b[n] {
			return n
		}
	}
	return -1
}

// segment is where a piece of the program lies that the file has contents for.
type segment struct{ addr, size uint32 }

// CodeAt returns the address of the program's first code in the flash, 0 if it has none there.
func (i *Image) CodeAt() uint32 {
	for _, s := range i.segments {
		if s.addr-lx106.FlashBase < lx106.FlashSize {
			return s.addr
		}
	}
	return 0
}

// Content returns what an image for the chip is made of, as the SDK's gen_appbin.py takes it from the ELF file: for update slot 1 or 2, or
// with 0 for a program without slots, whose code in the flash is a file of its own then (IROM), to be written at codeAt. It goes into the
// flash of the map. An error says that the program is linked for another place.
func (i *Image) Content(slot uint8, m flashimage.SizeMap) (c flashimage.Content, codeAt uint32, err error) {
	c = flashimage.Content{App: slot, Map: m, Entry: i.entry}
	for _, s := range i.segments {
		switch b := i.core.Bytes(s.addr, s.size); {
		case s.addr-lx106.FlashBase >= lx106.FlashSize:
			c.RAM = append(c.RAM, flashimage.Part{Load: s.addr, Data: b})
		case codeAt == 0:
			c.IROM, codeAt = b, s.addr
		default: // a second piece behind the first
			c.IROM = append(append(c.IROM, bytes.Repeat([]byte{0}, int(s.addr-codeAt)-len(c.IROM))...), b...)
		}
	}
	const sector = flash.SectorSize
	if slot == 0 && codeAt != 0 && (codeAt-lx106.FlashBase)%sector != 0 {
		return c, 0, fmt.Errorf("elf: the program's code in the flash is linked for 0x%x, in an update slot: it is none without slots",
			codeAt)
	}
	user1, user2, most := m.Slots()
	switch wanted := flashimage.CodeAt([]uint32{0, user1, user2}[slot]); {
	case slot != 0 && most == 0:
		return c, 0, fmt.Errorf("elf: map %v has no update slots", m)
	case slot != 0 && codeAt != 0 && codeAt != wanted:
		return c, 0, fmt.Errorf("elf: the program's code in the flash is linked for 0x%x; that of user%d of map %v runs at 0x%x",
			codeAt, slot, m, wanted)
	}
	return c, codeAt - lx106.FlashBase, nil
}
