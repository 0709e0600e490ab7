package elf

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/flash"
)

// Bounds of a file. Choice: several times what the largest firmware has.
const (
	fileMax    = 64 << 20 // bytes, debug information included
	segmentMax = 256
	symbolMax  = 1 << 18
	debugMax   = 48 << 20 // bytes of debug information, unpacked
)

// Image is compiled firmware, shared by any number of devices. Its methods may be called from any goroutine.
type Image struct {
	core     *lx106.Image
	symbols  symbols
	hooks    []hook
	absent   []string // functions of the SDK that the program calls and the emulator has not
	version  int      // of the SDK: cabi.SDK20 to SDK30
	text     string   // the version as the program's SDK writes it, "" without one
	debug    cdebug.Info
	cover    *cover                                   // nil: lines are not counted
	data     uint32                                   // behind the last byte of data, bss included
	stack    *stackSymbols                            // of the SDK's libraries, which run: LoadVendor; nil otherwise
	rom      []uint32                                 // addresses of romAddresses that stand in the program as numbers
	entry    uint32                                   // where the loader of the chip starts it
	segments []segment                                // by address
	inFlash  [lx106.FlashSize / flash.SectorSize]bool // sectors in which the program lies
}

// LoadFile is Load for a file.
func LoadFile(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("elf: %w", err)
	}
	defer f.Close()
	return loadFrom(f, false)
}

func loadFrom(f io.Reader, vendor bool) (*Image, error) {
	b, err := io.ReadAll(io.LimitReader(f, fileMax+1)) // Load refuses what is longer
	if err != nil {
		return nil, fmt.Errorf("elf: %w", err)
	}
	return loadAs(b, vendor)
}

// Load takes firmware from an ELF file: linked, for the LX106, with its symbols, against the NonOS SDK or the stubs of package
// build. It refuses everything else by name. b is not kept.
func Load(b []byte) (*Image, error) { return loadAs(b, false) }

func loadAs(b []byte, vendor bool) (*Image, error) {
	i, err := load(b, vendor)
	if err != nil {
		return nil, fmt.Errorf("elf: %w", err)
	}
	return i, nil
}

func load(b []byte, vendor bool) (i *Image, err error) {
	if len(b) > fileMax {
		return nil, fmt.Errorf("more than %d bytes, the most that firmware has", fileMax)
	}
	f, err := open(b)
	if err != nil {
		return nil, err
	}
	if len(f.Progs) > segmentMax {
		return nil, fmt.Errorf("%d segments, at most %d are read", len(f.Progs), segmentMax)
	}
	i = &Image{core: lx106.NewImage()}
	if i.symbols, err = readSymbols(f); err != nil {
		return nil, err
	}
	if err := i.symbols.check(); err != nil {
		return nil, err
	}
	if err := i.addSegments(f, b); err != nil {
		return nil, err
	}
	i.version, i.text = sdkVersion(i.symbols, b)
	i.debug = cdebug.Info{
		Sections:     debugSections(f),
		CodePointers: true,
		TakenAway:    "compile with -Og or -O0, which keep functions and variables",
		NoDebug:      "the file has no debug information: compile with -g, and do not strip it",
	}
	i.settleVersion()
	if err := i.checkStructs(); err != nil {
		return nil, err
	}
	if vendor {
		if i.stack, err = findStack(i.symbols); err != nil {
			return nil, err
		}
		i.linkStack()
		i.hookExceptions()
		return i, nil
	}
	i.link()
	return i, nil
}

// open reads the headers. The reader of Go's library does not panic on damaged files, but it is not promised.
func open(b []byte) (f *elf.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, errors.New("the file is damaged")
		}
	}()
	if len(b) < 4 || string(b[:4]) != elf.ELFMAG {
		return nil, fmt.Errorf("no ELF file: it begins with % x", b[:min(4, len(b))])
	}
	if f, err = elf.NewFile(bytes.NewReader(b)); err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	switch {
	case f.Machine != elf.EM_XTENSA:
		return nil, fmt.Errorf("the file is for %s, not for the ESP8266's Xtensa LX106: compile with xtensa-lx106-elf-gcc", f.Machine)
	case f.Class != elf.ELFCLASS32 || f.Data != elf.ELFDATA2LSB:
		return nil, errors.New("the file is for another Xtensa: the LX106 has 32 bits and the lowest byte first")
	case f.Type == elf.ET_REL:
		return nil, errors.New("an object file, which is not linked yet: give the ELF file that the linker made")
	case f.Type != elf.ET_EXEC:
		return nil, fmt.Errorf("no program but %s", f.Type)
	}
	return f, nil
}

