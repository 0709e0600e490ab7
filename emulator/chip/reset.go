package chip

// Reasons of the last reset, as system_get_rst_info tells them (sdk-surface.md, rst_info.reason).
const (
	ReasonDefaultRst     uint32 = 0 // power-on
	ReasonWdtRst         uint32 = 1 // hardware watchdog
	ReasonExceptionRst   uint32 = 2 // fatal exception
	ReasonSoftWdtRst     uint32 = 3 // software watchdog
	ReasonSoftRestart    uint32 = 4 // system_restart
	ReasonDeepSleepAwake uint32 = 5 // end of deep sleep
	ReasonExtSysRst      uint32 = 6 // reset pin: Device.Reset
)

// RstInfo is the SDK's struct rst_info. Deviation: there is no machine code, so the code addresses EPC1, EPC2, EPC3 and
// DEPC and the data address EXCVADDR are 0, but for EPC1 of a division by zero, which is in the ROM.
type RstInfo struct {
	Reason                           uint32
	Exccause                         uint32 // Xtensa exception number; reason 2 only
	Epc1, Epc2, Epc3, Excvaddr, Depc uint32
}
