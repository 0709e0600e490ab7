package lx106

import "math"

// TrapAddress is where a function returns to that Call has called: no code of the chip lies there. Choice.
const TrapAddress uint32 = 0x400FFFFC

// Bits of PS.
const (
	psIntlevel = 0xF
	psEXCM     = 1 << 4
	psUM       = 1 << 5
)

// CPU is one core with its memory. It is used by one goroutine at a time.
type CPU struct {
	// A are the registers a0 (return address), a1 (stack pointer), a2 to a7 (arguments, results in a2 and a3), a8 to a15.
	A *[16]uint32
	// PC is the address of the next instruction. While a hook runs, it is the hook's address.
	PC uint32

	registers   [256]uint32 // A is the first 16; the others are there so that a byte is an index
	sar         uint32
	special     [256]uint32 // but for SAR, CCOUNT, INTERRUPT
	tlb         [2][8]uint32
	image       *Image
	code        [codePages]*page
	jumps       [jumpCache]*block // by address: where jumps through registers went
	changed     bool              // what was decoded is no longer what memory holds
	waiting     bool              // in waiti
	under       *block            // while execute calls a function: where it goes on
	at          int
	accessed    uint32 // address of the last load or store outside data RAM
	hooks       []func(*CPU)
	peripherals Peripherals

	clock clock
	ints  uint32 // INTERRUPT: pending
	lines uint32 // level-triggered inputs that are active

	stackLow    uint32 // WatchStack
	stackPassed func(pc, sp uint32)
	spent       func() bool // OnSpent

	debug debugging
	rest  uint8 // instructions of the block behind that of the last load or store outside data RAM: they are counted already
	ahead int64 // the sum of them, while Peripherals are asked

	covered []uint64 // Image.Cover: of each row its beginnings, then of each row the entries elsewhere

	stop    *Stop // why Run ends; nil: it goes on
	proceed bool  // Proceed

	extraBase uint32 // Map
	extra     []byte
	dram      [DRAMSize]byte
}

// Reason says why Run came back.
type Reason uint8

// Reasons.
const (
	Returned  Reason = iota + 1 // the function that Call called has returned (to TrapAddress)
	Budget                      // as many instructions as Refuel allowed are done
	Exception                   // an exception, and neither code nor a hook at its vector; the registers are as the chip would set them
	Waiting                     // waiti, and no interrupt that may come in: Interrupt, or time that passes (Idle), ends it
	Halted                      // a hook has called Halt
)

// Stop says why Run came back. For Exception, Cause, PC (of the instruction) and Addr (EXCVADDR; 0 for causes without address)
// say what happened.
type Stop struct {
	Reason Reason
	Cause  Cause
	PC     uint32
	Addr   uint32
}

// NewCPU returns a device's core with its memory as the image has it, after reset but with PS as it is when tasks run: interrupts
// allowed, user vector. peripherals may be nil: then registers raise exceptions. Its budget is 0 (Refuel).
func NewCPU(m *Image, peripherals Peripherals) *CPU {
	m.used.Store(true)
	c := &CPU{image: m, code: m.code, peripherals: peripherals, hooks: make([]func(*CPU), len(m.hooks)), dram: m.dram}
	c.covered = make([]uint64, 2*len(m.rows))
	c.A = (*[16]uint32)(c.registers[:])
	c.Reset()
	return c
}

// Reset sets the registers as a reset does; memory, hooks, budget and the count of instructions stay. A loader that stands for the
// ROM then sets PC, A[1] and PS: NewCPU leaves PS as the ROM leaves it to programs.
func (c *CPU) Reset() {
	*c.A, c.PC, c.sar, c.ints, c.lines, c.stop, c.waiting = [16]uint32{}, ROMBase+0x80, 0, 0, 0, nil, false
	c.special = [256]uint32{VECBASE: ROMBase, PS: psUM, CONFIGID0: 0xC28CDAFA, CONFIGID1: 0x1082B6F6} // lx106.md 9.1
	for i := range c.tlb[0] {
		attribute := uint32(2) // lx106.md 9.1
		c.tlb[0][i], c.tlb[1][i] = attribute, attribute
	}
	c.clock.skew = -uint32(c.clock.now())
	c.clock.setCompare(0)
}

