package espconn

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Layout of a certificate image (tls.md 4.4).
const (
	entryName   = 32            // bytes of the name
	entryHeader = entryName + 2 // name and little-endian length
	imageMax    = 8192          // bytes of an image that are read
	erased      = 0xFFFF        // length that ends the list
	loadExtra   = 4             // bytes of the load buffer beyond the data
	headerBuf   = 40            // bytes held for the header while an entry is loaded (heap figures of the TLS oracle, B/certreq_names)
	scanMax     = imageMax / entryHeader
	certLeast   = 128 // Choice: a further CA entry shorter than this is taken for what lies behind the image
)

// entry is one header of an image.
type entry struct {
	offset int // of the header, from the image's begin
	name   string
	length int
}

// plausible tells whether a tool can have written the entry: its name is text, and its content lies within what is read.
func (e entry) plausible() bool {
	return e.length > 0 && e.offset+entryHeader+e.length <= imageMax && e.textName()
}

// textName tells whether the name is text.
func (e entry) textName() bool {
	name := e.name[:min(len(e.name), entryName)]
	for len(name) > entryName-utf8.UTFMax && !utf8.ValidString(name) {
		name = name[:len(name)-1] // cut within a character
	}
	return utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// implausible says why an entry that is not plausible cannot be read.
func (e entry) implausible() string {
	if e.textName() {
		return fmt.Sprintf("entry %q ends beyond byte %d of the image", e.name, imageMax)
	}
	return fmt.Sprintf("no certificate image: read as one, it begins with an entry of %d bytes", e.length)
}

// written returns the name without the erased bytes at its end.
func (e entry) written() string {
	n := len(e.name)
	for n > 0 && e.name[n-1] == 0xFF {
		n--
	}
	return e.name[:n]
}

// end says what lies where the image ends before its first entry.
func (e entry) end() string {
	if name := e.written(); name != "" {
		return fmt.Sprintf("no certificate image: it begins with %q", name)
	}
	return "the sector is erased"
}

// header reads the entry header at offset of the image. Beyond the bytes of an image it looks erased; beyond the end of the chip the
// flash is not read, and the block for it was cleared: no name and no length (tls.md 4.4).
func (a *API) header(sector uint32, offset int) entry {
	h := bytes.Repeat([]byte{0xFF}, entryHeader)
	if flash := a.env.Flash(); flash != nil && offset+entryHeader <= imageMax {
		if _, err := flash.ReadAt(h, imageAt(sector, offset)); err != nil {
			clear(h)
		}
	}
	name, _, _ := bytes.Cut(h, []byte{0})
	return entry{offset, string(name), int(binary.LittleEndian.Uint16(h[entryName:]))}
}

// imageAt is the flash address of an image's byte; the SDK multiplies in 32 bits.
func imageAt(sector uint32, offset int) int64 { return int64(sector*sectorSize) + int64(offset) }

// codeAlloc is what the SDK makes of every failure before the ClientHello (tls.md 3.2).
const codeAlloc = -0x7F00

// missing is how a connection ends whose certificates cannot be read.
func missing(sector uint32, why string) *boundedtls.Error {
	return &boundedtls.Error{Code: codeAlloc, Cause: &boundedtls.Cause{ID: CauseImage, Object: fmt.Sprintf("0x%x: %s", sector, why)}}
}
