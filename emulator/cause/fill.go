package cause

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// held is a place in words: {object}, or {1} for the first one of a phrase.
var held = regexp.MustCompile(`\{[a-z]+\}|\{[1-9]\}`)

// fill returns words with the values of their places; what value does not know stays. In Chinese a value is set off by a space where
// Chinese meets letters or figures, and by none between Chinese and Chinese, whichever of them the value brings. Values themselves are
// not touched: they may be names that somebody gave.
func fill(words string, l Language, value func(place string) (string, bool)) string {
	var out strings.Builder
	rest := words
	for rest != "" {
		at := held.FindStringIndex(rest)
		if at == nil {
			at = []int{len(rest), len(rest)}
		}
		join(&out, rest[:at[0]], l, false)
		if at[1] == at[0] {
			break
		}
		v, ok := value(rest[at[0]+1 : at[1]-1])
		if !ok {
			v = rest[at[0]:at[1]]
		}
		join(&out, v, l, true)
		rest = rest[at[1]:]
	}
	return out.String()
}

// join writes the next part, a value or words between two, behind what is there.
func join(out *strings.Builder, next string, l Language, value bool) {
	so := out.String()
	if l != Chinese || so == "" || next == "" {
		out.WriteString(next)
		return
	}
	left, right := so, next
	if value {
		left = strings.TrimSuffix(so, " ")
	} else {
		right = strings.TrimPrefix(next, " ")
	}
	a, _ := utf8.DecodeLastRuneInString(left)
	b, _ := utf8.DecodeRuneInString(right)
	out.Reset()
	switch {
	case han(a) && han(b):
		out.WriteString(left + right)
	case han(a) && latin(b) || latin(a) && han(b):
		out.WriteString(left + " " + right)
	default:
		out.WriteString(so + next)
	}
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func latin(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
