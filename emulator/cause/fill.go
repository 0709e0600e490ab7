package cause

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// next returns where the first place in words stands, braces included: {object}, or {1} for the first one of a phrase; both are the
// length of the words if there is none. It is no regular expression: every program fills words when it begins.
func next(words string) (from, to int) {
	for from = range words {
		if words[from] != '{' {
			continue
		}
		name, _, closed := strings.Cut(words[from+1:], "}")
		letters := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz")
		if closed && name != "" && (letters == "" || len(name) == 1 && name[0] >= '1' && name[0] <= '9') {
			return from, from + len(name) + 2
		}
	}
	return len(words), len(words)
}

// fill returns words with the values of their places; what value does not know stays. In Chinese a value is set off by a space where
// Chinese meets letters or figures, and by none between Chinese and Chinese, whichever of them the value brings. Values themselves are
// not touched: they may be names that somebody gave.
func fill(words string, l Language, value func(place string) (string, bool)) string {
	var out strings.Builder
	rest := words
	for rest != "" {
		from, to := next(rest)
		join(&out, rest[:from], l, false)
		if to == from {
			break
		}
		v, ok := value(rest[from+1 : to-1])
		if !ok {
			v = rest[from:to]
		}
		join(&out, v, l, true)
		rest = rest[to:]
	}
	return out.String()
}

// join writes a part, a value or words between two, behind what is there.
func join(out *strings.Builder, part string, l Language, value bool) {
	so := out.String()
	if l != Chinese || so == "" || part == "" {
		out.WriteString(part)
		return
	}
	left, right := so, part
	if value {
		left = strings.TrimSuffix(so, " ")
	} else {
		right = strings.TrimPrefix(part, " ")
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
		out.WriteString(so + part)
	}
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func latin(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