// addSegments puts what the file has for memory there. The data of segments may overlap in the file, not in memory.
func (i *Image) addSegments(f *elf.File, b []byte) error {
	type piece struct{ from, to uint64 }
	var pieces []piece
	for n, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Memsz == 0 {
			continue
		}
		if p.Filesz > p.Memsz || p.Off > uint64(len(b)) || p.Filesz > uint64(len(b))-p.Off {
			return fmt.Errorf("segment %d is longer than the file", n)
		}
		if p.Vaddr > 0xFFFFFFFF || p.Memsz > 0xFFFFFFFF-p.Vaddr {
			return fmt.Errorf("segment %d lies at 0x%x, outside the address space", n, p.Vaddr)
		}
		s := piece{p.Vaddr, p.Vaddr + p.Memsz}
		for _, o := range pieces {
			if s.from < o.to && o.from < s.to {
				return fmt.Errorf("segments overlap at 0x%x", max(s.from, o.from))
			}
		}
		pieces = append(pieces, s)
		if err := i.place(uint32(p.Vaddr), b[p.Off:p.Off+p.Filesz], uint32(p.Memsz)); err != nil {
			return fmt.Errorf("segment %d: %w", n, err)
		}
		if p.Filesz > 0 {
			i.segments = append(i.segments, segment{uint32(p.Vaddr), uint32(p.Filesz)})
		}
	}
	if len(pieces) == 0 {
		return errors.New("there is nothing to load in the file")
	}
	slices.SortFunc(i.segments, func(a, b segment) int { return cmp.Compare(a.addr, b.addr) })
	i.entry = uint32(f.Entry)
	return nil
}

// place puts one segment into memory.
func (i *Image) place(addr uint32, data []byte, size uint32) error {
	end := uint64(addr) + uint64(size)
	switch {
	case addr >= lx106.IRAMBase && addr < lx106.IRAMBase+lx106.IRAMSize:
		if limit := uint64(lx106.IRAMBase + lx106.IRAMSize); end > limit {
			return fmt.Errorf("code in instruction RAM goes %d bytes beyond its end at 0x%x: move functions to flash (ICACHE_FLASH_ATTR)",
				end-limit, limit)
		}
	case addr >= lx106.FlashBase && addr < lx106.FlashBase+lx106.FlashSize:
		if limit := uint64(lx106.FlashBase + lx106.FlashSize); end > limit {
			return fmt.Errorf("code in flash goes %d bytes beyond the first megabyte, all that the chip maps", end-limit)
		}
		for n := addr - lx106.FlashBase; uint64(n) < end-uint64(lx106.FlashBase); n += flash.SectorSize - n%flash.SectorSize {
			i.inFlash[n/flash.SectorSize] = true
		}
	case addr >= lx106.DRAMBase && addr < dataEnd:
		if end > uint64(dataEnd) {
			return fmt.Errorf("data goes %d bytes beyond the %d KB of data RAM", end-uint64(dataEnd), (dataEnd-lx106.DRAMBase)>>10)
		}
		i.data = max(i.data, uint32(end))
	case len(data) == 0:
		return nil // an empty segment for registers: the SDK's linker script has one
	case inROM(addr):
		return fmt.Errorf("0x%08x lies in the ROM, which the chip comes with: place the program by the SDK's linker script", addr)
	}
	i.findROM(addr, data)
	return i.core.Add(addr, data)
}

// findROM notes the addresses of the ROM's functions that stand in a segment.
func (i *Image) findROM(addr uint32, data []byte) {
	for at := -addr & 3; at+4 <= uint32(len(data)); at += 4 {
		if v := order.Uint32(data[at:]); inROM(v) && romAddresses[v] != "" && !slices.Contains(i.rom, v) {
			i.rom = append(i.rom, v)
		}
	}
}

// dataEnd is the end of the data RAM that programs have; behind it are the ROM's and the system's (lx106.md 6).
const dataEnd = lx106.DRAMBase + 0x14000

// debugSections returns the debug information, as far as it is sound.
func debugSections(f *elf.File) map[string][]byte {
	all, left := map[string][]byte{}, uint64(debugMax)
	for _, s := range f.Sections {
		if !strings.HasPrefix(s.Name, ".debug_") || s.Type == elf.SHT_NOBITS || s.Size > left {
			continue
		}
		if b, err := sectionData(s); err == nil {
			all[s.Name] = b
			left -= uint64(len(b))
		}
	}
	return all
}

// sectionData returns a section's bytes, with a bound for those that are compressed.
func sectionData(s *elf.Section) ([]byte, error) {
	if s.Size > debugMax {
		return nil, fmt.Errorf("section %s has %d bytes", s.Name, s.Size)
	}
	return io.ReadAll(io.LimitReader(s.Open(), int64(s.Size)))
}

// Missing returns the names, sorted, of the functions of the SDK and the ROM that the program's code can come to, as far as its
// symbols tell, and that the emulator does not have.
// Calling one ends the firmware with a fatal exception that names it.
func (i *Image) Missing() []string {
	return append([]string(nil), i.absent...)
}

// HeapRoom returns the bytes between the program's data and the end of the heap at 0x3FFFC000, a multiple of 8: the most that
// emulator.Config.HeapFree can be for it. The chip's heap has all of it, and the SDK takes a part before user_init.
func (i *Image) HeapRoom() uint32 { return (dataEnd - max(i.data, lx106.DRAMBase)) &^ 7 }

// Firmware returns the program for one device.
func (i *Image) Firmware() *Firmware { return &Firmware{image: i} }
