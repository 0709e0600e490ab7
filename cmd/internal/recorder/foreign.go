package recorder

import (
	"path/filepath"
	"slices"
	"strings"
)

// Libraries are the names, without lib and .a, of those of the SDK and the compiler: the emulator stands in for what is in them.
var Libraries = []string{"airkiss", "at", "c", "crypto", "driver", "espnow", "g", "gcc", "hal", "json", "lwip", "m", "main", "mbedtls",
	"mesh", "net80211", "nosys", "phy", "pp", "pwm", "smartconfig", "ssl", "stdc++", "supc++", "upgrade", "wpa", "wpa2", "wps"}

// IsForeign tells whether a file has the name of a library of the SDK or the compiler.
func IsForeign(file string) bool {
	base := filepath.Base(filepath.ToSlash(file))
	name, library := strings.CutPrefix(base, "lib")
	name, archive := strings.CutSuffix(name, ".a")
	return library && archive && slices.Contains(Libraries, name)
}
