// Package lx106 is the ESP8266's processor core with its memory: it decodes and executes compiled firmware, and knows nothing of the
// SDK. It imports nothing of this module.
//
//	m := lx106.NewImage()          // what devices of one program share
//	err := m.Add(addr, segment)    // for each segment of the ELF file
//	m.Hook(addr)                   // where a function of Go may stand in
//	c := lx106.NewCPU(m, registers) // one device
//	c.SetHook(addr, func(c *lx106.CPU) { c.Return(c.Arg(0) + 1) })
//	c.A[1] = stack
//	c.Refuel(1_000_000)
//	result, stop := c.Call(function, 1, 2, 3)
//
// # What it is made of
//
//   - [Decode] and [Inst.Text]: the core's operations, wide and narrow, in objdump's words.
//   - [Map]: the address space with the exception of each kind of access.
//   - [Image] and [CPU]: code lies in pages of 4 KB that all devices of an image share, with what was decoded of them, until one
//     device writes into a page; data RAM is each device's own.
//   - [CPU.Run], [CPU.Call], [CPU.Step]: instructions are decoded once into blocks, straight lines that end with a jump; a block
//     remembers its successors. Interrupts come in between blocks.
//   - Hooks: functions of Go in place of functions of the program, at their addresses, so that no caller passes them by: call0,
//     callx0, function pointers. They may call the program again.
//   - [CPU.Look], [CPU.SetBreaks], [CPU.SetWatched]: a debugger's view, which costs nothing where there is none.
//   - [CPU.Snapshot] and [CPU.Restore].
//
// # Exceptions
//
// An exception sets the registers as the core does and goes on at its vector: code of the program, or a hook there. Where there is
// neither, Run comes back with [Exception], the cause and the place: an engine that prints the SDK's fatal exception needs no more.
//
// # Time
//
// Each instruction is one cycle, and so is a hook and an exception; the count is exact, whatever blocks there are: Run ends after just
// as many instructions as [CPU.Refuel] said, and CCOUNT and CCOMPARE0 follow the count.
//
// # Bounds
//
// Bytes of any kind can be executed without a panic. What is decoded takes at most 32 KB for a table and 16,384 instructions of 24
// bytes in each page of 4 KB in which something was executed, once for all devices of the image.
//
// Names such as lx106.md in comments are pages of docs/facts.
package lx106
