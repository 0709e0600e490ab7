package chip

// IOMux is the base address of the registers of IO_MUX.
const IOMux = 0x60000800

// muxPins are the GPIOs of the registers of IO_MUX, from offset 4 on (sdk-surface.md, Registers).
var muxPins = [PinCount - 1]int{12, 13, 14, 15, 3, 1, 6, 7, 8, 9, 10, 11, 0, 2, 4, 5}

// PinMux returns the address of the pin's register in IO_MUX, PERIPHS_IO_MUX_GPIO2_U for 2; 0 for a pin that has none.
func PinMux(pin int) uint32 {
	for i, n := range muxPins {
		if n == pin {
			return IOMux + uint32(i+1)*4
		}
	}
	return 0
}

// MuxPin returns the pin whose register in IO_MUX has the address addr; false if it is none.
func MuxPin(addr uint32) (pin int, ok bool) {
	i := int(addr-IOMux)/4 - 1
	if addr%4 != 0 || addr < IOMux || i < 0 || i >= len(muxPins) {
		return 0, false
	}
	return muxPins[i], true
}
