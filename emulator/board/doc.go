// Package board is what a kind of firmware gets to stand on: the chip and the SDK's services below and beside the network API.
// It is the one way from firmware to the machine. The SDK's functions for Go (package sdk) and for C call it and nothing behind
// it, and so does a kind of firmware that brings its own CPU or network stack.
//
// # Rules
//
//   - A [Board] and all that it gives out belong to the device goroutine, and live from one boot to the next halt. Only Do may
//     be called from elsewhere.
//   - [Firmware].Boot plays user_init: nothing happens inside it; Wi-Fi starts, timers fire and tasks run after it has returned.
//   - Time passes only where a method says so: Busy, what waits for a UART or a register, and operations on the flash with
//     flash.Chip.Timing. Interrupt handlers and what the outside world does come in there.
//   - Fatal, a watchdog and a power cut unwind the firmware by a panic, which must reach the loop. Firmware of other kinds that
//     recovers panics on its way has to raise them again.
//   - Firmware that takes the NIC before anything has made the Go network stack gets every frame, and no Go stack is made.
//
// Methods that are functions of the SDK have its names without system_ and wifi_, and its results; what a function does in all
// detail is written at its method of package sdk.
//
// Names such as sdk-surface.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package board
