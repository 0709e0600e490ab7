package mbedtls

import (
	"math/big"
	"math/bits"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
)

// The library's big numbers as the heap sees them: which block each step of its algorithms takes and gives back, in its order
// and with its sizes (mbed TLS 2.2.1, bignum.c, rsa.c, dhm.c). The results are not computed where only their size matters.

const limb = 32 // bits

// number is one of the library's numbers. The zero value holds nothing.
type number struct {
	v    big.Int
	n    int // limbs it has room for
	addr uint32
	g    ledger.Group
}

// arithmetic does the library's steps. After the first block that is not there it does nothing but give back.
type arithmetic struct {
	heap   *ledger.Ledger
	what   string
	failed bool
	log    *journal     // of the operation under way that is to be remembered; nil: none
	done   []uint32     // what was taken or given back before this operation was begun once more; see follow
	fits   map[int]bool // limbs of a short-lived block that there was room for since the last number grew
	result big.Int      // of a sum or difference, kept for its words
}

// passing takes a block and gives it back at once. Another of the same size changes nothing until a number grows.
func (a *arithmetic) passing(limbs int) {
	if a.failed || a.fits[limbs] {
		return
	}
	x := &number{g: ledger.Temp}
	a.grow(x, limbs)
	a.free(x)
	if a.fits == nil {
		a.fits = map[int]bool{}
	}
	a.fits[limbs] = !a.failed
}

// size returns how many limbs a value has.
func size(v *big.Int) int { return (v.BitLen() + limb - 1) / limb }

// held is a number that is there already, outside the arithmetic's care.
func held(v *big.Int) *number {
	x := &number{n: max(size(v), 1)}
	x.v.Set(v)
	return x
}

func (a *arithmetic) grow(x *number, limbs int) {
	if a.failed || x.n >= limbs {
		return
	}
	addr := a.take(x.g, 4*limbs)
	if addr == 0 {
		a.failed = true
		return
	}
	a.give(x.g, x.addr)
	x.n, x.addr = limbs, addr
	clear(a.fits)
}

func (a *arithmetic) free(numbers ...*number) {
	for _, x := range numbers {
		a.give(x.g, x.addr)
		*x = number{g: x.g}
	}
}

func (a *arithmetic) copy(x, y *number) {
	if x == y || a.failed {
		return
	}
	if y.n == 0 {
		a.free(x)
		return
	}
	a.grow(x, max(size(&y.v), 1))
	x.v.Set(&y.v)
}

func (a *arithmetic) set(x *number, v int64) {
	a.grow(x, 1)
	x.v.SetInt64(v)
}

// read takes a value from bytes.
func (a *arithmetic) read(x *number, v *big.Int) {
	a.grow(x, max(size(v), 1))
	x.v.Set(v)
}

func (a *arithmetic) shiftLeft(x *number, count int) {
	if need := x.v.BitLen() + count; x.n*limb < need {
		a.grow(x, (need+limb-1)/limb)
	}
	x.v.Lsh(&x.v, uint(count))
}

func (a *arithmetic) shiftRight(x *number, count int) {
	negative := x.v.Sign() < 0
	x.v.Abs(&x.v).Rsh(&x.v, uint(count))
	if negative {
		x.v.Neg(&x.v)
	}
}

// addAbs is x = |p| + |q|.
func (a *arithmetic) addAbs(x, p, q *number) {
	if x == q {
		p, q = x, p
	}
	a.absolute(p, q, 1)
	a.copy(x, p)
	a.grow(x, size(&q.v))
	a.grow(x, size(&a.result))
	x.v.Set(&a.result)
}

// absolute leaves |p| + |q| in result, or, with by = -1, the difference of the two.
func (a *arithmetic) absolute(p, q *number, by int) {
	if sign(&p.v)*sign(&q.v) == by {
		a.result.Add(&p.v, &q.v)
	} else {
		a.result.Sub(&p.v, &q.v)
	}
	a.result.Abs(&a.result)
}

// subAbs is x = |p| - |q|, which is not negative.
func (a *arithmetic) subAbs(x, p, q *number) {
	second := &number{g: ledger.Temp}
	switch {
	case x == q && x.n >= size(&p.v):
		a.passing(max(size(&q.v), 1))
	case x == q:
		a.grow(second, max(size(&q.v), 1))
	}
	a.absolute(p, q, -1)
	a.copy(x, p)
	x.v.Set(&a.result)
	a.free(second)
}

func (a *arithmetic) add(x, p, q *number) { a.combine(x, p, q, sign(&q.v)) }

