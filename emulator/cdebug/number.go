package cdebug

import (
	"errors"
	"fmt"
	"math"
)

// number is a value that operators of C work on.
type number struct {
	t *ctype  // bare: an integer, a floating-point number, a pointer
	i uint64  // of an integer or a pointer, extended to 64 bits by its sign
	f float64 // of a floating-point number
}

// signed tells whether the number can be below 0.
func (n number) signed() bool { return n.t.kind == typeSigned }

// as converts a number to a type of the language or a pointer, bare.
func (n number) as(t *ctype) (number, error) {
	to := number{t: t}
	float := n.t.kind == typeFloat
	switch {
	case t.kind == typeFloat:
		switch {
		case float:
			to.f = n.f
		case n.signed():
			to.f = float64(int64(n.i))
		default:
			to.f = float64(n.i)
		}
		if t.size == 4 {
			to.f = float64(float32(to.f))
		}
		return to, nil
	case t.kind != typeSigned && t.kind != typeUnsigned && t.kind != typePointer && t.kind != typeEnum:
		return to, errors.New("a number cannot become that")
	case float && (math.IsNaN(n.f) || n.f >= 1<<63 || n.f < -(1<<63)):
		return to, fmt.Errorf("%v has no value as an integer", n.f)
	case float:
		to.i = uint64(int64(n.f))
	default:
		to.i = n.i
	}
	if t.name == typeBool.name && t.kind == typeUnsigned && t.size == 1 {
		if zero := n.zero(); zero {
			to.i = 0
		} else {
			to.i = 1
		}
		return to, nil
	}
	if bits := 8 * uint(t.size); bits > 0 && bits < 64 {
		to.i <<= 64 - bits
		if t.kind == typeSigned {
			to.i = uint64(int64(to.i) >> (64 - bits))
		} else {
			to.i >>= 64 - bits
		}
	}
	return to, nil
}

// zero tells whether C takes the number for false.
func (n number) zero() bool {
	if n.t.kind == typeFloat {
		return n.f == 0
	}
	return n.i == 0
}

// truth is the number of a comparison.
func truth(b bool) number {
	if b {
		return number{t: typeInt, i: 1}
	}
	return number{t: typeInt}
}

// promoted is a number as operators take it: an int at least.
func (n number) promoted() number {
	switch {
	case n.t.kind == typeFloat:
		return n
	case n.t.size < 4, n.t.kind == typeSigned && n.t.size == 4:
		n.t = typeInt
	case n.t.size == 4:
		n.t = typeUInt
	case n.signed():
		n.t = typeLongLong
	default:
		n.t = typeULL
	}
	return n
}

// balanced gives two numbers the type that C does arithmetic in.
func balanced(a, b number) (number, number, error) {
	a, b = a.promoted(), b.promoted()
	t := a.t
	rank := func(t *ctype) int {
		switch t {
		case typeInt:
			return 0
		case typeUInt:
			return 1
		case typeLongLong:
			return 2
		case typeULL:
			return 3
		}
		if t.size == 4 {
			return 4
		}
		return 5
	}
	if rank(b.t) > rank(a.t) {
		t = b.t
	}
	x, err := a.as(t)
	if err != nil {
		return a, b, err
	}
	y, err := b.as(t)
	return x, y, err
}

// calculate applies an operator to two numbers, which are no pointers.
func calculate(op string, a, b number) (number, error) {
	if op == "<<" || op == ">>" {
		a, b = a.promoted(), b.promoted()
		if a.t.kind == typeFloat || b.t.kind == typeFloat {
			return a, fmt.Errorf("%s of a floating-point number", op)
		}
		if n := int64(b.i); n < 0 || n >= int64(8*a.t.size) {
			return a, fmt.Errorf("a shift by %d", n)
		}
		switch {
		case op == "<<":
			a.i <<= b.i
		case a.signed():
			a.i = uint64(int64(a.i) >> b.i)
		default:
			a.i >>= b.i
		}
		return a.as(a.t)
	}
	a, b, err := balanced(a, b)
	if err != nil {
		return a, err
	}
	if a.t.kind == typeFloat {
		return calculateFloat(op, a, b)
	}
	less := a.i < b.i
	if a.signed() {
		less = int64(a.i) < int64(b.i)
	}
	switch op {
	case "==":
		return truth(a.i == b.i), nil
	case "!=":
		return truth(a.i != b.i), nil
	case "<":
		return truth(less), nil
	case ">=":
		return truth(!less), nil
	case ">":
		return truth(!less && a.i != b.i), nil
	case "<=":
		return truth(less || a.i == b.i), nil
	case "+":
		a.i += b.i
	case "-":
		a.i -= b.i
	case "*":
		a.i *= b.i
	case "&":
		a.i &= b.i
	case "|":
		a.i |= b.i
	case "^":
		a.i ^= b.i
	case "/", "%":
		switch {
		case b.i == 0:
			return a, errors.New("division by zero")
		case a.signed() && op == "/":
			a.i = uint64(int64(a.i) / int64(b.i)) // the smallest number by -1 is itself in Go
		case a.signed():
			a.i = uint64(int64(a.i) % int64(b.i))
		case op == "/":
			a.i /= b.i
		default:
			a.i %= b.i
		}
	}
	return a.as(a.t)
}

func calculateFloat(op string, a, b number) (number, error) {
	switch op {
	case "==":
		return truth(a.f == b.f), nil
	case "!=":
		return truth(a.f != b.f), nil
	case "<":
		return truth(a.f < b.f), nil
	case ">=":
		return truth(a.f >= b.f), nil
	case ">":
		return truth(a.f > b.f), nil
	case "<=":
		return truth(a.f <= b.f), nil
	case "+":
		a.f += b.f
	case "-":
		a.f -= b.f
	case "*":
		a.f *= b.f
	case "/":
		a.f /= b.f
	default:
		return a, fmt.Errorf("%s of a floating-point number", op)
	}
	return a.as(a.t)
}
