package cabi

import (
	"maps"
	"slices"
	"strings"
)

// Function is a function of the SDK, as an engine calls it.
type Function struct {
	// Params names what the function takes, a letter each: p a pointer, f a function pointer, i a number, l a number of 64
	// bits, v a variable number of arguments, V a va_list.
	Params string
	call   func(s *SDK, a *Args) uint32
}

// Variable returns the place among the parameters, the first being 0, from which on the arguments belong to Args.More:
// "..." or, with list, a va_list. It is -1 if there are none.
func (f Function) Variable() (at int, list bool) {
	at = strings.IndexAny(f.Params, "vV")
	return at, at >= 0 && f.Params[at] == 'V'
}

// Call calls the function and returns its result, in C's size with C's sign. The result of a void function means nothing.
// It does not return if the call ends the program, and the device may have been reset in it (then SDK.Halt was called).
func (f Function) Call(s *SDK, a *Args) uint32 {
	s.burn(callCycles)
	s.compute()
	return f.call(s, a)
}

// functions are all functions of the SDK that there are, by name.
var functions = tables(
	timerFunctions, taskFunctions, memFunctions, textFunctions, printFunctions, libraryFunctions, randomFunctions, watchdogFunctions,
	systemFunctions, deviceFunctions, flashFunctions, upgradeFunctions, romFunctions, hashFunctions, romCryptoFunctions,
	addressFunctions, checkFunctions, testFunctions,
	registerFunctions, interruptFunctions, gpioFunctions, pwmFunctions, uartFunctions,
	stationFunctions, scanFunctions, softapFunctions, radioFunctions, smartconfigFunctions,
	secureFunctions, plainFunctions, mdnsFunctions, sntpFunctions, pingFunctions,
)

func tables(t ...map[string]Function) map[string]Function {
	all := map[string]Function{}
	for _, m := range t {
		maps.Copy(all, m)
	}
	return all
}

// Find returns the function of a name. The names are those that the program's linker sees: os_printf is os_printf_plus.
func Find(name string) (Function, bool) {
	f, ok := functions[name]
	return f, ok
}

// Names returns the names of all functions, sorted.
func Names() []string { return slices.Sorted(maps.Keys(functions)) }

// Absent returns a function that stands for one that nobody has: a call of it ends the program with an exception that
// names it.
func Absent(name string) Function {
	return Function{"", func(s *SDK, _ *Args) uint32 {
		s.Fault(CauseIllegal, "the firmware calls %s, which the emulator does not have", name)
		return 0
	}}
}

func nothing(*SDK, *Args) uint32 { return 0 }

// number turns a bool into C's.
func number(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
