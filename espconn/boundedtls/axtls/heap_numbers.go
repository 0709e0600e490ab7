package axtls

import (
	"math"
	"math/big"
	"slices"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
)

// The library of big numbers takes memory in a way of its own (axtls.md 11): a number that is given back goes to the spares of
// its context, the last one is taken again first, and a block that is too small for its new use is replaced by one of at least
// twice the length. What is followed here are lengths alone, in words of 4 bytes; a number's top word is never 0.

// Blocks of the library in bytes as requested.
const (
	sizeContextOfNumbers = 68
	sizeNumber           = 16 // a number, beside its words
	wordBytes            = 4
	wordBits             = 32
)

// number is a big number: its block of words, and how many of them are in use.
type number struct {
	head, words uint32 // addresses of its blocks
	size        int    // in words
	room        int    // in words
	kept        bool   // not given back by its users
}

// numbers is the context of one key: its numbers, and the spare ones.
type numbers struct {
	c     *conn
	g     ledger.Group
	what  string
	spare []*number // the last is taken first
	all   []uint32  // addresses of its blocks
}

// modulus is one modulus with what the library computes from it beforehand.
type modulus struct {
	n       *number
	shifted bool // its top bit is 0: divisions shift it
	back    bool // dividing by it, a digit of the quotient is guessed so much too large that it has to be added back once
	// longer is the reduction, counted from 1 in each exponentiation, at which the modulus is stretched by a word because a result
	// before the last subtraction has one more; 0: never.
	longer int
}

// newNumbers takes the context, with its radix, in front of the key's structure.
func newNumbers(c *conn, g ledger.Group, what string) *numbers {
	n := &numbers{c: c, g: g, what: what}
	n.take(sizeContextOfNumbers)
	n.fresh(2)
	return n
}

func (n *numbers) take(size int) uint32 {
	if !n.c.charge(n.g, size, n.what) {
		return 0
	}
	addr := n.c.Heap.Last(n.g)
	n.all = append(n.all, addr)
	return addr
}

func (n *numbers) give(addr uint32) {
	if i := slices.Index(n.all, addr); i >= 0 {
		n.all = slices.Delete(n.all, i, i+1)
		n.c.Heap.Give(n.g, addr)
	}
}

// fresh makes a number of blocks of its own.
func (n *numbers) fresh(size int) *number {
	x := &number{size: size, room: size}
	x.head = n.take(sizeNumber)
	x.words = n.take(size * wordBytes)
	return x
}

// alloc makes a number of a spare one, if there is one.
func (n *numbers) alloc(size int) *number {
	last := len(n.spare) - 1
	if last < 0 {
		return n.fresh(size)
	}
	x := n.spare[last]
	n.spare = n.spare[:last]
	n.stretch(x, size)
	return x
}

// stretch makes room for size words.
func (n *numbers) stretch(x *number, size int) {
	if size > x.room {
		x.room = max(2*x.room, size)
		old := x.words
		x.words = n.take(x.room * wordBytes)
		n.give(old)
	}
	x.size = size
}

func (n *numbers) free(x *number) {
	if !x.kept {
		n.spare = append(n.spare, x)
	}
}

// bytes makes a number of so many bytes.
func (n *numbers) bytes(length int) *number { return n.alloc((length + wordBytes - 1) / wordBytes) }

func (n *numbers) clone(x *number) *number { return n.alloc(x.size) }

// scale multiplies by a word, so that the length stays.
func (n *numbers) scale(x *number) *number {
	size := x.size
	r := n.alloc(size + 1)
	n.free(x)
	r.size = size
	return r
}

// multiply and square: 1 has one word, and changes no length.
func (n *numbers) multiply(a, b *number) *number {
	size := a.size + b.size
	r := n.alloc(size)
	if a.size == 1 || b.size == 1 {
		size--
	}
	n.free(a)
	n.free(b)
	r.size = size
	return r
}

func (n *numbers) square(x *number) *number {
	size := x.size
	r := n.alloc(2*size + 1)
	n.free(x)
	r.size = 2 * size
	if size == 1 {
		r.size = 1
	}
	return r
}

// divide is schoolbook division of u by m: by an ordinary one, or by the modulus as it was prepared (reduce).
func (n *numbers) divide(u *number, m *modulus, reduce bool) *number {
	k, size := m.n.size, u.size
	quotient := n.alloc(size - k + 1)
	part := n.alloc(k + 1)
	var v *number
	if m.shifted {
		u = n.scale(u)
		if !reduce {
			v = n.scale(m.n)
		}
	}
	n.stretch(u, size+1)
	product := n.alloc(k + 1)
	n.free(product)
	if m.back {
		n.stretch(part, k+2)
		by := m.n
		if v != nil {
			by = v
		}
		n.stretch(by, k+1)
		by.size = k
	}
	n.free(part)
	if v != nil {
		n.free(v)
	}
	if reduce {
		n.free(quotient)
		u.size = k
		return u
	}
	n.free(u)
	quotient.size = size - k
	return quotient
}

// prepare makes a modulus of a number: a shifted copy, and the quotient for Barrett's reduction.
func (n *numbers) prepare(x *number, value *big.Int) *modulus {
	m := &modulus{n: x, shifted: value.BitLen()%wordBits != 0, back: addsBack(value), longer: longer(value)}
	x.kept = true
	n.scale(x).kept = true
	u := n.alloc(2)
	n.stretch(u, 2*x.size+1)
	mu := n.divide(u, m, false)
	mu.kept = true
	return m
}

