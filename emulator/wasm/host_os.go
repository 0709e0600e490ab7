package wasm

import (
	"encoding/binary"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// timerMark is the timer_next of a timer that is not armed (sdk-surface.md, os_timer_disarm).
const timerMark = 0xFFFFFFFF

// Offsets in ETSTimer.
const (
	timerExpire = 4
	timerPeriod = 8
	timerFunc   = 12
	timerArg    = 16
	timerSize   = 20
)

// timersMax bounds the timers that are armed at a time: as many as fit into the chip's 80 KB. Choice.
const timersMax = 4096

// timer is an armed ETSTimer.
type timer struct{ os emulator.OsTimer }

// osFunctions are ets_sys.h, mem.h and the rest of osapi.h.
var osFunctions = map[string]hostFunction{
	"esp_watchdog": {"", func(g *guest, _ args) uint32 {
		g.watchdog()
		return 0
	}},

	"ets_timer_setfn":   {"pfi", timerSetfn},
	"ets_timer_arm_new": {"piii", timerArm},
	"ets_timer_disarm": {"p", func(g *guest, a args) uint32 {
		g.disarm(a.u32(0))
		return 0
	}},
	"ets_delay_us": {"i", func(g *guest, a args) uint32 {
		g.delay(a.u32(0))
		return 0
	}},

	"os_random": {"", func(g *guest, _ args) uint32 { return g.board.Random() }},
	"os_get_random": {"pi", func(g *guest, a args) uint32 {
		b := g.write(a.u32(0), a.u32(1))
		g.burn(uint64(len(b)))
		for len(b) > 0 {
			var r [4]byte
			binary.LittleEndian.PutUint32(r[:], g.board.Random())
			b = b[copy(b, r[:]):]
		}
		return 0
	}},

	"pvPortMalloc":     {"ipii", func(g *guest, a args) uint32 { return g.malloc(a.u32(0), g.owner(a.u32(1), a.u32(2))) }},
	"pvPortZalloc":     {"ipi", func(g *guest, a args) uint32 { return g.zalloc(uint64(a.u32(0)), a.u32(1), a.u32(2)) }},
	"pvPortZallocIram": {"ipi", func(g *guest, a args) uint32 { return g.zalloc(uint64(a.u32(0)), a.u32(1), a.u32(2)) }},
	"pvPortCalloc":     {"iipi", osCalloc},
	"pvPortCallocIram": {"iipi", osCalloc},
	"pvPortRealloc":    {"pipi", osRealloc},
	"vPortFree": {"ppi", func(g *guest, a args) uint32 {
		g.free(a.u32(0))
		return 0
	}},
}

func nothing(*guest, args) uint32 { return 0 }

func timerSetfn(g *guest, a args) uint32 {
	p := a.u32(0)
	if g.timers[p] != nil {
		g.board.Finding(espconn.RuleTimerArmed, "os_timer_setfn on an armed timer")
	}
	g.disarm(p)
	g.setU32(p+timerFunc, a.u32(1))
	g.setU32(p+timerArg, a.u32(2))
	return 0
}

// timerArm is os_timer_arm and os_timer_arm_us. A timer without a function is left alone.
func timerArm(g *guest, a args) uint32 {
	p, repeat := a.u32(0), a.u32(2)&0xFF != 0
	g.write(p, timerSize)
	if g.u32(p+timerFunc) == 0 {
		g.board.Finding(espconn.RuleTimerFunction, "os_timer_arm before os_timer_setfn")
		return 0
	}
	t := g.timers[p]
	if t == nil {
		if len(g.timers) >= timersMax {
			g.fault(causeStore, "os_timer_arm while %d timers are armed: the chip's memory does not hold more", timersMax)
		}
		t = &timer{}
		g.timers[p] = t
	}
	d := g.board.ArmOsTimer(&t.os, a.u32(1), a.u32(3)&0xFF != 0, repeat, func() { g.expired(p, repeat) })
	period := uint32(0)
	if repeat {
		period = uint32(d / time.Microsecond)
	}
	g.setU32(p, 0)
	g.setU32(p+timerExpire, uint32((g.board.Uptime()+d)/time.Microsecond))
	g.setU32(p+timerPeriod, period)
	return 0
}

// expired calls the function that stands in the timer now.
func (g *guest) expired(p uint32, repeat bool) {
	if !repeat {
		delete(g.timers, p)
		g.setU32(p, timerMark)
	}
	g.callback(g.u32(p+timerFunc), g.u32(p+timerArg))
}

func (g *guest) disarm(p uint32) {
	g.write(p, timerSize)
	if t := g.timers[p]; t != nil {
		g.board.DisarmTimer(&t.os)
		delete(g.timers, p)
	}
	g.setU32(p, timerMark)
}

// delay lets us microseconds pass, or as many as the watchdog allows.
func (g *guest) delay(us uint32) {
	left, _ := g.mem.ReadUint32Le(g.fuel)
	allowed := min(uint64(us), uint64(max(int32(left), 0))/fuelPerMicro+1)
	g.board.Busy(time.Duration(allowed) * time.Microsecond)
	if !g.halted {
		g.burn(uint64(us) * fuelPerMicro)
	}
}

func (g *guest) zalloc(n uint64, file, line uint32) uint32 {
	if n > 1<<32-1 {
		n = 1<<32 - 1 // fails, and says so
	}
	p := g.malloc(uint32(n), g.owner(file, line))
	if p != 0 {
		clear(g.write(p, uint32(n)))
		g.burn(n / 4)
	}
	return p
}

func osCalloc(g *guest, a args) uint32 {
	return g.zalloc(uint64(a.u32(0))*uint64(a.u32(1)), a.u32(2), a.u32(3))
}

// osRealloc takes a new block, copies and frees the old one; when there is no room the old one stays.
func osRealloc(g *guest, a args) uint32 {
	old, n, what := a.u32(0), a.u32(1), g.owner(a.u32(2), a.u32(3))
	if old == 0 {
		return g.malloc(n, what)
	}
	was := g.block(old, "os_realloc")
	if n == 0 {
		g.free(old)
		return 0
	}
	p := g.malloc(n, what)
	if p == 0 {
		return 0
	}
	k := min(n, was.Requested)
	copy(g.write(p, k), g.read(old, k))
	g.burn(uint64(k) / 4)
	g.free(old)
	return p
}

// task is one of the three tasks of system_os_task: its function, and the ring in guest memory.
type task struct {
	fn, queue  uint32
	depth      uint32
	head, tail uint32 // count up; the place in the ring is the rest
}

// Sizes of os_event_t.
const (
	eventPar  = 4
	eventSize = 8
)

func systemOsTask(g *guest, a args) uint32 {
	fn, prio, queue, depth := a.u32(0), a.u8(1), a.u32(2), uint32(a.u8(3))
	if int(prio) >= len(g.tasks) || fn == 0 || queue == 0 || depth == 0 {
		return 0
	}
	g.write(queue, depth*eventSize)
	g.tasks[prio] = task{fn: fn, queue: queue, depth: depth}
	return number(g.board.RegisterTask(prio, int(depth), func(chip.OsEvent) {
		t := &g.tasks[prio]
		at := t.queue + t.head%t.depth*eventSize
		t.head++
		g.callback(t.fn, at)
	}))
}

// systemOsPost puts the event into the ring in guest memory, where the task reads it.
func systemOsPost(g *guest, a args) uint32 {
	prio, sig, par := a.u8(0), a.u32(1), a.u32(2)
	if !g.board.PostTask(prio, chip.OsEvent{Sig: sig, Par: par}) {
		return 0
	}
	t := &g.tasks[prio]
	at := t.queue + t.tail%t.depth*eventSize
	t.tail++
	g.setU32(at, sig)
	g.setU32(at+eventPar, par)
	return 1
}

// installPutc is os_install_putc1: what os_printf and the SDK print goes to the firmware, a character at a time. NULL
// stops all output. Choice.
func installPutc(g *guest, a args) uint32 {
	f := a.u32(0)
	g.putc = f
	g.board.InstallPutc(func(c byte) {
		if g.putc != 0 {
			g.callback(g.putc, uint32(c))
		}
	})
	return 0
}
