package decode

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// zeros is a file without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A log may be of any length, and so may its lines: what was left out is said, and what comes last is read.
func TestHugeLogs(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	for _, log := range []string{
		"client handshake start.\n" + long + "\nReason:[-0x7200]\n",
		long + "\nclient handshake start.\nReason:[-0x7200]",
		"client handshake start.\nReason:[-0x7200] " + long,
	} {
		l, err := ReadLog(strings.NewReader(log), "", cause.English)
		require.NoError(t, err)
		assert.Contains(t, strings.Join(l.Summary, "\n"), "The last reason is -0x7200.")
		assert.Contains(t, strings.Join(l.Summary, "\n"), "Lines longer than 4096 bytes: 1;")
		for _, line := range l.Lines {
			assert.LessOrEqual(t, len(line.Text), TextMax)
		}
	}
	l, err := ReadLog(strings.NewReader(strings.Repeat("Error: invalid mac\n",
		LinesMax+5)+"rst cause:2\nclient handshake failed\nError: no cipher\n"), "", cause.English)
	require.NoError(t, err)
	assert.Len(t, l.Lines, LinesMax)
	assert.Equal(t, "Error: invalid mac", l.First.Name)
	assert.Equal(t, LinesMax+5, l.First.Times)
	assert.Equal(t, "Error: no cipher", l.Last.Name)
	assert.Contains(t, strings.Join(l.Summary, "\n"), "8 more lines say something; the first 10000 are explained.")
	assert.Contains(t, strings.Join(l.Summary, "\n"), "restarted once")
	l, err = ReadLog(io.MultiReader(strings.NewReader("client handshake ok!\n"), zeros{}), "", cause.English)
	require.NoError(t, err)
	assert.Contains(t, strings.Join(l.Summary, "\n"), "what comes behind was not read")
}

// However often a code comes, its meaning is kept and told once; boots and their steps have bounds.
func TestLongLogsStaySmall(t *testing.T) {
	var log bytes.Buffer
	for range 3 * BootsMax {
		log.WriteString(" ets Jan  8 2013,rst cause:2, boot mode:(3,6)\n")
		for range StepsMax {
			log.WriteString("client handshake start.\nclient handshake failed!\nReason:[-0x7200]\nclient handshake failed!\n" +
				"Reason:[-0x7780]\n")
		}
	}
	l, err := ReadLog(&log, "", cause.English)
	require.NoError(t, err)
	assert.Len(t, l.Meanings, 2)
	assert.Equal(t, 2, strings.Count(l.String(), "     remedy: "))
	assert.Len(t, l.Boots, BootsMax)
	for _, b := range l.Boots {
		assert.LessOrEqual(t, len(b.Steps), StepsMax)
	}
	assert.Equal(t, 60*3*BootsMax, l.First.Times)
	assert.Equal(t, 3*BootsMax-1, l.Restarts)
	assert.Contains(t, strings.Join(l.Summary, "\n"), "boots are not told one by one")
}

// A log is bytes from a serial line: anything may come, in both languages, and what is told is bounded by what came.
func FuzzReadLog(f *testing.F) {
	for _, seed := range []string{"client handshake start.\nReason:[-0x7200]\n", "E:M 99999999999999999999\n46\n",
		"heap_size 1 2\r\n", "Error: \n", "type[x],length[65535]\n", "espconn_mbedtls.c 1, type[x],length[65535]\n",
		"espconn_send err: -99999\n",
		"Reason:[-0xffffffffffffffffffff]", "\x00\xff", strings.Repeat("x", LineMax+1),
		"Fatal exception (0):\nepc1=0x4000dce5, excvaddr=0xfffff\n",
		"rst cause:4, boot mode:(1,6)\nwdt reset\n", "state: 5 -> 2 (2c0)\n", "SDK ver: 99999999999.2.1\n", "TCP: Reconnect [error -3]\n",
		"reason 201 wifi\n", "jump to run user2 @ 81000\nerror magic!\n", "exccause=2 epc1=", "mqtt rc=5",
		"before 1, tv_sec 2, after 3\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		lines := bytes.Count(log, []byte("\n")) + 1
		var last *Log
		for _, lang := range cause.Languages() {
			l, err := ReadLog(bytes.NewReader(log), "", lang)
			if err != nil {
				return
			}
			if strings.Contains(l.String(), "%!") && !bytes.Contains(log, []byte("%!")) {
				t.Fatalf("a text with a wrong value: %s", l)
			}
			if len(l.Lines) > lines || len(l.Boots) > lines {
				t.Fatalf("%d lines give %d and %d boots", lines, len(l.Lines), len(l.Boots))
			}
			if (l.First == nil) != (l.Last == nil) {
				t.Fatalf("first %v, last %v", l.First, l.Last)
			}
			if last != nil && (len(last.Lines) != len(l.Lines) || last.Profile.Name != l.Profile.Name) {
				t.Fatal("the languages differ")
			}
			last = l
		}
	})
}
