package trace_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/trace"
)

func uartLine(text string) trace.Event {
	return trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: text}
}

func numbers(events []trace.Event) (out []uint64) {
	for _, e := range events {
		out = append(out, e.Seq)
	}
	return out
}

// The ring holds the newest events in order, and the boot before them once it has fallen out.
func TestRing(t *testing.T) {
	tr := trace.New(3, time.Now())
	assert.Empty(t, tr.Events())
	tr.Add(uartLine("early"))
	tr.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindBoot, Name: "SDK306"})
	tr.Add(uartLine("a"))
	assert.Equal(t, []uint64{1, 2, 3}, numbers(tr.Events()))
	tr.Add(uartLine("b"))
	assert.Equal(t, []uint64{2, 3, 4}, numbers(tr.Events()))
	for range 7 {
		tr.Add(uartLine("c"))
	}
	assert.Equal(t, []uint64{2, 9, 10, 11}, numbers(tr.Events()))
	assert.Equal(t, "SDK306", tr.Events()[0].Name)
}

// Nobody looks: events are neither kept nor counted, until somebody follows or waits for one.
func TestOff(t *testing.T) {
	tr := trace.New(-1, time.Now())
	assert.False(t, tr.Wanted())
	tr.Add(uartLine("unheard"))
	var got []string
	tr.Follow(func(e trace.Event) { got = append(got, e.Text) })
	assert.True(t, tr.Wanted())
	tr.Add(uartLine("heard"))
	tr.Follow(nil)
	assert.False(t, tr.Wanted())
	tr.When(func(e trace.Event) bool { return e.Text == "b" }, func() { got = append(got, "ordered") })
	assert.True(t, tr.Wanted())
	tr.Add(uartLine("a"))
	tr.Add(uartLine("b"))
	tr.Add(uartLine("b"))
	assert.False(t, tr.Wanted())
	assert.Equal(t, []string{"heard", "ordered"}, got)
	assert.Empty(t, tr.Events())
	_, err := tr.WaitEvent(t.Context(), func(trace.Event) bool { return true })
	assert.ErrorIs(t, err, trace.ErrOff)
}

// Waiting finds what was and what comes, from the event on that it is told.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := trace.New(10, time.Now())
		time.Sleep(time.Second)
		tr.Add(trace.Event{Source: trace.SourceLog, Kind: trace.KindLine, Text: "tick 0"})
		tr.Add(uartLine("tick 1"))
		go func() {
			time.Sleep(time.Second)
			tr.Add(uartLine("tick 2"))
			time.Sleep(time.Second)
			tr.Close()
		}()
		first, err := tr.WaitLine(t.Context(), 0, "tick")
		require.NoError(t, err)
		assert.Equal(t, "tick 1", first.Text)
		assert.Equal(t, time.Second, first.At)
		again, err := tr.WaitLine(t.Context(), 0, "tick")
		require.NoError(t, err)
		assert.Equal(t, first, again)
		second, err := tr.WaitLine(t.Context(), first.Seq, "tick")
		require.NoError(t, err)
		assert.Equal(t, "tick 2", second.Text)
		assert.Equal(t, 2*time.Second, tr.Elapsed())

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = tr.WaitLine(ctx, second.Seq, "tick")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = tr.WaitLine(t.Context(), second.Seq+100, "tick")
		assert.ErrorIs(t, err, trace.ErrClosed)
		assert.ErrorContains(t, err, `no line with "tick"`)
	})
}

// A trace gives back what it was given: each field alone, any mixture, texts of any length; and always the newest.
func TestKeepsWhatItGot(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	typ := reflect.TypeFor[trace.Event]()
	for _, limit := range []int{1, 2, 7, 100, 3000} {
		tr, given := trace.New(limit, time.Now()), []trace.Event{}
		tr.Follow(func(e trace.Event) { given = append(given, e) })
		checked := 0
		check := func() {
			kept := tr.Events()
			if len(kept) > 0 && kept[0].Kind == trace.KindBoot && len(kept) > min(len(given), limit) {
				kept = kept[1:]
			}
			require.Equal(t, given[max(0, len(given)-limit):], kept)
			checked++
		}
		for i := range typ.NumField() {
			var e trace.Event
			fill(r, reflect.ValueOf(&e).Elem().Field(i))
			tr.Add(e)
			check()
		}
		for range 4000 {
			var e trace.Event
			for i := range typ.NumField() {
				if r.IntN(4) == 0 {
					fill(r, reflect.ValueOf(&e).Elem().Field(i))
				}
			}
			if r.IntN(100) == 0 {
				e.Text = strings.Repeat("x", r.IntN(40_000))
			}
			tr.Add(e)
			if r.IntN(200) == 0 {
				check()
			}
		}
		assert.Greater(t, checked, typ.NumField())
	}
}

// Who waits sees each event once and in order, even if the trace loses them faster than it looks.
func TestWaitersReadOn(t *testing.T) {
	tr, last := trace.New(5, time.Now()), uint64(0)
	for range 20 {
		tr.Add(uartLine("early"))
	}
	seen := make(chan error)
	go func() {
		_, err := tr.WaitEvent(t.Context(), func(e trace.Event) bool {
			assert.Greater(t, e.Seq, last)
			last = e.Seq
			return e.Text == "end"
		})
		seen <- err
	}()
	for n := range 3000 {
		tr.Add(uartLine(strings.Repeat("line ", n%200)))
	}
	tr.Add(uartLine("end"))
	require.NoError(t, <-seen)
	assert.EqualValues(t, 3021, last)
}

// What an event takes of the memory: the default trace of ten thousand devices has to fit.
func TestEventsAreSmall(t *testing.T) {
	const count = 10_000
	before := heapInUse()
	tr := trace.New(trace.DefaultLimit, time.Now())
	for n := range count {
		tr.Add(trace.Event{Source: trace.SourceHeap, Kind: trace.KindAlloc, Name: "tcp_seg", Value: 104, Limit: int64(32000 + n)})
	}
	each := float64(heapInUse()-before) / count
	assert.Less(t, each, 32., "bytes")
	assert.Len(t, tr.Events(), count)
}

// Long texts, as of firmware that prints without an end of line, are bounded by their bytes: the newest stay.
func TestLongEventsAreBounded(t *testing.T) {
	before := heapInUse()
	tr, text := trace.New(trace.DefaultLimit, time.Now()), strings.Repeat("x", 4000)
	const count = 30_000
	for n := range count {
		tr.Add(trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: text, Value: int64(n)})
	}
	assert.Less(t, heapInUse()-before, int64(80<<20), "of 120 MB")
	events := tr.Events()
	require.Greater(t, len(events), 10_000)
	assert.Equal(t, uint64(count-len(events)+1), events[0].Seq)
	assert.Equal(t, int64(count-1), events[len(events)-1].Value)
}

func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkAdd(b *testing.B) {
	tr := trace.New(trace.DefaultLimit, time.Now())
	e := trace.Event{Source: trace.SourceHeap, Kind: trace.KindAlloc, Name: "tcp_seg", Value: 104, Limit: 32000}
	b.ReportAllocs()
	for b.Loop() {
		tr.Add(e)
	}
}
