package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Each remedy is told once, with the profiles that it helps unless it helps all; the suites of all profiles are asked for once.
func TestRemedies(t *testing.T) {
	plain, more := cause.ID(boundedtls.CauseAlertSuite), cause.ID(boundedtls.CauseAlertSuiteDHE)
	fails := func(profile string, id cause.ID, change ...string) Result {
		return Result{Profile: profile, causeID: id, change: change}
	}
	for name, tc := range map[string]struct {
		results []Result
		want    []string
	}{
		"none":     {nil, nil},
		"one":      {[]Result{fails("A", "x", "do"), fails("A", "x", "do")}, []string{"do"}},
		"of all":   {[]Result{fails("A", "x", "do"), fails("B", "x", "do")}, []string{"do"}},
		"of some":  {[]Result{fails("A", "x", "do"), fails("B", "y", "else"), fails("C", "x", "do")}, []string{"A, C: do", "B: else"}},
		"by size":  {[]Result{fails("A", "x", "do"), fails("A", "y", "else")}, []string{"do", "else"}},
		"suites":   {[]Result{fails("A", plain, "RSA"), fails("B", more, "RSA or DHE")}, []string{"RSA"}},
		"DHE only": {[]Result{fails("B", more, "RSA or DHE"), fails("C", "x", "")}, []string{"B: RSA or DHE", "C: "}},
		"suites of some": {[]Result{fails("A", plain, "RSA"), fails("B", more, "RSA or DHE"), fails("C", "x", "do")},
			[]string{"A, B: RSA", "C: do"}},
	} {
		t.Run(name, func(t *testing.T) {
			var all remedies
			for _, r := range tc.results {
				all.add(r)
			}
			assert.Equal(t, tc.want, all.texts())
		})
	}
}
