package cabi

import "bytes"

// textFunctions are the memory and string functions of osapi.h.
var textFunctions = map[string]Function{
	"ets_bzero": {"pi", func(s *SDK, a *Args) uint32 {
		s.set(a.u32(0), 0, a.u32(1))
		return 0
	}},
	"ets_memset": {"pii", func(s *SDK, a *Args) uint32 {
		s.set(a.u32(0), a.u8(1), a.u32(2))
		return a.u32(0)
	}},
	"ets_memcpy":  {"ppi", etsMemcpy},
	"ets_memmove": {"ppi", etsMemcpy},
	"ets_memcmp": {"ppi", func(s *SDK, a *Args) uint32 {
		return s.compare(s.read(a.u32(0), a.u32(2)), s.read(a.u32(1), a.u32(2)))
	}},
	"ets_strlen": {"p", func(s *SDK, a *Args) uint32 { return uint32(len(s.str(a.u32(0)))) }},
	"ets_strcmp": {"pp", func(s *SDK, a *Args) uint32 { return s.compare(s.str(a.u32(0)), s.str(a.u32(1))) }},
	"ets_strncmp": {"ppi", func(s *SDK, a *Args) uint32 {
		if a.u32(2) == 0 {
			return 0
		}
		return s.compare(s.strn(a.u32(0), a.u32(2)), s.strn(a.u32(1), a.u32(2)))
	}},
	"ets_strcpy": {"pp", func(s *SDK, a *Args) uint32 {
		s.setText(a.u32(0), bytes.Clone(s.str(a.u32(1))))
		return a.u32(0)
	}},
	"ets_strncpy": {"ppi", func(s *SDK, a *Args) uint32 {
		n := a.u32(2)
		if n == 0 {
			return a.u32(0)
		}
		from := bytes.Clone(s.strn(a.u32(1), n))
		b := s.write(a.u32(0), n)
		clear(b[copy(b, from):])
		s.burn(uint64(n) * byteCycles)
		return a.u32(0)
	}},
	"ets_strstr": {"pp", func(s *SDK, a *Args) uint32 {
		i := bytes.Index(s.str(a.u32(0)), s.str(a.u32(1)))
		if i < 0 {
			return 0
		}
		return a.u32(0) + uint32(i)
	}},
}

func (s *SDK) set(p uint32, v byte, n uint32) {
	b := s.write(p, n)
	s.burn(uint64(n) * byteCycles)
	for i := range b {
		b[i] = v
	}
}

func etsMemcpy(s *SDK, a *Args) uint32 {
	n := a.u32(2)
	from, to := s.read(a.u32(1), n), s.write(a.u32(0), n)
	s.burn(uint64(n) * byteCycles)
	copy(to, from)
	return a.u32(0)
}

// compare returns the difference of the first bytes that differ, as the C functions do; the shorter string ends in NUL.
func (s *SDK) compare(x, y []byte) uint32 {
	s.burn(uint64(min(len(x), len(y))) * byteCycles)
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
func (s *SDK) str(p uint32) []byte {
	t := s.text(p)
	s.burn(uint64(len(t)) * byteCycles)
	return t
}

// strn returns the string at p, at most n bytes of it: no NUL is needed behind those.
func (s *SDK) strn(p, n uint32) []byte {
	if b, _ := s.guest.Readable(p); len(b) > 0 {
		b = b[:min(uint64(n), uint64(len(b)))]
		n = uint32(len(b))
		if i := bytes.IndexByte(b, 0); i >= 0 {
			n = uint32(i) + 1
		}
	}
	b := s.read(p, n)
	if n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	s.burn(uint64(len(b)) * byteCycles)
	return b
}
