package build

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wasm"
)

// A project may have a c_types.h of its own with the guard of the SDK's: its types are not defined twice, whichever header
// comes first, and the SDK's headers still have what they need.
func TestOwnTypes(t *testing.T) {
	needTools(t)
	const types = "#ifndef _C_TYPES_H_\n#define _C_TYPES_H_\n#include <stdint.h>\ntypedef uint8_t uint8, u8, bool;\n" +
		"typedef int8_t sint8, int8;\n" +
		"typedef uint16_t uint16;\ntypedef int16_t sint16, int16;\ntypedef uint32_t uint32;\n" +
		"typedef int32_t sint32, int32;\ntypedef uint64_t uint64;\n" +
		"typedef int64_t sint64;\ntypedef enum { OK = 0, FAIL, PENDING, BUSY, CANCEL } STATUS;\n#define TRUE 1\n" +
		"#define FALSE 0\n#define OWN 7\n#endif\n"
	const user = "void user_init(void) { uint8 a = OWN; os_printf(\"own %d, %d\\n\", a, (int)sizeof(struct espconn)); }\n"
	dir := tree(t, map[string]string{
		"app/include/c_types.h": types,
		"app/user/main.c": "#include <c_types.h>\n#include <osapi.h>\n#include <user_interface.h>\n" +
			"#include <espconn.h>\n#include <smartconfig.h>\n" + user,
		"app/user/other.c": "#include <osapi.h>\n#include <espconn.h>\n#include <c_types.h>\n" +
			"uint32 other(STATUS s) { return s == OK ? TRUE : FALSE; }\n",
	})
	_, err := Build(t.Context(), Options{Sources: []string{"app"}, Dir: dir, Output: "out.wasm", Cache: cacheDir(t)})
	require.NoError(t, err)
	image, err := wasm.LoadFile(filepath.Join(dir, "out.wasm"))
	require.NoError(t, err)
	boot(t, image, "own 7, 28\n")
	require.NoError(t, image.Close())
}
