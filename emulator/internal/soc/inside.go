package soc

import (
	"reflect"
	"runtime"
	"sync"
)

// loopBits is the length of a loop's number. Choice: 20 bits, a million devices at a time.
const loopBits = 20

// loops are the numbers in use, each with that of the loop for which it waits in a call of another device's Do, 0 if for
// none.
var loops = struct {
	sync.Mutex
	last  uint32
	waits map[uint32]uint32
}{waits: map[uint32]uint32{}}

// newLoop returns a number for a loop, never 0. endLoop gives it back.
func newLoop() uint32 {
	loops.Lock()
	defer loops.Unlock()
	for {
		loops.last = (loops.last + 1) % (1 << loopBits)
		if _, used := loops.waits[loops.last]; !used && loops.last != 0 {
			loops.waits[loops.last] = 0
			return loops.last
		}
	}
}

func endLoop(n uint32) {
	loops.Lock()
	defer loops.Unlock()
	delete(loops.waits, n)
}

// numbered calls run under the frames that spell the lowest digits of n.
//
//go:noinline
func numbered(n uint32, digits int, run func()) {
	switch {
	case digits == 0:
		run()
	case n&1 == 0:
		bit0(n>>1, digits-1, run)
	default:
		bit1(n>>1, digits-1, run)
	}
}

//go:noinline
func bit0(n uint32, digits int, run func()) { numbered(n, digits, run) }

//go:noinline
func bit1(n uint32, digits int, run func()) { numbered(n, digits, run) }

var bit0Entry, bit1Entry = reflect.ValueOf(bit0).Pointer(), reflect.ValueOf(bit1).Pointer()

// callingLoop returns the number of the loop on whose goroutine it is called, 0 on every other goroutine.
func callingLoop() (n uint32) {
	var pcs [128]uintptr
	digits := 0
	for skip := 2; ; skip += len(pcs) {
		got := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:got] { // from the innermost frame outwards: the highest digit comes first
			switch runtime.FuncForPC(pc - 1).Entry() {
			case bit0Entry:
				n, digits = n<<1, digits+1
			case bit1Entry:
				n, digits = n<<1|1, digits+1
			}
			if digits == loopBits {
				return n
			}
		}
		if got < len(pcs) {
			return 0
		}
	}
}

// waitFor notes that loop from waits for loop to, until waited is called. It panics if to waits for from already, over
// others or not: all of them would wait for ever.
func waitFor(from, to uint32) {
	loops.Lock()
	defer loops.Unlock()
	for n := to; n != 0; n = loops.waits[n] {
		if n == from {
			panic("emulator: Device.Do was called in a callback of a device for which the other one waits in Do: " +
				"neither would ever return. Call the other device from a goroutine: go func() { _ = other.Do(fn) }()")
		}
	}
	loops.waits[from] = to
}

// waited ends waitFor.
func waited(from uint32) {
	loops.Lock()
	defer loops.Unlock()
	loops.waits[from] = 0
}
