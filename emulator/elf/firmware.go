package elf

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// Firmware is an Image on one device. It can boot again after a reset, but runs on one device at a time.
//
// Once it has booted, tests call its C functions (Call) and read and write its variables (Get, Set) by name.
type Firmware struct {
	image   *Image
	guest   *guest                      // device goroutine only
	board   atomic.Pointer[board.Board] // of the last boot
	history *history                    // nil without a debugger
	loaded  *loaded                     // from the flash (Programs); nil: the program stands beside it
	steps   atomic.Uint64               // into the program's code and out of it: odd inside
}

// Unchecked reports whether nobody looks at the program's accesses to the heap: the device does not watch, or the program runs on its own
// libraries. It is for the device, which tells it: Device.Unchecked.
func (f *Firmware) Unchecked(watched bool) bool { return !watched || f.image.stack != nil }

// Boot takes a fresh processor and runs the firmware's entry points in the SDK's order. It is for the device: call Device.Boot.
func (f *Firmware) Boot(b *board.Board) error {
	if f.guest != nil {
		return errors.New("elf: this firmware runs already: take one Firmware for each device")
	}
	if f.image.stack != nil && f.history != nil {
		return errors.New("elf: the debugger does not run a program with the SDK's own libraries: load it with Load")
	}
	g, err := newGuest(f.image, b, &f.steps, f.history, f.loaded)
	if err != nil {
		return err
	}
	f.guest = g
	f.board.Store(b)
	if g.vendor == nil {
		g.linkObjects()
	}
	g.construct()
	for _, name := range entries {
		if name == "user_rf_pre_init" && g.vendor != nil {
			if err := g.startStack(); err != nil {
				return err
			}
		}
		if x, ok := f.image.symbols.byName[name]; ok {
			g.run(x.addr)
		}
	}
	if g.vendor != nil {
		g.startWiFi()
	}
	return nil
}

// construct runs the constructors of C++.
func (g *guest) construct() {
	for from, to := g.image.constructors(); from < to; from += 4 {
		if b, _ := g.Readable(from); len(b) >= 4 && order.Uint32(b) != 0 {
			g.run(order.Uint32(b))
		}
	}
}

// constructors returns where the addresses of the constructors of C++ lie that are run before user_init: those of a program that
// package build has linked. The SDK runs none, and a program that is linked with its library sees to them itself (lx106.md 10.1).
func (i *Image) constructors() (from, to uint32) {
	x, ok := i.symbols.byName["esp_init_array_start"]
	y, also := i.symbols.byName["esp_init_array_end"]
	if _, ours := i.symbols.byName[stubs+"_start"]; !ours || !ok || !also || y.addr < x.addr {
		return 0, 0
	}
	const most = 1024 * 4 // bytes. Choice.
	return x.addr, x.addr + min(y.addr-x.addr, most)&^3
}

// linkObjects hands over the certificate and the key of a program that has cert.h and private_key.h in it (manual V1.0 2.1).
func (g *guest) linkObjects() {
	array := func(name string) func() []byte {
		at, ok := g.Symbol(name)
		length, also := g.Symbol(name + "_len")
		if !ok || !also {
			return nil
		}
		return func() []byte {
			n, ok := g.Read(length, 4)
			if !ok {
				return nil
			}
			b, _ := g.Read(at, min(order.Uint32(n), 0xFFFF))
			return b
		}
	}
	if cert, key := array("default_certificate"), array("default_private_key"); cert != nil || key != nil {
		g.board.Espconn().LinkObjects(cert, key)
	}
}

// Close lets the processor go, at once or when the callback under way has returned. It is for the device, which calls it when the
// firmware ends.
func (f *Firmware) Close() error {
	if g := f.guest; g != nil {
		f.guest = nil
		if g.history != nil {
			g.history.close()
		}
		g.halted = true
		g.sdk.Halt()
		g.collect()
	}
	return nil
}

// Progress tells from any goroutine whether C code is running right now, and a number that changes whenever it calls the SDK
// or returns.
func (f *Firmware) Progress() (n uint64, computing bool) {
	n = f.steps.Load()
	return n, n&1 == 1
}

// do runs fn on the device goroutine, with the guest that runs there.
func (f *Firmware) do(fn func(g *guest) error) error {
	return cabi.Inside(engine, f.board.Load(), func() error {
		g, err := f.running()
		if err != nil {
			return err
		}
		return fn(g)
	})
}

// engine is what the errors of tests begin with.
const engine = "elf"

// running returns the guest that runs, for a test that looks into it. Device goroutine.
func (f *Firmware) running() (*guest, error) {
	g := f.guest
	if g == nil || g.halted {
		return nil, cabi.ErrNotRunning
	}
	if g.history != nil {
		g.history.touch(0)
	}
	return g, nil
}

// Call calls a function of the firmware, static ones too, and returns its result: an int32, a pointer or a bool in the low
// 32 bits (convert it: int32(v)); of a void function it means nothing. Where several functions have the name, "user_main.c:name"
// tells which.
//
// Arguments are integers, bool, nil (NULL), float32 and float64, strings (the function gets a pointer to a copy with a NUL)
// and []byte (a pointer to a copy; what the function has written there is in the slice afterwards). Texts and bytes lie in
// 8,192 bytes for all of them, and are gone when the function has returned.
//
// Any goroutine may call it; the function runs on the device's, as a callback of the SDK does. Errors: there is no such
// function (with near names), the wrong number of arguments, no firmware runs, the function crashed (the device is halted then, as
// after any crash) or the device was reset in it.
func (f *Firmware) Call(name string, args ...any) (result uint64, err error) {
	return cabi.CallNamed(engine, f.board.Load(), (*callee)(f), name, args)
}

// callee is a Firmware as tests call its functions.
type callee Firmware

func (f *callee) Run(call *cabi.NamedCall) error {
	g, err := (*Firmware)(f).running()
	if err != nil {
		return err
	}
	c, err := g.image.debug.Callee(call.Name)
	if err != nil {
		return err
	}
	if c.Params != len(call.Args) {
		return fmt.Errorf("%s takes %d arguments, not %d", call.Name, c.Params, len(call.Args))
	}
	if call.Result, err = g.call(c, call.Args); err != nil {
		return fmt.Errorf("%s: %w", call.Name, err)
	}
	if g.halted {
		return errors.New("the device was reset in " + call.Name)
	}
	return nil
}
