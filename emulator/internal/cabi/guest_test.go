package cabi_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Memory map of the fake program, with the chip's addresses: its variables and the stack's arguments, the lending area and
// the heap lie in data RAM; there are constants in flash, and instruction RAM, of which nobody reads single bytes.
const (
	ramBase   = 0x3FFE8000
	ramSize   = 0x14000
	stackBase = 0x3FFED000
	lendBase  = 0x3FFEE000
	lendSize  = 0x2000
	codeBase  = 0x40100000
	codeSize  = 0x8000
	flashBase = 0x40200000
	flashSize = 0x1000
	functions = 0x40201000 // function pointers, 4 apart
)

// fake is a Guest without a CPU: memory is a slice of bytes, functions are Go's. Calls of the SDK pass arguments as C of the
// LX106 does: six words in registers, the rest on the stack, 64 bits in an even register and the next.
type fake struct {
	board  *emulator.Board
	sdk    *cabi.SDK
	ram    []byte
	flash  []byte
	shadow []byte
	code   []func(words []uint32)
	names  map[string]uint32 // symbols
	free   uint32            // next free byte of the variables
	where  string            // file and line of the call under way
	cycles int64
	depth  int
}

var order = binary.LittleEndian

func (g *fake) Readable(p uint32) ([]byte, cabi.Fault) {
	switch {
	case p-ramBase < ramSize:
		return g.ram[p-ramBase:], cabi.Fault{}
	case p-flashBase < flashSize:
		return g.flash[p-flashBase:], cabi.Fault{}
	case p-codeBase < codeSize:
		return nil, cabi.Fault{Cause: 3, Why: "in instruction RAM, which is accessed in 32 bits only"}
	}
	return nil, cabi.Fault{}
}

func (g *fake) Writable(p uint32) ([]byte, cabi.Fault) {
	if p-flashBase < flashSize {
		return nil, cabi.Fault{Why: "in flash"}
	}
	return g.Readable(p)
}

func (g *fake) Call(f uint32, words ...uint32) {
	i := (f - functions) / 4
	if f%4 != 0 || f < functions || int(i) >= len(g.code) {
		g.sdk.Fault(cabi.CauseFetch, "call of 0x%x, where there is no code", f)
	}
	if g.depth == 0 {
		g.sdk.Begin()
	}
	g.depth++
	g.code[i](words)
	g.depth--
}

func (g *fake) Symbol(name string) (uint32, bool) {
	p, ok := g.names[name]
	return p, ok
}

func (g *fake) Caller() string { return g.where }

func (g *fake) Burn(cycles int64) int64 {
	g.cycles -= cycles
	return g.cycles
}

func (g *fake) Refuel(cycles int64) { g.cycles = cycles }
func (g *fake) Shadow() []byte      { return g.shadow }

// boot starts a device whose firmware is main, with the fake, and ends it when test returns.
func boot(t *testing.T, c emulator.Config, p cabi.Program, main func(g *fake), test func(d *emulator.Device, g *fake)) {
	synctest.Test(t, func(t *testing.T) {
		if c.Network == nil {
			c.Network = vnet.New(vnet.Options{Seed: 1})
			c.Network.Gateway(vnet.GatewayConfig{}).SetName("peer.test", netip.MustParseAddr("10.0.0.9"))
			t.Cleanup(func() { require.NoError(t, c.Network.Close()) })
		}
		c.Seed = 1
		d, err := emulator.New(c)
		require.NoError(t, err)
		defer func() { require.NoError(t, d.Close()) }()
		fw := &firmware{program: p, main: main}
		require.NoError(t, d.Boot(fw))
		synctest.Wait() // user_init has run
		if test != nil {
			test(d, fw.guest)
		}
	})
}

// firmware is the kind of firmware that runs fakes.
type firmware struct {
	program cabi.Program
	main    func(g *fake)
	guest   *fake
}

func (f *firmware) Boot(b *emulator.Board) error {
	g := &fake{board: b, ram: make([]byte, ramSize), flash: make([]byte, flashSize), free: ramBase + 16, names: map[string]uint32{}}
	f.guest = g
	p := f.program
	if p.SDK == 0 {
		p.SDK = cabi.SDK30
	}
	p.Heap, p.Lend, p.LendSize = b.HeapBase(), lendBase, lendSize
	g.sdk = cabi.New(b, g, p)
	g.Call(g.function(func([]uint32) { f.main(g) }))
	return nil
}

func (f *firmware) Close() error {
	f.guest.sdk.Halt()
	return nil
}

