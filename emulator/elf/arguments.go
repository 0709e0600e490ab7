package elf

import (
	"errors"
	"fmt"
	"math"

	"github.com/emu8266/emu8266/emulator/cdebug"
)

// call calls a function with values of Go.
func (g *guest) call(c *cdebug.Callee, args []any) (result uint64, err error) {
	if g.depth >= callDepth {
		return 0, fmt.Errorf("callbacks nested %d deep", g.depth)
	}
	words := g.levels[g.depth].call[:0]
	for n, arg := range args {
		words = reserve(words, c.Parameters[n])
		switch arg.(type) {
		case string, []byte:
			return g.callLending(c, words, args, n)
		}
		if words, err = put(words, c.Parameters[n], arg); err != nil {
			return 0, err
		}
	}
	g.levels[g.depth].call = words
	return g.run(uint32(c.Addr), words...), nil
}

// callLending goes on with call at argument n, which is a text or bytes: they lie in memory as long as the call takes.
func (g *guest) callLending(c *cdebug.Callee, words []uint32, args []any, n int) (result uint64, err error) {
	if n == len(args) {
		return g.run(uint32(c.Addr), words...), nil
	}
	words = reserve(words, c.Parameters[n])
	var data, back []byte
	switch x := args[n].(type) {
	case string:
		data = append([]byte(x), 0)
	case []byte:
		data, back = x, x
	default:
		if words, err = put(words, c.Parameters[n], x); err != nil {
			return 0, err
		}
		return g.callLending(c, words, args, n+1)
	}
	err = g.sdk.LendArgument(data, back, func(p uint32) (err error) {
		result, err = g.callLending(c, append(words, p), args, n+1)
		return err
	})
	return result, err
}

// reserve leaves out the word that a parameter of 64 bits does not take: it begins at an even one (lx106.md 6).
func reserve(words []uint32, p cdebug.Parameter) []uint32 {
	if p.Size == 8 && len(words)%2 != 0 {
		return append(words, 0)
	}
	return words
}

// put appends a number.
func put(words []uint32, p cdebug.Parameter, arg any) ([]uint32, error) {
	switch x := arg.(type) {
	case nil:
		return append(words, 0), nil
	case float32:
		return put(words, p, float64(x))
	case float64:
		switch {
		case !p.Float:
			return nil, errors.New("a floating-point number for a parameter that is none")
		case p.Size == 4:
			return append(words, math.Float32bits(float32(x))), nil
		}
		v := math.Float64bits(x)
		return append(words, uint32(v), uint32(v>>32)), nil
	}
	n, negative, err := cdebug.Integer(arg)
	switch {
	case err != nil:
		return nil, err
	case p.Float:
		return nil, fmt.Errorf("%v for a floating-point parameter: give a float64", arg)
	case p.Size == 8:
		return append(words, uint32(n), uint32(n>>32)), nil
	case negative && int64(n) < math.MinInt32 || !negative && n > math.MaxUint32:
		return nil, fmt.Errorf("%v does not fit into 32 bits", arg)
	}
	return append(words, uint32(n)), nil
}
