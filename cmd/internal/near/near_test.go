package near

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestName(t *testing.T) {
	names := []string{"sources", "include", "define", "heap", "any_ap", "ap"}
	for word, want := range map[string]string{
		"source": "sources", "inclde": "include", "HEAP": "heap", "defines": "define", "haep": "heap", "pa": "ap", "any-ap": "any_ap",
		"zebra": "", "": "", "xyz": "", "sourcefiles": "",
	} {
		assert.Equal(t, want, Name(word, names), word)
	}
	assert.Empty(t, Name("word", nil))
}
