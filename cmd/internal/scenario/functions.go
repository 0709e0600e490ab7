package scenario

import (
	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/cmd/internal/sdkfunctions"
)

// knownFunction tells whether the SDK has a function.
func knownFunction(name string) bool {
	for _, f := range sdkfunctions.All() {
		if f.C == name {
			return true
		}
	}
	return false
}

// unknownFunction says which function may have been meant.
func unknownFunction(name string) error {
	var names []string
	for _, f := range sdkfunctions.All() {
		names = append(names, f.C)
	}
	if n := near.Name(name, names); n != "" {
		return mistake("the SDK has no function %q: perhaps %s is wanted", name, n)
	}
	return mistake("the SDK has no function %q: one of emu8266 sdk functions is wanted", name)
}
