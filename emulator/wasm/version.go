package wasm

import "strconv"

// Versions of the SDK whose prototypes and struct layouts there are (sdk-surface.md, Versions).
const (
	sdk20 = 20000
	sdk21 = 20100
	sdk22 = 20200
	sdk30 = 30000
)

// SDK returns the version of the SDK whose headers the firmware was compiled with: 20000 for 2.0, 20100, 20200 or 30000.
// Structs in its memory have that SDK's layout. An image that does not say it has 30000.
func (i *Image) SDK() int {
	functions := i.compiled.ExportedFunctions()
	for _, v := range []int{sdk20, sdk21, sdk22} {
		if _, ok := functions["esp_sdk_"+strconv.Itoa(v)]; ok {
			return v
		}
	}
	return sdk30
}
