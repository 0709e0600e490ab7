package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/flash"
)

// Layout and limits of certificate images (tls.md 4.4).
const (
	// CertsSize is how far from its beginning the device reads an image, headers included.
	CertsSize = 8192
	// CertNameLen is the length of the name field in bytes. A name may fill it; shorter ones are padded with zero bytes.
	CertNameLen = 32
	// CertHeaderLen is the length of an entry's header in bytes: the name, and the length field of 16 bits, little-endian. The
	// list ends with erased flash of that length.
	CertHeaderLen = CertNameLen + 2
	// certImageEnd is the length field of erased flash, which ends the list.
	certImageEnd = 0xFFFF
	// MaxCertData is the most that a single entry can hold: 8,158 bytes were loaded, 8,159 were not (tls.md 4.4).
	MaxCertData = CertsSize - CertHeaderLen
)

// Names of the entries in a client's image, compared by their beginning (tls.md 4.4). In a CA image names do not count, and
// only the first entry is used (tls.md 4.5).
const (
	CertificateEntry = "certificate"
	PrivateKeyEntry  = "private_key"
)

// Errors of certificate images, for errors.Is.
var (
	ErrCertName    = errors.New("a name has at most 32 bytes and no zero byte")
	ErrCertsSize   = errors.New("the device reads 8192 bytes of an image, headers included")
	ErrCertsCut    = errors.New("the entry goes beyond the end of the data")
	ErrCertsNoEnd  = errors.New("the flash behind the last entry is not erased; the device may search it forever (docs/facts/tls.md 4.5)")
	ErrCertMissing = errors.New("no entry of that name")
)

// CertEntry is one file in a certificate image.
type CertEntry struct {
	Name string // at most CertNameLen bytes
	Data []byte // DER, or PEM with its begin marker; at most MaxCertData bytes
}

// Certs is the content of esp_ca_cert.bin or esp_cert_private_key.bin: files one after the other, without count,
// alignment or end mark (tls.md 4.4).
type Certs []CertEntry

// Len returns the length of the encoded image in bytes.
func (m Certs) Len() int {
	n := 0
	for _, e := range m {
		n += CertHeaderLen + len(e.Data)
	}
	return n
}

// Verify tells whether the device can load every entry: names fit, and the last byte lies within CertsSize. Errors:
// ErrCertName, ErrCertsSize, wrapped with the entry. What the data are is not looked at.
func (m Certs) Verify() error {
	end := 0
	for i, e := range m {
		if len(e.Name) > CertNameLen || strings.IndexByte(e.Name, 0) >= 0 {
			return fmt.Errorf("flash: certificate image, entry %d %q: %w", i, e.Name, ErrCertName)
		}
		if end += CertHeaderLen + len(e.Data); end > CertsSize {
			return fmt.Errorf("flash: certificate image, entry %d %q of %d bytes ends at %d: %w", i, e.Name, len(e.Data), end, ErrCertsSize)
		}
	}
	return nil
}

// Encode returns the image as the SDK's tools write it, or the error of [Certs.Verify]. The slice is the caller's.
func (m Certs) Encode() ([]byte, error) {
	if err := m.Verify(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, m.Len())
	for _, e := range m {
		var name [CertNameLen]byte
		copy(name[:], e.Name)
		b = append(b, name[:]...)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(e.Data)))
		b = append(b, e.Data...)
	}
	return b, nil
}

// Find returns the first entry whose name begins with prefix, as the device searches for CertificateEntry and
// PrivateKeyEntry. Error: ErrCertMissing.
func (m Certs) Find(prefix string) (CertEntry, error) {
	for _, e := range m {
		if strings.HasPrefix(e.Name, prefix) {
			return e, nil
		}
	}
	return CertEntry{}, fmt.Errorf("flash: certificate image, %q: %w", prefix, ErrCertMissing)
}

// ParseCerts reads an image from a file or from flash, where erased bytes follow it. It looks at the first CertsSize
// bytes only. The entries are copies. Together with an error the entries before the fault are returned. Errors:
// ErrCertsCut, ErrCertsNoEnd if zeros or other data follow that are no entry, ErrCertsSize if an entry goes beyond
// what the device reads.
func ParseCerts(b []byte) (Certs, error) {
	var m Certs
	for off := 0; off < len(b); {
		fail := func(err error) (Certs, error) {
			return m, fmt.Errorf("flash: certificate image, entry %d at %d: %w", len(m), off, err)
		}
		rest := b[off:]
		if off+CertHeaderLen > CertsSize || len(rest) < CertHeaderLen {
			if blank(rest[:min(len(rest), CertHeaderLen)]) {
				break
			}
			return fail(ErrCertsCut)
		}
		n := int(binary.LittleEndian.Uint16(rest[CertNameLen:]))
		if n == certImageEnd {
			break
		}
		name := string(rest[:CertNameLen])
		if i := strings.IndexByte(name, 0); i >= 0 {
			name = name[:i]
		}
		switch {
		case n == 0 && name == "":
			return fail(ErrCertsNoEnd)
		case off+CertHeaderLen+n > CertsSize:
			return fail(ErrCertsSize)
		case CertHeaderLen+n > len(rest):
			return fail(ErrCertsCut)
		}
		off += CertHeaderLen + n
		m = append(m, CertEntry{Name: name, Data: append([]byte(nil), rest[CertHeaderLen:CertHeaderLen+n]...)})
	}
	return m, nil
}

// WriteAt burns the image: it erases the sectors that the image covers, from the given one on and at least one, and writes
// it there, padded with 0xFF to whole words. Errors: those of Verify and of the device; the image may then be partly written.
func (m Certs) WriteAt(d flash.Device, sector uint32) error {
	b, err := m.Encode()
	if err != nil {
		return err
	}
	for n := range max(1, (len(b)+flash.SectorSize-1)/flash.SectorSize) {
		if err := d.EraseSector(sector + uint32(n)); err != nil {
			return err
		}
	}
	for len(b)%flash.WriteUnit != 0 {
		b = append(b, flash.Erased)
	}
	return d.Write(sector*flash.SectorSize, b)
}

// ReadCerts reads the image that begins at a sector. Errors: those of ParseCerts and of the device.
func ReadCerts(d flash.Device, sector uint32) (Certs, error) {
	b := make([]byte, CertsSize)
	n, err := d.ReadAt(b, int64(sector)*flash.SectorSize)
	if n == 0 && err != nil {
		return nil, err
	}
	return ParseCerts(b[:n])
}
