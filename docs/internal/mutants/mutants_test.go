package mutants

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	count = flag.Int("mutants", 0, "how many places to break, spread over the rooms")
	seed  = flag.Uint64("seed", 1, "which places")
	only  = flag.String("sites", "", "only places whose text matches this regular expression, all of them")
)

// root of the module.
const root = "../../.."

// mutantTime bounds each run of tests over one mutant.
const mutantTime = 10 * time.Minute

// rooms are the parts whose rules the tests have to hold, each with the tests that are run over a mutant until one fails: quick ones
// first. The package of the broken file itself comes before all.
var rooms = []struct {
	folder string
	tests  [][]string
}{
	{"espconn/boundedtls", [][]string{
		{"-short", "-failfast", "./espconn/boundedtls/..."}, {"-failfast", "./espconn/internal/oracle"},
		{"-failfast", "-long", "./espconn/boundedtls"}}},
	{"espconn", [][]string{
		{"-short", "-failfast", "./espconn"}, {"-failfast", "-long", "./espconn"}, {"-short", "-failfast", "./emulator", "./docs/..."}}},
	{"netstack", [][]string{
		{"-short", "-failfast", "./netstack/..."}, {"-failfast", "./netstack"}, {"-failfast", "./espconn", "-run", "Oracle"}}},
}

// equivalent lists places that change nothing that can be observed, each with the reason: `file | line | old -> new | reason`.
//
//go:embed equivalent.txt
var equivalent string

func reasons() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(equivalent) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndex(line, " | ")
		out[line[:at]] = line[at+3:]
	}
	return out
}

// helpers are folders that hold tools of the tests.
var helpers = regexp.MustCompile("/(testpki|badpeer|tlspeer|oracle|recordtest|interop)/")

// sitesOfRoom are those of a room without the rooms that lie in it.
func sitesOfRoom(t *testing.T, folder string) (list []Site) {
	all, err := Sites(root, folder)
	require.NoError(t, err)
	for _, s := range all {
		inner := false
		for _, r := range rooms {
			inner = inner || r.folder != folder && strings.HasPrefix(r.folder, folder+"/") && strings.HasPrefix(s.File, r.folder+"/")
		}
		if !inner && !helpers.MatchString(s.File) {
			list = append(list, s)
		}
	}
	return list
}

// Each room has places to break, a broken file is still Go, and what is called equivalent is still there.
func TestSites(t *testing.T) {
	known := reasons()
	for _, r := range rooms {
		list := sitesOfRoom(t, r.folder)
		assert.Greater(t, len(list), 300, r.folder)
		for i, s := range list {
			delete(known, s.Key())
			if i%50 > 0 {
				continue
			}
			b, err := s.Apply(root)
			require.NoError(t, err)
			_, err = parser.ParseFile(token.NewFileSet(), s.File, b, parser.SkipObjectResolution)
			assert.NoError(t, err, s)
		}
	}
	assert.Empty(t, known, "equivalent.txt names places that are not there")
}

// With -mutants N places are broken one after the other, and a test has to notice each. First each meets the quick tests of its own
// package, then those that are left the tests of its room. That takes a minute or so for each:
//
//	nice go test ./docs/internal/mutants -run TestMutants -mutants 200 -seed 1 -timeout 0 -v
func TestMutants(t *testing.T) {
	if *count == 0 && *only == "" {
		t.Skip("needs -mutants N or -sites REGEXP")
	}
	known, tally, left := reasons(), map[string]int{}, []chosen{}
	report := func(c chosen, outcome string) {
		tally[c.room+" "+outcome]++
		fmt.Printf("%s  %-14s %s\n", time.Now().Format("15:04:05"), outcome, c.site)
	}
	for _, c := range choose(t) {
		if known[c.site.Key()] != "" {
			report(c, "equivalent")
			continue
		}
		own := "./" + path.Dir(c.site.File)
		if o := try(t, c.site, [][]string{{"-short", "-failfast", own}}); o != string(Survived) {
			report(c, o)
		} else {
			left = append(left, c)
			fmt.Printf("%s  %-14s %s\n", time.Now().Format("15:04:05"), "not yet", c.site)
		}
	}
	fmt.Printf("%d are left after the tests of their packages\n", len(left))
	for _, c := range left {
		o := try(t, c.site, c.tests)
		report(c, o)
		assert.NotEqual(t, string(Survived), o, "%s", c.site)
	}
	fmt.Printf("seed %d: %v\n", *seed, tally)
}

// chosen is a site with the tests of its room.
type chosen struct {
	site  Site
	room  string
	tests [][]string
}

// choose picks the sites, from each room in turn.
func choose(t *testing.T) (list []chosen) {
	match, err := regexp.Compile(*only)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(*seed, 0))
	var of [][]Site
	total := 0
	for _, r := range rooms {
		sites := slices.DeleteFunc(sitesOfRoom(t, r.folder), func(s Site) bool { return !match.MatchString(s.String()) })
		rng.Shuffle(len(sites), func(i, j int) { sites[i], sites[j] = sites[j], sites[i] })
		of = append(of, sites)
		total += len(sites)
	}
	n := *count
	if *only != "" && n == 0 {
		n = total
	}
	for i := 0; len(list) < min(n, total); i++ {
		for k, r := range rooms {
			if i < len(of[k]) && len(list) < n {
				list = append(list, chosen{of[k][i], r.folder, r.tests})
			}
		}
	}
	return list
}

// try returns what became of a site after a series of tests, which ends with the first that fails.
func try(t *testing.T, s Site, tests [][]string) string {
	content, err := s.Apply(root)
	require.NoError(t, err)
	for _, args := range tests {
		ctx, cancel := context.WithTimeout(t.Context(), mutantTime)
		o, _, output, err := Run(ctx, root, s.File, content, args...)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return "out of time" // the machine is slow, or the tests do not end: nobody knows
		}
		require.NoError(t, err, output)
		if o != Survived {
			return string(o)
		}
	}
	return string(Survived)
}
