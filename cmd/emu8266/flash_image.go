package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// flashImageCmd wraps firmware in the form that the loader starts and upgrades over the air load into a slot.
type flashImageCmd struct {
	Firmware string `arg:"" help:"Firmware that emu8266 build made, a .wasm file, or an ELF file for the chip."`
	Output   string `short:"o" required:"" help:"Image to make; with --slot 0 a name such as eagle.flash.bin, beside which eagle.irom0text.bin is made." placeholder:"FILE"`
	Slot     uint8  `help:"Slot that it is for: 1 or 2. 0: a program without update slots, of an ELF file alone, in two files." required:"" placeholder:"N"`
	Map      uint8  `help:"Flash size map, 0 to 9, that an ELF file's image is for." default:"6" placeholder:"N"`
	JSON     bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashImageCmd) Help() string {
	return `Example:
  emu8266 flash image -o user2.bin --slot 2 app.wasm
  emu8266 flash image -o user1.bin --slot 1 --map 2 app.out
  emu8266 flash image -o eagle.flash.bin --slot 0 app.out
  emu8266 flash write flash.bin user2.bin --at 0x101000

The image has the header, checksum and CRC of the SDK's user1.bin and user2.bin, so that system_upgrade_start and the loader
take it. Of an ELF file it is what the SDK's gen_appbin.py makes, for the chip too, and runs with emu8266 run --elf; its code has to be
linked for the slot. Of a .wasm file its program is that file. Firmware that runs from user1 asks its server for user2, and the
other way round. Without update slots the first file goes to 0, the second to where its code is linked for, mostly 0x10000.
Exit code 0 if it was made, 1 if not, 2 for wrong usage.`
}

// flashImageReport is what --json prints; the field names are stable.
type flashImageReport struct {
	Image   string  `json:"image"`
	Slot    uint8   `json:"slot"`
	Bytes   int     `json:"bytes"`
	Program int     `json:"program"`           // bytes of the .wasm file, or of the code that stays in the flash
	Code    string  `json:"code,omitempty"`    // the file of that code, without update slots
	CodeAt  *uint32 `json:"code_at,omitempty"` // where it goes
}

// Run makes the image.
func (c flashImageCmd) Run(con *console) error {
	if c.Slot > 2 {
		return usagef("flash image: --slot %d: give 1 or 2, or 0 for a program without update slots", c.Slot)
	}
	if !image.SizeMap(c.Map).Valid() {
		return usagef("flash image: --map %d: give 0 to 9", c.Map)
	}
	program, err := readFile(c.Firmware, elfMax)
	if err != nil {
		return usagef("flash image: %v", err)
	}
	switch {
	case bytes.HasPrefix(program, []byte("\x7fELF")):
		return c.fromELF(con, program)
	case !bytes.HasPrefix(program, []byte("\x00asm")):
		return usagef("flash image: %s is no firmware of emu8266 build: give its .wasm, or an ELF file for the chip", c.Firmware)
	case c.Slot == 0:
		return usagef("flash image: --slot 0 is for ELF files: %s goes into slot 1 or 2", c.Firmware)
	case len(program) > flash.MaxSize:
		return usagef("flash image: %s has more than %d bytes", c.Firmware, flash.MaxSize)
	}
	if _, err := wasm.Load(program); err != nil { // no device could boot it
		return usagef("flash image: %s: %v", c.Firmware, err)
	}
	b, err := image.BuildUser(c.Slot, program)
	if err != nil {
		return err
	}
	return c.write(con, b, flashImageReport{Program: len(program)}, nil)
}

// elfMax is how long an ELF file is at most, debug information included: as long as package elf takes one.
const elfMax = 64 << 20

// fromELF makes the image of a program for the chip.
func (c flashImageCmd) fromELF(con *console, program []byte) error {
	code := ""
	if c.Slot == 0 {
		if code = irom0File(c.Output); code == "" {
			return usagef("flash image: -o %s: without update slots give a name that ends with flash.bin or 0x00000.bin, so that the "+
				"second file has one that ends with irom0text.bin or 0x10000.bin", c.Output)
		}
	}
	i, err := elf.Load(program)
	if err != nil {
		return usagef("flash image: %s: %v", c.Firmware, err)
	}
	content, at, err := i.Content(c.Slot, image.SizeMap(c.Map))
	if err != nil {
		return usagef("flash image: %s: %v", c.Firmware, err)
	}
	r := flashImageReport{Program: len(content.IROM)}
	if c.Slot == 0 {
		r.Code, r.CodeAt = code, &at
	}
	b, err := content.Encode()
	if err != nil {
		return usagef("flash image: %s: %v", c.Firmware, err)
	}
	if _, _, most := image.SizeMap(c.Map).Slots(); c.Slot != 0 && len(b) > int(most) {
		return usagef("flash image: %s: the image has %d bytes, a slot of map %v %d", c.Firmware, len(b), image.SizeMap(c.Map), most)
	}
	return c.write(con, b, r, content.IROM)
}

// write writes what was made, and says so.
func (c flashImageCmd) write(con *console, b []byte, r flashImageReport, code []byte) error {
	in := inputFile{"the firmware", c.Firmware}
	err := writeFile("-o", c.Output, b, in)
	if err == nil && r.Code != "" {
		err = writeFile("-o", r.Code, code, in)
	}
	if err != nil {
		return err
	}
	r.Image, r.Slot, r.Bytes = c.Output, c.Slot, len(b)
	switch {
	case c.JSON:
		enc := json.NewEncoder(con.out)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	case r.Code != "":
		fmt.Fprintf(con.out, "%s: %d bytes, for 0x0\n%s: %d bytes, for 0x%x\n", r.Image, r.Bytes, r.Code, r.Program, *r.CodeAt)
	default:
		fmt.Fprintf(con.out, "%s: user%d, %d bytes, of which %d are the program\n", r.Image, r.Slot, r.Bytes, r.Program)
	}
	return nil
}
