package docs

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
)

// docs/trace.md names every field, source, kind, state and role of an event.
func TestTracePageNamesEvents(t *testing.T) {
	named := tracePage(t)
	for i := range reflect.TypeFor[trace.Event]().NumField() {
		f := reflect.TypeFor[trace.Event]().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if assert.NotEmpty(t, name, f.Name) {
			named(name)
		}
		if f.Type.Kind() == reflect.String {
			named(name + "_base64")
		}
	}
	named("device")
	for _, w := range trace.Sources() {
		named(w.String())
	}
	for _, w := range trace.Kinds() {
		named(w.String())
	}
	for _, w := range trace.States() {
		named(w.String())
	}
	for _, w := range trace.Roles() {
		named(w.String())
	}
}

// tracePage returns a function that wants a word on the page.
func tracePage(t *testing.T) (named func(word string)) {
	b, err := os.ReadFile("trace.md")
	require.NoError(t, err)
	return func(word string) {
		assert.True(t, strings.Contains(string(b), "`"+word+"`"), "trace.md lacks %q", word)
	}
}

// docs/trace.md names every field of an explanation and every outcome.
func TestTracePageNamesExplanations(t *testing.T) {
	named := tracePage(t)
	for _, v := range []any{explain.Explanation{}, explain.Step{}, explain.Found{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if assert.NotEmpty(t, name, typ.Field(i).Name) {
				named(name)
			}
		}
	}
	for _, o := range []explain.Outcome{explain.OutcomeIdle, explain.OutcomeWaiting, explain.OutcomeConnected,
		explain.OutcomeRefused, explain.OutcomeFailed, explain.OutcomeCrashed} {
		named(string(o))
	}
}
