// Package elf runs compiled firmware: an ELF file for the LX106, as xtensa-lx106-elf-gcc and the SDK's Makefile make it, on an
// emulated device.
//
//	image, err := elf.LoadFile("app.out")
//	device := emulator.NewTest(t, emulator.Config{})
//	err = device.Boot(image.Firmware())
//
// # What runs, and what stands in
//
// The program's own code runs, instruction by instruction, with its C library and what the compiler puts in. The functions of the SDK
// and of the ROM are told by their names in the symbol table, and stand aside for the device's: the same that Go firmware and C
// firmware in WebAssembly call (package cabi), so that profiles, checks, causes and faults are the same. That they are found by
// address means that nobody passes them by: pointers to them, and calls from inside the SDK's library, come here too.
//
// # The SDK's own libraries
//
// A program of LoadVendor runs with what it is linked with: espconn, lwIP, TLS and the heap are code then, and only the ROM, the chip and
// Wi-Fi are the device's (docs/vendor-stack.md). Its frames go through Board.NIC.
//
// # Rules
//
//   - An Image is shared by any number of devices, with what was decoded of it. A device has 96 KB of RAM of its own, and copies
//     of the pages of code that it changes.
//   - Everything runs on the device's goroutine: an entry point or a callback runs until it returns. An instruction is a cycle of
//     12.5 ns for the watchdogs; the device's time passes by it with Config.CPU Estimated, otherwise only where the SDK says so, as
//     with all firmware. Choice.
//   - Memory is the chip's, with its access rules and exceptions (lx106.md 9.3). The heap lies where Board.HeapBase says, below
//     0x3FFFC000; a program whose data reach into it does not boot, and is told how much heap would be left.
//   - The stack has 5,324 bytes. The chip has no guard there: what goes deeper overwrites what lies below. Here it does so too, and is a
//     finding, stack-overflow, with the function, its line and the depth, once for each callback. Choice: below lie the ROM's variables,
//     as on the chip, then the end of the heap.
//   - The ROM's variables UartDev and flashchip are there; its other data read 0, or what the stack has left.
//   - A Debugger (Firmware.Debug) stops the program where it wants, and plays it again from a checkpoint (Machine.Replay): all that enters
//     the program is recorded for that, at most 64 MB. Without a debugger nothing is recorded, and nothing is looked at.
//   - A function of the ROM that is not there ends the firmware, with its name, when it is called.
//
// Names such as lx106.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package elf
