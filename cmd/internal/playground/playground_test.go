package playground

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/testpki"
)

// TestLibrary: the lessons and scenarios are there, each lesson in its parts, and each script plays.
func TestLibrary(t *testing.T) {
	l := Do(Request{Verb: "library"}, nil).Lists
	require.Len(t, l.Lessons, 8)
	require.Greater(t, len(l.Scenarios), 40)
	for _, x := range l.Lessons {
		assert.NotEmpty(t, x.Title)
		assert.NotContains(t, x.Page, "```scenario")
		assert.NotContains(t, x.Page, "```output")
		a := Do(Request{Verb: "scenario", Name: x.Name, Text: x.Script}, nil)
		assert.False(t, a.Failed, "%s: %s", x.Name, a.Text)
		assert.Contains(t, a.Page, "<svg", x.Name)
	}
}

// TestAnswers: each verb says what the command says, and what cannot be done is told.
func TestAnswers(t *testing.T) {
	for _, tc := range []struct {
		q      Request
		failed bool
		text   string
	}{
		{Request{Verb: "fly"}, true, `there is no verb "fly"`},
		{Request{Verb: "decode", Text: "-114"}, false, "reconnect"},
		{Request{Verb: "decode", Text: "client handshake failed!\nReason:[-0x7200]\n"}, false, "espconn_secure_set_size"},
		{Request{Verb: "decode", Text: "client handshake failed!\nReason:[-0x7200]\n", Language: "zh"}, false, "缓存"},
		{Request{Verb: "decode", Text: " "}, true, ""},
		{Request{Verb: "decode", Text: "-114", Profile: "SDK9"}, true, "SDK9"},
		{Request{Verb: "check", Name: "6-buffer", Text: "peer tls message=5000\nset_size 1 6000\nconnect\n"}, false, "50 %"},
		{Request{Verb: "check", Name: "6-buffer", Text: "connect\n"}, true, "must stay"},
		{Request{Verb: "check", Name: "9"}, true, "there is no"},
		{Request{Verb: "scenario", Text: "-- a --\nconect\n"}, true, "connect"},
		{Request{Verb: "scenario", Text: "nothing"}, true, "there is no take"},
		{Request{Verb: "report", Data: []byte("{")}, true, "line 1"},
		{Request{Verb: "report"}, true, "no event"},
		{Request{Verb: "chain", Text: "nothing"}, true, ""},
		{Request{Verb: "run", Data: []byte("nothing")}, true, ""},
		{Request{Verb: "run", Data: []byte("\x7fELF")}, true, ""},
		{Request{Verb: "run", Seconds: -1}, true, "give 1 to"},
	} {
		a := Do(tc.q, nil)
		assert.Equal(t, tc.failed, a.Failed, "%v: %s", tc.q.Verb, a.Text)
		assert.Contains(t, a.Text, tc.text)
		assert.NotEmpty(t, a.Text)
		_, err := json.Marshal(a)
		require.NoError(t, err)
	}
}

// TestChain: a chain's verdict, and how far the work is.
func TestChain(t *testing.T) {
	leaf := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: 900})
	var said []string
	a := Do(Request{Verb: "chain", Text: string(testpki.PEM(leaf.Chain()...)), Profile: "ManualV21", Name: "chain.pem"},
		func(s string) { said = append(said, s) })
	require.False(t, a.Failed, a.Text)
	assert.Contains(t, a.Text, "an ESP8266 can connect")
	assert.Contains(t, a.Page, "<html")
	assert.Contains(t, strings.Join(said, ""), "handshakes\r")
}

// TestRun: firmware prints while it runs, and its report has its frames.
func TestRun(t *testing.T) {
	image, err := os.ReadFile("../../../testdata/firmware/hello-tls-2048.wasm")
	require.NoError(t, err)
	var said strings.Builder
	a := Do(Request{Verb: "run", Data: image, Name: "hello.wasm"}, func(s string) { said.WriteString(s) })
	require.False(t, a.Failed, a.Text)
	assert.NotEmpty(t, said.String())
	assert.Contains(t, a.Page, "capture.pcapng")
	script := "-- own --\npeer tls\nwait 20s\n"
	a = Do(Request{Verb: "scenario", Data: image, Name: "hello", Text: script}, nil)
	assert.False(t, a.Failed, a.Text)
}

