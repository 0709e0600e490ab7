package build

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	// diagnosis begins what clang says of one place; notes and lines of source follow.
	diagnosis    = regexp.MustCompile(`^(?:In file included from |.*:\d+:\d+: (?:warning|error|fatal error): )`)
	warningCount = regexp.MustCompile(`^(\d+) warnings? generated\.$`)
	misformat    = regexp.MustCompile(`: warning: format specifies type '([^']+)'(?: \(aka '([^']+)'\))? ` +
		`but the argument has (?:underlying )?type '([^']+)'(?: \(aka '([^']+)'\))? \[-Wformat\]`)
)

// formatsOfGCC leaves out of clang's words on a file what the chip's GCC does not warn of. For clang the type of sizeof is unsigned
// long, whatever size_t is, and for GCC unsigned int, which %d and %u print; and GCC takes an int for %hhx, which prints a part of it.
func formatsOfGCC(said string) string {
	if !strings.Contains(said, "[-Wformat]") {
		return said
	}
	var kept strings.Builder
	dropped, included := 0, ""
	dropping := false
	for _, line := range strings.SplitAfter(said, "\n") {
		bare := strings.TrimSuffix(line, "\n")
		if n := warningCount.FindStringSubmatch(bare); n != nil {
			kept.WriteString(recount(n[1], dropped))
			dropping = false
			continue
		}
		if strings.HasPrefix(line, "In file included from ") {
			included += line
			dropping = true // until it is known what was included
			continue
		}
		if diagnosis.MatchString(line) {
			if dropping = sameOnChip(line); dropping {
				dropped++
			} else {
				kept.WriteString(included)
			}
			included = ""
		}
		if !dropping {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// sameOnChip says that a warning is of types that are one to the chip's GCC.
func sameOnChip(line string) bool {
	m := misformat.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	wanted, given := m[1], m[3]
	if m[2] != "" {
		wanted = m[2]
	}
	if m[4] != "" {
		given = m[4]
	}
	whole := []string{"int", "unsigned int"}
	switch wanted {
	case "int", "unsigned int":
		return given == "unsigned long"
	case "unsigned long":
		return m[1] == "size_t" && slices.Contains(whole, given)
	case "char", "signed char", "unsigned char", "short", "unsigned short":
		return slices.Contains(whole, given)
	}
	return false
}

// recount is clang's last line for that many warnings less.
func recount(said string, less int) string {
	n := 0
	fmt.Sscan(said, &n)
	switch n -= less; {
	case n <= 0:
		return ""
	case n == 1:
		return "1 warning generated.\n"
	}
	return fmt.Sprintf("%d warnings generated.\n", n)
}
