package elf

import (
	"math"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// romNames are functions of the ROM under the names of the C library, with what does the same under the SDK's.
var romNames = map[string]string{
	"memcpy": "ets_memcpy", "memmove": "ets_memmove", "memset": "ets_memset", "memcmp": "ets_memcmp", "bzero": "ets_bzero",
	"strlen": "ets_strlen", "strcmp": "ets_strcmp", "strncmp": "ets_strncmp", "strcpy": "ets_strcpy", "strncpy": "ets_strncpy",
	"strstr": "ets_strstr", "xthal_memcpy": "ets_memcpy",
}

// romFunctions are the ROM's arithmetic, which the compiler calls by these names, and what reads the processor. Costs are
// cycles. Choice: guesses of what the functions take; none of them was measured.
var romFunctions = map[string]func(g *guest) int{
	"__mulsi3":    func(g *guest) int { return g.give(g.cpu.A[2] * g.cpu.A[3]) },
	"__muldi3":    func(g *guest) int { return g.give64(g.long(2) * g.long(4)) },
	"__umulsidi3": func(g *guest) int { return g.give64(uint64(g.cpu.A[2]) * uint64(g.cpu.A[3])) },
	"__divsi3": func(g *guest) int {
		a, b := int32(g.cpu.A[2]), int32(g.divisor(uint64(g.cpu.A[3]), chip.Epc1Division))
		if a == math.MinInt32 && b == -1 {
			return g.give(uint32(a))
		}
		return g.give(uint32(a / b))
	},
	"__modsi3": func(g *guest) int {
		a, b := int32(g.cpu.A[2]), int32(g.divisor(uint64(g.cpu.A[3]), chip.Epc1Remainder))
		if b == -1 {
			return g.give(0)
		}
		return g.give(uint32(a % b))
	},
	"__udivsi3": func(g *guest) int {
		return g.give(g.cpu.A[2] / uint32(g.divisor(uint64(g.cpu.A[3]), chip.Epc1Division)))
	},
	"__umodsi3": func(g *guest) int {
		return g.give(g.cpu.A[2] % uint32(g.divisor(uint64(g.cpu.A[3]), chip.Epc1Remainder)))
	},
	"__divdi3": func(g *guest) int {
		a, b := int64(g.long(2)), int64(g.divisor(g.long(4), chip.Epc1Division))
		if a == math.MinInt64 && b == -1 {
			return g.give64(uint64(a))
		}
		return g.give64(uint64(a / b))
	},
	"__moddi3": func(g *guest) int {
		a, b := int64(g.long(2)), int64(g.divisor(g.long(4), chip.Epc1Remainder))
		if b == -1 {
			return g.give64(0)
		}
		return g.give64(uint64(a % b))
	},
	"__udivdi3": func(g *guest) int { return g.give64(g.long(2) / g.divisor(g.long(4), chip.Epc1Division)) },
	"__umoddi3": func(g *guest) int { return g.give64(g.long(2) % g.divisor(g.long(4), chip.Epc1Remainder)) },

	"__addsf3":     func(g *guest) int { return g.giveFloat(g.float(2) + g.float(3)) },
	"__subsf3":     func(g *guest) int { return g.giveFloat(g.float(2) - g.float(3)) },
	"__mulsf3":     func(g *guest) int { return g.giveFloat(g.float(2) * g.float(3)) },
	"__divsf3":     func(g *guest) int { return g.giveFloat(g.float(2) / g.float(3)) },
	"__adddf3":     func(g *guest) int { return g.giveDouble(g.double(2) + g.double(4)) },
	"__subdf3":     func(g *guest) int { return g.giveDouble(g.double(2) - g.double(4)) },
	"__muldf3":     func(g *guest) int { return g.giveDouble(g.double(2) * g.double(4)) },
	"__divdf3":     func(g *guest) int { return g.giveDouble(g.double(2) / g.double(4)) },
	"__fixdfsi":    func(g *guest) int { return g.give(fixSigned(g.double(2))) },
	"__fixsfsi":    func(g *guest) int { return g.give(fixSigned(float64(g.float(2)))) },
	"__fixunsdfsi": func(g *guest) int { return g.give(fixUnsigned(g.double(2))) },
	"__fixunssfsi": func(g *guest) int { return g.give(fixUnsigned(float64(g.float(2)))) },

	"_xtos_set_exception_handler": (*guest).setExceptionHandler,
	"xthal_get_ccount":            func(g *guest) int { g.cpu.Return(g.cpu.Special(lx106.CCOUNT)); return 2 },

	"__extendsfdf2": func(g *guest) int { return g.giveDouble(float64(g.float(2))) },
	"__truncdfsf2":  func(g *guest) int { return g.giveFloat(float32(g.double(2))) },
	"__floatsisf":   func(g *guest) int { return g.giveFloat(float32(int32(g.cpu.A[2]))) },
	"__floatunsisf": func(g *guest) int { return g.giveFloat(float32(g.cpu.A[2])) },
	"__floatsidf":   func(g *guest) int { return g.giveDouble(float64(int32(g.cpu.A[2]))) },
	"__floatunsidf": func(g *guest) int { return g.giveDouble(float64(g.cpu.A[2])) },
}

// romCycles is what a function of the ROM's arithmetic costs.
const romCycles = 40

func (g *guest) long(at int) uint64       { return uint64(g.cpu.A[at]) | uint64(g.cpu.A[at+1])<<32 }
func (g *guest) float(at int) float32     { return math.Float32frombits(g.cpu.A[at]) }
func (g *guest) double(at int) float64    { return math.Float64frombits(g.long(at)) }
func (g *guest) give(v uint32) int        { g.cpu.Return(v); return romCycles }
func (g *guest) give64(v uint64) int      { g.cpu.Return64(v); return romCycles }
func (g *guest) giveFloat(v float32) int  { return g.give(math.Float32bits(v)) }
func (g *guest) giveDouble(v float64) int { return g.give64(math.Float64bits(v)) }

// divisor returns a divisor that is not 0: the ROM's division raises exception 0 otherwise, at a place of its own (sdk-surface.md,
// rst_info.reason).
func (g *guest) divisor(v uint64, epc1 uint32) uint64 {
	if v == 0 {
		g.board.Fatal(chip.Crash{Cause: cabi.CauseIllegal, Epc1: epc1, Why: "division by zero"})
	}
	return v
}

// fixSigned is a conversion to a number without a fraction, as libgcc's (lx106.md 6): what does not fit becomes the greatest or the
// least number, NaN the greatest.
func fixSigned(v float64) uint32 {
	switch {
	case v != v || v >= 1<<31:
		return math.MaxInt32
	case v <= -1<<31:
		return 1 << 31
	}
	return uint32(int32(v))
}

// fixUnsigned is fixSigned without a sign: a negative number is what is below 0 in 32 bits.
func fixUnsigned(v float64) uint32 {
	switch {
	case v != v || v >= 1<<32:
		return math.MaxUint32
	case v <= -1<<31:
		return 1 << 31
	}
	return uint32(int64(v))
}
