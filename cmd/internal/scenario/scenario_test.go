package scenario_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Every scenario of the library comes true, failing and repaired.
func TestScenarios(t *testing.T) {
	all, err := scenario.Library()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(all), 14)
	began := time.Now()
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			var out, file bytes.Buffer
			w := trace.NewWriter(&file)
			s.Follow = w.Write
			synctest.Test(t, func(t *testing.T) {
				if err := s.Run(&out); err != nil {
					t.Errorf("%v\n%s", err, &out)
				}
			})
			require.NoError(t, w.Err())
			explained(t, s, out.String(), &file)
			assert.Regexp(t, `^[\w.-]+/[\w.-]+#\d+$`, s.Report)
		})
	}
	t.Logf("%d scenarios in %v", len(all), time.Since(began))
}

// explained checks that the trace file of a scenario gives the explanations that the scenario printed, byte for byte.
func explained(t *testing.T, s *scenario.Scenario, out string, file io.Reader) {
	all, err := explain.Read(file, cause.English)
	require.NoError(t, err)
	require.Len(t, all, len(s.Takes))
	for i, take := range s.Takes {
		assert.Equal(t, take.Name, all[i].Name)
		text := "    " + strings.ReplaceAll(strings.TrimSuffix(all[i].Explanation.String(), "\n"), "\n", "\n    ") + "\n"
		assert.Equal(t, take.Fails(), strings.Contains(out, text), "%s:\n%s\nin\n%s", take.Name, text, out)
	}
}

// What a file must have, and how its lines are cut.
func TestParse(t *testing.T) {
	good := "title: a\nreport: o/n#1\nlayer: x\n-- fails: a --\nexpect log \"a b\" # comment\n\n-- works: b --\n"
	s, err := scenario.Parse("s", []byte(good))
	require.NoError(t, err)
	assert.Len(t, s.Takes, 2)
	assert.True(t, s.Takes[0].Fails())
	for _, bad := range []string{"", "title: a\n", strings.Replace(good, "works:", "runs:", 1),
		strings.Replace(good, "works: b", "fails: b", 1),
		strings.Replace(good, "b\"", "b", 1)} {
		_, err := scenario.Parse("s", []byte(bad))
		assert.Error(t, err, "%q", bad)
	}
}

// A line that does not come true fails with its place; nonsense is no command.
func TestLinesFail(t *testing.T) {
	for _, line := range []string{"expect return 5", "expect callbacks \"connect\"", "expect log nothing", "expect code -1",
		"expect finding x", "expect explain x",
		"expect crash x", "expect free <1", "expect client a ok", "expect", "nonsense", "set_size 1", "set_size a b", "peer",
		"peer tls x", "peer records 1",
		"device profile=none", "device heap=x", "device what=1", "burn", "burn x 1", "link", "fail", "wait", "wait x", "client a",
		"client a jump", "path", "on", "on connect", "on connect jump"} {
		s, err := scenario.Parse("s", []byte("title: a\nreport: o/n#1\nlayer: x\n-- fails: a --\n"+line+"\n-- works: b --\n"))
		require.NoError(t, err)
		synctest.Test(t, func(t *testing.T) {
			assert.ErrorContains(t, s.Run(io.Discard), "line 1", line)
		})
	}
}

// Any bytes are a scenario or an error.
func FuzzParse(f *testing.F) {
	f.Add([]byte("title: a\nreport: o/n#1\nlayer: x\n-- fails: a --\n\"\n-- works: b --\n"))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = scenario.Parse("s", b) })
}
