// Package engines holds no code but tests: those of C firmware that run on both engines, compiled to WebAssembly (emulator/wasm) and for
// the chip's own processor (emulator/elf). What testdata/firmware/build.sh builds is run here on both; where the two machines must differ,
// the test says how and why.
package engines
