package report

import (
	"fmt"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
)

// TestWordsInBothLanguages: each language has all words, and each text has the same places for figures.
func TestWordsInBothLanguages(t *testing.T) {
	places := regexp.MustCompile(`%[a-z]`)
	english := reflect.ValueOf(*speech[cause.English])
	for _, l := range cause.Languages() {
		other := reflect.ValueOf(*speech[l])
		for i := range english.NumField() {
			name := english.Type().Field(i).Name
			a, b := fmt.Sprint(english.Field(i)), fmt.Sprint(other.Field(i))
			assert.NotEmpty(t, b, "%v: %s", l, name)
			assert.Equal(t, places.FindAllString(a, -1), places.FindAllString(b, -1), "%v: %s", l, name)
			if english.Field(i).Kind() == reflect.Array {
				for lane := range english.Field(i).Len() {
					assert.NotEmpty(t, other.Field(i).Index(lane).String(), "%v: lane %d", l, lane)
				}
			}
		}
	}
}
