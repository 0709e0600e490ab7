package espconn

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// header reads an entry header and prints its line (tls.md 7).
func (l *mbedtlsLibrary) header(sector uint32, offset int) entry {
	e := l.api.header(sector, offset)
	l.api.printf("espconn_mbedtls.c %d, type[%s],length[%d]\n", l.rules.EntryLine, e.name, e.length)
	return e
}

// loadNamed finds the entry whose name starts with prefix and gives its content to use. The search starts at the first
// entry each time (tls.md 4.5).
func (l *mbedtlsLibrary) loadNamed(sector uint32, prefix string, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	offset := 0
	for range scanMax + 1 {
		if offset+entryHeader > imageMax {
			break
		}
		e := l.header(sector, offset)
		if e.length == erased {
			return missing(sector, fmt.Sprintf("no entry %q", prefix))
		}
		if strings.HasPrefix(e.name, prefix) {
			return l.loadEntry(sector, e, use)
		}
		offset += entryHeader + e.length
	}
	if l.rules.ScanLoops {
		l.api.fatal(nil, CauseSoftWatchdog,
			"the search for %s in the image at sector 0x%x never ends: what follows is not erased", prefix, sector)
	}
	return missing(sector, fmt.Sprintf("no entry %q", prefix))
}

// loadCA gives the CA entries that the profile reads to use: the first, and by the manual a second one that looks like
// an entry (manual-profile.md #21).
func (l *mbedtlsLibrary) loadCA(sector uint32, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	e := l.header(sector, 0)
	switch e.length {
	case erased:
		return missing(sector, e.end())
	case 0:
		l.api.printf("E:M 0\n") // the parser's copy (tls.md 4.4)
	}
	for i := 1; ; i++ {
		if err := l.loadEntry(sector, e, use); err != nil {
			return err
		}
		offset := e.offset + entryHeader + e.length
		next := l.api.header(sector, offset)
		if next.length == erased || next.length < certLeast || offset+entryHeader+next.length > imageMax {
			return nil
		}
		if i >= l.api.profile.CAEntries {
			l.api.finding(nil, RuleCAEntries,
				"the image at sector 0x%x has more than %d CA entries; the others are ignored", sector, l.api.profile.CAEntries)
			return nil
		}
		e = l.header(sector, offset)
	}
}

// loadEntry reads one entry into a load buffer of the heap. An entry that reaches beyond 8,192 bytes is not read; the
// SDK then parses zeros (tls.md 4.4).
func (l *mbedtlsLibrary) loadEntry(sector uint32, e entry, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	heap := l.api.env.Heap()
	head := heap.Alloc(headerBuf, "entry header")
	if head == 0 {
		return l.api.profile.TLS.NoMemory("the header of a flash entry", false)
	}
	defer heap.Free(head)
	buf := heap.Alloc(uint32(e.length)+loadExtra, "load buffer")
	if buf == 0 && !e.plausible() {
		return missing(sector, e.implausible())
	}
	if buf == 0 {
		return l.api.profile.TLS.NoMemory(fmt.Sprintf("the %d bytes of the flash entry %q", e.length, e.name), false)
	}
	defer heap.Free(buf)
	if e.offset+entryHeader+e.length > imageMax {
		heap.Free(heap.Alloc(uint32(e.length), "certificate data")) // the parser's copy of the zeros
		return missing(sector, e.implausible())
	}
	data := make([]byte, e.length)
	if _, err := l.api.env.Flash().ReadAt(data, imageAt(sector, e.offset+entryHeader)); err != nil {
		heap.Free(heap.Alloc(uint32(e.length), "certificate data"))
		return missing(sector, err.Error())
	}
	return use(data)
}
