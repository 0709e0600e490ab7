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
	"sync"
	"sync/atomic"
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

// rooms are the parts whose rules the tests have to hold.
var rooms = []string{"espconn/boundedtls", "espconn", "netstack"}

// suites are the packages whose tests are run over a mutant. Those that never come by it are left out, its own package comes first.
var suites = []string{"espconn/boundedtls", "espconn/boundedtls/axtls", "espconn/boundedtls/axtls/internal/axcert",
	"espconn/boundedtls/internal/x509", "espconn/boundedtls/mbedtls", "espconn/boundedtls/witness", "espconn/internal/oracle", "espconn",
	"netstack", "netstack/internal/wire", "netstack/vnet", "emulator"}

// long names the suites with tests that are whole only with -long; they are run over what is left.
var long = []string{"espconn/boundedtls", "espconn", "emulator"}

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
			inner = inner || r != folder && strings.HasPrefix(r, folder+"/") && strings.HasPrefix(s.File, r+"/")
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
		list := sitesOfRoom(t, r)
		assert.Greater(t, len(list), 300, r)
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

// With -mutants N places are broken one after the other, and a test has to notice each. All that stand in a comparison are compiled into
// one copy of each test program; a first run of every test tells which places it comes by. So a mutant costs only the tests that can
// notice it, the quick ones first, until one fails. A constant is compiled for itself, and meets all tests of its room.
//
//	nice go test ./docs/internal/mutants -run TestMutants -mutants 300 -seed 1 -timeout 0 -v
func TestMutants(t *testing.T) {
	if *count == 0 && *only == "" {
		t.Skip("needs -mutants N or -sites REGEXP")
	}
	known, tally, begin := reasons(), map[string]int{}, time.Now()
	say := func(format string, a ...any) {
		fmt.Printf("%6.0f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, a...))
	}
	var lock sync.Mutex
	report := func(s Site, o Outcome, why string) {
		lock.Lock()
		defer lock.Unlock()
		tally[string(o)]++
		say("%-11s %s %s", o, s, why)
	}
	var list []Site
	for _, s := range choose(t) {
		if known[s.Key()] != "" {
			report(s, "equivalent", "")
		} else {
			list = append(list, s)
		}
	}
	dir := t.TempDir()
	overlay, err := Weave(root, dir, list)
	require.NoError(t, err)
	suite, err := NewSuite(t.Context(), root, dir, overlay, suites...)
	require.NoError(t, err)
	say("compiled")
	failing, err := suite.Record(t.Context(), "-test.short")
	require.NoError(t, err)
	say("recorded; left out, as they fail before anything is broken: %v", failing)

	var left, constants []int
	each(len(list), func(i int) {
		s := list[i]
		if !s.Woven() {
			lock.Lock()
			constants = append(constants, i)
			lock.Unlock()
			return
		}
		o, why, err := suite.Try(t.Context(), i, path.Dir(s.File), "-test.short")
		if !assert.NoError(t, err) {
			return
		}
		if o == Survived {
			lock.Lock()
			left = append(left, i)
			lock.Unlock()
			return
		}
		report(s, o, why)
	})
	say("%d are left for the long tests", len(left))
	deep := suite.Only(long...)
	each(len(left), func(k int) {
		i := left[k]
		o, why, err := deep.Try(t.Context(), i, path.Dir(list[i].File), "-long")
		if !assert.NoError(t, err) {
			return
		}
		if o == Unreached { // by those that have long tests
			o = Survived
		}
		report(list[i], o, why)
	})
	say("%d are compiled for themselves; so far: %v", len(constants), tally)
	each(len(constants), func(k int) { report(list[constants[k]], tryAlone(t, list[constants[k]]), "") })
	say("seed %d: %v", *seed, tally)
	assert.Zero(t, tally[string(Survived)]+tally[string(Unreached)], "places that nothing notices")
}

// each calls fn for 0 to n-1, two at a time.
func each(n int, fn func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fn(i)
			}
		})
	}
	wg.Wait()
}

// alone are the tests of a room that a constant meets, which no test can be chosen for.
var alone = map[string][]string{
	"espconn/boundedtls": {"./espconn/boundedtls/...", "./espconn/internal/oracle", "./espconn"},
	"espconn":            {"./espconn", "./espconn/internal/oracle", "./emulator"},
	"netstack":           {"./netstack/...", "./espconn", "./emulator"},
}

// tryAlone returns what became of a site that is compiled for itself.
func tryAlone(t *testing.T, s Site) Outcome {
	content, err := s.Apply(root)
	require.NoError(t, err)
	packages := []string{"./" + path.Dir(s.File)}
	for _, r := range rooms {
		if strings.HasPrefix(s.File, r+"/") {
			packages = append(packages, alone[r]...)
			break
		}
	}
	for _, p := range packages {
		ctx, cancel := context.WithTimeout(t.Context(), mutantTime)
		o, _, output, err := Run(ctx, root, s.File, content, "-short", "-failfast", p)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return "out of time" // the machine is slow, or the tests do not end: nobody knows
		}
		if !assert.NoError(t, err, output) || o != Survived {
			return o
		}
	}
	return Survived
}

// choose picks the sites, from each room in turn.
func choose(t *testing.T) (list []Site) {
	match, err := regexp.Compile(*only)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(*seed, 0))
	var of [][]Site
	total := 0
	for _, r := range rooms {
		sites := slices.DeleteFunc(sitesOfRoom(t, r), func(s Site) bool { return !match.MatchString(s.String()) })
		rng.Shuffle(len(sites), func(i, j int) { sites[i], sites[j] = sites[j], sites[i] })
		of = append(of, sites)
		total += len(sites)
	}
	n := *count
	if *only != "" && n == 0 {
		n = total
	}
	for i := 0; len(list) < min(n, total); i++ {
		for k := range rooms {
			if i < len(of[k]) && len(list) < n {
				list = append(list, of[k][i])
			}
		}
	}
	return list
}
