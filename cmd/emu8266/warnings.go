package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// warningsShown is how many warnings of the compiler a build shows without -v. Choice: about two screens, with their lines of source.
const warningsShown = 12

var (
	// warningsCounted is clang's last line on a file.
	warningsCounted = lazyregexp.New(`^\d+ warnings? generated\.$`)
	// beforeWarning is what a compiler says of a warning in the lines before it: which file includes the place, the function.
	beforeWarning = lazyregexp.New(`^In file included from |^\s+from |: In function |: At top level:$`)
	// crashWarning finds, in clang's words and GCC's, the warnings of code that ends in an exception where it runs: a number taken for a
	// text or another pointer, and a call with other arguments than the function has.
	crashWarning = lazyregexp.New(`(format specifies|expects argument of) type '(const )?char ?\*'` +
		`|\[-W(implicit-function-declaration|incompatible-[a-z-]*pointer-types|int-conversion|format-insufficient-args` +
		`|return-type|return-stack-address|return-local-addr|(sometimes-)?uninitialized|array-bounds|infinite-recursion)\]`)
)

// fewWarnings cuts the compiler's words down to a few warnings, those that mean a crash first, and says how many more there are.
func fewWarnings(said string) string {
	more := strings.Count(said, ": warning: ") - warningsShown
	if more <= 0 {
		return said
	}
	blocks := warningBlocks(said)
	slices.SortStableFunc(blocks[1:], func(a, b string) int { return weight(a) - weight(b) })
	warnings := "warnings"
	if more == 1 {
		warnings = "warning"
	}
	return strings.Join(blocks[:1+warningsShown], "") +
		fmt.Sprintf("emu8266: %d more %s of the compiler (build and make show all with -v)\n", more, warnings)
}

// weight is the place of a warning among the others: 0 for one of a crash, else 1.
func weight(block string) int {
	for line := range strings.Lines(block) {
		if strings.Contains(line, ": warning: ") && crashWarning().MatchString(line) {
			return 0
		}
	}
	return 1
}

// warningBlocks cuts the compiler's words into what stands before the first warning, and each warning with all lines that belong to it.
func warningBlocks(said string) []string {
	var before strings.Builder // of the warning that comes next
	blocks := []string{""}
	for line := range strings.Lines(said) {
		last := &blocks[len(blocks)-1]
		switch {
		case warningsCounted().MatchString(strings.TrimSpace(line)):
		case beforeWarning().MatchString(line):
			before.WriteString(line)
		case strings.Contains(line, ": warning: "):
			blocks = append(blocks, before.String()+line)
			before.Reset()
		default:
			*last += before.String() + line
			before.Reset()
		}
	}
	blocks[len(blocks)-1] += before.String()
	return blocks
}
