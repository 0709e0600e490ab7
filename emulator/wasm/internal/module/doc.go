// Package module reads firmware in the binary format of WebAssembly, as far as the engine needs more than its runtime tells.
//
// # Rules
//
//   - Parse takes any bytes: what is no module is an error, and never more memory than the module's own length is used.
//   - Offsets count from the first byte of the code section's payload, as the debug information of WebAssembly does.
//   - Only what C compilers and linkers write is read: other element segments, vectors and threads are errors.
//   - Affordable says which modules are refused because compiling them would take very long.
package module
