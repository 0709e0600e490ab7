// Package cdebug reads the debug information (DWARF 2 to 5) of C firmware: which line of C an address is of, which functions
// and variables there are, and what a variable holds.
//
// # Rules
//
//   - It works on debug sections by name and on the program's memory behind a small interface. Which machine the program is
//     for does not matter, as long as pointers have 32 bits and numbers begin with their lowest byte.
//   - Addresses are those of the debug information: of code in WebAssembly, offsets in the code section.
//   - Nothing is read before it is asked for, and only once.
//   - Damaged information makes errors or short tables, never a panic, an endless loop or unbounded memory.
package cdebug
