package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/emu8266/emu8266/flash"
)

// Firmware images (the SDK's gen_appbin.py; checked against the images that come with SDK 3.0.6).
const (
	imageMagic = 0xE9 // loader, or a program without update slots: header, segments, checksum
	userMagic  = 0xEA // user1 or user2: header and irom segment, then as 0xE9, then a CRC

	imageHeader   = 8
	segmentHeader = 8
	imageLine     = 16   // the checksum is the last byte of a line of 16
	checksumStart = 0xEF // of the checksum: all bytes of the segments XORed

	// MaxSegments bounds a header. Choice: the SDK's tools make three or four; esptool refuses more than 16.
	MaxSegments = 16
)

// Errors of images, for errors.Is.
var (
	ErrMagic    = errors.New("no image begins here: neither 0xE9 nor 0xEA")
	ErrSegments = errors.New("an image has 1 to 16 segments")
	ErrCut      = errors.New("the image goes beyond the end of the data")
	ErrChecksum = errors.New("wrong checksum: the loader refuses the image")
	ErrCRC      = errors.New("wrong CRC at the end of the image")
)

// Segment is a piece of an image that the loader copies to RAM, or the irom part that stays in the flash.
type Segment struct {
	Load   uint32 // where it goes; 0 for the irom part
	Offset uint32 // of its data in the image
	Size   uint32 // bytes
}

// Memory returns where the segment goes: "iram", "dram", "irom", or "?" for an address that is neither (sdk-surface.md,
// Flash: IRAM 0x40100000+0x8000, DRAM 0x3FFE8000+0x14000).
func (s Segment) Memory() string {
	end := uint64(s.Load) + uint64(s.Size)
	switch {
	case s.Load == 0:
		return "irom"
	case s.Load >= 0x40100000 && end <= 0x40108000:
		return "iram"
	case s.Load >= 0x3FFE8000 && end <= 0x3FFFC000:
		return "dram"
	}
	return "?"
}

// Image is the description of a firmware image.
type Image struct {
	User     bool    // 0xEA: user1 or user2 behind a loader of version 1.2 or later
	App      uint8   // of a user image: 1 or 2, for which slot it was linked
	Mode     uint8   // of an image at 0: 0 QIO, 1 QOUT, 2 DIO, 3 DOUT
	Speed    uint8   // of an image at 0: 0 40 MHz, 1 26.7 MHz, 2 20 MHz, 15 80 MHz
	Map      SizeMap // of an image at 0
	Entry    uint32  // where the program starts
	Segments []Segment
	Checksum byte   // as it stands in the image
	CRC      uint32 // of a user image, as it stands in the image
	Length   int    // bytes, checksum and CRC included
}

// Parse reads the image that begins at off and checks its checksum, and the CRC of a user image. Together with
// ErrChecksum and ErrCRC the description is complete. Errors: ErrMagic, ErrSegments, ErrCut,
// ErrChecksum, ErrCRC, those of r. At most [flash.MaxSize] bytes are read.
func Parse(r io.ReaderAt, off int64) (Image, error) {
	p := imageReader{r: r, off: off, crc: crc32.NewIEEE()}
	image, err := p.image()
	if err != nil {
		return image, fmt.Errorf("flash: image at %#x: %w", off, err)
	}
	return image, nil
}

// imageReader reads an image from its beginning on.
type imageReader struct {
	r   io.ReaderAt
	off int64  // of the image
	at  uint32 // of the next byte in the image
	crc io.Writer
	sum byte
}

func (p *imageReader) read(b []byte) error {
	if int64(p.at)+int64(len(b)) > flash.MaxSize {
		return ErrCut
	}
	n, err := p.r.ReadAt(b, p.off+int64(p.at))
	if n < len(b) {
		if err == nil || errors.Is(err, io.EOF) || errors.Is(err, flash.ErrRange) {
			return ErrCut
		}
		return err
	}
	p.at += uint32(n)
	_, _ = p.crc.Write(b) // a hash
	return nil
}

