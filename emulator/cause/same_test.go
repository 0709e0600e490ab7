package cause

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOneSentenceOneTranslation: what a check and a cause say in the same words in English they say so in Chinese, too. Explanations say
// each sentence once, so that a difference would say it twice.
func TestOneSentenceOneTranslation(t *testing.T) {
	place := regexp.MustCompile(`%[#0-9]*[a-z]|\{\w+\}`)
	chinese := map[string]string{}
	check := func(en, zh string) {
		en, zh = place.ReplaceAllString(en, "_"), place.ReplaceAllString(zh, "_")
		if en == "" || en == "_" { // a cause that is its object's words
			return
		}
		if known, ok := chinese[en]; ok {
			assert.Equal(t, known, zh, en)
		}
		chinese[en] = zh
	}
	for _, id := range IDs() {
		e := all[id]
		check(e.en.sentence, e.zh.sentence)
		check(e.en.remedy, e.zh.remedy)
		check(e.en.none, e.zh.none)
	}
	for _, pair := range rulePairs {
		check(pair[0], pair[1])
	}
	for _, pair := range detailPairs {
		check(pair[0], pair[1])
	}
	assert.Greater(t, len(chinese), 500)
}
