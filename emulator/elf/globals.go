package elf

import "github.com/emu8266/emu8266/emulator/cdebug"

// Value is what a variable of the firmware held when it was read.
type Value = cdebug.Value

// Get reads a variable, or evaluates another expression of C that only reads: "retries", "conn.proto.tcp->remote_port", "list[2].next",
// "*cursor", "(uint8)flags & 3". A dot goes through pointers, too. Static variables are found by their name; where several have it, a
// qualifier tells which: "user_main.c:retries", or the function of a static variable in it, "on_timer:count". Any goroutine may call it; it
// runs on the device's. Errors: there is no such variable (with near names) or the compiler took it away, the type has no such member, the
// address is none, no firmware runs; an assignment, ++ or a call.
func (f *Firmware) Get(expr string) (v Value, err error) {
	err = f.do(func(g *guest) error {
		v, err = g.image.debug.Get(g, expr)
		return err
	})
	return v, err
}

// Set writes a variable, named as for Get: an integer or a bool into a number, pointer or bit-field; a string with its
// NUL into an array of char; bytes into anything that is as long or longer. A number that the variable cannot hold, a
// text that does not fit and a constant in flash are errors.
func (f *Firmware) Set(expr string, value any) error {
	return f.do(func(g *guest) error { return g.image.debug.Set(g, expr, value) })
}
