package trace_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/trace"
)

// write returns the event's line of a file.
func write(t *testing.T, device string, e trace.Event) string {
	t.Helper()
	var b bytes.Buffer
	w := trace.NewWriter(&b)
	w.Write(device, e)
	require.NoError(t, w.Err(), "%+v", e)
	return b.String()
}

func read(t *testing.T, line string) (device string, e trace.Event) {
	t.Helper()
	n := 0
	require.NoError(t, trace.ReadJSONL(strings.NewReader(line), func(d string, ev trace.Event) error {
		device, e = d, ev
		n++
		return nil
	}), line)
	require.Equal(t, 1, n)
	return device, e
}

// fill gives one field a value that is not its zero value and that r chooses.
func fill(r *rand.Rand, f reflect.Value) {
	switch v := f.Addr().Interface().(type) {
	case *trace.Source:
		*v = pick(r, trace.Sources())
	case *trace.Kind:
		*v = pick(r, trace.Kinds())
	case *trace.State:
		*v = pick(r, trace.States())
	case *trace.Role:
		*v = pick(r, trace.Roles())
	case *trace.Addr:
		*v = trace.Addr{IP: [4]byte{byte(r.Uint32()), 1, 2, 3}, Port: uint16(r.Uint32())}
	case *trace.MAC:
		*v = trace.MAC{byte(r.Uint32()), 1, 2, 3, 4, byte(r.Uint32())}
	case *string:
		b := make([]byte, 1+r.IntN(20))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		*v = string(b)
	case *bool:
		*v = true
	default:
		switch {
		case f.CanInt():
			f.SetInt(int64(r.Uint64()|1) >> (64 - f.Type().Bits()))
		case f.CanUint():
			f.SetUint((r.Uint64() | 1) << (64 - f.Type().Bits()) >> (64 - f.Type().Bits()))
		default:
			panic("a new type of field: " + f.Type().String())
		}
		if f.IsZero() {
			fill(r, f)
		}
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// A line read back is the event that was written, whichever fields it has.
func TestLinesAreLossless(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	check := func(e trace.Event) {
		t.Helper()
		line := write(t, "dev-1", e)
		device, back := read(t, line)
		require.Equal(t, e, back, line)
		require.Equal(t, "dev-1", device)
		b, err := json.Marshal(e)
		require.NoError(t, err)
		var alone trace.Event
		require.NoError(t, json.Unmarshal(b, &alone))
		require.Equal(t, e, alone)
	}
	check(trace.Event{})
	typ := reflect.TypeFor[trace.Event]()
	for i := range typ.NumField() { // each field alone
		var e trace.Event
		fill(r, reflect.ValueOf(&e).Elem().Field(i))
		check(e)
	}
	for range 2000 { // any mixture
		var e trace.Event
		for i := range typ.NumField() {
			if r.IntN(3) > 0 {
				fill(r, reflect.ValueOf(&e).Elem().Field(i))
			}
		}
		check(e)
	}
}

// An event has no pointer: nothing behind it can change, and == compares all of it.
func TestEventIsPlain(t *testing.T) {
	assert.True(t, reflect.TypeFor[trace.Event]().Comparable())
	var look func(typ reflect.Type)
	look = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
			t.Errorf("%v", typ)
		case reflect.Struct:
			for i := range typ.NumField() {
				look(typ.Field(i).Type)
			}
		}
	}
	look(reflect.TypeFor[trace.Event]())
}

// Each word names one value, and values without a word are refused instead of being written wrongly.
func TestWords(t *testing.T) {
	for name, words := range map[string][]string{"sources": texts(trace.Sources()), "kinds": texts(trace.Kinds()),
		"states": texts(trace.States()), "roles": texts(trace.Roles())} {
		seen := map[string]bool{}
		for _, w := range words {
			assert.NotEmpty(t, w, name)
			assert.NotEqual(t, "?", w, name)
			assert.False(t, seen[w], "%s: %s twice", name, w)
			seen[w] = true
		}
	}
	assert.Equal(t, trace.KindCause, trace.Kinds()[len(trace.Kinds())-1], "as many words as kinds")
	assert.Equal(t, trace.SourceFinding, trace.Sources()[len(trace.Sources())-1])
	assert.Equal(t, trace.EspconnClose, trace.States()[len(trace.States())-1])
	assert.Equal(t, trace.RoleServer, trace.Roles()[len(trace.Roles())-1])
	for _, e := range []trace.Event{{Source: 200}, {Kind: 200}, {State: 200}, {Role: 200}} {
		_, err := json.Marshal(e)
		assert.Error(t, err)
	}
	assert.Equal(t, "?", trace.Kind(200).String())
	assert.Equal(t, "", trace.Kind(0).String())
}

