package compare_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// events makes events of lines "SECONDS WORD...": an event of each kind that the words name.
func events(t *testing.T, lines ...string) (list []trace.Event) {
	t.Helper()
	kinds := map[string]trace.Event{
		"call":    {Source: trace.SourceAPI, Kind: trace.KindCall},
		"return":  {Source: trace.SourceAPI, Kind: trace.KindReturn},
		"state":   {Source: trace.SourceAPI, Kind: trace.KindState},
		"recv":    {Source: trace.SourceCallback, Kind: trace.KindRecv},
		"sent":    {Source: trace.SourceCallback, Kind: trace.KindSent},
		"print":   {Source: trace.SourceUART, Kind: trace.KindLine},
		"log":     {Source: trace.SourceLog, Kind: trace.KindLine},
		"alloc":   {Source: trace.SourceHeap, Kind: trace.KindAlloc},
		"tlsheap": {Source: trace.SourceTLS, Kind: trace.KindHeap},
		"record":  {Source: trace.SourceTLS, Kind: trace.KindRecord},
		"failure": {Source: trace.SourceTLS, Kind: trace.KindFailure},
		"erase":   {Source: trace.SourceFlash, Kind: trace.KindErase},
		"wifi":    {Source: trace.SourceWiFi, Kind: trace.KindEvent},
		"pin":     {Source: trace.SourcePin, Kind: trace.KindOutput},
		"arp":     {Source: trace.SourceNet, Kind: trace.KindARP},
		"boot":    {Source: trace.SourceDevice, Kind: trace.KindBoot},
		"rule":    {Source: trace.SourceFinding, Kind: trace.KindFinding},
		"cause":   {Source: trace.SourceNet, Kind: trace.KindCause},
	}
	for n, l := range lines {
		var at float64
		var kind string
		_, err := fmt.Sscan(l, &at, &kind)
		require.NoError(t, err, l)
		e, ok := kinds[kind]
		require.True(t, ok, l)
		e.Seq, e.At = uint64(n+1), time.Duration(math.Round(at*1e6))*time.Microsecond
		e.Text = strings.Join(strings.Fields(l)[2:], " ")
		list = append(list, e)
	}
	return list
}

func TestEqual(t *testing.T) {
	a := events(t, "0 boot", "1 call connect", "1 return 0", "2 recv")
	b := events(t, "0 boot", "1 call connect", "1 return 0", "2 recv")
	b[0].Name, b[1].Where, b[3].Seq = "SDK301", "main.c:7", 99 // what a user chose, where in the source, how it is numbered
	r := compare.Compare(compare.Side{Events: a}, compare.Side{Events: b}, compare.Options{})
	assert.True(t, r.Equal(), r)
	assert.Equal(t, 4, r.Events)
	assert.True(t, compare.Compare(compare.Side{}, compare.Side{}, compare.Options{}).Equal())
}

// The first difference, by its kind.
func TestAspects(t *testing.T) {
	before := []string{"0 boot", "1 call connect"}
	after := []string{"3 print x", "3 print y", "3 print z"}
	for _, test := range []struct {
		a, b []string
		want compare.Aspect
		text string
	}{
		{[]string{"2 return 0"}, []string{"2 return -7"}, compare.Code, "other contents"},
		{[]string{"2 failure 1"}, []string{"2 failure 2"}, compare.Code, "other contents"},
		{[]string{"2 call send"}, []string{"2 call abort"}, compare.Call, "other contents"},
		{[]string{"2 recv"}, nil, compare.Callback, "only a has it"},
		{nil, []string{"2 sent"}, compare.Callback, "only b has it"},
		{[]string{"2 recv", "2 sent"}, []string{"2 sent", "2 recv"}, compare.Order, "another order"},
		{[]string{"2 recv"}, []string{"2.5 recv"}, compare.Time, "b comes 500ms later"},
		{[]string{"2.5 recv"}, []string{"2 recv"}, compare.Time, "b comes 500ms earlier"},
		{[]string{"2 alloc 8"}, []string{"2 alloc 16"}, compare.Heap, "other contents"},
		{[]string{"2 tlsheap 8"}, nil, compare.Heap, "only a"},
		{[]string{"2 print a"}, []string{"2 print b"}, compare.Line, "other contents"},
		{[]string{"2 log a"}, []string{"2 log b"}, compare.Line, "other contents"},
		{[]string{"2 record"}, nil, compare.TLS, "only a"},
		{[]string{"2 state"}, nil, compare.State, "only a"},
		{[]string{"2 arp"}, nil, compare.Net, "only a"},
		{[]string{"2 wifi"}, nil, compare.WiFi, "only a"},
		{[]string{"2 erase"}, nil, compare.Flash, "only a"},
		{[]string{"2 pin"}, nil, compare.Pin, "only a"},
		{[]string{"2 boot"}, nil, compare.Device, "only a"},
		{[]string{"2 rule"}, nil, compare.Finding, "only a"},
		{[]string{"2 cause"}, nil, compare.Cause, "only a"},
		{[]string{"2 print a", "2 recv"}, []string{"2 recv", "2 sent"}, compare.Line, "a has it before"},
		{[]string{"2 recv", "2 sent"}, []string{"2 print a", "2 recv"}, compare.Line, "b has it before"},
		{[]string{"2 recv"}, []string{"2 print a"}, compare.Callback, "each does something else"},
	} {
		whole := func(part []string) compare.Side {
			return compare.Side{Events: events(t, append(append(append([]string(nil), before...), part...), after...)...)}
		}
		r := compare.Compare(whole(test.a), whole(test.b), compare.Options{})
		if !assert.False(t, r.Equal(), "%v %v", test.a, test.b) {
			continue
		}
		d := r.Differences[0]
		assert.Equal(t, test.want, d.Aspect, "%v %v: %v", test.a, test.b, d)
		assert.Contains(t, d.Text, test.text, "%v %v", test.a, test.b)
		assert.Len(t, d.Before, 2, d)
		if test.want != compare.Time { // a shift is told once: what follows keeps it, or comes back
			assert.Len(t, r.Differences, 1, "%v %v: %v", test.a, test.b, r)
			assert.Equal(t, len(test.a), len(d.A))
			assert.Equal(t, len(test.b), len(d.B))
		}
		ignoring := compare.Options{Ignore: []compare.Aspect{test.want}}
		for _, d := range compare.Compare(whole(test.a), whole(test.b), ignoring).Differences {
			assert.NotEqual(t, test.want, d.Aspect, "ignored")
		}
		assert.False(t, r.Cut)
	}
}

