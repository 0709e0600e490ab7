package image

import (
	"bytes"
	"errors"

	"github.com/emu8266/emu8266/flash"
)

// Found is a firmware image in a flash.
type Found struct {
	Addr  uint32
	Image Image
	Err   error // ErrChecksum and the like; nil: sound
}

// Scan returns the images at the places where loaders look: 0, and the slots of all maps. What does not begin as an
// image is left out.
func Scan(d flash.Device) []Found {
	var found []Found
	for _, addr := range []uint32{0, 0x1000, 0x41000, 0x81000, 0x101000} {
		if i, err := Parse(d, int64(addr)); !errors.Is(err, ErrMagic) && i.Entry != 0 {
			found = append(found, Found{addr, i, err})
		}
	}
	return found
}

// FoundCerts is a certificate image in a flash.
type FoundCerts struct {
	Sector uint32
	Image  Certs // the entries before a fault
	Err    error // as ReadCerts; nil: sound
}

// ScanCerts returns the certificate images: sectors that begin with a name in printable ASCII, a length, and data in DER
// or PEM. Other things that look so are found too.
func ScanCerts(d flash.Device) []FoundCerts {
	var found []FoundCerts
	h := make([]byte, CertHeaderLen+len(pemBegin))
	for sector := range uint32(d.Size() / flash.SectorSize) {
		if n, _ := d.ReadAt(h, int64(sector)*flash.SectorSize); n < len(h) || !certHeader(h) {
			continue
		}
		m, err := ReadCerts(d, sector)
		if len(m) > 0 {
			found = append(found, FoundCerts{sector, m, err})
		}
	}
	return found
}

const pemBegin = "-----BEGIN "

// certHeader tells whether b begins as a certificate image does.
func certHeader(b []byte) bool {
	name, rest, _ := bytes.Cut(b[:CertNameLen], []byte{0})
	if len(name) == 0 || len(bytes.Trim(rest, "\x00")) > 0 {
		return false
	}
	for _, v := range name {
		if v < ' ' || v > '~' {
			return false
		}
	}
	data := b[CertHeaderLen:]
	const derSequence = 0x30
	return data[0] == derSequence || bytes.HasPrefix(data, []byte(pemBegin))
}