func texts[T interface{ String() string }](values []T) (out []string) {
	for _, v := range values {
		out = append(out, v.String())
	}
	return out
}

// The form of a line, and what a reader takes and refuses.
func TestLineForm(t *testing.T) {
	e := trace.Event{Seq: 7, At: 1004080, Source: trace.SourceTLS, Kind: trace.KindRecord, Conn: "espconn 1", Name: "handshake",
		Value: 49, Limit: 2048, Role: trace.RoleClient, Record: 22, Version: 0x0303}
	assert.Equal(t, `{"device":"dev","seq":7,"at":0.00100408,"conn":"espconn 1","name":"handshake","value":49,"limit":2048,`+
		`"source":"tls","kind":"record","role":"client","record_type":22,"version":771}`+"\n", write(t, "dev", e))
	assert.Contains(t, write(t, "dev", trace.Event{Text: "a\xffb"}), `"text":"a?b","text_base64":"Yf9i"`)

	for line, at := range map[string]time.Duration{
		`{"at":1}`: time.Second, `{"at":-0.5}`: -time.Second / 2, `{"at":1e-6}`: time.Microsecond, `{"at":9223372036.854775807}`: 1<<63 - 1,
		`{"at":0.0000000019}`: 1, `{"at":2.5,"unknown":[1]}`: 2500 * time.Millisecond,
	} {
		_, e := read(t, line)
		assert.Equal(t, at, e.At, line)
	}
	for _, line := range []string{
		"{", "[]", `{"source":"moon"}`, `{"kind":"eaten"}`, `{"state":"OPEN"}`, `{"role":"guest"}`, `{"at":"1"}`,
		`{"at":9223372036.854775808}`, `{"at":1e30}`,
		`{"local":"[::1]:2"}`, `{"local":"10.0.0.1"}`, `{"mac":"020a"}`, `{"mac":"02:00:0a:00:00:0g"}`, `{"seq":-1}`, `{"level":256}`,
	} {
		err := trace.ReadJSONL(strings.NewReader("\n"+line+"\n"), func(string, trace.Event) error { return nil })
		assert.ErrorContains(t, err, "line 2: ", line)
	}
}

// A reader ends with the caller's error, and a writer with its file's.
func TestErrorsOfFiles(t *testing.T) {
	full := &limited{room: 100}
	w := trace.NewWriter(full)
	w.Write("dev", trace.Event{Seq: 1})
	require.NoError(t, w.Err())
	w.Write("dev", trace.Event{Text: strings.Repeat("x", 100)})
	require.ErrorIs(t, w.Err(), assert.AnError)
	w.Write("dev", trace.Event{Seq: 2})
	assert.Equal(t, 1, strings.Count(full.String(), "\n"))
	assert.ErrorIs(t, trace.ReadJSONL(&full.Buffer, func(string, trace.Event) error { return assert.AnError }), assert.AnError)
	assert.Error(t, trace.ReadJSONL(strings.NewReader(strings.Repeat(" ", trace.LineMax+1)), nil))
}

type limited struct {
	bytes.Buffer
	room int
}

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > l.room {
		return 0, assert.AnError
	}
	return l.Buffer.Write(b)
}

// Whatever a reader takes it can write again, and reads the same.
func FuzzReadJSONL(f *testing.F) {
	f.Add([]byte(`{"device":"dev","seq":7,"at":0.00100408,"source":"tls","kind":"record","role":"client","text_base64":"Yf9i",` +
		`"mac":"02:00:0a:00:00:07"}`))
	f.Add([]byte(`{"seq":1,"at":1e-6,"source":"net","kind":"state","old":"CLOSED","state":"SYN_SENT","local":"10.0.0.2:49153"}`))
	f.Add([]byte("{}\n\n{\"source\":\"\"}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var first, second []trace.Event
		var out bytes.Buffer
		w := trace.NewWriter(&out)
		_ = trace.ReadJSONL(bytes.NewReader(b), func(device string, e trace.Event) error {
			first = append(first, e)
			w.Write(device, e)
			_ = e.String()
			return nil
		})
		require.NoError(t, w.Err())
		require.NoError(t, trace.ReadJSONL(&out, func(_ string, e trace.Event) error {
			second = append(second, e)
			return nil
		}))
		assert.Equal(t, first, second)
	})
}
