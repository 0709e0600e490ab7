package build

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/emu8266/emu8266/emulator/csdk"
)

// mathFile is the file of the runtime with the functions of math.h. LLVM may make calls of such functions to the end, so that it optimises
// them all in each image, which is half of the linker's time, whether one of them is called or not. They are linked where the project
// includes math.h, and where an image turns out to ask for one of them.
const mathFile = "math.c"

// mathUnit is that file.
func (b *builder) mathUnit() unit {
	return unit{source: filepath.Join(b.cache.sdk, "rt", mathFile), args: b.runtimeFlags(true)}
}

// mathNames are the functions in it.
var mathNames = sync.OnceValue(func() (names []string) {
	text, err := fs.ReadFile(csdk.Runtime(), mathFile)
	if err != nil {
		panic(err) // it is embedded
	}
	for _, m := range regexp.MustCompile(`(?m)^WEAK \w+ (\w+)\(`).FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names
})

// asksForMath tells whether an image imports one of them.
func asksForMath(image []byte) bool {
	for _, name := range mathNames() { // an entry of the imports: the module and the name, each behind its length, and the kind
		if bytes.Contains(image, append([]byte{3, 'e', 'n', 'v', byte(len(name))}, name+"\x00"...)) {
			return true
		}
	}
	return false
}
