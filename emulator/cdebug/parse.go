package cdebug

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Bounds of an expression. Choice.
const (
	exprMax  = 1000 // bytes
	exprDeep = 64   // parts in parts
)

// node is a part of an expression.
type node struct {
	op   string // an operator of C; "name", "number", "text", "cast", "sizeof", "member", "index", "call"
	kids []*node
	text string // a name, or a text in quotes, without them
	typ  *ctype // of a cast, of sizeof (TYPE)
	num  number
	src  string // what was written
}

// token is a word of an expression.
type token struct {
	kind     byte // 'n'ame, '0' number, '\'' character, '"' text, 'p'unctuation, 0 at the end
	text     string
	from, to int
}

// words of an expression. A name may have a qualifier before it, FILE: or FUNCTION:.
var (
	wordQualified = regexp.MustCompile(`^[\w$./-]+:[A-Za-z_$][\w$]*`)
	wordSpaced    = regexp.MustCompile(`^[\w$./ -]+:[A-Za-z_$][\w$]*`) // only at the beginning: a file's name with spaces
	wordName      = regexp.MustCompile(`^[A-Za-z_$][\w$]*`)
	wordNumber    = regexp.MustCompile(`^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[uUlLfF]*`)
	wordChar      = regexp.MustCompile(`^'(?:[^'\\]|\\(?:[0-7]{1,3}|x[0-9a-fA-F]+|.))'`)
	wordText      = regexp.MustCompile(`^"(?:[^"\\]|\\.)*"`)
	wordSign      = regexp.MustCompile(`^(?:<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=()\[\].?:,])`)
)

// parser reads an expression.
type parser struct {
	expr  string
	pos   int // behind next
	next  token
	depth int
	typed func(words []string) *ctype // the type that words of C name, nil for none
	isVar func(name string) bool
}

// parse reads an expression as a tree.
func (p *parser) parse() (*node, error) {
	if len(p.expr) > exprMax {
		return nil, fmt.Errorf("the expression has more than %d bytes", exprMax)
	}
	if strings.TrimSpace(p.expr) == "" {
		return nil, fmt.Errorf("%q is no expression: give a name with .member, ->member, [index], operators of C around them", p.expr)
	}
	if err := p.advance(true); err != nil {
		return nil, err
	}
	n, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if p.next.kind != 0 {
		return nil, p.unexpected(n)
	}
	return n, nil
}

// unexpected says what is wrong with what follows a complete expression.
func (p *parser) unexpected(n *node) error {
	switch p.next.text {
	case "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=":
		return fmt.Errorf("%q assigns: expressions only read (== compares)", p.next.text)
	case "?", ":":
		return errors.New("?: is not evaluated: give its parts one by one")
	case ",":
		return errors.New("a comma: give one expression")
	}
	done := strings.TrimSpace(p.expr[:p.next.from])
	if n != nil {
		done = n.src
	}
	return fmt.Errorf("%s, then %q: .member, ->member, [index] or an operator can follow", done, p.expr[p.next.from:])
}

// advance reads the next word. operand is whether a name may stand here, which may have a qualifier.
func (p *parser) advance(operand bool) error {
	for p.pos < len(p.expr) && strings.IndexByte(" \t\n", p.expr[p.pos]) >= 0 {
		p.pos++
	}
	rest := p.expr[p.pos:]
	if rest == "" {
		p.next = token{from: p.pos, to: p.pos}
		return nil
	}
	try := func(kind byte, words ...*regexp.Regexp) bool {
		for _, w := range words {
			if m := w.FindString(rest); m != "" {
				p.next = token{kind, m, p.pos, p.pos + len(m)}
				p.pos += len(m)
				return true
			}
		}
		return false
	}
	switch {
	case operand && p.first() && try('n', wordSpaced):
	case operand && try('n', wordQualified):
	case try('n', wordName), try('0', wordNumber), try('\'', wordChar), try('"', wordText), try('p', wordSign):
	default:
		return fmt.Errorf("%q: no word of C begins so", rest)
	}
	return nil
}

// first tells whether only stars stand before.
func (p *parser) first() bool { return strings.Trim(p.expr[:p.pos], "* ") == "" }

