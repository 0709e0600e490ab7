package scenario_test

import (
	"bytes"
	"io"
	"regexp"
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
	require.GreaterOrEqual(t, len(all), 48)
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
			for _, take := range s.Takes {
				assert.True(t, !take.Fails() || take.Judged(), "%s: a line expect cause or expect finding is missing", take.Name)
			}
			assert.Regexp(t, `^[\w.-]+/[\w.-]+(#\d+)?$`, s.Report)
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
	for _, bad := range []string{"", "title: a\n", strings.Replace(good, "b\"", "b", 1)} {
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

// Numbers have ranges. A line that cannot be carried out is a mistake that names its place and what is wanted.
func TestRanges(t *testing.T) {
	for _, line := range []string{
		"peer tls do=write:99999999999", "peer tls do=write:-5", "peer tls do=write:5/0", "peer tls do=write:5/-1", "peer tls do=write:",
		"peer tls do=sing", "peer tls do=echo:5", "peer tls message=2000000000", "peer tls message=-1", "peer tls suites=all",
		"peer tls version=1.3", "peer tls color=red", "peer tls do=echo do=hold", "peer records 0 message=5000",
		"peer records -1 message=5000", "peer records 99999 message=5000", "peer records 1 message=16777215",
		"peer records separate message=100000000000", "peer records separate message=", "send 4294967295", "send -1", "send 65536",
		"send 1e9", "set_size 1 4294967295", "set_size 256 5", "set_size 1 -5", "ca_enable 1 65536", "ca_enable -1 5",
		"cert_req_enable 1 99999999999", "leak -5", "leak 4294967296", "hold -1", "wait -5s", "wait 25h", "wait 5", "wait 1e99h",
		"fail \"\" 1", "fail x -1", "fail x 0", "fail x 99999999999", "fail x 1 2", "device heap=4294967295", "device heap=-8",
		"device heap=1023", "device heap=0", "device clock=-1", "device clock=4294967296", "device cpu=fast", "device profile=",
		"burn ca 1024", "burn ca -1", "burn ca 5 mine", "link sideways", "path home", "on boot send 5", "on connect send 65536",
		"client a send 99999999999", "client a send -1", "client a send 5", "expect free 5", "expect free >", "expect free <-5",
		"expect free \"\"", "expect between a b 5s", "expect between a b <5", "expect between a b \"\"", "expect between \"\\q\" b <5s",
		"peer records separate message=1500 suites=ecdhe",
	} {
		s, err := scenario.Parse("s", []byte("title: a\nreport: o/n#1\nlayer: x\n-- fails: a --\n\n"+line+"\n-- works: b --\n"))
		require.NoError(t, err)
		synctest.Test(t, func(t *testing.T) {
			err := s.Run(io.Discard)
			var m *scenario.MistakeError
			require.ErrorAs(t, err, &m, line)
			assert.Contains(t, err.Error(), "line 2", line)
			assert.NotContains(t, err.Error(), "\n", line)
			assert.Contains(t, err.Error(), " wanted", line)
		})
	}
}

// A take may see more callbacks than memory should hold: 600,000 in a minute, which no line lists.
func TestCallbacksAreBounded(t *testing.T) {
	s, err := scenario.Parse("s", []byte("-- many --\ntimer 0 repeat\nwait 10s\nexpect callbacks \"timer\"\n"))
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		err := s.Run(io.Discard)
		require.ErrorContains(t, err, `the callbacks were "timer, timer, `)
		assert.Less(t, len(err.Error()), 200_000)
	})
}

// What begins a take is a line with a name between its marks.
func TestMarkers(t *testing.T) {
	const head = "title: a\nreport: o/n#1\nlayer: x\n"
	for _, bad := range []string{"-- --\n", "-- --", "--  --\n", "--\n", "-- ", head + "-- --\n"} {
		_, err := scenario.Parse("s", []byte(bad))
		require.Error(t, err, "%q", bad)
	}
	s, err := scenario.Parse("s", []byte(strings.ReplaceAll(head+"-- fails: a --\nwait 1s\n-- --\n-- works: b --", "\n", "\r\n")))
	require.NoError(t, err)
	assert.Equal(t, "fails: a", s.Takes[0].Name)
	assert.Equal(t, "works: b", s.Takes[1].Name)
	assert.Equal(t, "a", s.Title)
	s, err = scenario.Parse("s", []byte(head+"-- fails: a -- \n-- works: b --"))
	require.NoError(t, err)
	assert.Len(t, s.Takes, 2, "blanks behind a marker")
}