// TestPins: a run tells what the pads did; a press of a button is there at its time, and the firmware sees it.
func TestPins(t *testing.T) {
	image, err := os.ReadFile("../../../testdata/firmware/pins.wasm")
	require.NoError(t, err)
	run := func(presses ...Press) (Answer, string) {
		var said strings.Builder
		a := Do(Request{Verb: "run", Data: image, Name: "pins.wasm", Seconds: 5, Presses: presses}, func(s string) { said.WriteString(s) })
		return a, said.String()
	}
	pin := func(a Answer, number int) (p Pin) {
		for _, p := range a.Pins {
			if p.Number == number {
				return p
			}
		}
		return p
	}
	a, said := run()
	require.False(t, a.Failed, a.Text)
	assert.NotContains(t, said, "key short")
	assert.True(t, pin(a, 5).Output)
	assert.Greater(t, len(pin(a, 5).Changes), 4, "the LED blinks")

	a, said = run(Press{Pin: 0, Ms: 2000, For: 100})
	require.False(t, a.Failed, a.Text)
	assert.Equal(t, 1, strings.Count(said, "key short"))
	assert.False(t, pin(a, 0).Output)
	assert.Contains(t, pin(a, 0).Changes, Change{2000, false})
	assert.Contains(t, pin(a, 0).Changes, Change{2100, true})

	for _, p := range []Press{
		{Pin: 17, Ms: 1, For: 1}, {Pin: -1, Ms: 1, For: 1}, {Pin: 4, Ms: 5000, For: 1}, {Pin: 4, Ms: 1}, {Pin: 4, Ms: -1, For: 9},
	} {
		a, _ = run(p)
		assert.True(t, a.Failed)
		assert.Contains(t, a.Text, "a press of GPIO")
	}
	a, _ = run(make([]Press, pressesMax+1)...)
	assert.Contains(t, a.Text, "at most 100")
}

// solved are changes that make the lessons in C come true: old and new text by turns.
var solved = map[string][]string{
	"3-client": {
		"\tfor (;;) {\n\t\tos_printf(\"hello\\n\");\n\t\twait_a_second();\n\t}\n", "\tos_printf(\"hello\\n\");\n",
		"arm(&timer, 1000, 0)", "arm(&timer, 1000, 1)",
	},
	"6-buffer": {"#define TLS_SIZE 2048", "#define TLS_SIZE 3000"},
	"7-heap":   {"#define LATER 32000", "#define LATER 3200"},
	"8-callbacks": {
		"static esp_tcp tcp;\n", "static esp_tcp tcp;\nstatic os_event_t queue[1];\n\n" +
			"static void leave(os_event_t *e)\n{\n\tespconn_secure_disconnect(&conn);\n}\n",
		"len);\n\tespconn_secure_disconnect(&conn);", "len);\n\tsystem_os_post(USER_TASK_PRIO_0, 0, 0);",
		"\twifi_set", "\tsystem_os_task(leave, USER_TASK_PRIO_0, queue, 1);\n\twifi_set",
	},
}

