package explain

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
)

// Each phrase stands in each language.
func TestPhrasesAreWhole(t *testing.T) {
	for language, p := range speech {
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			if language == cause.English && v.Type().Field(i).Name == "callbacks" {
				continue // the SDK's own names
			}
			assert.False(t, v.Field(i).IsZero(), "%v has no %s", language, v.Type().Field(i).Name)
		}
	}
}
