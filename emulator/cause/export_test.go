package cause

// DetailPairs are the phrases with their words in Chinese.
var DetailPairs = detailPairs

// Fill fills words in English with what value knows.
func Fill(words string, value func(place string) (string, bool)) string {
	return fill(words, English, value)
}