func (a *arithmetic) sub(x, p, q *number) { a.combine(x, p, q, -sign(&q.v)) }

// sign is -1 or 1, which zero has too.
func sign(v *big.Int) int {
	if v.Sign() < 0 {
		return -1
	}
	return 1
}

// combine adds q with a sign of its own to p.
func (a *arithmetic) combine(x, p, q *number, other int) {
	if a.failed {
		return
	}
	s := sign(&p.v)
	switch {
	case s == other:
		a.addAbs(x, p, q)
	case p.v.CmpAbs(&q.v) >= 0:
		a.subAbs(x, p, q)
	default:
		a.subAbs(x, q, p)
		s = -s
	}
	if s < 0 {
		x.v.Neg(&x.v)
	}
}

// mul is x = p * q.
func (a *arithmetic) mul(x, p, q *number) {
	if a.failed {
		return
	}
	first, second := number{g: ledger.Temp}, number{g: ledger.Temp}
	if x == p {
		a.copy(&first, p)
	}
	if x == q {
		a.copy(&second, q)
	}
	var product big.Int
	product.Mul(&p.v, &q.v)
	a.grow(x, max(size(&p.v)+size(&q.v), 1))
	x.v.Set(&product)
	a.free(&second, &first)
}

// div is p / q: the quotient goes to quotient and the rest to rest, either of which may be nil.
func (a *arithmetic) div(quotient, rest, p, q *number) {
	if a.failed || q.v.Sign() == 0 {
		return
	}
	if p.v.CmpAbs(&q.v) < 0 {
		if quotient != nil {
			a.set(quotient, 0)
		}
		if rest != nil {
			a.copy(rest, p)
		}
		return
	}
	x, y, z, t1, t2 := &number{g: ledger.Temp}, &number{g: ledger.Temp}, &number{g: ledger.Temp}, &number{g: ledger.Temp},
		&number{g: ledger.Temp}
	negative := p.v.Sign() < 0
	var result big.Int
	result.Quo(&p.v, &q.v)
	a.copy(x, p)
	a.copy(y, q)
	x.v.Abs(&x.v)
	y.v.Abs(&y.v)
	a.grow(z, p.n+2)
	a.grow(t1, 2)
	a.grow(t2, 3)
	k := limb - 1 - y.v.BitLen()%limb
	if k > 0 {
		a.shiftLeft(x, k)
		a.shiftLeft(y, k)
	}
	n, t := x.n-1, y.n-1
	if !a.failed {
		a.shiftLeft(y, limb*(n-t))
		for x.v.Cmp(&y.v) >= 0 && !a.failed {
			a.sub(x, x, y)
		}
		a.shiftRight(y, limb*(n-t))
	}
	for i := n; i > t && !a.failed; i-- {
		a.divStep(x, y, t1, i, t)
	}
	if quotient != nil {
		z.v.Set(&result)
		a.copy(quotient, z)
	}
	if rest != nil {
		a.shiftRight(x, k)
		if negative {
			x.v.Neg(&x.v)
		}
		a.copy(rest, x)
	}
	a.free(x, y, z, t1, t2)
}

// limbOf returns limb i of a value.
func limbOf(v *big.Int, i int) uint64 {
	if i < 0 {
		return 0
	}
	var w big.Int
	return w.And(w.Rsh(v, uint(limb*i)), big.NewInt(1<<limb-1)).Uint64()
}

// divStep takes one limb of the quotient: x less that limb times y.
func (a *arithmetic) divStep(x, y, t1 *number, i, t int) {
	digit := uint64(1<<limb - 1)
	if top, d := limbOf(&x.v, i), limbOf(&y.v, t); top < d {
		digit, _ = bits.Div64(0, top<<limb|limbOf(&x.v, i-1), d)
	}
	divisor := limbOf(&y.v, t)<<limb | limbOf(&y.v, t-1)
	hi2, lo2 := limbOf(&x.v, i), limbOf(&x.v, i-1)<<limb|limbOf(&x.v, i-2)
	limbs := (bits.Len64(divisor) + limb - 1) / limb
	if t1.n > limbs {
		a.passing(limbs) // the copy that a product in place takes
	} else {
		second := &number{g: ledger.Temp}
		a.grow(second, limbs)
		a.grow(t1, limbs+1)
		a.free(second)
	}
	for {
		hi, lo := bits.Mul64(digit, divisor)
		if hi < hi2 || hi == hi2 && lo <= lo2 {
			break
		}
		digit--
	}
	by := &number{n: 1}
	by.v.SetUint64(digit)
	a.mul(t1, y, by)
	a.shiftLeft(t1, limb*(i-t-1))
	a.sub(x, x, t1)
	if x.v.Sign() < 0 {
		a.copy(t1, y)
		a.shiftLeft(t1, limb*(i-t-1))
		a.add(x, x, t1)
	}
}

