package playground

import (
	"encoding/json"
	"os"
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
		{Request{Verb: "decode", Text: "client handshake failed!\nReason:[-0x7200]\n", Language: "zh"}, false, "缓冲区"},
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
