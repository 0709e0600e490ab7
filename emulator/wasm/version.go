package wasm

import (
	"strconv"

	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// SDK returns the version of the SDK whose headers the firmware was compiled with: 20000 for 2.0, 20100, 20200 or 30000.
// Structs in its memory have that SDK's layout. An image that does not say it has 30000.
func (i *Image) SDK() int {
	functions := i.compiled.ExportedFunctions()
	for _, v := range []int{cabi.SDK20, cabi.SDK21, cabi.SDK22} {
		if _, ok := functions["esp_sdk_"+strconv.Itoa(v)]; ok {
			return v
		}
	}
	return cabi.SDK30
}

// Unchecked reports whether the image was built without memory checks; watched does not matter. It is for the device, which tells it:
// Device.Unchecked.
func (f *Firmware) Unchecked(watched bool) bool { return !f.image.Checked() }

// Checked reports whether the firmware was built with memory checks: emu8266 build --check. Without them a NULL pointer is read as zeros,
// and an overrun goes unseen.
func (i *Image) Checked() bool {
	_, ok := i.compiled.ExportedFunctions()["esp_checks_addr"]
	return ok
}
