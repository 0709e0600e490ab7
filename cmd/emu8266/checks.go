package main

import (
	"encoding/json"
	"fmt"

	"github.com/emu8266/emu8266/espconn"
)

// checksCmd lists the API checks.
type checksCmd struct {
	Rule string `arg:"" optional:"" help:"Only this rule."`
	JSON bool   `help:"Print the rules as JSON."`
}

// Help is shown by --help.
func (checksCmd) Help() string {
	return `Example:
  emu8266 checks
  emu8266 checks send-before-sent

Misuse of the SDK that the emulated device finds while firmware runs. Each finding names the rule, the line of the
firmware and what was wrong; it stands in the trace. In a Go test emulator.Config{Checks: emulator.ChecksFail} makes it
fail the test.`
}

// Run prints the list.
func (c checksCmd) Run(con *console) error {
	rules := espconn.Rules()
	if c.Rule != "" {
		r, ok := espconn.RuleByID(c.Rule)
		if !ok {
			return usagef("checks: there is no rule %q; `emu8266 checks` lists them", c.Rule)
		}
		rules = []espconn.Rule{r}
	}
	if c.JSON {
		enc := json.NewEncoder(con.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(rules)
	}
	for i, r := range rules {
		if i > 0 {
			fmt.Fprintln(con.out)
		}
		fmt.Fprintf(con.out, "%s: %s\n  source: %s\n  device: %s\n  fix:    %s\n", r.ID, r.Text, r.Source, r.Device, r.Fix)
	}
	return nil
}
