package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// flashImageCmd wraps firmware in the form that upgrades over the air load into a slot.
type flashImageCmd struct {
	Firmware string `arg:"" help:"Firmware that emu8266 build made, a .wasm file."`
	Output   string `short:"o" required:"" help:"Image to make." placeholder:"FILE"`
	Slot     uint8  `help:"Slot that it is for: 1 or 2." required:"" placeholder:"N"`
	JSON     bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashImageCmd) Help() string {
	return `Example:
  emu8266 flash image -o user2.bin --slot 2 app.wasm
  emu8266 flash write flash.bin user2.bin --at 0x101000

The image has the header, checksum and CRC of the SDK's user1.bin and user2.bin, so that system_upgrade_start and the loader
take it; its program is the .wasm file. Firmware that runs from user1 asks its server for user2, and the other way round.
Exit code 0 if it was made, 1 if not, 2 for wrong usage.`
}

// flashImageReport is what --json prints; the field names are stable.
type flashImageReport struct {
	Image   string `json:"image"`
	Slot    uint8  `json:"slot"`
	Bytes   int    `json:"bytes"`
	Program int    `json:"program"` // bytes of the .wasm file
}

// Run makes the image.
func (c flashImageCmd) Run(con *console) error {
	if c.Slot != 1 && c.Slot != 2 {
		return usagef("flash image: --slot %d: give 1 or 2", c.Slot)
	}
	program, err := readFile(c.Firmware, flash.MaxSize)
	if err != nil {
		return usagef("flash image: %v", err)
	}
	if !bytes.HasPrefix(program, []byte("\x00asm")) {
		return usagef("flash image: %s is no firmware of emu8266 build: give its .wasm", c.Firmware)
	}
	if _, err := wasm.Load(program); err != nil { // no device could boot it
		return usagef("flash image: %s: %v", c.Firmware, err)
	}
	b, err := image.BuildUser(c.Slot, program)
	if err != nil {
		return err
	}
	if err := writeFile("-o", c.Output, b, inputFile{"the firmware", c.Firmware}); err != nil {
		return err
	}
	r := flashImageReport{c.Output, c.Slot, len(b), len(program)}
	if c.JSON {
		enc := json.NewEncoder(con.out)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	fmt.Fprintf(con.out, "%s: user%d, %d bytes, of which %d are the program\n", r.Image, r.Slot, r.Bytes, r.Program)
	return nil
}
