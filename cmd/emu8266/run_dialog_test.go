package main

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseDialog(t *testing.T) {
	steps,
		err := parseDialog("# comment\n\nwait login:\nsend root\\r\\n\n  send \"quoted \\x41\"  \nwait say " +
		"\"hi\"\n#pause 1s\npause 500ms\n")
	require.NoError(t, err)
	assert.Equal(t, []step{
		{line: 3, wait: "login:"},
		{line: 4, send: []byte("root\r\n")},
		{line: 5, send: []byte("quoted A")},
		{line: 6, wait: `say "hi"`},
		{line: 8, pause: 500 * time.Millisecond},
	}, steps)
	for text, want := range map[string]string{
		"type x":       `line 1: "type" is none of wait, send, pause`,
		"wait":         "line 1: wait what?",
		"send ":        "line 1: send what?",
		"\npause soon": "line 2: time: invalid duration",
		"pause -1s":    "line 1: pause what?",
		`send \q`:      "not a text: use",
	} {
		_, err := parseDialog(text)
		assert.ErrorContains(t, err, want, text)
	}
}

// typed is a terminal line that notes what is typed, and when.
type typed struct {
	start time.Time
	log   []string
	fail  error
}

func (w *typed) Write(p []byte) (int, error) {
	if len(p) > 0 {
		w.log = append(w.log, time.Since(w.start).String()+" "+string(p))
	}
	return len(p), w.fail
}

// A dialog waits for each text behind the one before, wherever it is cut, and tells where it stopped.
func TestDialog(t *testing.T) {
	steps, err := parseDialog("wait login:\nsend root\npause 2s\nsend again\nwait login:\nsend end")
	require.NoError(t, err)
	for _, tc := range []struct {
		name   string
		prints []string // a second apart
		typed  []string
		left   int // line, 0: none
	}{
		{"to the end", []string{"lo", "gin: login:"}, []string{"2s root", "4s again", "4s end"}, 0},
		{"a text once", []string{"login:", "no", "more"}, []string{"1s root", "3s again"}, 5},
		{"nothing", nil, nil, 1},
		{"much before", []string{string(make([]byte, unseenMax)), "login:"}, []string{"2s root", "4s again"}, 5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDialog(steps)
				w := &typed{start: time.Now()}
				go d.play(w)
				for _, text := range tc.prints {
					time.Sleep(time.Second)
					_, err := d.Write([]byte(text))
					require.NoError(t, err)
				}
				time.Sleep(time.Minute)
				left := d.stop()
				<-d.done
				assert.Equal(t, tc.typed, w.log)
				if tc.left == 0 {
					assert.Nil(t, left)
				} else if assert.NotNil(t, left) {
					assert.Equal(t, tc.left, left.line)
					assert.Equal(t, `wait "login:"`, left.String())
				}
				n, err := d.Write([]byte("after the end"))
				assert.Equal(t, 13, n)
				assert.NoError(t, err)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		d := newDialog([]step{{send: []byte("x")}, {send: []byte("y")}})
		w := &typed{start: time.Now(), fail: errors.New("closed")}
		d.play(w)
		assert.Len(t, w.log, 1, "a closed line ends the dialog")
		assert.Equal(t, `send "x"`, d.stop().String())
	})
}

func TestRunWatch(t *testing.T) {
	var out bytes.Buffer
	w := newRunWatch(&out, []string{"ab", "cd"}, []string{"no"})
	for _, p := range []string{"a", "b c", "d"} {
		_, err := w.Write([]byte(p))
		require.NoError(t, err)
	}
	select {
	case <-w.done:
	default:
		t.Fatal("all texts were printed")
	}
	w.finish(endHalt) // too late
	why, missing, failed := w.result()
	assert.Equal(t, endExpected, why)
	assert.Empty(t, missing)
	assert.Empty(t, failed)
	assert.Equal(t, "ab cd", out.String())
}