// mod is p modulo q.
func (a *arithmetic) mod(rest, p, q *number) {
	a.div(nil, rest, p, q)
	for rest.v.Sign() < 0 && !a.failed {
		a.add(rest, rest, q)
	}
}

// power is x = p to the e modulo m. It leaves in constant what the library keeps with the modulus.
func (a *arithmetic) power(x, p, e, m, constant *number) {
	if a.failed || m.v.Bit(0) == 0 {
		return // refused
	}
	w := window(e.v.BitLen())
	var table [32]number
	for i := range table {
		table[i].g = ledger.Temp
	}
	first, t := &number{g: ledger.Temp}, &number{g: ledger.Temp}
	a.grow(x, m.n+1)
	a.grow(first, m.n+1)
	a.grow(t, 2*(m.n+1))
	if constant.n == 0 {
		made := &number{g: constant.g}
		a.set(made, 1)
		a.shiftLeft(made, 2*limb*m.n)
		a.mod(made, made, m)
		if a.failed {
			a.free(made)
		} else {
			*constant = *made
		}
	}
	if p.v.Cmp(&m.v) >= 0 {
		a.mod(first, p, m)
	} else {
		a.copy(first, p)
	}
	for i := range w {
		if w > 1 {
			a.grow(&table[i], m.n+1)
		}
	}
	x.v.Sub(&m.v, big.NewInt(1)) // as long as the modulus
	for i := range table {
		a.free(&table[i])
	}
	a.free(first, t)
}

// gcd leaves the greatest common divisor in x. Its loop takes no memory.
func (a *arithmetic) gcd(x, p, q *number) {
	if a.failed {
		return
	}
	ta, tb := &number{g: ledger.Temp}, &number{g: ledger.Temp}
	a.copy(ta, p)
	a.copy(tb, q)
	tb.v.GCD(nil, nil, new(big.Int).Abs(&p.v), new(big.Int).Abs(&q.v))
	a.copy(x, tb)
	a.free(ta, tb)
}

// inverse is x = 1/p modulo m.
func (a *arithmetic) inverse(x, p, m *number) {
	if a.failed {
		return
	}
	temp := func() *number { return &number{g: ledger.Temp} }
	g, ta, tu, u1, u2, tb, tv, v1, v2 := temp(), temp(), temp(), temp(), temp(), temp(), temp(), temp(), temp()
	defer a.free(ta, tu, u1, u2, g, tb, tv, v1, v2)
	if a.gcd(g, p, m); g.v.Cmp(big.NewInt(1)) != 0 {
		return
	}
	a.mod(ta, p, m)
	a.copy(tu, ta)
	a.copy(tb, m)
	a.copy(tv, m)
	a.set(u1, 1)
	a.set(u2, 0)
	a.set(v1, 0)
	a.set(v2, 1)
	halve := func(t, s1, s2 *number) {
		for t.v.Bit(0) == 0 && !a.failed {
			a.shiftRight(t, 1)
			if s1.v.Bit(0) != 0 || s2.v.Bit(0) != 0 {
				a.add(s1, s1, tb)
				a.sub(s2, s2, ta)
			}
			a.shiftRight(s1, 1)
			a.shiftRight(s2, 1)
		}
	}
	for tu.v.Sign() != 0 && !a.failed {
		halve(tu, u1, u2)
		halve(tv, v1, v2)
		if tu.v.Cmp(&tv.v) >= 0 {
			a.sub(tu, tu, tv)
			a.sub(u1, u1, v1)
			a.sub(u2, u2, v2)
		} else {
			a.sub(tv, tv, tu)
			a.sub(v1, v1, u1)
			a.sub(v2, v2, u2)
		}
	}
	for v1.v.Sign() < 0 && !a.failed {
		a.add(v1, v1, m)
	}
	for v1.v.Cmp(&m.v) >= 0 && !a.failed {
		a.sub(v1, v1, m)
	}
	a.copy(x, v1)
}

// inRange is the check that a value lies in 2 to m-2, whose result the library loses.
func (a *arithmetic) inRange(m *number) {
	low, high := &number{g: ledger.Temp}, &number{g: ledger.Temp}
	a.set(low, 2)
	a.sub(high, m, held(big.NewInt(2)))
	a.free(low, high)
}
