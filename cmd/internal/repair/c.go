package repair

import (
	"slices"
	"strings"
)

// token is a word or a character of C, with its place.
type token struct {
	text       string
	start, end int
}

// scan returns the tokens of a file but for comments and directives. A text or a character constant is one token.
func scan(s string) (out []token) {
	fresh := true // nothing but blanks before on this line
	for i := 0; i < len(s); {
		start := i
		switch c := s[i]; {
		case c == '\n':
			fresh = true
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\\':
			i++
			continue
		case strings.HasPrefix(s[i:], "//"):
			i = endOfLine(s, i)
			continue
		case strings.HasPrefix(s[i:], "/*"):
			if n := strings.Index(s[i+2:], "*/"); n >= 0 {
				i += n + 4
			} else {
				i = len(s)
			}
			continue
		case c == '#' && fresh:
			i = endOfLine(s, i)
			continue
		case c == '"' || c == '\'':
			for i++; i < len(s) && s[i] != c && s[i] != '\n'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			i = min(i+1, len(s))
		case word(c):
			for i < len(s) && word(s[i]) {
				i++
			}
		default:
			i++
		}
		fresh = false
		out = append(out, token{s[start:i], start, i})
	}
	return out
}

func word(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// endOfLine is the end of a line that a backslash may continue.
func endOfLine(s string, i int) int {
	for ; i < len(s) && s[i] != '\n'; i++ {
		if s[i] == '\\' {
			i++
			if i+1 < len(s) && s[i] == '\r' {
				i++
			}
		}
	}
	return min(i, len(s))
}

// call is a call of a function.
type call struct {
	token int // its name
	args  []token
}

// calls are the calls of a function: not its declarations and its definition, before whose name a type stands.
func calls(tokens []token, name string) (out []call) {
	for i, t := range tokens {
		if t.text != name || i+1 >= len(tokens) || tokens[i+1].text != "(" {
			continue
		}
		if before := previous(tokens, i); before != "" && word(before[0]) && before != "return" && before != "else" && before != "do" {
			continue
		}
		c := call{token: i}
		depth, first := 0, i+2
		for j := i + 1; j < len(tokens); j++ {
			switch tokens[j].text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			}
			if depth == 0 || depth == 1 && tokens[j].text == "," {
				if j > first {
					c.args = append(c.args, token{start: tokens[first].start, end: tokens[j-1].end})
				}
				first = j + 1
			}
			if depth == 0 {
				out = append(out, c)
				break
			}
		}
	}
	return out
}

func previous(tokens []token, i int) string {
	if i == 0 {
		return ""
	}
	return tokens[i-1].text
}

// statement is where the statement of a token begins. whole is false if it depends on a condition or a loop that has no braces.
func statement(tokens []token, i int) (at int, whole bool) {
	first := i
	for first > 0 && !slices.Contains([]string{";", "{", "}", ":"}, tokens[first-1].text) {
		first--
		if slices.Contains([]string{"if", "else", "for", "while", "do", "return", "switch", "case"}, tokens[first].text) {
			return 0, false
		}
	}
	depth := 0 // a for's head has semicolons, too
	for _, t := range tokens[:first] {
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		}
	}
	return tokens[first].start, depth == 0
}

// lineOf is the line of a place, from 1.
func lineOf(s string, at int) int { return strings.Count(s[:at], "\n") + 1 }

// indent is the blanks before a place on its line.
func indent(s string, at int) string {
	line := s[strings.LastIndexByte(s[:at], '\n')+1 : at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
