package trace

import (
	"fmt"
	"slices"
)

// all returns the values that have a word: 1 to n-1.
func all[T ~uint8](n int) []T {
	out := make([]T, 0, n-1)
	for i := 1; i < n; i++ {
		out = append(out, T(i))
	}
	return out
}

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "?"
}

func marshal(what string, words []string, i int) ([]byte, error) {
	if i >= len(words) {
		return nil, fmt.Errorf("trace: no %s has the number %d", what, i)
	}
	return []byte(words[i]), nil
}

func unmarshal(what string, words []string, text []byte) (int, error) {
	i := slices.Index(words, string(text))
	if i < 0 {
		return 0, fmt.Errorf("trace: there is no %s %q", what, text)
	}
	return i, nil
}