// function makes a function of the program and returns its pointer.
func (g *fake) function(f func(words []uint32)) uint32 {
	g.code = append(g.code, f)
	return functions + 4*uint32(len(g.code)-1)
}

// space takes n bytes of the program's memory, filled with 0xEE.
func (g *fake) space(n uint32) uint32 {
	p := g.free
	g.free += (n + 3) &^ 3
	copy(g.bytes(p, n), bytes.Repeat([]byte{0xEE}, int(n)))
	return p
}

// data puts bytes into the program's memory.
func (g *fake) data(b []byte) uint32 {
	p := g.space(uint32(len(b)))
	copy(g.bytes(p, uint32(len(b))), b)
	return p
}

func (g *fake) str(s string) uint32 { return g.data(append([]byte(s), 0)) }

// words puts numbers of 32 bits there.
func (g *fake) words(w ...uint32) uint32 {
	var b []byte
	for _, v := range w {
		b = order.AppendUint32(b, v)
	}
	return g.data(b)
}

func (g *fake) bytes(p, n uint32) []byte  { return g.ram[p-ramBase:][:n:n] }
func (g *fake) u32(p uint32) uint32       { return order.Uint32(g.bytes(p, 4)) }
func (g *fake) setU32(p uint32, v uint32) { order.PutUint32(g.bytes(p, 4), v) }
func (g *fake) text(p uint32) string {
	s, _, _ := bytes.Cut(g.ram[p-ramBase:], []byte{0})
	return string(s)
}

// vaList is a va_list of the LX106 as a function of the program makes it of its own arguments: words that it passes on.
type vaList []any

// call calls a function of the SDK. Arguments: int, rune and uint32 are words, uint64 two of them, a string is its address, a
// vaList three words.
func (g *fake) call(name string, args ...any) uint32 {
	f, ok := cabi.Find(name)
	if !ok {
		f = cabi.Absent(name)
	}
	return f.Call(g.sdk, g.args(f, args))
}

const registers = 6 // a2 to a7

// args is the calling convention, from the caller's side to the SDK's.
func (g *fake) args(f cabi.Function, args []any) *cabi.Args {
	words := g.lay(args)
	at, list := f.Variable()
	a := &cabi.Args{}
	next := 0
	take := func() uint32 { // the next word: of a register, or of the stack
		next++
		if next > len(words) {
			return 0xDEADBEEF // what a register held before
		}
		if next > registers {
			return g.u32(stackBase + 4*uint32(next-registers-1))
		}
		return words[next-1]
	}
	for i, kind := range f.Params {
		switch {
		case i == at && list:
			stk, reg, ndx := take(), take(), take()
			for ; ndx < 4*registers; ndx += 4 {
				a.More.Registers = append(a.More.Registers, g.u32(reg+ndx))
			}
			a.More.Addr = stk
		case i == at:
			for next < registers {
				a.More.Registers = append(a.More.Registers, take())
			}
			a.More.Addr = stackBase
		case kind == 'l':
			next += next % 2
			low := take()
			a.Words = append(a.Words, uint64(take())<<32|uint64(low))
		default:
			a.Words = append(a.Words, uint64(take()))
		}
	}
	return a
}

// lay makes words of arguments, and puts those beyond the registers on the stack.
func (g *fake) lay(args []any) []uint32 {
	var words []uint32
	for _, arg := range args {
		switch x := arg.(type) {
		case int:
			words = append(words, uint32(x))
		case rune:
			words = append(words, uint32(x))
		case uint32:
			words = append(words, x)
		case uint64:
			if len(words)%2 == 1 {
				words = append(words, 0)
			}
			words = append(words, uint32(x), uint32(x>>32))
		case string:
			words = append(words, g.str(x))
		case vaList:
			own := g.lay(x)
			area := append(append([]uint32{}, own[:min(registers, len(own))]...), make([]uint32, registers)...)[:registers]
			stk := g.words(own[min(registers, len(own)):]...)
			words = append(words, stk, g.words(area...), 0)
		default:
			panic("an argument of C is a number or a string")
		}
	}
	for i, w := range words[min(registers, len(words)):] {
		g.setU32(stackBase+4*uint32(i), w)
	}
	return words
}

// at says where the calls that follow stand.
func (g *fake) at(where string) { g.where = where }

// crash boots a device whose firmware is main, which ends it.
func crash(t *testing.T, main func(g *fake)) (c *chip.Crash) {
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, main, func(d *emulator.Device, _ *fake) {
		time.Sleep(time.Second)
		c = d.Crash()
	})
	return c
}
