package main

import (
	"encoding/json"
	"fmt"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
)

// checksCmd lists the API checks.
type checksCmd struct {
	Rule string `arg:"" optional:"" help:"Only this rule."`
	languageFlag
	JSON bool `help:"Print the rules as JSON."`
}

// Help is shown by --help.
func (checksCmd) Help() string {
	return `Example:
  emu8266 checks
  emu8266 checks send-before-sent
  emu8266 checks --lang zh

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
			var ids []string
			for _, r := range rules {
				ids = append(ids, r.ID)
			}
			if other := near.Name(c.Rule, ids); other != "" {
				return usagef("checks: there is no rule %q: did you mean %s?", c.Rule, other)
			}
			return usagef("checks: there is no rule %q; `emu8266 checks` lists them", c.Rule)
		}
		rules = []espconn.Rule{r}
	}
	for i, r := range rules {
		rules[i] = cause.Rule(r.ID, c.language())
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
		form := "%s: %s\n  source: %s\n  device: %s\n  fix:    %s\n"
		if c.language() == cause.Chinese {
			form = "%s：%s\n  来源：%s\n  设备：%s\n  建议：%s\n"
		}
		fmt.Fprintf(con.out, form, r.ID, r.Text, r.Source, r.Device, r.Fix)
	}
	return nil
}