// levels are the binary operators, from those that bind least.
var levels = [][]string{{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<", ">", "<=", ">="}, {"<<", ">>"}, {"+", "-"},
	{"*", "/", "%"}}

// deeper counts parts in parts.
func (p *parser) deeper() error {
	if p.depth++; p.depth > exprDeep {
		return fmt.Errorf("the expression nests more than %d deep", exprDeep)
	}
	return nil
}

func (p *parser) binary(level int) (*node, error) {
	if level == len(levels) {
		return p.unary()
	}
	from := p.next.from
	left, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for p.next.kind == 'p' {
		op := p.next.text
		found := false
		for _, o := range levels[level] {
			found = found || o == op
		}
		if !found {
			break
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
		right, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		left = &node{op: op, kids: []*node{left, right}, src: p.source(from)}
		if err := p.deeper(); err != nil { // a long chain is a deep tree
			return nil, err
		}
	}
	return left, nil
}

// source returns what was written from a place to the word before the next.
func (p *parser) source(from int) string { return strings.TrimSpace(p.expr[from:p.next.from]) }

func (p *parser) unary() (*node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	from, op := p.next.from, p.next.text
	switch {
	case p.next.kind == 'p' && (op == "++" || op == "--"):
		return nil, fmt.Errorf("%q changes a variable: expressions only read", op)
	case p.next.kind == 'p' && strings.Contains("-+!~*&", op) && len(op) == 1:
		if err := p.advance(true); err != nil {
			return nil, err
		}
		kid, err := p.unary()
		if err != nil {
			return nil, err
		}
		return &node{op: "unary" + op, kids: []*node{kid}, src: p.source(from)}, nil
	case p.next.kind == 'n' && op == "sizeof":
		if err := p.advance(true); err != nil {
			return nil, err
		}
		if p.next.text == "(" {
			if t, err := p.typeInParens(); err != nil {
				return nil, err
			} else if t != nil {
				return &node{op: "sizeof", typ: t, src: p.source(from)}, nil
			}
		}
		kid, err := p.unary()
		if err != nil {
			return nil, err
		}
		return &node{op: "sizeof", kids: []*node{kid}, src: p.source(from)}, nil
	case op == "(":
		t, err := p.typeInParens()
		if err != nil {
			return nil, err
		}
		if t != nil {
			kid, err := p.unary()
			if err != nil {
				return nil, err
			}
			return &node{op: "cast", typ: t, kids: []*node{kid}, src: p.source(from)}, nil
		}
	}
	return p.postfix()
}

// typeInParens reads "(TYPE)", if that is what stands here; nil if not.
func (p *parser) typeInParens() (*ctype, error) {
	before := *p
	if err := p.advance(true); err != nil {
		return nil, err
	}
	t, err := p.typeName()
	if err == nil && t != nil && p.next.text == ")" {
		return t, p.advance(true)
	}
	*p = before
	return nil, err
}

// typeName reads the name of a type, with stars; nil if there is none.
func (p *parser) typeName() (*ctype, error) {
	var list []string
	for p.next.kind == 'n' && len(list) < 8 {
		if p.next.text == "const" || p.next.text == "volatile" {
			if err := p.advance(true); err != nil {
				return nil, err
			}
			continue
		}
		if len(list) == 0 && p.isVar(p.next.text) {
			return nil, nil
		}
		list = append(list, p.next.text)
		if err := p.advance(true); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	t := p.typed(list)
	if t == nil {
		if list[0] == "struct" || list[0] == "union" || list[0] == "enum" {
			return nil, fmt.Errorf("the firmware has no type %q", strings.Join(list, " "))
		}
		if p.next.text == "*" && len(list) == 1 && p.pointerCast() {
			return nil, fmt.Errorf("the firmware has no type %q", list[0])
		}
		return nil, nil
	}
	for p.next.text == "*" || p.next.text == "const" || p.next.text == "volatile" {
		if p.next.text == "*" {
			t = pointerTo(t)
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
		if err := p.deeper(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// pointerCast tells whether only stars stand up to the next parenthesis: a cast, then.
func (p *parser) pointerCast() bool {
	rest := strings.TrimLeft(p.expr[p.pos:], "* ")
	return strings.HasPrefix(rest, ")")
}

func (p *parser) postfix() (*node, error) {
	from := p.next.from
	n, err := p.primary()
	if err != nil {
		return nil, err
	}
	for p.next.kind == 'p' {
		switch p.next.text {
		case "[":
			if err := p.advance(true); err != nil {
				return nil, err
			}
			index, err := p.binary(0)
			if err != nil {
				return nil, err
			}
			if p.next.text != "]" {
				return nil, fmt.Errorf("%s: the index has no ] at its end", p.expr[from:])
			}
			if err := p.advance(false); err != nil {
				return nil, err
			}
			n = &node{op: "index", kids: []*node{n, index}, src: p.source(from)}
		case ".", "->":
			if err := p.advance(false); err != nil {
				return nil, err
			}
			if p.next.kind != 'n' {
				return nil, fmt.Errorf("%s: the name of a member is missing", p.expr[from:])
			}
			name := p.next.text
			if err := p.advance(false); err != nil {
				return nil, err
			}
			n = &node{op: "member", kids: []*node{n}, text: name, src: p.source(from)}
		case "(":
			return nil, fmt.Errorf("%s(...): functions are not called: expressions only read", n.src)
		case "++", "--":
			return nil, fmt.Errorf("%q changes a variable: expressions only read", p.next.text)
		default:
			return n, nil
		}
		if err := p.deeper(); err != nil {
			return nil, err
		}
	}
	if p.next.kind == 'n' || p.next.kind == '0' {
		return nil, p.unexpected(n)
	}
	return n, nil
}

func (p *parser) primary() (*node, error) {
	t := p.next
	n := &node{text: t.text, src: t.text}
	switch {
	case t.kind == 'n':
		n.op = "name"
	case t.kind == '0':
		num, err := literal(t.text)
		if err != nil {
			return nil, err
		}
		n.op, n.num = "number", num
	case t.kind == '\'':
		text, err := unquote(t.text[1 : len(t.text)-1])
		if err != nil || len(text) != 1 {
			return nil, fmt.Errorf("%s is no character", t.text)
		}
		n.op, n.num = "number", number{t: typeInt, i: uint64(text[0])}
	case t.kind == '"':
		return nil, fmt.Errorf("%s: texts are not compared; compare their characters, name[0] == 'a'", t.text)
	case t.text == "(":
		if err := p.advance(true); err != nil {
			return nil, err
		}
		inner, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		if p.next.text != ")" {
			if p.next.kind != 0 {
				return nil, p.unexpected(inner)
			}
			return nil, fmt.Errorf("%s: a ) is missing", p.expr)
		}
		if err := p.advance(false); err != nil {
			return nil, err
		}
		inner.src = p.source(t.from)
		return inner, nil
	case t.kind == 0:
		return nil, fmt.Errorf("%s: something is missing at the end", p.expr)
	default:
		return nil, fmt.Errorf("%q stands where a name or a number should", p.expr[t.from:])
	}
	return n, p.advance(false)
}

// literal reads a number of C.
func literal(s string) (number, error) {
	lower := strings.ToLower(s)
	hex := strings.HasPrefix(lower, "0x")
	if !hex && strings.ContainsAny(lower, ".e") || !hex && strings.HasSuffix(lower, "f") {
		t := typeDouble
		if strings.HasSuffix(lower, "f") {
			t = typeSingle
		}
		f, err := strconv.ParseFloat(strings.TrimRight(lower, "fl"), 64)
		if err != nil {
			return number{}, fmt.Errorf("%s is no number", s)
		}
		return number{t: t, f: f}, nil
	}
	digits := strings.TrimRight(lower, "ul")
	if strings.ContainsAny(lower[len(digits):], "f") {
		return number{}, fmt.Errorf("%s is no number", s)
	}
	suffix := lower[len(digits):]
	v, err := strconv.ParseUint(digits, 0, 64)
	if err != nil {
		return number{}, fmt.Errorf("%s is no number of 64 bits", s)
	}
	unsigned, long := strings.Contains(suffix, "u"), strings.Contains(suffix, "ll")
	t := typeInt
	switch decimal := digits[0] != '0'; {
	case !long && !unsigned && v < 1<<31:
	case !long && v < 1<<32 && (unsigned || !decimal):
		t = typeUInt
	case !unsigned && v < 1<<63:
		t = typeLongLong
	default:
		t = typeULL
	}
	return number{t: t, i: v}, nil
}

// unquote resolves the escapes of C.
func unquote(s string) (string, error) {
	if s == `\0` {
		return "\x00", nil
	}
	if s == `'` || s == `"` || s == `\'` || s == `\"` {
		return s[len(s)-1:], nil
	}
	if len(s) > 1 && s[0] == '\\' && s[1] >= '0' && s[1] <= '7' {
		v, err := strconv.ParseUint(s[1:], 8, 8)
		return string([]byte{byte(v)}), err
	}
	if strings.HasPrefix(s, `\x`) {
		v, err := strconv.ParseUint(s[2:], 16, 8)
		return string([]byte{byte(v)}), err
	}
	return strconv.Unquote(`"` + s + `"`)
}
