package cabi

// Guest is a program of C with the CPU that runs it: what an engine supplies. All methods are called on the device's
// goroutine. Pointers are 32 bits wide, numbers begin with their lowest byte.
type Guest interface {
	// Readable returns the memory at an address that a load may read, from there to the end of that piece of memory: it is
	// the program's own, not a copy, and stays valid until code of the program runs. Without memory there, b is empty and f
	// says which exception the CPU would raise.
	Readable(p uint32) (b []byte, f Fault)
	// Writable is the same for stores.
	Writable(p uint32) (b []byte, f Fault)

	// Call calls the function that a function pointer names, with words as its first arguments, and returns when it has
	// returned. Arguments that the function does not take may be left out. Where code of the program raises an exception,
	// and for a pointer that names no function, Call ends the program (SDK.Fault) and does not return.
	Call(f uint32, words ...uint32)

	// Symbol returns the address that a name stands for: a variable of the program or of its linker script. In the SDK's
	// scripts, these are _data_start, _data_end, _rodata_start, _rodata_end, _bss_start and _bss_end.
	Symbol(name string) (p uint32, ok bool)

	// Caller returns the file and line of C that called the function of the SDK under way: "" if none is under way, "?" if
	// the line is not known.
	Caller() string

	// Burn takes cycles at 80 MHz from those that are left until the watchdog bites, and returns what is left then: below 0,
	// the watchdog bites, and the caller sees to it. Code of the program burns cycles as it runs and ends by SDK.Watchdog
	// when there are none left.
	Burn(cycles int64) (left int64)
	// Refuel sets the cycles that are left.
	Refuel(cycles int64)

	// Shadow returns a byte for each 8 bytes of the heap, in which the SDK notes what the program may use: 0 all of the 8,
	// 1 to 7 the first ones, 255 none. nil: nobody looks at it. It stays valid until code of the program runs.
	Shadow() []byte
}

// Fault says why there is no access to memory. The zero value is the usual reason: there is none.
type Fault struct {
	Cause int    // exception of the CPU; 0: LoadProhibited or StoreProhibited
	Why   string // continues "the SDK reads 4 bytes at address 0x10, "
}
