package explain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
)

// What is short at the first connection is too little; what was there when the first one began was taken since, and is looked for.
func TestFallingHeap(t *testing.T) {
	boot := trace.Event{Source: trace.SourceDevice, Kind: trace.KindBoot, Name: "SDK306", Text: "dev-7", Limit: 40000}
	free := func(n int64) trace.Event { // is what is free after it
		return trace.Event{Source: trace.SourceHeap, Kind: trace.KindAlloc, Name: "os_malloc", Value: 8, Limit: n}
	}
	connects := func(conn string) []trace.Event {
		return []trace.Event{
			{Source: trace.SourceAPI, Kind: trace.KindCall, Conn: conn, Name: "espconn_secure_connect", Text: conn},
			{Source: trace.SourceAPI, Kind: trace.KindReturn, Conn: conn, Name: "espconn_secure_connect", Text: "0"},
		}
	}
	works := func(n int64) []trace.Event {
		return append(append([]trace.Event{free(n)}, connects("espconn 1")...),
			trace.Event{Source: trace.SourceCallback, Kind: trace.KindConnect, Conn: "espconn 1"},
			trace.Event{Source: trace.SourceCallback, Kind: trace.KindDisconnect, Conn: "espconn 1"})
	}
	fails := func(n, asked, left int64, id cause.ID) []trace.Event {
		return append(append([]trace.Event{free(n)}, connects("espconn 2")...),
			trace.Event{Source: trace.SourceHeap, Kind: trace.KindCause, Name: string(id), Text: "rsa public", Value: asked, Limit: left},
			trace.Event{Source: trace.SourceHeap, Kind: trace.KindFailed, Name: "rsa public", Value: asked, Limit: left},
			trace.Event{Source: trace.SourceTLS, Kind: trace.KindEnded, Conn: "espconn 2", Name: "-0x4290", Code: -0x4290, Status: 46},
			trace.Event{Source: trace.SourceCallback, Kind: trace.KindReconnect, Conn: "espconn 2", Value: 46})
	}
	short := func(left int64) []trace.Event { return fails(15000, 544, left, cause.Heap) }
	ordered := fails(15000, 544, 9000, cause.HeapOrdered)
	const leak = "find what is taken and not given back"
	for name, row := range map[string]struct {
		events       [][]trace.Event
		began, first uint32
		leak         bool
	}{
		"too little from the first on": {[][]trace.Event{short(48)}, 15000, 15000, false},
		"it fell":                      {[][]trace.Event{works(30000), works(22000), short(48)}, 15000, 30000, true},
		"by less than was missing":     {[][]trace.Event{works(15400), short(48)}, 15000, 15400, false},
		"by just what was missing":     {[][]trace.Event{works(15496), short(48)}, 15000, 15496, true},
		"there, but not in one piece":  {[][]trace.Event{works(15544), short(700)}, 15000, 15544, true},
		"it grew":                      {[][]trace.Event{works(14000), short(48)}, 15000, 14000, false},
		"a test lets it fail":          {[][]trace.Event{works(30000), ordered}, 15000, 30000, false},
		"beside another":               {[][]trace.Event{works(30000), connects("espconn 3"), short(48)}, 0, 0, false},
		"another boot":                 {[][]trace.Event{works(30000), {boot}, short(48)}, 15000, 15000, false},
	} {
		t.Run(name, func(t *testing.T) {
			events := []trace.Event{boot}
			for _, e := range row.events {
				events = append(events, e...)
			}
			for i := range events {
				events[i].Seq, events[i].At = uint64(i+1), time.Duration(i)*time.Millisecond
			}
			x := explain.Explain(events, cause.English)
			assert.Equal(t, "espconn 2", x.About)
			assert.Equal(t, row.began, x.HeapBegan)
			assert.Equal(t, row.first, x.HeapFirst)
			if text := x.String(); row.leak {
				assert.Contains(t, x.Change[0], leak)
				assert.Contains(t, text, "when the first one did")
			} else {
				assert.NotContains(t, text, leak)
			}
			assert.Contains(t, x.String(), "no memory for rsa public")
		})
	}
}
