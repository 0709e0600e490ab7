package scenario

import (
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// slotAddrs are where user1 and user2 lie in a chip of 4 MB with the map of 1024+1024 KB (sdk-surface.md, Flash).
var slotAddrs = map[uint64]uint32{1: 0x1000, 2: 0x101000}

// slotImage writes an image into a slot. What it holds is the built-in client, whatever its bytes are.
func (r *runner) slotImage(args []string) error {
	if len(args) == 0 {
		return errWords
	}
	app, err := number(args[0], 1, 2)
	if err != nil {
		return err
	}
	o, err := options(args[1:], "bytes")
	if err != nil {
		return err
	}
	size := uint64(1000)
	if v := o["bytes"]; v != "" {
		if size, err = number(v, 1, amountMax/4); err != nil {
			return err
		}
	}
	if err := r.clientOnly("image"); err != nil {
		return err
	}
	b, err := image.BuildUser(uint8(app), make([]byte, size))
	if err != nil {
		return err
	}
	for len(b)%flash.WriteUnit != 0 {
		b = append(b, flash.Erased)
	}
	r.inFlash = true
	return r.chip(func(c *flash.Chip) error { return c.Write(slotAddrs[app], b) })
}
