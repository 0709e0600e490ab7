package cabi

import (
	"bytes"
	"fmt"
)

// printFunctions are those that format and print.
var printFunctions = map[string]Function{
	"os_printf_plus":    {"pv", printfPlus},
	"ets_sprintf":       {"ppv", bufferPrintf},
	"ets_vsprintf":      {"ppV", bufferPrintf},
	"ets_snprintf":      {"pipv", bufferNprintf},
	"ets_install_putc1": {"f", installPutc},
	"ets_putc": {"i", func(s *SDK, a *Args) uint32 {
		s.transmit([]byte{a.u8(0)})
		return 0
	}},
	"ets_printf":      {"pv", printf},
	"ets_uart_printf": {"pv", uartPrintf},
	"ets_vprintf": {"fpV", func(s *SDK, a *Args) uint32 {
		out := s.format(bytes.Clone(s.str(a.u32(1))), a.More)
		for _, c := range out {
			s.callback(a.u32(0), uint32(c))
		}
		return uint32(len(out))
	}},
	"ets_vsnprintf": {"pipV", bufferNprintf},
}

// libraryFunctions are the same under the names of the C library.
var libraryFunctions = map[string]Function{
	"printf":    {"pv", printf},
	"sprintf":   {"ppv", vsprintf},
	"vsprintf":  {"ppV", vsprintf},
	"snprintf":  {"pipv", vsnprintf},
	"vsnprintf": {"pipV", vsnprintf},
	"puts": {"p", func(s *SDK, a *Args) uint32 {
		s.board.Print(append(bytes.Clone(s.str(a.u32(0))), '\n'))
		return 1
	}},
	"putchar": {"i", func(s *SDK, a *Args) uint32 {
		s.board.Print([]byte{a.u8(0)})
		return uint32(a.u8(0))
	}},
	// Choice: both end as GCC's __builtin_trap does, in an illegal instruction. What assert prints is ours.
	"__assert_func": {"pipp", func(s *SDK, a *Args) uint32 {
		file, condition := string(s.str(a.u32(0))), string(s.str(a.u32(3)))
		s.board.Print(fmt.Appendf(nil, "\nassertion failed: %s, %s:%d\n", condition, file, int32(a.u32(1))))
		s.end("assertion failed: %s", condition)
		return 0
	}},
	"abort": {"", func(s *SDK, _ *Args) uint32 {
		s.end("abort() is called")
		return 0
	}},
}

// Library tells whether a function is one of the C library's. A program that is linked with a C library of its own has another.
func Library(name string) bool {
	_, ok := libraryFunctions[name]
	return ok
}

// bufferPrintf is ets_vsprintf and ets_sprintf.
func bufferPrintf(s *SDK, a *Args) uint32 {
	out := s.formatBuffer(bytes.Clone(s.str(a.u32(1))), a.More)
	s.setText(a.u32(0), out)
	return uint32(len(out))
}

// bufferNprintf is ets_vsnprintf and ets_snprintf. A size of 0 is none: it writes all.
func bufferNprintf(s *SDK, a *Args) uint32 {
	out := s.formatBuffer(bytes.Clone(s.str(a.u32(2))), a.More)
	most := uint64(len(out))
	if n := uint64(a.u32(1)); n > 0 {
		most = min(most, n-1)
	}
	s.setText(a.u32(0), out[:most])
	return uint32(len(out))
}

// vsprintf is the C library's vsprintf and sprintf. Choice: they format as os_printf.
func vsprintf(s *SDK, a *Args) uint32 {
	out := s.format(bytes.Clone(s.str(a.u32(1))), a.More)
	s.setText(a.u32(0), out)
	return uint32(len(out))
}

// flashBits are those that os_printf_plus looks at to tell that a format lies in the flash, which the chip shows from 0x40200000 on.
const flashBits = 0x40200000

// printfPlus is os_printf. While it prints a format that lies in the flash, where USE_OPTIMIZE_PRINTF puts them, a copy of it is in the
// heap (lwip.md 16). Deviation: a program in WebAssembly has no addresses of the flash, and one in Go no addresses at all: their formats
// take no memory.
func printfPlus(s *SDK, a *Args) uint32 {
	p := a.u32(0)
	format := bytes.Clone(s.str(p))
	var block uint32
	if p&flashBits == flashBits {
		var most int
		block, most = s.board.CopyFormat(len(format))
		format = format[:most]
	}
	out := s.format(format, a.More)
	s.board.Print(out)
	s.board.Free(block)
	return uint32(len(out))
}

// printf is the ROM's and the C library's.
func printf(s *SDK, a *Args) uint32 {
	out := s.format(bytes.Clone(s.str(a.u32(0))), a.More)
	s.board.Print(out)
	return uint32(len(out))
}

// uartPrintf prints past what os_install_putc1 installed.
func uartPrintf(s *SDK, a *Args) uint32 {
	out := s.format(bytes.Clone(s.str(a.u32(0))), a.More)
	s.transmit(out)
	return uint32(len(out))
}

// vsnprintf is the C library's vsnprintf and snprintf.
func vsnprintf(s *SDK, a *Args) uint32 {
	out := s.format(bytes.Clone(s.str(a.u32(2))), a.More)
	if n := a.u32(1); n > 0 {
		s.setText(a.u32(0), out[:min(uint64(len(out)), uint64(n)-1)])
	}
	return uint32(len(out))
}

// installPutc is os_install_putc1: what os_printf and the SDK print goes to the firmware, a character at a time. NULL
// stops all output. Choice.
func installPutc(s *SDK, a *Args) uint32 {
	f := a.u32(0)
	s.putc = f
	s.board.InstallPutc(func(c byte) {
		if s.putc != 0 {
			s.callback(s.putc, uint32(c))
		}
	})
	return 0
}
