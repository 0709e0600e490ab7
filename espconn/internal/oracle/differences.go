package oracle

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// Known is a committed difference: this field of this case is not equal under
// this profile, for this reason. Field "*" covers a whole case.
type Known struct{ Case, Profile, Field, Reason string }

// ReadDifferences reads the list: one difference a line, `case-id profile field
// reason`, the reason to the end of the line; empty lines and lines that begin
// with # are skipped.
func ReadDifferences(path string) ([]Known, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	defer f.Close()
	var list []Known
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		part := strings.SplitN(text, " ", 4)
		if len(part) != 4 {
			return nil, fmt.Errorf("oracle: %s:%d: want `case-id profile field reason`", path, n)
		}
		list = append(list, Known{part[0], part[1], part[2], part[3]})
	}
	return list, lines.Err()
}

// Check sorts the differences of a replay by the list: unlisted are those that
// no entry covers, stale the entries for replayed cases that cover nothing.
// replayed tells whether a case was run under a profile.
func Check(known []Known, diffs []Difference, replayed func(id, profile string) bool) (unlisted []Difference, stale []Known) {
	used := make([]bool, len(known))
	for _, d := range diffs {
		found := false
		for i, k := range known {
			if k.Case == d.Case && k.Profile == d.Profile && (k.Field == "*" || k.Field == d.Field) {
				used[i], found = true, true
			}
		}
		if !found {
			unlisted = append(unlisted, d)
		}
	}
	for i, k := range known {
		if !used[i] && replayed(k.Case, k.Profile) {
			stale = append(stale, k)
		}
	}
	return unlisted, stale
}
