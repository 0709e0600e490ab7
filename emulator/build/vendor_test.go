package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wasm"
)

// vendorTree is an SDK in the vendor's shape.
var vendorTree = map[string]string{
	"sdk/include/version.h": "#define ESP_SDK_VERSION_NUMBER 0x020201\n",
	"sdk/include/osapi.h": "#include \"user_config.h\"\n#include \"c_types.h\"\n" +
		"int os_printf_plus(const char *format, ...);\n#define os_printf os_printf_plus\n#define VENDOR 77\n",
	"sdk/include/c_types.h":                "typedef unsigned int size_t;\ntypedef unsigned char uint8;\n",
	"sdk/driver_lib/include/driver/uart.h": "#define UART 5\n",
	"app/main.c": "#include \"osapi.h\"\n#include \"driver/uart.h\"\n" +
		"#include \"String.h\"\nvoid user_init(void) { os_printf(\"vendor %d uart %d sdk %d\\n\", VENDOR, UART, EMU8266_SDK); }\n",
}

// The vendor's headers stand for ours; their version tells which SDK it is, and a project without user_config.h, which they
// include, gets an empty one.
func TestVendorSDK(t *testing.T) {
	needTools(t)
	dir := tree(t, vendorTree)
	for _, sdk := range []string{"sdk", "sdk/include", filepath.Join(dir, "sdk")} {
		o := Options{Sources: []string{"app"}, Dir: dir, Output: "out.wasm", Cache: cacheDir(t), SDK: sdk}
		_, err := Build(t.Context(), o)
		require.NoError(t, err, sdk)
		image, err := wasm.LoadFile(filepath.Join(dir, "out.wasm"))
		require.NoError(t, err)
		boot(t, image, "vendor 77 uart 5 sdk 20200\n")
		require.NoError(t, image.Close())
	}
	for name, tc := range map[string]struct {
		sdk, header, want string
	}{
		"no folder":  {"none", "", "none is no SDK: there is no include/osapi.h"},
		"not an SDK": {"app", "", "app is no SDK"},
		"old":        {"sdk", "-", "say which it is, 2.0 or 2.1"},
		"unknown":    {"sdk", "#define ESP_SDK_VERSION_NUMBER 0x040000\n", "is SDK 4.0"},
		"damaged":    {"sdk", "text", "no version in include/version.h"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, vendorTree)
			header := filepath.Join(dir, "sdk/include/version.h")
			if tc.header == "-" {
				require.NoError(t, os.Remove(header))
			} else if tc.header != "" {
				require.NoError(t, os.WriteFile(header, []byte(tc.header), 0o644))
			}
			o := Options{Sources: []string{"app"}, Dir: dir, Output: "out.wasm", Cache: cacheDir(t), SDK: tc.sdk}
			_, err := Build(t.Context(), o)
			require.ErrorContains(t, err, tc.want)
			if tc.header != "" {
				o.Version = "2.1"
				_, err = Build(t.Context(), o)
				assert.NoError(t, err, "the version was given")
			}
		})
	}
}
