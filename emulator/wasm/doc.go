// Package wasm runs C firmware for the NonOS SDK, compiled to WebAssembly, on an emulated device.
//
// # From C to a device
//
// Firmware is compiled with clang against the headers of package csdk and linked with its runtime: package build and
// `emu8266 build` do that. [Load] compiles the image once; each [Image.Firmware] is one program for one device, and a
// thousand devices share the machine code.
//
//	image, err := wasm.LoadFile("firmware.wasm")
//	...
//	err = device.Boot(image.Firmware())
//
// # Rules
//
//   - The guest is wasm32: int, long, pointers and enums have 4 bytes, char is unsigned, and all structs of the SDK have
//     the device's layout. Function pointers are table indices, not addresses.
//   - The heap is the device's: each address of its blocks has its place in linear memory, so malloc, TLS buffers and packets
//     run out together. What the SDK lends a callback (received data, System_Event_t) lies behind the heap and is
//     overwritten when the callback has returned.
//   - Struct espconn and ETSTimer stay in guest memory: each step reads them anew, so firmware may change them any time.
//   - Callbacks run from the device's loop, one after the other. Only what the chip calls synchronously (an installed
//     putc) and interrupt handlers nest, 8 deep at most. A handler comes in while the callback waits in os_delay_us, and in
//     calls that write registers or unmask interrupts; between two other instructions it does not. Deviation.
//   - Registers are no memory: READ_PERI_REG, WRITE_PERI_REG and all macros on them are calls (eagle_soc.h). Reading
//     0x40200000 and the megabyte behind it by them reads the flash. Firmware that makes pointers of such addresses is marked by
//     package build: each of its loads and stores is looked at then (which made a loop over memory 1.6 times as long), and those of
//     the chip's addresses do what the macros do.
//   - The SDK's drivers (driver/uart.h, key.h, hw_timer.h, i2c_master.h, gpio16.h) are linked from csdk's runtime where
//     the firmware does not bring them: weak functions on the same registers.
//   - Firmware casts callbacks freely. The loader knows the real type of each function and passes as many arguments as it
//     takes. Calls inside the firmware that do not fit the function, direct ones or through pointers, give it what the chip's registers
//     would hold. Choice: 0 where nobody has passed anything.
//   - A bad pointer given to the SDK, a trap, division by zero: the device's fatal exception, with file and line of C
//     (chip.Crash). Addresses below 1,024 and from the end of memory up are bad.
//   - Deviation: NULL, alignment, freed and overrun heap blocks are checked in the firmware's own loads and stores only if
//     it was built with rt/check.c (emu8266 build --check).
//   - The stack of an image is 4 KB, 12 KB with --test, or what --stack says. In every image, whatever it was built with, a function whose
//     local variables leave it ends the firmware with exception 29, the bytes and the size. Deviation: up to 128 bytes of a function
//     that calls no other are not seen, and return addresses take none of it.
//   - What was freed is remembered: a use or another free of one of the last 256 blocks tells where it was freed and who had it.
//   - An endless loop ends as the soft watchdog would end it: after 256 million cycles without return to the loop or
//     system_soft_wdt_feed, which are 3.2 s at 80 MHz. [Load] puts the count into each loop and each function, in code that any compiler
//     made. Choice: a turn of a loop and a call of a function cost ten cycles, and each instruction of WebAssembly on the longest way
//     through them one; constants and local variables are free, filling and copying memory takes a cycle for four bytes, and what the
//     compiler calls by itself for checks and counts a sixteenth. Calls of the SDK and os_delay_us count too.
//   - Firmware that goes on for ever because it feeds the watchdog ends when somebody loses patience: emulator.Config.Patience.
//   - Computing takes no time (package emulator); os_delay_us does. Choice: after a hundred calls of system_get_time in
//     one callback each further one takes 2.5 µs, so that loops that wait for it end.
//   - Firmware reaches nothing but the device: no file, no socket, no clock of the host. Linear memory is at most 2 MB.
//     An image that would take very long to compile is refused: 4 MB of code, 10,000 functions, 128 KB of one function, and a
//     bound for its branches, which an optimising compiler feels by their square. So is one whose lists are longer than those
//     of any firmware, or whose counts are larger than what follows them.
//
// Package internal/cabi is the SDK that the firmware sees; this package is the engine below it.
//
// # Tests
//
// [Firmware.Call] calls a C function by name, [Firmware.Get] and [Firmware.Set] read and write variables, also static ones
// and by expressions such as conn.proto.tcp->remote_port; [Image.Coverage] tells which lines of C ran. `emu8266 build
// --test` makes images for that: without optimisation, so that nothing is inlined or left out, with a stack of 13 KB and a
// counter in each branch. In other images they find what the compiler has left. What is static and used nowhere is not in
// an image at all: the compiler warns of it.
//
// # Versions and upgrades
//
// An image says for which SDK's headers it was built ([Image.SDK], `emu8266 build --sdk-version`); structs in its memory are
// read and written in that SDK's layout. [Programs] runs the images that an upgrade put into the flash; `emu8266 flash
// image` makes them. docs/tables/sdk-functions.md lists which functions of the SDK there are.
//
// SDK functions that an image imports and this package does not have are listed by [Image.Missing] and end the firmware
// when they are called, not before.
package wasm
