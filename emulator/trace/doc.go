// Package trace is the list of everything that a device does: one flat Event for each observable step, from the boot over
// each block of heap, Wi-Fi event, TLS record and callback to the lines on the UART.
//
// An Event has a typed Source (who) and Kind (what), figures and texts, and no pointers: it can be copied, compared with ==,
// kept, and written as one line of JSON. Nothing is lost on the way: ReadJSONL gives back events that equal those that a Writer
// wrote. So a tool, or another process, can find out from a file what the process itself could have told. docs/trace.md
// describes the lines.
//
// A Trace keeps the newest events of one device in a ring, and the boot they belong to; it lets tests wait for events and others
// follow them. The package imports the standard library only.
package trace
