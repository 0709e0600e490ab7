package soc

import (
	"maps"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// loopDigits is the length of a loop's number in hexadecimal digits. Choice: five, a million devices at a time.
const loopDigits = 5

// loops are the numbers in use, each with that of the loop for which it waits in a call of another device's Do, 0 if for
// none.
var loops = struct {
	sync.Mutex
	last  uint32
	waits map[uint32]uint32
}{waits: map[uint32]uint32{}}

// awake counts the loops that do not sleep. Where there is none, whoever asks is on no loop's goroutine.
var awake atomic.Int64

// newLoop returns a number for a loop, never 0. endLoop gives it back.
func newLoop() uint32 {
	loops.Lock()
	defer loops.Unlock()
	for {
		loops.last = (loops.last + 1) % (1 << (4 * loopDigits))
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

// numbered calls run under one frame for each of the left lowest digits of n.
func numbered(n uint32, left int, run func()) {
	if left == 0 {
		run()
		return
	}
	digits[n&15](n>>4, left-1, run)
}

//go:noinline
func digit0(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit1(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit2(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit3(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit4(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit5(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit6(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit7(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit8(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digit9(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digitA(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digitB(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digitC(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digitD(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digitE(n uint32, left int, run func()) { numbered(n, left, run) }

//go:noinline
func digitF(n uint32, left int, run func()) { numbered(n, left, run) }

// digits are the functions whose frames spell a number, digitAt what a frame says, by where it goes on. The addresses lie between
// digitLow and digitHigh.
var (
	digits              [16]func(n uint32, left int, run func())
	digitAt             = map[uintptr]uint32{}
	digitLow, digitHigh uintptr
)

func init() {
	digits = [...]func(uint32, int, func()){digit0, digit1, digit2, digit3, digit4, digit5, digit6, digit7,
		digit8, digit9, digitA, digitB, digitC, digitD, digitE, digitF}
	entries := map[uintptr]uint32{}
	for value, f := range digits {
		entries[reflect.ValueOf(f).Pointer()] = uint32(value)
	}
	learn := func() {
		var pcs [64]uintptr
		for _, pc := range pcs[:runtime.Callers(2, pcs[:])] {
			if value, is := entries[runtime.FuncForPC(pc-1).Entry()]; is {
				digitAt[pc] = value
			}
		}
	}
	for value := range uint32(len(digits)) { // each as the last digit, which calls run, and as one that calls the next
		numbered(value<<4|value, 2, learn)
	}
	pcs := slices.Sorted(maps.Keys(digitAt))
	digitLow, digitHigh = pcs[0], pcs[len(pcs)-1]
}

// callingLoop returns the number of the loop on whose goroutine it is called, 0 on every other goroutine.
func callingLoop() (n uint32) {
	var pcs [128]uintptr
	read := 0
	for skip := 2; ; skip += len(pcs) {
		got := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:got] { // from the innermost frame outwards: the highest digit comes first
			if pc < digitLow || pc > digitHigh {
				continue
			}
			if digit, is := digitAt[pc]; is {
				n, read = n<<4|digit, read+1
			}
			if read == loopDigits {
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
