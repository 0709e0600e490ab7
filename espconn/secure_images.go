package espconn

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

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

// header reads the entry header at offset of the image and prints its line (tls.md 7). A header that cannot be read
// looks erased.
func (a *API) header(sector uint32, offset int, print bool) entry {
	h := bytes.Repeat([]byte{0xFF}, entryHeader)
	if flash := a.env.Flash(); flash != nil && offset+entryHeader <= imageMax {
		if _, err := flash.ReadAt(h, imageAt(sector, offset)); err != nil {
			h = bytes.Repeat([]byte{0xFF}, entryHeader)
		}
	}
	name, _, _ := bytes.Cut(h, []byte{0})
	e := entry{offset, string(name), int(binary.LittleEndian.Uint16(h[entryName:]))}
	if print {
		a.printf("espconn_mbedtls.c %d, type[%s],length[%d]\n", a.profile.EntryLine, e.name, e.length)
	}
	return e
}

// imageAt is the flash address of an image's byte; the SDK multiplies in 32 bits.
func imageAt(sector uint32, offset int) int64 { return int64(sector*sectorSize) + int64(offset) }

// loadNamed finds the entry whose name starts with prefix and gives its content to use. The search starts at the first
// entry each time (tls.md 4.5).
func (a *API) loadNamed(sector uint32, prefix string, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	offset := 0
	for range scanMax + 1 {
		if offset+entryHeader > imageMax {
			break
		}
		e := a.header(sector, offset, true)
		if e.length == erased {
			return missing(sector, "no entry "+prefix)
		}
		if strings.HasPrefix(e.name, prefix) {
			return a.loadEntry(sector, e, use)
		}
		offset += entryHeader + e.length
	}
	if a.profile.ScanLoops {
		a.fatal(nil, CauseSoftWatchdog, "the search for %s in the image at sector 0x%x never ends: what follows is not erased", prefix, sector)
	}
	return missing(sector, "no entry "+prefix)
}

// loadCA gives the CA entries that the profile reads to use: the first, and by the manual a second one that looks like
// an entry (manual-profile.md #21).
func (a *API) loadCA(sector uint32, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	e := a.header(sector, 0, true)
	if e.length == erased {
		return missing(sector, "the sector is erased")
	}
	for i := 1; ; i++ {
		if err := a.loadEntry(sector, e, use); err != nil {
			return err
		}
		offset := e.offset + entryHeader + e.length
		next := a.header(sector, offset, false)
		if next.length == erased || next.length < certLeast || offset+entryHeader+next.length > imageMax {
			return nil
		}
		if i >= a.profile.CAEntries {
			a.finding(nil, RuleCAEntries, "the image at sector 0x%x has more than %d CA entries; the others are ignored", sector, a.profile.CAEntries)
			return nil
		}
		e = a.header(sector, offset, true)
	}
}

// loadEntry reads one entry into a load buffer of the heap. An entry that reaches beyond 8,192 bytes is not read; the
// SDK then parses zeros (tls.md 4.4).
func (a *API) loadEntry(sector uint32, e entry, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	heap := a.env.Heap()
	head := heap.Alloc(headerBuf, "entry header")
	if head == 0 {
		return a.profile.Engine.NoMemory("the header of a flash entry", false)
	}
	defer heap.Free(head)
	buf := heap.Alloc(uint32(e.length)+loadExtra, "load buffer")
	if buf == 0 {
		return a.profile.Engine.NoMemory(fmt.Sprintf("the %d bytes of the flash entry %q", e.length, e.name), false)
	}
	defer heap.Free(buf)
	if e.offset+entryHeader+e.length > imageMax {
		heap.Free(heap.Alloc(uint32(e.length), "certificate data")) // the parser's copy of the zeros
		return missing(sector, fmt.Sprintf("entry %q ends beyond byte %d of the image", e.name, imageMax))
	}
	data := make([]byte, e.length)
	if _, err := a.env.Flash().ReadAt(data, imageAt(sector, e.offset+entryHeader)); err != nil {
		return missing(sector, err.Error())
	}
	return use(data)
}

func missing(sector uint32, why string) *boundedtls.Error {
	return &boundedtls.Error{Code: codeAlloc, Cause: &boundedtls.Cause{ID: CauseImage, Object: fmt.Sprintf("0x%x: %s", sector, why)}}
}
