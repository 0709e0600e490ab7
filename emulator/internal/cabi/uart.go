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
}
