package elf

import (
	"errors"
	"math"

	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/elf/internal/record"
)

// replay is a program that is played again on a processor of its own. The functions outside that it calls do nothing but what the record
// says.
type replay struct {
	Machine
	played  *record.Play[*state]
	look    func(*Machine) int64
	until   uint64 // the live machine's position
	entries uint64
	depth   int
	over    bool // it ends: the present is reached, it was halted, or it differs
	present bool
	ended   bool // this boot is over
	err     error
}

// play is Machine.Replay.
func (h *history) play(from uint64, look func(*Machine) int64) (present bool, err error) {
	if _, ok := h.record.First(); !ok {
		return false, errors.New("elf: nothing is recorded yet")
	}
	h.flush()
	n := h.record.Before(from)
	r := &replay{played: h.record.Play(n), look: look, until: h.live.Position()}
	i := h.guest.image
	c := lx106.NewCPU(i.core, played{r})
	r.Machine = Machine{image: i, cpu: c, history: h, replay: r}
	for k := range i.hooks {
		c.SetHook(i.hooks[k].addr, r.outside)
	}
	c.SetHook(userVector, r.exception)
	c.SetHook(returnFromExc, r.leaveHandler)
	c.Look(r.step)
	for {
		r.boot()
		if r.over {
			return r.present, r.err
		}
		if !r.ended || !r.played.NextBoot() {
			return true, nil
		}
	}
}

// boot plays from a checkpoint to the end of its boot.
func (r *replay) boot() {
	s := r.played.State()
	r.ended, r.base = false, s.base
	r.cpu.Restore(s.cpu)
	r.cpu.Refuel(math.MaxInt64 / 2)
	r.entries, r.depth = s.entries, 1
	if !r.finished(r.cpu.Run()) {
		return
	}
	r.depth = 0
	*r.cpu.A, r.cpu.PC = s.outside.a, s.outside.pc
	r.cpu.SetSpecial(lx106.SAR, s.outside.sar)
	for !r.over {
		kind, ok := r.played.Next()
		switch {
		case !ok:
			r.over, r.present = true, true
		case !r.inside(kind):
			if r.ended = kind == recordEnd; !r.ended {
				r.differs("went on")
			}
			return
		}
	}
}

// inside does what an event says that can come while code of the program does not run: memory is written, a function is called.
func (r *replay) inside(kind record.Kind) bool {
	switch kind {
	case recordWrite:
		addr := r.played.Values[0]
		if addr-lx106.FlashBase < lx106.FlashSize {
			r.cpu.SetFlash(addr, r.played.Bytes)
			return true
		}
		b, _ := r.cpu.Writable(addr)
		copy(b, r.played.Bytes)
	case recordCall:
		r.entries++
		r.depth++
		defer func() { r.depth-- }()
		words := append([]uint32(nil), r.played.Values[1:]...)
		_, stop := r.cpu.Call(r.played.Values[0], words...)
		r.finished(stop)
	default:
		return false
	}
	return true
}

// finished reports whether a function of the program has come to its end. If it has not, this boot is over, or all.
func (r *replay) finished(s lx106.Stop) bool {
	if r.over || r.ended {
		r.stop()
		return false
	}
	switch s.Reason {
	case lx106.Returned:
		return true
	case lx106.Exception, lx106.Waiting:
		r.expect(recordEnd)
	default:
		r.differs("stopped")
	}
	r.stop()
	return false
}

// expect takes the next event, which must be the one of a kind. Without any, the present is reached. It is false if playing does not go on.
func (r *replay) expect(want record.Kind) bool {
	for {
		kind, ok := r.played.Next()
		switch {
		case !ok:
			r.over, r.present = true, true
			return false
		case kind == want:
			r.ended = r.ended || kind == recordEnd
			return true
		case kind == recordEnd:
			r.ended = true
			return false
		case !r.inside(kind):
			r.differs("called another function")
			return false
		case r.over || r.ended:
			return false
		}
	}
}

// stop lets the processor come back, from wherever it is.
func (r *replay) stop() {
	r.cpu.Halt()
	r.cpu.Refuel(0)
}

func (r *replay) halt() {
	r.over = true
	r.stop()
}

func (r *replay) differs(what string) {
	if !r.over {
		r.over, r.err = true, errDiffers(what, r.Position())
	}
}

// step is called by the processor before an instruction.
func (r *replay) step() int64 {
	left := int64(r.until - r.Position())
	if r.over || r.ended || left < 0 {
		r.over = true
		r.stop()
		return 1
	}
	if left == 0 {
		r.over, r.present = true, true
		r.stop()
		return 1
	}
	left = min(left, r.pokes())
	return min(max(r.look(&r.Machine), 1), left, lookEvery)
}

// pokes changes what a debugger has changed here, and returns after how many instructions it has done so next, if that is known.
func (r *replay) pokes() (left int64) {
	for {
		kind, ok := r.played.Peek()
		if !ok || kind != recordPoke {
			return math.MaxInt64
		}
		v := r.played.Values
		if at := uint64(v[0])<<32 | uint64(v[1]); at > r.Position() {
			return int64(at - r.Position())
		}
		number, value := v[2], v[3]
		r.played.Next()
		if number < pokeMemory {
			r.cpu.A[number] = value
		} else if kind, ok := r.played.Next(); !ok || !r.inside(kind) {
			return math.MaxInt64
		}
	}
}

// outside stands for all functions outside.
func (r *replay) outside(c *lx106.CPU) {
	if r.over || r.ended {
		r.stop()
		return
	}
	sum := given(c, r.Outside(c.PC), r.Position())
	if !r.expect(recordEnter) {
		r.stop()
		return
	}
	if r.played.Values[0] != sum {
		r.differs("gave other arguments to " + r.Outside(c.PC))
		r.stop()
		return
	}
	if !r.expect(recordLeave) {
		r.stop()
		return
	}
	values := r.played.Values[1:]
	for n := range c.A {
		if r.played.Values[0]&(1<<n) != 0 {
			c.A[n], values = values[0], values[1:]
		}
	}
	if r.played.Values[0]&pcChanged != 0 {
		c.PC = values[0]
	}
}

// exception does what guest.exception does, which depends on nothing outside.
func (r *replay) exception(c *lx106.CPU) {
	if cycles, s := handle(c, r.history.guest.narrow); cycles == 0 {
		c.PC = s.PC
		r.expect(recordEnd)
		r.stop()
	}
}

// leaveHandler does what guest.leaveHandler does.
func (r *replay) leaveHandler(c *lx106.CPU) {
	if _, ok := leaveHandler(c); !ok {
		r.expect(recordEnd)
		r.stop()
	}
}

// played are the registers of the chip as they were.
type played struct{ *replay }

// Load returns what was read.
func (r played) Load(_, _ uint32) (uint32, bool) {
	if r.over || r.ended || !r.expect(recordLoad) {
		r.stop()
		return 0, true
	}
	return r.played.Values[0], r.played.Values[1] != 0
}

// Store says what became of a write.
func (r played) Store(_, _, _ uint32) bool {
	if r.over || r.ended || !r.expect(recordStore) {
		r.stop()
		return true
	}
	return r.played.Values[0] != 0
}
