package flash

import (
	"bytes"
	"errors"
)

// FoundImage is a firmware image in a flash.
type FoundImage struct {
	Addr  uint32
	Image Image
	Err   error // ErrImageChecksum and the like; nil: sound
}

// ScanImages returns the images at the places where loaders look: 0, and the slots of all maps. What does not begin as an
// image is left out.
func ScanImages(d Device) []FoundImage {
	var found []FoundImage
	for _, addr := range []uint32{0, 0x1000, 0x41000, 0x81000, 0x101000} {
		if i, err := ParseImage(d, int64(addr)); !errors.Is(err, ErrImageMagic) && i.Entry != 0 {
			found = append(found, FoundImage{addr, i, err})
		}
	}
	return found
}

// FoundCerts is a certificate image in a flash.
type FoundCerts struct {
	Sector uint32
	Image  CertImage // the entries before a fault
	Err    error     // as ReadCertImage; nil: sound
}

// ScanCerts returns the certificate images: sectors that begin with a name in printable ASCII, a length, and data in DER
// or PEM. Other things that look so are found too.
func ScanCerts(d Device) []FoundCerts {
	var found []FoundCerts
	h := make([]byte, certHeaderLen+len(pemBegin))
	for sector := range uint32(d.Size() / SectorSize) {
		if n, _ := d.ReadAt(h, int64(sector)*SectorSize); n < len(h) || !certHeader(h) {
			continue
		}
		m, err := ReadCertImage(d, sector)
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
	data := b[certHeaderLen:]
	const derSequence = 0x30
	return data[0] == derSequence || bytes.HasPrefix(data, []byte(pemBegin))
}
