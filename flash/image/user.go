package image

import (
	"fmt"
	"io"

	"github.com/emu8266/emu8266/flash"
)

// The second byte of a user image: how the SDK's tool marks it (sdk-surface.md, upgrade.h; SDK 3.0.6 looks for 0xEA 0x04).
const userMark = 4

// emuEntry is the entry address of images that BuildUser makes, the start of IRAM, and emuRAM the size of what they have there.
const (
	emuEntry = 0x40100000
	emuRAM   = imageLine
)

// BuildUser makes a user1 (app 1) or user2 (app 2) image whose irom part is program: header 0xEA, checksum and CRC are
// those of the SDK's tool, so SDK functions, loaders and [Parse] take it for a program. Choice: emulated firmware has
// no Xtensa code, so the irom part holds what the emulator runs (a WebAssembly module, or the name of a Go program), and
// the RAM part is one segment of 16 zeros. Errors: an app other than 1 and 2; no program, or one that makes the image
// longer than [flash.MaxSize].
func BuildUser(app uint8, program []byte) ([]byte, error) {
	const length = imageHeader + segmentHeader + imageHeader + segmentHeader + emuRAM + imageLine + crcSize
	switch {
	case app != 1 && app != 2:
		return nil, fmt.Errorf("flash: user image for app %d: there are 1 and 2", app)
	case len(program) == 0 || len(program) > flash.MaxSize-length:
		return nil, fmt.Errorf("flash: user image with a program of %d bytes: 1 to %d", len(program), flash.MaxSize-length)
	}
	return Content{App: app, Entry: emuEntry, IROM: program, RAM: []Part{{emuEntry, make([]byte, emuRAM)}}}.encode(), nil
}

// Wraps tells whether BuildUser made the image: its irom part is a program that the emulator runs, not code of the chip. Choice: no
// program of the chip has a RAM part as small.
func (i Image) Wraps() bool {
	return i.User && i.Entry == emuEntry && len(i.Segments) == 2 && i.Segments[1].Load == emuEntry && i.Segments[1].Size == emuRAM
}

// Program returns the irom part of the image that begins at off in r, for images of BuildUser: nil if the image has none.
// The slice is the caller's. Errors: those of r.
func (i Image) Program(r io.ReaderAt, off int64) ([]byte, error) {
	if len(i.Segments) == 0 || i.Segments[0].Load != 0 {
		return nil, nil
	}
	s := i.Segments[0]
	b := make([]byte, s.Size)
	if n, err := r.ReadAt(b, off+int64(s.Offset)); n < len(b) {
		return nil, fmt.Errorf("flash: program at %#x: %w", off, err)
	}
	return b, nil
}
