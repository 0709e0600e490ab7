package board

// Printf writes to the UART with Go's verbs.
func (b *Board) Printf(format string, args ...any) { b.system().Printf(format, args...) }

// LogFlash prints a line of the SDK's own that is in the flash: it takes memory meanwhile.
func (b *Board) LogFlash(line string) { b.system().LogFlash(line) }

// CopyFormat takes the block into which os_printf copies a format of n bytes that is in the flash. It returns the block, which Free gives
// back when the line is printed, 0 if there is none, and how many bytes of the format are printed.
func (b *Board) CopyFormat(n int) (block uint32, most int) { return b.system().CopyFormat(n) }

// Print prints text as os_printf does: through the installed putc, or to the UART.
func (b *Board) Print(text []byte) { b.system().Print(text) }

// Write writes raw bytes to the UART.
func (b *Board) Write(p []byte) (int, error) { return b.system().Write(p) }

// InstallPutc sends each character that os_printf and the SDK print to put instead of the UART (os_install_putc1).
// Write still reaches the UART itself. Nil ends it. A crash ends it too.
func (b *Board) InstallPutc(put func(c byte)) { b.system().InstallPutc(put) }

// GetOsPrint returns 1 if os_printf prints, 0 after SetOsPrint(0).
func (b *Board) GetOsPrint() uint8 { return b.system().GetOsPrint() }

// SetOsPrint switches all output of os_printf, the SDK's own lines included, off (0) or on.
func (b *Board) SetOsPrint(onoff uint8) { b.system().SetOsPrint(onoff) }
