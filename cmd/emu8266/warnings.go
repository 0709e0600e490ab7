package main

import (
	"fmt"
	"regexp"
	"strings"
)

// warningsShown is how many warnings of the compiler a build shows without -v. Choice: about two screens, with their lines of source.
const warningsShown = 12

var (
	// warningsCounted is clang's last line on a file.
	warningsCounted = regexp.MustCompile(`^\d+ warnings? generated\.$`)
	// beforeWarning is what a compiler says of a warning in the lines before it: which file includes the place, the function.
	beforeWarning = regexp.MustCompile(`^In file included from |^\s+from |: In function |: At top level:$`)
)

// fewWarnings cuts the compiler's words down to the first warnings, and says how many more there are.
func fewWarnings(said string) string {
	more := strings.Count(said, ": warning: ") - warningsShown
	if more <= 0 {
		return said
	}
	var kept []string
	shown := 0
	for line := range strings.Lines(said) {
		if strings.Contains(line, ": warning: ") {
			if shown++; shown > warningsShown {
				break
			}
		}
		if !warningsCounted.MatchString(strings.TrimSpace(line)) {
			kept = append(kept, line)
		}
	}
	for len(kept) > 0 && beforeWarning.MatchString(kept[len(kept)-1]) {
		kept = kept[:len(kept)-1]
	}
	warnings := "warnings"
	if more == 1 {
		warnings = "warning"
	}
	return strings.Join(kept, "") + fmt.Sprintf("emu8266: %d more %s of the compiler (build and make show all with -v)\n", more, warnings)
}
