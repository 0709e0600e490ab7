package board

// ReadPeriReg reads a register as the macro READ_PERI_REG does. Those of GPIO, UART, FRC1, IO_MUX, RTC with GPIO16,
// random numbers and time act; others hold what was last written, 0 at boot, and are found once by the API checks. Choice.
// After a hundred registers read in one callback each further one takes 2.5 µs, after ten thousand 25 µs, so that loops
// that wait for one end. Choice. An address that is none of a register raises exception 28, an unaligned one 9.
func (b *Board) ReadPeriReg(addr uint32) uint32 { return b.system().ReadPeriReg(addr) }

// WritePeriReg writes a register as the macro WRITE_PERI_REG does; see ReadPeriReg. The exception is 29.
func (b *Board) WritePeriReg(addr, v uint32) { b.system().WritePeriReg(addr, v) }
