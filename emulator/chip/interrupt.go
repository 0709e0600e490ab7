package chip

// Interrupt numbers of ets_isr_attach (sdk-surface.md, ets_sys.h).
const (
	IntSDIO = 1
	IntSPI  = 2
	IntGPIO = 4
	IntUART = 5 // both UARTs
	IntFRC1 = 9 // the hardware timer
)
