package docs

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
)

// docs/trace.md names every field of an explanation, every outcome and every callback.
func TestTracePageIsComplete(t *testing.T) {
	b, err := os.ReadFile("trace.md")
	require.NoError(t, err)
	page := string(b)
	named := func(word string) { assert.True(t, strings.Contains(page, "`"+word+"`"), "trace.md lacks %q", word) }
	for _, v := range []any{emulator.Explanation{}, emulator.Link{}, emulator.Found{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if assert.NotEmpty(t, name, typ.Field(i).Name) {
				named(name)
			}
		}
	}
	for _, o := range []emulator.Outcome{emulator.OutcomeIdle, emulator.OutcomeWaiting, emulator.OutcomeConnected,
		emulator.OutcomeRefused, emulator.OutcomeFailed, emulator.OutcomeCrashed} {
		named(string(o))
	}
	for k := espconn.CallbackKind(0); k.String() != "?"; k++ {
		named(k.String())
	}
}
