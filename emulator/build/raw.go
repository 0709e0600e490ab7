package build

import "regexp"

// rawPointer finds, in preprocessed text, a pointer that is made of an address of the chip: registers, its ROM, or the flash that it
// shows as memory. Choice: a cast with the number behind it, in the same statement.
var rawPointer = regexp.MustCompile(`\*\s*(?:const|volatile|\s)*\)\s*\(?[^;{}"]{0,120}?` +
	`0[xX](?:3[fF][fF][02][0-9a-fA-F]{4}|60000[0-9a-fA-F]{3}|60001[0-9a-fA-F]{3}|402[0-9a-fA-F]{5})\b`)

// ownCall is what our headers make of the macros for registers: no pointer.
var ownCall = regexp.MustCompile(`esp_(?:read|write)_register\(`)

// rawHeader marks the image (rt/rt.c): the engine looks at each load and store then.
const rawHeader = `#ifdef __cplusplus
extern "C"
#endif
` + rawMark

// rawMark is the same in preprocessed text.
const rawMark = `__attribute__((weak, used, export_name("esp_raw"))) void esp_raw(void) {}
`

// raw tells whether a file reaches registers or the flash by pointers of its own.
func raw(text []byte) bool {
	for _, m := range rawPointer.FindAll(text, -1) {
		if !ownCall.Match(m) {
			return true
		}
	}
	return false
}
