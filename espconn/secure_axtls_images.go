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

// axEntries walks through the headers of an image, each with its line: always as many as most, unless an erased length ends
// them. A header that reaches beyond the readable bytes prints as an empty name of length 0 (axtls.md 10); beyond is their
// number.
func (a *API) axEntries(sector uint32, most int) (list []entry, beyond int) {
	offset := 0
	for len(list)+beyond < most {
		if offset+entryHeader > axImageMax {
			a.printf(" 0\n")
			beyond++
			continue
		}
		e := a.header(sector, offset)
		if e.length == erased {
			return list, 0
		}
		a.printf("%s %x\n", e.name, e.length)
		list = append(list, e)
		offset += entryHeader + e.length
	}
	if offset+entryHeader <= axImageMax {
		if e := a.header(sector, offset); e.length != erased && e.length > 0 && e.length <= axImageMax {
			a.finding(nil, RuleCAEntries, "the image at sector 0x%x has more than %d entries; the others are ignored", sector, most)
		}
	}
	return list, beyond
}

// axImage reads entries. One that reaches beyond the readable bytes is not read: its buffer shows what the one before
// left in the heap, zeros for the first.
type axImage struct {
	d      *axtlsDriver
	sector uint32
	left   []byte
}

// use gives an entry's bytes to fn; false: it was not taken. what names the entry in the line about it, "" for none.
func (i *axImage) use(e entry, what string, fn func([]byte) *boundedtls.Error) bool {
	a := i.d.sc.api
	ok := false
	if e.length == 0 {
		a.printf("E:M 0\n")
	} else if buf := a.env.Heap().Alloc(uint32(e.length), "load buffer"); buf != 0 {
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
		a.env.Heap().Free(buf)
	}
	if !ok && !i.d.sc.closing {
		a.printf("%s '%s' is undefined.\n", what, e.name)
	}
	return ok
}

// loadCA loads the trust store.
func (d *axtlsDriver) loadCA(sector uint32) bool {
	sc, a := d.sc, d.sc.api
	image := axImage{d: d, sector: sector}
	usable := 0
	list, beyond := a.axEntries(sector, a.profile.CAEntries)
	for i, e := range list {
		again := 1
		if i == len(list)-1 && e.offset+entryHeader+e.length <= axImageMax {
			again += beyond // in place of those whose headers are out of reach (oracle/axtls F/sector/second_after_3294 to 3296)
		}
		for range again {
			if image.use(e, "Certificate", sc.tls.CA) {
				usable++
			}
			if sc.closing {
				return false
			}
		}
	}
	if usable == 0 {
		a.printf("Please load authenticate certificate\n")
		sc.ends(CauseCAImage, fmt.Sprintf("0x%x", sector))
		sc.close()
	}
	return usable > 0
}

// loadOwn loads the own key and certificate by the names of their entries.
func (d *axtlsDriver) loadOwn(sector uint32) bool {
	sc, a := d.sc, d.sc.api
	image := axImage{d: d, sector: sector}
	usable := 0
	list, _ := a.axEntries(sector, requestsRead)
	for _, e := range list {
		fn := sc.tls.OwnCert
		if strings.Contains(e.name, "private_key") {
			fn = sc.tls.OwnKey
		} else if !strings.Contains(e.name, "certificate") {
			continue
		}
		if image.use(e, "Request", fn) {
			usable++
		}
		if sc.closing {
			return false
		}
	}
	if usable == 0 {
		a.printf("Please load request certificate\n")
		sc.ends(CauseOwnImage, fmt.Sprintf("0x%x", sector))
		sc.close()
	}
	return usable > 0
}