func (p *imageReader) image() (Image, error) {
	var h [imageHeader]byte
	if err := p.read(h[:]); err != nil {
		return Image{}, err
	}
	var i Image
	i.Entry = binary.LittleEndian.Uint32(h[4:])
	switch h[0] {
	case userMagic:
		i.User, i.App = true, h[3]
		irom, err := p.segment(false)
		if err != nil {
			return i, err
		}
		i.Segments = append(i.Segments, irom)
		if err := p.read(h[:]); err != nil {
			return i, err
		}
		if h[0] != imageMagic {
			return i, ErrMagic
		}
	case imageMagic:
	default:
		return i, ErrMagic
	}
	i.Mode, i.Speed, i.Map = h[2], h[3]&0x0F, SizeMap(h[3]>>4)
	if h[1] == 0 || h[1] > MaxSegments {
		return i, fmt.Errorf("%d segments: %w", h[1], ErrSegments)
	}
	p.sum = checksumStart
	for range h[1] {
		s, err := p.segment(true)
		if err != nil {
			return i, err
		}
		i.Segments = append(i.Segments, s)
	}
	return i, p.end(&i)
}

// segment reads a segment's header and data; those of irom are not in the checksum.
func (p *imageReader) segment(sum bool) (Segment, error) {
	var h [segmentHeader]byte
	if err := p.read(h[:]); err != nil {
		return Segment{}, err
	}
	s := Segment{Load: binary.LittleEndian.Uint32(h[:]), Size: binary.LittleEndian.Uint32(h[4:]), Offset: p.at}
	if s.Size > flash.MaxSize {
		return s, ErrCut
	}
	var b [flash.SectorSize]byte
	for left := s.Size; left > 0; {
		piece := b[:min(left, flash.SectorSize)]
		if err := p.read(piece); err != nil {
			return s, err
		}
		if sum {
			p.sum = checksum(piece) ^ checksumStart ^ p.sum
		}
		left -= uint32(len(piece))
	}
	return s, nil
}

// end reads the checksum and the CRC.
func (p *imageReader) end(i *Image) error {
	line := make([]byte, imageLine-p.at%imageLine)
	if err := p.read(line); err != nil {
		return err
	}
	i.Checksum = line[len(line)-1]
	crc := tailCRC(p.crc.(interface{ Sum32() uint32 }).Sum32())
	if i.User {
		var b [4]byte
		if err := p.read(b[:]); err != nil {
			return err
		}
		i.CRC = binary.LittleEndian.Uint32(b[:])
	}
	i.Length = int(p.at)
	switch {
	case i.Checksum != p.sum:
		return ErrChecksum
	case i.User && i.CRC != crc:
		return ErrCRC
	}
	return nil
}

// tailCRC is what the SDK's tool appends for a CRC-32: its complement, or for one below 1<<31 the CRC plus one.
func tailCRC(crc uint32) uint32 {
	if crc < 1<<31 {
		return crc + 1
	}
	return ^crc
}

// TailCRC returns what the SDK's tool appends to n bytes of a user image that begin at off: what the SDK compares after an
// upgrade. Errors: those of r.
func TailCRC(r io.ReaderAt, off, n int64) (uint32, error) {
	crc := crc32.NewIEEE()
	if got, err := io.Copy(crc, io.NewSectionReader(r, off, n)); err != nil || got < n {
		return 0, errors.Join(err, ErrCut)
	}
	return tailCRC(crc.Sum32()), nil
}

// String returns "user image for slot 1, 446196 bytes, entry 0x40102dc0, irom 401184, iram 26696, dram 2244, dram 16016", or
// of an image at 0 "image, 4080 bytes, DIO, 40 MHz, map 6 (...), entry ...".
func (i Image) String() string {
	var s strings.Builder
	if i.User {
		fmt.Fprintf(&s, "user image for slot %d, %d bytes", i.App, i.Length)
	} else {
		fmt.Fprintf(&s, "image, %d bytes, %s, %s, map %v", i.Length, i.ModeName(), i.SpeedName(), i.Map)
	}
	fmt.Fprintf(&s, ", entry %#x", i.Entry)
	for _, g := range i.Segments {
		fmt.Fprintf(&s, ", %s %d", g.Memory(), g.Size)
	}
	return s.String()
}

// ModeName returns the name of the flash mode: "QIO", "QOUT", "DIO", "DOUT".
func (i Image) ModeName() string {
	if names := []string{"QIO", "QOUT", "DIO", "DOUT"}; int(i.Mode) < len(names) {
		return names[i.Mode]
	}
	return fmt.Sprintf("mode %d", i.Mode)
}

// SpeedName returns the clock of the flash: "40 MHz", "26.7 MHz", "20 MHz", "80 MHz".
func (i Image) SpeedName() string {
	switch i.Speed {
	case 0:
		return "40 MHz"
	case 1:
		return "26.7 MHz"
	case 2:
		return "20 MHz"
	case 15:
		return "80 MHz"
	}
	return fmt.Sprintf("speed %d", i.Speed)
}
