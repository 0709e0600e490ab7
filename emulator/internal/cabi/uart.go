package cabi

// uartFunctions are those of the UARTs that the SDK has; the rest is registers.
var uartFunctions = map[string]Function{
	"uart_div_modify": {"ii", func(s *SDK, a *Args) uint32 {
		s.sdk.UartDivModify(a.u8(0), a.u32(1))
		return 0
	}},
	"system_uart_swap": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemUartSwap()
		return 0
	}},
	"system_uart_de_swap": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemUartDeSwap()
		return 0
	}},

	// The ROM's, for the UART that uart_buff_switch chose (sdk-surface.md, ROM functions).
	"uart_buff_switch": {"i", func(s *SDK, a *Args) uint32 {
		s.system.uart = a.u32(0) & 1
		return 0
	}},
	"uart_tx_one_char": {"i", func(s *SDK, a *Args) uint32 {
		s.transmit([]byte{a.u8(0)})
		return 0
	}},
	"uart_rx_one_char": {"p", func(s *SDK, a *Args) uint32 {
		c, ok := s.receive()
		if !ok {
			return 1
		}
		s.write(a.u32(0), 1)[0] = c
		return 0
	}},
	"uart_rx_one_char_block": {"", func(s *SDK, _ *Args) uint32 {
		for {
			if c, ok := s.receive(); ok {
				return uint32(c)
			}
			s.delay(10) // Choice: it looks every 10 us, and the watchdog bites as in any loop
		}
	}},
	"ets_install_uart_printf": {"", func(s *SDK, _ *Args) uint32 {
		s.putc = 0
		s.board.InstallPutc(nil)
		return 0
	}},
}

// Registers of a UART, and the distance of the two.
const (
	uartFIFO   = 0x60000000
	uartStatus = 0x6000001C // bits 0 to 7 count what has come in, 16 to 23 what waits to go out
	uartNext   = 0xF00
	uartFull   = 126
)

// transmit sends what the ROM prints past os_install_putc1.
func (s *SDK) transmit(b []byte) {
	if s.system.uart == 0 {
		_, _ = s.board.Write(b) // a UART never fails
		return
	}
	for _, c := range b {
		for s.board.ReadPeriReg(uartStatus+uartNext)>>16&0xFF >= uartFull {
			s.delay(10)
		}
		s.board.WritePeriReg(uartFIFO+uartNext, uint32(c))
	}
}

// receive takes a byte that has come in, if there is one.
func (s *SDK) receive() (c byte, ok bool) {
	base := s.system.uart * uartNext
	if s.board.ReadPeriReg(uartStatus+base)&0xFF == 0 {
		return 0, false
	}
	return byte(s.board.ReadPeriReg(uartFIFO + base)), true
}