// TestC: each lesson in C fails as it stands, with a place in it where the device can tell one, and comes true when it is repaired; the
// repair that is offered is one.
func TestC(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		l := Do(Request{Verb: "library", Language: language}, nil).Lists
		require.Len(t, l.InC, len(solved))
		for _, x := range l.InC {
			assert.NotEmpty(t, x.Task)
			a := Do(Request{Verb: "c", Name: x.Name, Text: x.Script, Language: language}, nil)
			require.False(t, a.Failed, a.Text)
			assert.NotContains(t, a.Text, "100 %", x.Name)
			assert.Contains(t, a.Page, "<svg", x.Name)
			if x.Name == "6-buffer" {
				require.NotNil(t, a.Repair)
				assert.Equal(t, "TLS_SIZE", a.Repair.Old)
				assert.Contains(t, a.Repair.Source, "espconn_secure_set_size(ESPCONN_CLIENT, 3000);")
			} else {
				assert.NotEmpty(t, a.Places, x.Name)
			}
		}
	}
	needTools(t)
	dir := t.TempDir()
	compiler := &Compiler{Dir: filepath.Join(dir, "firmware"), Cache: filepath.Join(dir, "cache")}
	require.NoError(t, compiler.Warm())
	shared := func() []string {
		objects, err := filepath.Glob(filepath.Join(dir, "cache", "runtime-*.o"))
		require.NoError(t, err)
		return objects
	}
	warm := shared()
	assert.NotEmpty(t, warm)
	images, err := filepath.Glob(filepath.Join(dir, "cache", "image-*"))
	require.NoError(t, err)
	assert.Len(t, images, warmBuilds, "each build is one of its own")
	l := Do(Request{Verb: "library"}, nil).Lists
	for _, x := range l.InC {
		changed := strings.NewReplacer(solved[x.Name]...).Replace(x.Script)
		a := Do(Request{Verb: "c", Name: x.Name, Text: changed, Compiler: compiler}, nil)
		require.False(t, a.Failed, a.Text)
		assert.Contains(t, a.Text, "100 %", x.Name)
		assert.Nil(t, a.Repair)
	}
	assert.Equal(t, warm, shared(), "no build makes what all firmware shares again")
	const wrong = "#include \"osapi.h\"\n\nvoid user_init(void)\n{\n\tint x = ;\n}\n"
	a := Do(Request{Verb: "c", Name: "6-buffer", Text: wrong, Compiler: compiler}, nil)
	assert.True(t, a.Failed)
	assert.Equal(t, []Place{{5, "error: expected expression"}}, a.Places)
	a = Do(Request{Verb: "c", Name: "6-buffer", Text: "int x;\n", Compiler: compiler}, nil)
	assert.True(t, a.Failed)
	assert.Contains(t, a.Text, "user_init")
	a = Do(Request{Verb: "c", Name: "9"}, nil)
	assert.True(t, a.Failed)
}

// needTools skips a test that compiles C; in CI that is a failure.
func needTools(t *testing.T) {
	for _, tool := range []string{"clang", "wasm-ld"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: .ci/run installs it", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
}

// TestChineseScenarios: the page's list of scenarios, a run's text and the report's title are Chinese.
func TestChineseScenarios(t *testing.T) {
	english := Do(Request{Verb: "library"}, nil).Lists.Scenarios
	chinese := Do(Request{Verb: "library", Language: "zh"}, nil).Lists.Scenarios
	require.Len(t, chinese, len(english))
	for i, s := range chinese {
		if s.Name == "need-bytes" { // a line of axTLS's log
			continue
		}
		assert.Regexp(t, `\p{Han}`, s.Title, s.Name)
		if s.Name == "big-chain" {
			a := Do(Request{Verb: "scenario", Name: s.Name, Text: s.Script, Language: "zh"}, nil)
			require.False(t, a.Failed, a.Text)
			for _, text := range []string{a.Text, a.Page} {
				assert.Contains(t, text, s.Title)
				assert.NotContains(t, text, english[i].Title)
				assert.NotContains(t, text, "fails: ")
			}
		}
	}
}

// TestFindingInVerdict: where a connection works and a check found something, the report's verdict says what.
func TestFindingInVerdict(t *testing.T) {
	var script string
	for _, s := range Do(Request{Verb: "library"}, nil).Lists.Scenarios {
		if s.Name == "hold-on-tls" {
			script = s.Script
		}
	}
	a := Do(Request{Verb: "scenario", Name: "hold-on-tls", Text: script}, nil)
	require.False(t, a.Failed, a.Text)
	assert.Contains(t, a.Page, "<strong>espconn_recv_hold on an espconn that is a secure client</strong>")
}

// TestTitleOfLessonInC: the report of a lesson in C bears its title, in the page's language.
func TestTitleOfLessonInC(t *testing.T) {
	for language, want := range map[string]string{
		"en": "<title>Flight report: Buffer: why does the handshake fail?</title>", "zh": "<title>运行报告：缓存：握手为什么失败？</title>",
	} {
		for _, x := range Do(Request{Verb: "library", Language: language}, nil).Lists.InC {
			if x.Name == "6-buffer" {
				a := Do(Request{Verb: "c", Name: x.Name, Text: x.Script, Language: language}, nil)
				require.False(t, a.Failed, a.Text)
				assert.Contains(t, a.Page, want)
			}
		}
	}
}
