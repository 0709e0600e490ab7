package decode

import (
	"bytes"
	"math/bits"
	"regexp"
	"slices"
	"sync"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// rule reads one kind of line.
type rule struct {
	keys    []string                         // in lower case, of two bytes at least: a line without one of them is none of this kind
	pattern func() *regexp.Regexp            // nil: the key is enough
	read    func(r *reader, m []string) bool // false: it is none of this kind after all; m: the pattern's groups
}

// kind is a rule.
func kind(keys []string, pattern string, read func(r *reader, m []string) bool) rule {
	return rule{keys, lazyregexp.New(pattern), read}
}

// key is a key of a rule, by its number.
type key struct {
	text []byte
	rule int
}

// keyring finds the rules whose keys are in a line, in one pass.
type keyring struct {
	rules   []rule
	first   [1 << 16]uint8 // from a key's first two bytes to its bucket; 0: none
	buckets [][]key
}

func newKeyring(rules []rule) *keyring {
	k := &keyring{rules: rules, buckets: [][]key{nil}}
	for n, r := range rules {
		for _, text := range r.keys {
			pair := int(text[0])<<8 | int(text[1])
			if k.first[pair] == 0 {
				k.first[pair] = uint8(len(k.buckets))
				k.buckets = append(k.buckets, nil)
			}
			at := &k.buckets[k.first[pair]]
			*at = append(*at, key{[]byte(text), n})
		}
	}
	if len(k.buckets) > 256 {
		panic("decode: more than 255 beginnings of keys")
	}
	return k
}

// set is a set of rules, by their numbers.
type set [3]uint64

// find returns the rules with a key in the line, which is in lower case.
func (k *keyring) find(line []byte) (found set) {
	for i := 0; i+1 < len(line); i++ {
		b := k.first[int(line[i])<<8|int(line[i+1])]
		if b == 0 {
			continue
		}
		for _, key := range k.buckets[b] {
			if bytes.HasPrefix(line[i:], key.text) {
				found[key.rule/64] |= 1 << (key.rule % 64)
			}
		}
	}
	return found
}

// lower appends a line to buf, A to Z in lower case.
func lower(buf, line []byte) []byte {
	for _, c := range line {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf = append(buf, c)
	}
	return buf
}

// all are the rules in the order in which they are tried: the first that reads a line is the only one. What the SDK itself prints comes
// before what applications print.
var all = sync.OnceValue(func() *keyring {
	rules := slices.Concat(bootRules, partitionRules, crashRules, assertRules, memoryRules, tlsRules, upgradeRules, wifiRules,
		systemRules, arduinoRules, interpreterRules, atRules, tasmotaRules, fileRules, numberRules)
	if len(rules) > len(set{})*64 {
		panic("decode: more rules than a set holds")
	}
	return newKeyring(rules)
})

// read takes the next line of the log.
func (r *reader) read(line []byte) {
	line = bytes.TrimRight(line, "\r")
	if r.blockLine > 0 && r.n == r.blockLine+1 && r.behindMemory(line) {
		r.text = string(line)
		r.keep()
		return
	}
	r.lower = lower(r.lower[:0], line)
	rules := all()
	found := rules.find(r.lower)
	if found == (set{}) {
		return
	}
	r.text = string(line)
	for word, left := range found {
		for left != 0 {
			n := word*64 + bits.TrailingZeros64(left)
			left &= left - 1
			var m []string
			if p := rules.rules[n].pattern; p != nil {
				if m = p().FindStringSubmatch(r.text); m == nil {
					continue
				}
			}
			if rules.rules[n].read(r, m) {
				r.keep()
				return
			}
			r.line = Line{}
		}
	}
}
