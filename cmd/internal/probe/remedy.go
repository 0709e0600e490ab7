package probe

import (
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// remedies are what to change, each once, with the profiles that it helps.
type remedies struct {
	list    []remedy
	failing []string // all profiles that need one
}

type remedy struct {
	id       cause.ID
	text     string
	profiles []string
}

// add takes the remedies of a handshake that failed.
func (r *remedies) add(x Result) {
	if len(x.change) > 0 && !slices.Contains(r.failing, x.Profile) {
		r.failing = append(r.failing, x.Profile)
	}
	for _, text := range x.change {
		i := slices.IndexFunc(r.list, func(c remedy) bool { return c.text == text })
		if i < 0 {
			i = len(r.list)
			r.list = append(r.list, remedy{id: x.causeID, text: text})
		}
		if c := &r.list[i]; !slices.Contains(c.profiles, x.Profile) {
			c.profiles = append(c.profiles, x.Profile)
		}
	}
}

// texts returns the remedies; one that does not help all profiles which fail names those that it helps. What a profile with more
// suites than the others needs is left out where the suites of all are asked for anyway.
func (r *remedies) texts() (texts []string) {
	of := func(id boundedtls.CauseID) int {
		return slices.IndexFunc(r.list, func(c remedy) bool { return c.id == cause.ID(id) })
	}
	if plain, more := of(boundedtls.CauseAlertSuite), of(boundedtls.CauseAlertSuiteDHE); plain >= 0 && more >= 0 {
		for _, p := range r.list[more].profiles {
			if c := &r.list[plain]; !slices.Contains(c.profiles, p) {
				c.profiles = append(c.profiles, p)
			}
		}
		r.list = slices.Delete(r.list, more, more+1)
	}
	for _, c := range r.list {
		if len(c.profiles) < len(r.failing) {
			c.text = strings.Join(c.profiles, ", ") + ": " + c.text
		}
		texts = append(texts, c.text)
	}
	return texts
}
