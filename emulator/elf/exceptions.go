package elf

import "github.com/emu8266/emu8266/emulator/elf/internal/lx106"

// Where the ROM deals with exceptions, and the table of the handlers that programs have set, in the ROM's RAM (lx106.md 9.1, 10.7).
const (
	userVector     = lx106.ROMBase + 0x50
	returnFromExc  = 0x4000DC54 // _xtos_return_from_exc
	handlers       = 0x3FFFC100
	handlersLength = 64
)

// A handler's frame is the program's registers: EPC1, PS, SAR, a word, a0, a2 to a15, the cause. The program's stack begins behind it
// (lx106.md 10.7).
const (
	frameSize  = 0x100
	frameCause = 19 * 4
)

// frameOf returns where in the frame a register of the program lies. There is no a1.
func frameOf(register int) int {
	if register > 0 {
		register--
	}
	return (4 + register) * 4
}

// hookExceptions lets exceptions of the program come to guest.exception.
func (i *Image) hookExceptions() {
	i.core.Hook(userVector)
	i.core.Hook(returnFromExc)
}

// setExceptionHandler is _xtos_set_exception_handler(cause, function). It returns the program's function of before. Deviation: NULL
// for the SDK's function, which NULL sets again; on the chip, NULL takes that away too.
func (g *guest) setExceptionHandler() int {
	const cycles = 15 // Choice: a guess
	cause, f := g.cpu.A[2], g.cpu.A[3]
	if g.cpu.Return(0); cause < handlersLength {
		b, _ := g.Writable(handlers + 4*cause)
		g.cpu.Return(order.Uint32(b))
		order.PutUint32(b, f)
	}
	return cycles
}

// exception stands for the ROM's code at the vector, which calls the handlers of the program and the SDK. Deviation: a fault inside a
// function of the SDK or the ROM, a division by zero too, ends the program without them.
func (g *guest) exception(c *lx106.CPU) {
	cycles, s := handle(c, g.narrow)
	if cycles == 0 {
		c.PC = s.PC
		g.fault(s)
	}
	if g.Burn(cycles) < 0 {
		g.sdk.Watchdog()
	}
}

// leaveHandler stands for _xtos_return_from_exc.
func (g *guest) leaveHandler(c *lx106.CPU) {
	if s, ok := leaveHandler(c); !ok {
		g.fault(s)
	}
}

// handle lets the program's handler of the exception that the processor has just entered run, or does what the SDK's handler of narrow
// accesses does. It returns how many cycles that costs, 0 if there is no handler.
func handle(c *lx106.CPU, narrows bool) (cycles int64, s lx106.Stop) {
	s = lx106.Stop{Reason: lx106.Exception, Cause: lx106.Cause(c.Special(lx106.EXCCAUSE)), PC: c.Special(lx106.EPC1),
		Addr: c.Special(lx106.EXCVADDR)}
	if enterHandler(c, s) {
		return handlerCycles, s
	}
	if narrows && s.Cause == lx106.LoadStoreError && narrow(c, &s) {
		return narrowCycles, s
	}
	return 0, s
}

// handlerCycles is what the ROM's way to a handler and back costs. Choice: a guess from some 30 registers that are kept and brought back.
const handlerCycles = 60

// enterHandler goes on in the program's handler of an exception, with the frame and the cause as its arguments; false if there is none.
func enterHandler(c *lx106.CPU, s lx106.Stop) bool {
	if s.Cause >= handlersLength {
		return false
	}
	table, _ := c.Readable(handlers + 4*uint32(s.Cause))
	f := order.Uint32(table)
	sp := (c.A[1] - frameSize) &^ 3
	frame, _ := c.Writable(sp)
	if f == 0 || len(frame) < frameSize {
		return false
	}
	ps := c.Special(lx106.PS) &^ exceptionMode
	order.PutUint32(frame, s.PC)
	order.PutUint32(frame[4:], ps)
	order.PutUint32(frame[8:], c.Special(lx106.SAR))
	order.PutUint32(frame[12:], 0)
	for n := range c.A {
		if n != 1 {
			order.PutUint32(frame[frameOf(n):], c.A[n])
		}
	}
	order.PutUint32(frame[frameCause:], uint32(s.Cause))
	c.A[0], c.A[1], c.A[2], c.A[3] = returnFromExc, sp, sp, uint32(s.Cause)
	c.SetSpecial(lx106.PS, ps) // interrupts come in (lx106.md 10.7)
	c.PC = f
	return true
}

// exceptionMode is PS.EXCM.
const exceptionMode = 1 << 4

// leaveHandler brings the program's registers back from the frame, in which the handler may have changed them. It is false, with what
// comes of it, if the handler has lost its stack.
func leaveHandler(c *lx106.CPU) (lx106.Stop, bool) {
	frame, cause := c.Readable(c.A[1])
	if len(frame) < frameSize {
		c.SetSpecial(lx106.EXCVADDR, c.A[1])
		return lx106.Stop{Reason: lx106.Exception, Cause: cause, PC: returnFromExc, Addr: c.A[1]}, false
	}
	c.SetSpecial(lx106.EPC1, order.Uint32(frame))
	c.SetSpecial(lx106.PS, order.Uint32(frame[4:]))
	c.SetSpecial(lx106.SAR, order.Uint32(frame[8:]))
	sp := c.A[1] + frameSize
	for n := range c.A {
		if n != 1 {
			c.A[n] = order.Uint32(frame[frameOf(n):])
		}
	}
	c.A[1] = sp
	c.ReturnFromException()
	return lx106.Stop{}, true
}