// Any bytes are a scenario or an error.
func FuzzParse(f *testing.F) {
	f.Add([]byte("title: a\nreport: o/n#1\nlayer: x\n-- fails: a --\n\"\n-- works: b --\n"))
	f.Add([]byte("-- --\n"))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = scenario.Parse("s", b) })
}

// In Chinese every sentence of an explanation is Chinese: what stays English are names of the SDK, of TLS and of blocks of the heap,
// and lines of the device's log.
func TestChinese(t *testing.T) {
	all, err := scenario.Library()
	require.NoError(t, err)
	names := regexp.MustCompile("`[^`]*`|" + `TLS-[A-Z0-9-]+|Cert is not yet valid|invalid protocol message|EVENT_\w+ \S+`)
	english := regexp.MustCompile(`[A-Za-z'-]{2,} [A-Za-z'-]{2,} [A-Za-z'-]{2,}`)
	lines := 0
	for _, s := range all {
		readers := map[string]*explain.Reader{}
		s.Follow = func(take string, e trace.Event) {
			if readers[take] == nil {
				readers[take] = explain.NewReader(cause.Chinese)
			}
			readers[take].Add(e)
		}
		s.Language = cause.Chinese
		var out bytes.Buffer
		synctest.Test(t, func(t *testing.T) { require.NoError(t, s.Run(&out)) })
		for take, r := range readers {
			text := r.Explanation().String()
			if scenario.Fails(take) {
				assert.Contains(t, out.String(), strings.Split(text, "\n")[0], "%s, %s", s.Name, take)
			}
			for line := range strings.Lines(text) {
				lines++
				assert.NotRegexp(t, english, names.ReplaceAllString(line, ""), "%s, %s", s.Name, take)
			}
		}
	}
	assert.Greater(t, lines, 300)
}

// Title, note and takes of each scenario are there in both languages, with the same numbers, codes and names of functions; no word
// of the Chinese ones is English but for those of the SDK, of TLS and of networks, and a run shows them.
func TestChineseTitles(t *testing.T) {
	all, err := scenario.Library()
	require.NoError(t, err)
	facts := regexp.MustCompile(`-?0x\w+|-?\d[\d.,]*\d|-?\d|\w+_\w+`)
	kept := regexp.MustCompile(`\b(alert|need_bytes|espconn_\w+|bad_record_mac|ca_enable|connect|reconnect|accept|hold|init|profile|station|soft-AP|` +
		`keepalive|smartconfig|flash|over TLS|Arduino core|KB|ms|s)\b`)
	english := regexp.MustCompile(`\b[a-z]+\b`)
	for _, s := range all {
		texts := [][2]string{{s.Title, s.TitleIn(cause.Chinese)}, {s.Note, s.NoteIn(cause.Chinese)}}
		for i := range s.Takes {
			texts = append(texts, [2]string{s.Takes[i].Name, s.Takes[i].NameIn(cause.Chinese)})
			assert.Equal(t, s.Takes[i].Fails(), strings.HasPrefix(s.Takes[i].NameIn(cause.Chinese), "失败："), s.Name)
		}
		var out bytes.Buffer
		s.Language = cause.Chinese
		synctest.Test(t, func(t *testing.T) { require.NoError(t, s.Run(&out)) })
		for _, text := range texts {
			assert.ElementsMatch(t, facts.FindAllString(text[0], -1), facts.FindAllString(text[1], -1), "%s: %q", s.Name, text)
			assert.NotRegexp(t, english, kept.ReplaceAllString(text[1], ""), s.Name)
			if text[0] != text[1] { // a line of a log is in both what it is
				assert.Regexp(t, `\p{Han}`, text[1], s.Name)
				assert.NotContains(t, "\n"+out.String(), "\n"+text[0]+"\n", s.Name)
			}
			assert.Contains(t, out.String(), text[1], s.Name)
		}
	}
}
