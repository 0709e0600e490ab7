package decode

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// Every field of the JSON stands in docs/decode.md.
func TestEveryFieldIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/decode.md")
	require.NoError(t, err)
	for _, v := range []any{Log{}, Line{}, Reason{}, Step{}, Boot{}, Profile{}, Meaning{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			assert.NotEmpty(t, name)
			assert.Contains(t, string(page), "| `"+name+"` |", "%s.%s", typ.Name(), typ.Field(i).Name)
		}
	}
	for _, s := range []Stage{StageBoot, StageWiFi, StageAddress, StageConnect, StageHandshake, StageEnded, StageMemory, StageUpgrade,
		StageCrash} {
		assert.Contains(t, string(page), "`"+string(s)+"`")
	}
}

// What goes out comes back, and every name of a meaning leads to one.
func TestJSONIsWhole(t *testing.T) {
	for _, tt := range logs {
		l, err := ReadLog(strings.NewReader(tt.log), "", cause.English)
		require.NoError(t, err)
		text, err := json.Marshal(l)
		require.NoError(t, err)
		var back Log
		require.NoError(t, json.Unmarshal(text, &back))
		assert.Equal(t, l.String(), back.String(), tt.name)
		names := map[string]int{}
		for _, m := range l.Meanings {
			names[m.Name]++
		}
		for _, line := range l.Lines {
			for _, name := range line.Meanings {
				assert.Equal(t, 1, names[name], "%s: %s", tt.name, name)
			}
		}
		assert.NotContains(t, string(text), ":null,", tt.name)
	}
}

// A profile that is asked for goes before the log's own.
func TestProfileAskedFor(t *testing.T) {
	log := "SDK ver: 2.2.1(6ab97e9)\nclient handshake failed!\nReason:[-0x7b00]\n"
	l, err := ReadLog(strings.NewReader(log), "sdk306", cause.English)
	require.NoError(t, err)
	assert.Equal(t, Profile{"SDK306", "mbedTLS", "as asked for"}, l.Profile)
	assert.Len(t, l.Meanings, 1)
	l, err = ReadLog(strings.NewReader(log), "", cause.English)
	require.NoError(t, err)
	assert.Equal(t, "line 1 says SDK 2.2.1, and mbedTLS alone gives line 2", l.Profile.Why)
	assert.Empty(t, l.Meanings, "DHE is in SDK306 only")
	_, err = ReadLog(strings.NewReader(log), "nobody", cause.English)
	require.ErrorIs(t, err, ErrProfile)
	_, err = ReadLog(strings.NewReader(""), "", cause.English)
	require.ErrorIs(t, err, ErrEmpty)
	_, err = ReadLog(strings.NewReader("hello\nworld\n"), "", cause.English)
	require.ErrorIs(t, err, ErrSilent)
	require.ErrorContains(t, err, "none of the 2 lines")
	_, err = ReadLog(failing{}, "", cause.English)
	require.ErrorIs(t, err, errFailing)
}

var errFailing = errors.New("the line is cut")

// failing is a reader that fails.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errFailing }