func TestTolerance(t *testing.T) {
	a := compare.Side{Events: events(t, "1 recv", "2 sent", "3 recv")}
	b := compare.Side{Events: events(t, "1.001 recv", "2.002 sent", "3.5 recv")}
	r := compare.Compare(a, b, compare.Options{Tolerance: 2 * time.Millisecond})
	require.Len(t, r.Differences, 1)
	assert.Contains(t, r.Differences[0].Text, "498ms later")
	assert.Equal(t, 3, r.Events)
}

// Bounds: how many differences are told, and how far two sides may be apart.
func TestBounds(t *testing.T) {
	var a, b []trace.Event
	for i := range 300 {
		e := events(t, "1 print")[0]
		e.Text = fmt.Sprint(i)
		a = append(a, e)
		if i%10 == 5 {
			e.Text += "!"
		}
		b = append(b, e)
	}
	r := compare.Compare(compare.Side{Events: a}, compare.Side{Events: b}, compare.Options{Most: 7})
	assert.Len(t, r.Differences, 7)
	assert.True(t, r.Cut)
	r = compare.Compare(compare.Side{Events: a}, compare.Side{Events: b}, compare.Options{})
	assert.Len(t, r.Differences, 30)
	assert.False(t, r.Cut)
	assert.Equal(t, map[compare.Aspect]int{compare.Line: 30}, r.Counts())
	for i := range b {
		b[i].Text += "?"
	}
	r = compare.Compare(compare.Side{Events: a}, compare.Side{Events: b}, compare.Options{})
	require.Len(t, r.Differences, 1)
	assert.True(t, r.Cut, "they never come together")
	assert.Equal(t, "and 116 more", r.Differences[0].A[len(r.Differences[0].A)-1])
}

// Whatever two sides are: no difference between equal ones, one between others; the difference that is told first comes first;
// the sides may be exchanged.
func TestRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	words := []string{"recv", "sent", "print a", "print b", "alloc", "return 0", "return 1"}
	for range 500 {
		var lines []string
		for i := range r.IntN(40) {
			lines = append(lines, fmt.Sprintf("%d %s", i, words[r.IntN(len(words))]))
		}
		a := compare.Side{Events: events(t, lines...)}
		b := compare.Side{Events: append([]trace.Event(nil), a.Events...)}
		require.True(t, compare.Compare(a, b, compare.Options{}).Equal())
		at := 0
		if n := len(b.Events); n > 0 {
			at = r.IntN(n)
			b.Events[at].Text += "!"
		} else {
			b.Events = events(t, "0 recv")
		}
		one, other := compare.Compare(a, b, compare.Options{}), compare.Compare(b, a, compare.Options{})
		require.False(t, one.Equal())
		require.Len(t, one.Differences, 1)
		assert.Equal(t, time.Duration(at)*time.Second, one.Differences[0].At)
		require.Len(t, other.Differences, 1)
		assert.Equal(t, one.Differences[0].A, other.Differences[0].B)
		assert.Equal(t, one.Events, other.Events)
	}
}

