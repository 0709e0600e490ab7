// Package cabi is the NonOS SDK as C sees it: the functions by the names that the linker knows, the arguments they take, the
// layouts of the SDK's structs, os_printf, and what the SDK lends to callbacks. It stands between an engine that runs code
// of C (package wasm) and the device, whose SDK (package emulator/sdk) does the work.
//
// # Engines
//
// An engine supplies a [Guest], memory and the means to call a pointer, and makes a [SDK] for each boot with [New]. When
// code of the program calls a function of the SDK, the engine finds it by name ([Find]), lays its arguments out ([Args])
// and calls it ([Function.Call]). cabi knows nothing of how code runs: no instruction set, no binary format.
//
// # Rules
//
//   - Everything runs on the device's goroutine: functions inside code of the program, callbacks from the device's loop.
//     Callbacks may come inside calls of the SDK: of interrupt handlers and of an installed putc.
//   - Numbers and pointers have 32 bits and begin with their lowest byte; pointers are addresses of the Guest, function
//     pointers what Guest.Call takes. Structs have the device's layout, in the version of the SDK that Program.SDK names.
//   - What the SDK keeps in the program's memory is read anew at each step: struct espconn, ETSTimer, the options of a ping,
//     an upgrade's server. Firmware may change them any time.
//   - The heap is the device's: each address of its blocks (Board.Alloc) has its place in the program's memory.
//   - What the SDK lends a callback (received data, System_Event_t) lies in the lending area and is overwritten when the
//     callback has returned. Lists of a scan are blocks of the heap, as on the device.
//   - Where the SDK accesses memory that is not there, the program ends with the exception that the CPU would raise, and a
//     text that names the address. With Guest.Shadow, so does an access to the heap outside the program's blocks.
//   - Work burns cycles of 12.5 ns, so that the watchdog ends a program that never returns: 200 for a call, 10 for each byte
//     that is copied or compared, 1,000 for each that is printed. Choice. The device's time does not pass by it; it does in
//     os_delay_us, and in system_get_time from the hundred and first call in a callback on: 2.5 µs, so that loops that wait
//     for a time end.
//   - A slice of the program's memory is valid until code of the program runs again. The functions here ask for it anew
//     after each callback.
//
// Names such as espconn.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package cabi
