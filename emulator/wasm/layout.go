package wasm

import (
	"errors"
	"fmt"
	"math"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wasm/internal/module"
	"github.com/emu8266/emu8266/espconn"
	"github.com/tetratelabs/wazero/api"
)

// layOut finds the stack and the tank, and puts the heap and the lending area behind the firmware's data.
func (g *guest) layOut() error {
	if s, ok := g.mod.ExportedGlobal("__stack_pointer").(api.MutableGlobal); ok {
		g.sp, g.top = s, s.Get()
	}
	g.tank, _ = g.mod.ExportedGlobal(module.Tank).(api.MutableGlobal) // Instrument has made it
	g.pointer = g.mod.ExportedGlobal(module.Pointer)
	g.Refuel(math.MaxInt32)
	end := g.mod.ExportedGlobal("__heap_base")
	if end == nil {
		return errors.New("no __heap_base is exported")
	}
	size := g.board.HeapStats().Size
	base := (uint64(uint32(end.Get())) + 15) &^ 15
	total := base + uint64(size) + lendSize
	if pages := (total + pageSize - 1) / pageSize; pages > memoryPages {
		return fmt.Errorf("data and heap need %d bytes, linear memory has %d at most", total, memoryPages*pageSize)
	} else if have := uint64(g.mem.Size() / pageSize); pages > have {
		if _, ok := g.mem.Grow(uint32(pages - have)); !ok {
			return fmt.Errorf("linear memory cannot grow to %d pages", pages)
		}
	}
	g.heap = uint32(base)
	g.sdk = cabi.New(g.board, g, cabi.Program{SDK: g.image.SDK(), Heap: g.heap, Lend: g.heap + size, LendSize: lendSize,
		StackHigh: uint32(g.top)})
	return g.startChecks(size)
}

// linkObjects hands over the certificate and the key of an image that has cert.h and private_key.h in it (manual V1.0 2.1).
func (g *guest) linkObjects() {
	array := func(name string) func() []byte {
		at, length := g.mod.ExportedGlobal(name), g.mod.ExportedGlobal(name+"_len")
		if at == nil || length == nil {
			return nil
		}
		return func() []byte {
			n, _ := g.mem.ReadUint32Le(uint32(length.Get()))
			if n > espconn.SizeMax {
				return nil
			}
			b, _ := g.mem.Read(uint32(at.Get()), n)
			return b
		}
	}
	if cert, key := array("default_certificate"), array("default_private_key"); cert != nil || key != nil {
		g.board.Espconn().LinkObjects(cert, key)
	}
}

// Layout of esp_checks in rt/check.c.
const (
	checksHeap     = 4
	checksHeapSize = 8
	checksShadow   = 12
	checksSize     = checksShadow + chip.HeapMax/8
)

// startChecks tells rt/check.c, if it is linked, where memory and heap are. No byte of the heap may be used yet.
func (g *guest) startChecks(heapSize uint32) error {
	fn := g.mod.ExportedFunction("esp_checks_addr")
	if fn == nil {
		return nil
	}
	g.steps.Add(1)
	at, err := fn.Call(g.ctx)
	g.steps.Add(1)
	g.pending = nil // a fault in there is err
	if err != nil || len(at) != 1 {
		return errors.New("esp_checks_addr does not return")
	}
	b, ok := g.mem.Read(uint32(at[0]), checksSize)
	if !ok {
		return errors.New("esp_checks_addr is no address")
	}
	g.check = uint32(at[0])
	order.PutUint32(b, g.mem.Size())
	order.PutUint32(b[checksHeap:], g.heap)
	order.PutUint32(b[checksHeapSize:], heapSize)
	for i := range b[checksShadow:] {
		b[checksShadow+i] = cabi.Unusable
	}
	return nil
}

// Shadow returns the shadow in esp_checks.
func (g *guest) Shadow() []byte {
	if g.check == 0 {
		return nil
	}
	b, _ := g.mem.Read(g.check+checksShadow, checksSize-checksShadow)
	return b
}
