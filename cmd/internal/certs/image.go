package certs

import (
	"fmt"
	"io"

	"github.com/emu8266/emu8266/flash/image"
)

// ReadImage reads an image of certificates as a device does: image.CertsSize bytes at most. Errors: those of r and of
// image.ParseCerts.
func ReadImage(r io.Reader) (image.Certs, error) {
	b, err := io.ReadAll(io.LimitReader(r, image.CertsSize))
	if err != nil {
		return nil, err
	}
	return image.ParseCerts(b)
}

// Describe says in a line what an entry of an image holds.
func Describe(data []byte) string {
	if c, err := parseCert(data); err == nil {
		if c.more > 0 {
			return fmt.Sprintf("certificate, %s, and %d more", c, c.more)
		}
		return "certificate, " + c.String()
	}
	if k, err := parseKey(data); err == nil {
		return fmt.Sprintf("private key, RSA-%d", k.Bits())
	}
	return "nothing that the device can read"
}