// reduce is Barrett's reduction; longer numbers are divided.
func (n *numbers) reduce(x *number, m *modulus) *number {
	k := m.n.size
	if x.size > 2*k {
		return n.divide(x, m, true)
	}
	q1 := n.clone(x)
	high := max(x.size-k+1, 1)
	q2 := n.alloc(high + k + 1)
	n.free(q1)
	r2 := n.alloc(max(x.size-k, 1) + k)
	n.free(q2)
	x.size = min(x.size, k)
	n.free(r2)
	return x
}

// exponentiation is under way: it counts its reductions.
type exponentiation struct {
	*numbers
	m      *modulus
	done   int
	longer int
}

func (e *exponentiation) reduce(x *number) *number {
	r := e.numbers.reduce(x, e.m)
	if e.done++; e.done == e.longer {
		e.stretch(e.m.n, e.m.n.size+1)
		e.m.n.size--
	}
	return r
}

// power raises x to an exponent with a sliding window, whose odd powers are computed first.
func (n *numbers) power(x *number, m *modulus, exponent *big.Int, raised *number) *number {
	e := &exponentiation{numbers: n, m: m}
	top := exponent.BitLen() - 1
	r := n.alloc(1)
	window := 1
	for j := top; j > 32; j /= 5 {
		window++
	}
	if window > 1 {
		// Choice: an exponent without a window, the public 65537, is so short that the modulus need not be stretched: it was not in
		// 23 of 33 measured encryptions (axtls.md 11).
		e.longer = m.longer
	}
	g := make([]*number, 1<<(window-1))
	table := n.take(len(g) * wordBytes)
	g[0] = n.clone(x)
	g[0].kept = true
	two := e.reduce(n.square(g[0]))
	for i := 1; i < len(g); i++ {
		two.kept = true
		g[i] = e.reduce(n.multiply(g[i-1], two))
		two.kept = false
		g[i].kept = true
	}
	n.free(two)
	for i := top; i >= 0 && n.c.Failure == nil; {
		if exponent.Bit(i) == 0 {
			r = e.reduce(n.square(r))
			i--
			continue
		}
		low := max(i-window+1, 0)
		for exponent.Bit(low) == 0 {
			low++
		}
		odd := 0
		for j := i; j >= low; j-- {
			r = e.reduce(n.square(r))
			odd = odd<<1 | int(exponent.Bit(j))
		}
		r = e.reduce(n.multiply(r, g[odd/2]))
		i = low - 1
	}
	for _, x := range g {
		x.kept = false
		n.free(x)
	}
	n.give(table)
	n.free(x)
	n.free(raised)
	return r
}

// forget gives the spare numbers back to the heap.
func (n *numbers) forget() {
	for _, x := range n.spare {
		n.give(x.words)
		n.give(x.head)
	}
	n.spare = nil
}

// end gives everything back.
func (n *numbers) end() {
	for _, addr := range n.all {
		n.c.Heap.Give(n.g, addr)
	}
	n.all, n.spare = nil, nil
}

// longer tells at which reduction it is more likely than not that a result before the last subtraction was one word longer than
// the modulus. Barrett's quotient is one too small where the remainder is below d·m, d = f·x/b², with f the fraction that the
// prepared quotient b²/m lost and b the power of the word's base above m; the result, m and the remainder, reaches b if the
// remainder is at least b-m. The squares x that are reduced are spread as those of a number between 0 and m. Choice: the
// numbers that are raised are drawn, and this is the median.
func longer(m *big.Int) int {
	b := new(big.Int).Lsh(big.NewInt(1), uint((m.BitLen()+wordBits-1)/wordBits*wordBits))
	ratio := fraction(m, b)
	lost := fraction(new(big.Int).Mod(new(big.Int).Mul(b, b), m), m)
	gap := 1/ratio - 1
	least := math.Sqrt(gap / lost)
	if !(least < ratio) {
		return 0
	}
	p := (lost*(ratio*ratio*ratio-least*least*least)/3 - gap*(ratio-least)) / ratio
	return int(math.Ceil(math.Log(2) / -math.Log1p(-p)))
}

// addsBack tells whether the division of the power of the word's base that gives the prepared quotient guesses a digit too large
// by one. The guess is the quotient of two words by one, made smaller by one if a third word shows that it is too large; it may
// have been too large by two.
func addsBack(m *big.Int) bool {
	k := (m.BitLen() + wordBits - 1) / wordBits
	word := func(x *big.Int, i int) uint64 {
		return new(big.Int).Rsh(x, uint(max(i, 0)*wordBits)).Uint64() & math.MaxUint32
	}
	d := (1 << wordBits) / (word(m, k-1) + 1)
	scale := new(big.Int).SetUint64(d)
	v := new(big.Int).Mul(m, scale)
	v1, v2 := word(v, k-1), uint64(0)
	if k > 1 {
		v2 = word(v, k-2)
	}
	u := new(big.Int).Lsh(scale, uint(k-1)*wordBits)
	for range k + 2 {
		digit, rest := new(big.Int).QuoRem(u, v, new(big.Int))
		two := word(u, k)<<wordBits | word(u, k-1)
		guess := uint64(math.MaxUint32)
		if two>>wordBits != v1 {
			guess = two / v1
			if left := two - guess*v1; v2 != 0 && v2*guess > left<<wordBits|word(u, k-2) {
				guess--
			}
		}
		if guess > digit.Uint64() {
			return true
		}
		u = rest.Lsh(rest, wordBits)
	}
	return false
}

func fraction(a, b *big.Int) float64 {
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	return f
}