// SetHook makes f run in place of the program's function at an address that was given to Image.Hook; nil lets the program's own
// function run. f finds arguments by Arg and gives results by Return; when it returns, the CPU goes on at a0, or at PC if f has
// changed it.
func (c *CPU) SetHook(addr uint32, f func(*CPU)) {
	n, ok := c.image.hooks[addr]
	if !ok {
		panic("lx106: SetHook at an address that Image.Hook was not told of")
	}
	c.hooks[n] = f
}

// Proceed lets the program's own function run when the hook under way has returned, with the registers as they are then: for hooks that
// only look.
func (c *CPU) Proceed() { c.proceed = true }

// SetPeripherals changes what answers at the addresses of registers.
func (c *CPU) SetPeripherals(p Peripherals) { c.peripherals = p }

// WatchStack lets f be told the first time that a function takes so much of the stack that a1 is below low: where it does, and what a1 is
// then. The processor goes on, as the chip does, when f has returned. Low 0 looks no more. f must not run code.
func (c *CPU) WatchStack(low uint32, f func(pc, sp uint32)) { c.stackLow, c.stackPassed = low, f }

// passed tells that the stack is longer than it may be.
func (c *CPU) passed(pc uint32) {
	c.stackLow = 0
	if f := c.stackPassed; f != nil {
		f(pc, c.A[1])
	}
}

// Halt lets Run end when the hook under way has returned.
func (c *CPU) Halt() { c.stop = &Stop{Reason: Halted, PC: c.PC} }

// Run executes instructions until there is a reason not to. It nests: hooks may call it, by Call.
func (c *CPU) Run() Stop {
	for {
		if c.stop != nil {
			s := *c.stop
			c.stop = nil
			return s
		}
		if c.PC == TrapAddress {
			return Stop{Reason: Returned, PC: c.PC}
		}
		limit := int64(math.MaxInt64)
		if c.debug.look != nil {
			if limit = max(c.debug.look(), 1); c.stop != nil {
				continue
			}
		}
		c.settle()
		if more := c.clock.left - limit; more > 0 {
			c.clock.left, c.clock.later = limit, c.clock.later+more
		}
		if c.enterInterrupt() {
			c.waiting = false
			continue
		}
		if c.waiting {
			return Stop{Reason: Waiting, PC: c.PC}
		}
		if c.clock.left <= 0 {
			return Stop{Reason: Budget, PC: c.PC}
		}
		b, cause := c.lookup(c.PC)
		if cause != allowed {
			c.clock.left--
			c.raise(cause, c.PC)
			continue
		}
		limit = c.clock.left
		if b.hook == atBreak { // looked at it was
			if n, ok := c.image.hooks[c.PC]; ok {
				b = hookBlock(c.PC, n)
			} else {
				limit = 1
			}
		}
		if limit < b.count && b.ins[0].op != opHook || b.hook == atBreak {
			b = c.build(c.PC, int(limit))
			b.index = (c.PC - codeBase) / pageSize
			b.home = c.code[b.index]
		}
		if hook := c.execute(b); hook != nil {
			c.runHook(hook)
		}
	}
}

// runHook runs the function of a hook, or the program's own code where the CPU has none. At a break it does nothing.
func (c *CPU) runHook(b *block) {
	if b.hook == atBreak {
		c.clock.left++
		return
	}
	if f := c.hooks[b.hook]; f != nil {
		pc := c.PC
		f(c)
		if !c.proceed {
			if c.PC == pc && c.stop == nil {
				c.PC = c.A[0]
			}
			return
		}
		if c.proceed = false; c.stop != nil {
			return
		}
		if more := -c.clock.left; more > 0 { // burnt by the hook: something is executed all the same, or it would come again
			c.clock.left, c.clock.later = 0, c.clock.later-more
		}
	}
	c.clock.left++ // nothing was done yet
	if b.pc-codeBase >= codeSize {
		c.clock.left--
		c.raise(find(b.pc).Fetch, b.pc)
		return
	}
	body := b.body.Load()
	if body == nil {
		body = c.build(b.pc, blockMax)
		body.home, body.index = b.home, b.index
		b.body.Store(body)
	}
	if c.clock.left < body.count {
		body = c.build(b.pc, int(c.clock.left))
		body.home, body.index = b.home, b.index
	}
	if hook := c.execute(body); hook != nil {
		c.runHook(hook)
	}
}
