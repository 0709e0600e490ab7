package ci

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteTAP writes a suite as the Test Anything Protocol, version 13: a line for each test, and behind one that has failed what is known.
// Nothing of version 14 is needed, and prove (Test::Harness 3.44) counts that version as an error.
func WriteTAP(w io.Writer, s Suite) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "TAP version 13\n1..%d\n", len(s.Cases))
	for i, c := range s.Cases {
		name := description(c.Class + ": " + c.Name)
		switch {
		case c.Failure != nil:
			fmt.Fprintf(out, "not ok %d - %s\n  ---\n", i+1, name)
			severity := "fail"
			if c.Failure.Error {
				severity = "crash"
			}
			fmt.Fprintf(out, "  message: %s\n  severity: %s\n", scalar(c.Failure.Title), severity)
			if file, line := Place(c.Failure.Where); file != "" {
				fmt.Fprintf(out, "  at:\n    file: %s\n    line: %d\n", scalar(file), line)
			}
			if text := strings.TrimSpace(c.Failure.Text); text != "" {
				fmt.Fprint(out, "  data: |\n")
				for line := range strings.Lines(text) {
					fmt.Fprintf(out, "    %s\n", strings.TrimRight(line, "\r\n"))
				}
			}
			fmt.Fprint(out, "  ...\n")
		case c.Skipped != "":
			fmt.Fprintf(out, "ok %d - %s # SKIP %s\n", i+1, name, description(c.Skipped))
		default:
			fmt.Fprintf(out, "ok %d - %s\n", i+1, name)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("TAP: %w", err)
	}
	return nil
}

// description is a text behind a result: one line, # and \ escaped.
func description(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ", "\r", " ").Replace(s)
}

// scalar writes a text as YAML does between single quotes.
func scalar(s string) string {
	return "'" + strings.NewReplacer("'", "''", "\n", " ", "\r", " ").Replace(s) + "'"
}
