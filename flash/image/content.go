package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/emu8266/emu8266/flash"
)

// Content is what an image for the chip is made of: what the SDK's gen_appbin.py and esptool's elf2image take from an ELF file.
type Content struct {
	App   uint8   // 1 or 2: an image for that update slot. 0: one for address 0, without slots, whose irom part is a file of its own
	Mode  uint8   // 0 QIO, 1 QOUT, 2 DIO, 3 DOUT
	Speed uint8   // 0 40 MHz, 1 26.7 MHz, 2 20 MHz, 15 80 MHz
	Map   SizeMap // for which flash
	Entry uint32  // where the program starts
	IROM  []byte  // code that stays in the flash; not in an image with App 0
	RAM   []Part  // what the loader copies to RAM
}

// Part is a piece of a program that goes to RAM.
type Part struct {
	Load uint32
	Data []byte
}

const (
	crcSize  = 4  // behind a user image
	ramAlign = 4  // to which parts for RAM are filled up with zeros
	irAlign  = 16 // and the irom part of an image
)

// Encode returns the image as the SDK's tool writes it, parts filled up with zeros. Errors: another App than 0, 1 and 2; no part for RAM
// or more than MaxSegments; an image that is longer than flash.MaxSize, or the flash of its map.
func (c Content) Encode() ([]byte, error) {
	size := len(c.IROM) + irAlign
	for _, p := range c.RAM {
		size += len(p.Data) + segmentHeader + ramAlign
	}
	switch {
	case c.App > 2:
		return nil, fmt.Errorf("flash: image for app %d: there are 1 and 2, and 0 for one without slots", c.App)
	case len(c.RAM) == 0 || len(c.RAM) > MaxSegments:
		return nil, fmt.Errorf("flash: %d parts for RAM: %w", len(c.RAM), ErrSegments)
	case size > min(flash.MaxSize, c.Map.Size()):
		return nil, errors.New("flash: the program is larger than the flash")
	}
	c.IROM = filled(c.IROM, irAlign)
	return c.encode(), nil
}

// filled returns b with zeros up to a multiple of n.
func filled(b []byte, n int) []byte {
	if over := len(b) % n; over != 0 {
		b = append(b[:len(b):len(b)], make([]byte, n-over)...)
	}
	return b
}

func (c Content) encode() []byte {
	var b []byte
	word := func(v uint32) { b = binary.LittleEndian.AppendUint32(b, v) }
	if c.App != 0 {
		b = append(b, userMagic, userMark, 0, c.App)
		word(c.Entry)
		word(0)
		word(uint32(len(c.IROM)))
		b = append(b, c.IROM...)
	}
	b = append(b, imageMagic, byte(len(c.RAM)), c.Mode, c.Speed&0x0F|uint8(c.Map)<<4)
	word(c.Entry)
	sum := byte(checksumStart)
	for _, p := range c.RAM {
		data := filled(p.Data, ramAlign)
		word(p.Load)
		word(uint32(len(data)))
		b = append(b, data...)
		sum ^= checksum(data) ^ checksumStart
	}
	b = append(b, make([]byte, imageLine-len(b)%imageLine)...)
	b[len(b)-1] = sum
	if c.App != 0 {
		word(tailCRC(crc32.ChecksumIEEE(b)))
	}
	return b
}

// Window is where the chip shows the flash as memory, a megabyte of it: the one in which the program lies that the loader starts
// (sdk-surface.md, Flash).
const (
	Window     = 0x40200000
	WindowSize = 1 << 20
)

// CodeAt is the address at which the code in the irom part of a user image runs that lies at at in the flash.
func CodeAt(at uint32) uint32 { return Window + at%WindowSize + imageHeader + segmentHeader }
