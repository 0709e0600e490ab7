package trace

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bothWays reads a line as readLine does and as encoding/json does: what readLine takes is the same event, which is written the same.
func bothWays(t *testing.T, line string) (usual bool) {
	t.Helper()
	var e Event
	device, ok := readLine([]byte(line), &e)
	if !ok {
		return false
	}
	wantDevice, want, err := decode([]byte(line))
	require.NoError(t, err, line)
	require.Equal(t, want, e, line)
	require.Equal(t, wantDevice, device, line)
	wantLine, err := encode(device, e)
	require.NoError(t, err)
	b, ok := appendLine(nil, device, &e)
	require.True(t, ok, line)
	require.Equal(t, string(wantLine), string(b))
	return true
}

// Lines that any event gives: the usual ones are read fast, and mean what encoding/json says; so do those with a byte changed.
func TestUsualLines(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	texts := []string{"espconn 1", `a "b" <c> & \`, "线\n", "\u2028", "", "\x00", "x\xff"}
	usual := 0
	const lines = 4000
	for range lines {
		e := Event{Seq: r.Uint64() >> r.IntN(64), At: time.Duration(r.Int64() >> r.IntN(63))}
		e.Conn, e.Text = texts[r.IntN(6)], texts[r.IntN(7)]
		fields := reflect.ValueOf(&e).Elem()
		for i := range fields.NumField() {
			if f := fields.Field(i); r.IntN(2) == 0 {
				switch {
				case f.Type() == reflect.TypeFor[Source](), f.Type() == reflect.TypeFor[Role]():
					f.SetUint(r.Uint64N(3))
				case f.Type() == reflect.TypeFor[Kind](), f.Type() == reflect.TypeFor[State]():
					f.SetUint(r.Uint64N(19))
				case f.CanInt():
					f.SetInt(r.Int64() >> (64 - f.Type().Bits()) >> r.IntN(63) * int64(1-2*r.IntN(2)))
				case f.CanUint():
					f.SetUint(r.Uint64() >> (64 - f.Type().Bits()))
				}
			}
		}
		if r.IntN(2) == 0 {
			e.Out, e.Local, e.MAC = true, Addr{[4]byte{10, 0, 0, byte(r.Uint32())}, 8883}, MAC{2, byte(r.Uint32())}
		}
		device := texts[r.IntN(4)]
		want, err := encode(device, e)
		require.NoError(t, err)
		b, ok := appendLine(nil, device, &e)
		if !ok {
			assert.False(t, strings.ToValidUTF8(e.Text, "") == e.Text, "%s", want)
			continue
		}
		require.Equal(t, string(want), string(b))
		if bothWays(t, string(b)) {
			usual++
		}
		b[r.IntN(len(b))] = `{}[]",:\0129-.eEtn `[r.IntN(18)]
		bothWays(t, string(b))
	}
	assert.Greater(t, usual, lines/20)
	for _, line := range []string{`{"seq":01}`, `{"seq":-0}`, `{"seq":-1}`, `{"level":256}`, `{"level":255}`, `{"status":-32768}`, `{"status":-32769}`,
		`{"at":1.}`, `{"at":.5}`, `{"at":0.1234567891}`, `{"at":00}`, `{"value":-0}`, `{"value":999999999999999999}`, `{"seq":1}x`, `{"seq":1,}`,
		`{"Seq":1}`, `{"seq":null}`, `{"seq":1,"seq":2}`, `{"name":"a","name":"b"}`, `{"text":"\q"}`, `{"text":"\ud800"}`, `{"out":true}`,
		`{"out":false}`, `{"seq":1 }`, `{"kind":""}`, `{"local":"10.0.0.1:1"}`, `{"device":"a\u0041"}`, `{"text":"a`, `{"text":"\`, `{`, ``} {
		bothWays(t, line)
	}
	assert.True(t, bothWays(t, `{"device":"d","seq":1,"at":1.25,"text":"a\u003cb","value":-3,"source":"tls","kind":"record","out":true}`))
}

// Every field of an event is a field of a line, and of a type that is written.
func TestLineFieldsAreAll(t *testing.T) {
	assert.Len(t, lineFields, reflect.TypeFor[Event]().NumField())
	for i := range reflect.TypeFor[Event]().NumField() {
		var e Event
		f := reflect.ValueOf(&e).Elem().Field(i)
		switch {
		case f.CanInt():
			f.SetInt(1)
		case f.CanUint():
			f.SetUint(1)
		case f.Kind() == reflect.String:
			f.SetString("x")
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		default:
			e.Local, e.Remote, e.MAC = Addr{Port: 1}, Addr{Port: 1}, MAC{1}
		}
		b, ok := appendLine(nil, "", &e)
		require.True(t, ok)
		assert.True(t, bothWays(t, string(b)), "%s", b)
	}
}
