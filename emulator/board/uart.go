package board

// UartDivModify sets the baud rate of UART 0 or 1 as 80,000,000 / div; others are ignored.
func (b *Board) UartDivModify(n uint8, div uint32) { b.system().UartDivModify(n, div) }

// UartSwap brings UART0 to GPIO13 and GPIO15.
func (b *Board) UartSwap() { b.system().UartSwap() }

// UartDeSwap brings it back to GPIO3 and GPIO1.
func (b *Board) UartDeSwap() { b.system().UartDeSwap() }