func TestParseAspects(t *testing.T) {
	list, err := compare.ParseAspects("heap, Time")
	require.NoError(t, err)
	assert.Equal(t, []compare.Aspect{compare.Heap, compare.Time}, list)
	list, err = compare.ParseAspects("")
	require.NoError(t, err)
	assert.Empty(t, list)
	_, err = compare.ParseAspects("heap,weather")
	assert.ErrorContains(t, err, `"weather" is no part of a trace: call, code,`)
}

// The heap's free bytes are told when their difference changes, and not when a block explains it.
func TestHeapShift(t *testing.T) {
	block := func(kind trace.Kind, bytes, free int64) trace.Event {
		return trace.Event{Source: trace.SourceHeap, Kind: kind, Name: "block", Value: bytes, Limit: free}
	}
	a := []trace.Event{block(trace.KindAlloc, 16, 984), block(trace.KindAlloc, 8, 976), block(trace.KindAlloc, 32, 944),
		block(trace.KindFree, 8, 952), block(trace.KindFree, 32, 984)}
	b := []trace.Event{block(trace.KindAlloc, 16, 984), block(trace.KindAlloc, 24, 960), block(trace.KindAlloc, 32, 928),
		block(trace.KindFree, 8, 936), block(trace.KindFree, 32, 960)}
	r := compare.Compare(compare.Side{Events: a}, compare.Side{Events: b}, compare.Options{})
	require.Len(t, r.Differences, 2, r)
	assert.Equal(t, "other contents", r.Differences[0].Text)
	assert.Equal(t, "b has 24 bytes less free, 8 less than before", r.Differences[1].Text)
	noHeap := compare.Options{Ignore: []compare.Aspect{compare.Heap}}
	assert.True(t, compare.Compare(compare.Side{Events: a}, compare.Side{Events: b}, noHeap).Equal())
	boot := []trace.Event{{Source: trace.SourceDevice, Kind: trace.KindBoot, Limit: 1000}}
	bigger := []trace.Event{{Source: trace.SourceDevice, Kind: trace.KindBoot, Limit: 1008}}
	r = compare.Compare(compare.Side{Events: boot}, compare.Side{Events: bigger}, compare.Options{})
	require.Len(t, r.Differences, 1)
	assert.Equal(t, "b has 8 bytes more free, 8 more than before", r.Differences[0].Text)
}

// Frames of captures, with what they are.
func TestFrames(t *testing.T) {
	network := func(payload string) []compare.Packet {
		var list []compare.Packet
		synctest.Test(t, func(t *testing.T) {
			var file bytes.Buffer
			n := vnet.New(vnet.Options{Seed: 1})
			start := time.Now()
			_, err := n.Capture(&file)
			require.NoError(t, err)
			server, err := n.Host("server", netip.MustParseAddr("10.0.0.2")).ListenPacket("udp", ":7")
			require.NoError(t, err)
			c, err := n.Host("client", netip.MustParseAddr("10.0.0.3")).Dial("udp", "10.0.0.2:7")
			require.NoError(t, err)
			_, err = c.Write([]byte(payload))
			require.NoError(t, err)
			time.Sleep(time.Second)
			require.NoError(t, c.Close())
			require.NoError(t, server.Close())
			require.NoError(t, n.Close())
			list, err = compare.ReadCapture(&file, start)
			require.NoError(t, err)
		})
		return list
	}
	a, b := compare.Side{Frames: network("one")}, compare.Side{Frames: network("two")}
	r := compare.Compare(a, compare.Side{Frames: network("one")}, compare.Options{})
	assert.True(t, r.Equal())
	assert.Equal(t, len(a.Frames), r.Frames)
	r = compare.Compare(a, b, compare.Options{})
	require.Len(t, r.Differences, 1)
	assert.Equal(t, compare.Frame, r.Differences[0].Aspect)
	assert.Regexp(t, `UDP 10.0.0.3:\d+ > 10.0.0.2:7, 3 bytes: 6f6e65`, r.Differences[0].A[0])
	assert.Contains(t, strings.Join(r.Differences[0].Before, "\n"), "ARP request 10.0.0.3 > 10.0.0.2")
	assert.True(t, compare.Compare(a, b, compare.Options{Ignore: []compare.Aspect{compare.Frame}}).Equal())
	_, err := compare.ReadCapture(strings.NewReader("no capture"), time.Time{})
	assert.Error(t, err)
}

// What is no Ethernet, and what is cut off, is told as bytes.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00E\x00\x00\x14\x00\x00\x00\x00@\x06\x00\x00\n\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := compare.Compare(compare.Side{Frames: []compare.Packet{{Data: b}}}, compare.Side{}, compare.Options{})
		require.Len(t, r.Differences, 1)
		assert.NotEmpty(t, r.Differences[0].String())
	})
}
