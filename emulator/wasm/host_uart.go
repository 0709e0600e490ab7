package wasm

// uartFunctions are those of the UARTs that the SDK has; the rest is registers.
var uartFunctions = map[string]hostFunction{
	"uart_div_modify": {"ii", func(g *guest, a args) uint32 {
		g.sdk.UartDivModify(a.u8(0), a.u32(1))
		return 0
	}},
	"system_uart_swap": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemUartSwap()
		return 0
	}},
	"system_uart_de_swap": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemUartDeSwap()
		return 0
	}},
}
