package build

import (
	"regexp"
	"slices"
)

// unfitName is what LLVM names the place of a call that it cannot make fit: that of a function with other types than the call has.
var unfitName = regexp.MustCompile(`\.L([A-Za-z_]\w*?)_bitcast_invalid`)

// unfit returns the functions, sorted, that are called in a way that LLVM could not make fit. The engine makes such calls if it finds
// the function: the linker has to export it.
func unfit(image []byte) []string {
	var names []string
	for _, m := range unfitName.FindAllSubmatch(image, -1) {
		names = append(names, string(m[1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// exported are the flags of the linker that export functions, if the image has them.
func exported(names []string) []string {
	flags := make([]string, len(names))
	for i, name := range names {
		flags[i] = "--export-if-defined=" + name
	}
	return flags
}
