// Package csdk is the C that firmware is compiled with: the headers of the NonOS SDK, those of the C library as far as
// firmware uses it, and the runtime that is linked into firmware for package wasm. All of it is our own text, embedded in
// the program.
//
// # Rules
//
//   - The headers declare what the SDK's declare: the same names, types and struct layouts, for SDK 2.0, 2.1, 2.2 and 3.0.
//     EMU8266_SDK (20000, 20100, 20200 or 30000) chooses the version. Firmware is compiled with them unchanged.
//   - Each header stands by itself, may be included twice, and is C of 1999.
//   - A function marked ESP_SDK is done by the emulator: package internal/cabi has it. All others are macros, or C of the
//     runtime.
//   - Registers are no memory: READ_PERI_REG, WRITE_PERI_REG and all macros on them are calls (eagle_soc.h).
//   - The SDK's drivers (driver/uart.h, key.h, hw_timer.h, i2c_master.h, gpio16.h) are weak functions of the runtime on the
//     same registers: firmware that brings its own has its own.
//
// # The runtime
//
// rt.c is the way into function pointers and to the watchdog of package wasm, libc.c and math.c the C library, cpp.c what
// compilers of C++ call, json.c the SDK's JSON, driver.c the drivers. These are linked into every firmware, but math.c only if it
// includes math.h or calls what is in there; cover.c and check.c into images for tests and with memory checks; scan.c, ctors.c and
// at.c into firmware that names a variable of theirs. They are compiled without debug information, so that they never show up as
// firmware. All but rt.c's own is weak: firmware brings its own.
//
// Package build compiles with them; `emu8266 sdk headers` writes them into a folder.
package csdk
