// Package sdk is the NonOS SDK as firmware in Go sees it. Each function of the SDK is a method of [SDK], named by rule: strip
// espconn_, capitalise after each underscore. system_get_free_heap_size is SystemGetFreeHeapSize, espconn_secure_connect is
// SecureConnect. Files have the names of the SDK's headers; user_interface.h has several.
//
// Macros are methods too (READ_PERI_REG is ReadPeriReg), structs have the SDK's names (os_timer_t is OsTimer) and stand here if
// firmware declares them, in packages emulator/wifi, emulator/chip and espconn otherwise.
//
// # Rules
//
//   - All methods are for the device goroutine: user_init, callbacks, timers, tasks. Tests use Device.Do.
//   - An SDK has no state of its own: two over the same board are the same.
//   - Callbacks are Go functions; where the SDK hands over an argument for them, a closure takes its place.
//   - Figures keep the SDK's units and types, results its values. Strings and slices replace pointers with lengths.
//
// A function, with all that it says: go doc ./emulator/sdk SDK.SecureConnect.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package sdk
