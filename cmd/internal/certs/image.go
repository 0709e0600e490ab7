package certs

import (
	"fmt"
	"io"
	"os"

	"github.com/emu8266/emu8266/flash/image"
)

// ReadImage reads as much of an image file as a device could: image.CertsSize bytes at most. The slice is the caller's.
func ReadImage(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, image.CertsSize))
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return b, nil
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
