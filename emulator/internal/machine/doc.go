// Package machine puts a boot together: the system on chip (package soc), the radio with the network stack (package radio),
// and the services of the SDK that need both: espconn's environment, ping_start, and upgrades from an HTTP server.
//
// A [Machine] is what package board shows to firmware. It belongs to the device goroutine.
//
// Names such as axtls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package machine
