package wasm

import "bytes"

// textFunctions are the memory and string functions of osapi.h, and printing.
var textFunctions = map[string]hostFunction{
	"ets_bzero": {"pi", func(g *guest, a args) uint32 {
		g.set(a.u32(0), 0, a.u32(1))
		return 0
	}},
	"ets_memset": {"pii", func(g *guest, a args) uint32 {
		g.set(a.u32(0), a.u8(1), a.u32(2))
		return a.u32(0)
	}},
	"ets_memcpy":  {"ppi", etsMemcpy},
	"ets_memmove": {"ppi", etsMemcpy},
	"ets_memcmp": {"ppi", func(g *guest, a args) uint32 {
		return g.compare(g.read(a.u32(0), a.u32(2)), g.read(a.u32(1), a.u32(2)))
	}},
	"ets_strlen": {"p", func(g *guest, a args) uint32 { return uint32(len(g.str(a.u32(0)))) }},
	"ets_strcmp": {"pp", func(g *guest, a args) uint32 { return g.compare(g.str(a.u32(0)), g.str(a.u32(1))) }},
	"ets_strncmp": {"ppi", func(g *guest, a args) uint32 {
		if a.u32(2) == 0 {
			return 0
		}
		return g.compare(g.strn(a.u32(0), a.u32(2)), g.strn(a.u32(1), a.u32(2)))
	}},
	"ets_strcpy": {"pp", func(g *guest, a args) uint32 {
		g.setText(a.u32(0), bytes.Clone(g.str(a.u32(1))))
		return a.u32(0)
	}},
	"ets_strncpy": {"ppi", func(g *guest, a args) uint32 {
		n := a.u32(2)
		if n == 0 {
			return a.u32(0)
		}
		s := bytes.Clone(g.strn(a.u32(1), n))
		b := g.write(a.u32(0), n)
		clear(b[copy(b, s):])
		g.burn(uint64(n))
		return a.u32(0)
	}},
	"ets_strstr": {"pp", func(g *guest, a args) uint32 {
		i := bytes.Index(g.str(a.u32(0)), g.str(a.u32(1)))
		if i < 0 {
			return 0
		}
		return a.u32(0) + uint32(i)
	}},

	"os_printf_plus": {"pv", printf},
	"ets_sprintf": {"ppv", func(g *guest, a args) uint32 {
		out := g.format(bytes.Clone(g.str(a.u32(1))), a.u32(2))
		g.setText(a.u32(0), out)
		return uint32(len(out))
	}},
	"ets_snprintf":      {"pipv", vsnprintf},
	"ets_install_putc1": {"f", installPutc},
	"ets_putc": {"i", func(g *guest, a args) uint32 {
		_, _ = g.board.Write([]byte{a.u8(0)}) // a UART never fails
		return 0
	}},
}

// fuelPerByte is what the string functions burn for each byte, as a loop would.
const fuelPerByte = 1

func (g *guest) set(p uint32, v byte, n uint32) {
	b := g.write(p, n)
	g.burn(uint64(n) * fuelPerByte)
	for i := range b {
		b[i] = v
	}
}

func etsMemcpy(g *guest, a args) uint32 {
	n := a.u32(2)
	from, to := g.read(a.u32(1), n), g.write(a.u32(0), n)
	g.burn(uint64(n) * fuelPerByte)
	copy(to, from)
	return a.u32(0)
}

// compare returns the difference of the first bytes that differ, as the C functions do; the shorter string ends in NUL.
func (g *guest) compare(x, y []byte) uint32 {
	g.burn(uint64(min(len(x), len(y))) * fuelPerByte)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return uint32(int32(x[i]) - int32(y[i]))
		}
	}
	switch {
	case len(x) > len(y):
		return uint32(x[len(y)])
	case len(y) > len(x):
		return uint32(-int32(y[len(x)]))
	}
	return 0
}

// str is text with its cost.
func (g *guest) str(p uint32) []byte {
	s := g.text(p)
	g.burn(uint64(len(s)) * fuelPerByte)
	return s
}

// strn returns the string at p, at most n bytes of it: no NUL is needed behind those.
func (g *guest) strn(p, n uint32) []byte {
	if size := g.mem.Size(); p < size {
		b, _ := g.mem.Read(p, min(n, size-p))
		n = uint32(len(b))
		if i := bytes.IndexByte(b, 0); i >= 0 {
			n = uint32(i) + 1
		}
	}
	b := g.read(p, n)
	if n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	g.burn(uint64(len(b)) * fuelPerByte)
	return b
}
