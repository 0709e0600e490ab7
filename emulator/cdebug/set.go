package cdebug

import "fmt"

// Writable is memory of a program that can be changed.
type Writable interface {
	Memory
	// Write puts bytes at an address; false, and nothing is changed, if they do not all lie in memory that can be written.
	Write(addr uint32, b []byte) bool
}

// Set writes a variable, or what else an expression names that lies in memory: an integer or a bool into a number, pointer or bit-field; a
// string with its NUL into an array of char; bytes into anything that is as long or longer. Errors are those of Get; a value that does not
// fit; what lies nowhere, such as a sum; memory that cannot be written.
func (info *Info) Set(m Writable, expr string, value any) error {
	v, err := info.Get(m, expr)
	if err != nil {
		return err
	}
	if !v.Placed {
		return fmt.Errorf("%s lies in no memory: give a variable, a member or an element", expr)
	}
	b, err := v.Encode(value)
	if err != nil {
		return fmt.Errorf("%s: %w", expr, err)
	}
	if !m.Write(v.Addr, b) {
		return fmt.Errorf("%s lies at 0x%08x, which cannot be written", expr, v.Addr)
	}
	return nil
}
