package espconn

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Reading of an image by axTLS (axtls.md 3, 4).
const (
	axImageMax   = 4096 // bytes of an image that are readable
	requestsRead = 3    // entries of an own-certificate image

	axListBytes = 12 // each of the two lists of an image's entries, as requested (oracle/axtls H, the traces of the allocator)
)

// load loads what the role needs: own certificate and key, trusted certificates. False: the connection is ended, as no
// entry was usable or by an error.
func (d *axtlsDriver) load() bool {
	sc, a, role := d.sc, d.sc.api, d.sc.role()
	r := a.role(role)
	if role == boundedtls.Server {
		for _, own := range []struct {
			o   *object
			use func([]byte) *boundedtls.Error
		}{{&a.key, sc.tls.OwnKey}, {&a.cert, sc.tls.OwnCert}} {
			if own.o.set && !d.took(a.useObject(own.o, own.use)) && sc.closing {
				return false
			}
		}
	}
	if !d.takeSessions() {
		return false
	}
	if r.caOn && !d.loadCA(r.caSector) {
		return false
	}
	if role == boundedtls.Client && r.certReqOn {
		return d.loadOwn(r.certReqSector)
	}
	return true
}

// took reports whether an entry was taken. An entry that the library cannot read is no failure of the connection; one for
// which there was no memory is.
func (d *axtlsDriver) took(err *boundedtls.Error) bool {
	if err != nil && d.sc.tls.Err() != nil {
		d.sc.failed(err)
	}
	return err == nil
}

// axImage is an image that is read. Its two lists and each header are blocks of the heap until it is freed.
type axImage struct {
	d       *axtlsDriver
	sector  uint32
	entries []entry
	beyond  int    // headers beyond the readable bytes, behind the entries
	left    []byte // of the entry before
	blocks  []uint32
}

// take takes a block. Without memory the connection ends.
func (i *axImage) take(n uint32) bool {
	addr := i.d.sc.api.env.Heap().Alloc(n, "image's entries")
	if addr == 0 {
		i.d.noMemory()
		return false
	}
	i.blocks = append(i.blocks, addr)
	return true
}

func (i *axImage) free() {
	for _, addr := range i.blocks {
		i.d.sc.api.env.Heap().Free(addr)
	}
	i.blocks = nil
}

// axEntries walks through the headers of an image, each with its line: always as many as most, unless an erased length ends
// them. A header that reaches beyond the readable bytes prints as an empty name of length 0 (axtls.md 10). False: the connection
// has ended.
func (d *axtlsDriver) axEntries(sector uint32, most int) (*axImage, bool) {
	a, i := d.sc.api, &axImage{d: d, sector: sector}
	for range 2 { // the two lists
		if !i.take(axListBytes) {
			return i, false
		}
	}
	offset := 0
	for len(i.entries)+i.beyond < most {
		if !i.take(headerBuf) {
			return i, false
		}
		if offset+entryHeader > axImageMax {
			a.printf(" 0\n")
			i.beyond++
			continue
		}
		e := a.header(sector, offset)
		if e.length == erased {
			last := len(i.blocks) - 1
			a.env.Heap().Free(i.blocks[last])
			i.blocks, i.beyond = i.blocks[:last], 0
			return i, true
		}
		a.printf("%s %x\n", e.name, e.length)
		i.entries = append(i.entries, e)
		offset += entryHeader + e.length
	}
	if offset+entryHeader <= axImageMax {
		if e := a.header(sector, offset); e.length != erased && e.length > 0 && e.length <= axImageMax {
			a.finding(nil, RuleCAEntries, "the image at sector 0x%x has more than %d entries; the others are ignored", sector, most)
		}
	}
	return i, true
}

// use gives an entry's bytes to fn; false: it was not taken, and undefined is the line about it, with the entry's name. One that
// reaches beyond the readable bytes is not read: its buffer shows what the one before left in the heap, zeros for the first.
func (i *axImage) use(e entry, undefined string, fn func([]byte) *boundedtls.Error) bool {
	a := i.d.sc.api
	ok := false
	if e.length == 0 {
		a.printf("E:M 0\n")
	} else {
		data := i.left
		if e.offset+entryHeader+e.length <= axImageMax || data == nil {
			data = make([]byte, e.length)
			if e.offset+entryHeader+e.length <= axImageMax && a.env.Flash() != nil {
				if _, err := a.env.Flash().ReadAt(data, imageAt(i.sector, e.offset+entryHeader)); err != nil {
					clear(data)
				}
			}
		}
		i.left = data
		ok = i.d.took(fn(data))
	}
	if !ok && !i.d.sc.closing {
		a.printf(undefined, e.name)
	}
	return ok
}

// loadCA loads the trust store. False: the connection has ended; a server that checks nobody goes on without a usable entry (axtls.md 3).
func (d *axtlsDriver) loadCA(sector uint32) bool {
	sc, a := d.sc, d.sc.api
	image, ok := d.axEntries(sector, a.profile.CAEntries)
	defer image.free()
	if !ok {
		return false
	}
	usable := 0
	for i, e := range image.entries {
		again := 1
		if i == len(image.entries)-1 && e.offset+entryHeader+e.length <= axImageMax {
			again += image.beyond // in place of those whose headers are out of reach (oracle/axtls F/sector/second_after_3294 to 3296)
		}
		for range again {
			if image.use(e, "Certificate '%s' is undefined.\n", sc.tls.CA) {
				usable++
			}
			if sc.closing {
				return false
			}
		}
	}
	image.free()
	if role := sc.role(); usable == 0 && (role == boundedtls.Client || a.traits.ChecksClients) {
		a.printf("Please load authenticate certificate\n")
		sc.ends(CauseCAImage, fmt.Sprintf("0x%x", sector))
		sc.close()
		return false
	}
	return true
}

// loadOwn loads the own key and certificate by the names of their entries.
func (d *axtlsDriver) loadOwn(sector uint32) bool {
	sc, a := d.sc, d.sc.api
	image, ok := d.axEntries(sector, requestsRead)
	defer image.free()
	if !ok {
		return false
	}
	usable := 0
	for _, e := range image.entries {
		fn := sc.tls.OwnCert
		if strings.Contains(e.name, "private_key") {
			fn = sc.tls.OwnKey
		} else if !strings.Contains(e.name, "certificate") {
			continue
		}
		if image.use(e, "Request '%s' is undefined.\n", fn) {
			usable++
		}
		if sc.closing {
			return false
		}
	}
	image.free()
	if usable == 0 {
		a.printf("Please load request certificate\n")
		sc.ends(CauseOwnImage, fmt.Sprintf("0x%x", sector))
		sc.close()
	}
	return usable > 0
}
