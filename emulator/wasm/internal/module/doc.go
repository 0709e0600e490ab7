// Package module reads firmware in the binary format of WebAssembly, as far as the engine needs more than its runtime tells.
//
// # Rules
//
//   - Parse takes any bytes: what is no module is an error, and never more memory than the module's own length is used.
//   - Offsets count from the first byte of the code section's payload, as the debug information of WebAssembly does.
//   - Only what C compilers and linkers write is read: other element segments, vectors and threads are errors.
//   - Instrument makes of it what an engine runs: with counts, adapters for calls that do not fit, calls for addresses of the chip.
//   - Affordable says which modules are refused because compiling them would take very long.
//
// Names such as lx106.md in comments are pages of docs/facts, with their section.
package module
