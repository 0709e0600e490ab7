// Package soc is the system on chip and the part of the SDK that runs it: the event loop, heap, timers, tasks, watchdogs,
// restarts and deep sleep, interrupts, registers, pins, PWM, I2C, UARTs, RTC memory, flash with its loader, and what computing
// costs.
//
// A [Device] lives from New to Close: its goroutine and mailbox, the pads with what the world does to them, RTC memory. A
// [System] is what a reset wipes; each boot makes a new one. Both belong to the device goroutine, but for what a Device offers
// to other goroutines: Do, Input and what is built on them.
//
// The loop knows firmware as a [Program] and the radio with its network stack as a [Network]; packages board and radio stand
// above. Rules of the loop: package emulator.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package soc
