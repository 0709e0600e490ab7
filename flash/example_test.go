package flash_test

import (
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/flash"
)

// Writing only clears bits; the event of a write tells when that was not what the firmware wanted.
func ExampleChip() {
	chip, err := flash.New(1 << 20)
	if err != nil {
		panic(err)
	}
	chip.Observe = func(e flash.Event) { fmt.Println(e) }
	_ = chip.Write(0x7B000, []byte{0x0F, 0xFF, 0xFF, 0xFF})
	_ = chip.Write(0x7B000, []byte{0xFC, 0xFF, 0xFF, 0xFF})
	b := make([]byte, 1)
	_, _ = chip.ReadAt(b, 0x7B000)
	fmt.Printf("%#x\n", b[0])
	_ = chip.EraseSector(0x7B)
	fmt.Println(chip.Write(0x7B002, []byte{1, 2, 3, 4}))
	// Output:
	// write 0x7b000+4
	// write 0x7b000+4, 1 bytes lost: not erased
	// 0xc
	// erase 0x7b000+4096 (1 times)
	// flash: write 0x7b002+4: address and length must be multiples of 4 (chip of 1048576 bytes)
}

// Power fails between two pages of a write.
func ExampleChip_CutPower() {
	chip, err := flash.New(1 << 20)
	if err != nil {
		panic(err)
	}
	chip.CutPower(flash.PowerCut{Step: 2, Moment: flash.Before})
	err = chip.Write(0, make([]byte, 512))
	fmt.Println(errors.Is(err, flash.ErrPower), chip.Powered())
	chip.PowerOn()
	b := make([]byte, 512)
	_, _ = chip.ReadAt(b, 0)
	fmt.Println(b[255], b[256])
	// Output:
	// true false
	// 0 255
}

// Two devices over one image: each has its own changes, the rest is shared.
func ExampleSnapshot_Chip() {
	image, err := flash.NewSnapshot([]byte("the same for all"))
	if err != nil {
		panic(err)
	}
	a, b := image.Chip(), image.Chip()
	_ = a.EraseSector(0)
	_ = a.Write(0, []byte("mine"))
	p := make([]byte, 8)
	_, _ = a.ReadAt(p, 0)
	fmt.Printf("%q ", p)
	_, _ = b.ReadAt(p, 0)
	fmt.Printf("%q\n", p)
	// Output: "mine\xff\xff\xff\xff" "the same"
}
