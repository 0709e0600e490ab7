package elf

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/internal/cdebug"
)

// Value is what a variable of the firmware held when it was read.
type Value struct {
	Addr uint32 // in the device's memory
	Type string // of C, such as "struct espconn", "int[4]"
	v    cdebug.Value
}

// Bytes returns the bytes of the variable, a copy.
func (v Value) Bytes() []byte { return v.v.Bytes() }

// Uint returns the number, pointer or bool, without sign; of anything else its first eight bytes.
func (v Value) Uint() uint64 { return v.v.Uint() }

// Int returns the number with its sign.
func (v Value) Int() int64 { return v.v.Int() }

// Text returns the text in an array of char, or where a pointer to char points to: up to its NUL, 4,096 bytes at most. It is
// "" for anything else and for NULL.
func (v Value) Text() string { return v.v.Text() }

// String returns the value as a debugger shows it: an array of char as the text up to its NUL, one of uint8 with more than
// zeros behind it (an address, a key) as bytes.
func (v Value) String() string { return v.v.String() }

// Get reads a variable by an expression of C: a name with members, indexes and * before it, as in "retries",
// "conn.proto.tcp->remote_port", "list[2].next", "*cursor". A dot goes through pointers, too. Static variables are found
// by their name; where several have it, a qualifier tells which: "user_main.c:retries", or the function of a static
// variable in it, "on_timer:count". Any goroutine may call it; it runs on the device's. Errors: there is no such variable
// (with near names) or the compiler took it away, the type has no such member, the address is none, no firmware runs.
func (f *Firmware) Get(expr string) (v Value, err error) {
	err = f.do(func(g *guest) error {
		read, err := g.image.debug.Get(g, expr)
		v = Value{read.Addr, read.Type, read}
		return err
	})
	return v, err
}

// Set writes a variable, named as for Get: an integer or a bool into a number, pointer or bit-field; a string with its
// NUL into an array of char; bytes into anything that is as long or longer. A number that the variable cannot hold, a
// text that does not fit and a constant in flash are errors.
func (f *Firmware) Set(expr string, value any) error {
	return f.do(func(g *guest) error {
		v, err := g.image.debug.Get(g, expr)
		if err != nil {
			return err
		}
		b, err := v.Encode(value)
		if err != nil {
			return fmt.Errorf("%s: %w", expr, err)
		}
		to, _ := g.cpu.Writable(v.Addr)
		if len(to) < len(b) {
			return fmt.Errorf("%s lies at 0x%08x, which cannot be written", expr, v.Addr)
		}
		copy(to, b)
		return nil
	})
}
