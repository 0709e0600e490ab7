package wasm_test

import (
	"fmt"
	"io"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// A unit test of C: functions are called, variables read and written by name, and the lines that ran are counted. The image
// was made by `emu8266 build --test`.
func ExampleFirmware_Call() {
	image, err := wasm.LoadFile("../../testdata/firmware/unit.wasm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer image.Close()
	device, err := emulator.New(emulator.Config{NoAutoConnect: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	firmware := image.Firmware()
	if err := device.Boot(firmware); err != nil {
		fmt.Println(err)
		return
	}

	n, err := firmware.Call("count", "banana", 'a') // static int count(const char *text, char c)
	fmt.Println(int32(n), err)

	fmt.Println(firmware.Set("items[1].n", -7)) // static struct item items[2]
	v, err := firmware.Get("cursor->next->n")
	fmt.Println(v.Type, v.Int(), err)

	_, err = firmware.Call("cuont", "banana", 'a')
	fmt.Println(err)

	fmt.Println(device.Close())
	coverage, err := image.Coverage()
	fmt.Println(err)
	all, ran := coverage.Lines()
	fmt.Println(ran > 0, ran < all, coverage.WriteLCOV(io.Discard))
	// Output:
	// 3 <nil>
	// <nil>
	// int32 -7 <nil>
	// wasm: the firmware has no function "cuont"; near: count
	// <nil>
	// <nil>
	// true true <nil>
}
