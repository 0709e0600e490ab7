package elf

// Variables of the ROM that programs name (sdk-surface.md, ROM functions), and what they point to. Choice: where the buffer of 256
// bytes lies.
const (
	romFlashChip  = 0x3FFFC714 // flashchip: a pointer to the description of the flash
	romRcvMsgBuff = 0x3FFFC800
	romUartDev    = 0x3FFFDE10
)

// romTexts are texts of the ROM that libmain's ets_vsnprintf finds by their addresses alone (lx106.md 1).
var romTexts = map[uint32]string{0x3FFFD848: "0123456789abcdef", 0x3FFFD85C: "0123456789ABCDEF", 0x3FFFD870: "<NULL>"}

// setROMData fills the ROM's variables as they are when the SDK starts the program. UartDev has the rate of the boot messages, 8 data
// bits, one stop bit, no parity, and an empty buffer (sdk-surface.md, Struct layouts; the rest is 0).
func (g *guest) setROMData() {
	put := func(addr, v uint32) {
		b, _ := g.cpu.Writable(addr)
		order.PutUint32(b, v)
	}
	put(romFlashChip, g.sdk.FlashChip())
	const (
		rate       = 74880
		eightBits  = 3
		oneStop    = 1
		bufferSize = 0x100
	)
	for at, v := range map[uint32]uint32{0: rate, 4: eightBits, 16: oneStop,
		24: bufferSize, 28: romRcvMsgBuff, 32: romRcvMsgBuff, 36: romRcvMsgBuff, 40: 1} {
		put(romUartDev+at, v)
	}
	if g.vendor == nil {
		return // the stack lies there
	}
	for addr, text := range romTexts {
		b, _ := g.cpu.Writable(addr)
		copy(b, text+"\x00")
	}
	g.setAESTables()
}
