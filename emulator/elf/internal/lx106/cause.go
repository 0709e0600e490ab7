package lx106

// Cause is the number of an exception, as in the register EXCCAUSE.
type Cause uint8

// The causes that the core raises (lx106.md 9.2).
const (
	IllegalInstruction   Cause = 0
	Syscall              Cause = 1
	InstructionFetch     Cause = 2 // fetch from memory that gives no instructions
	LoadStoreError       Cause = 3 // narrow access to memory that takes whole words only
	Level1Interrupt      Cause = 4
	LoadStoreAlignment   Cause = 9
	InstFetchProhibited  Cause = 20
	LoadProhibited       Cause = 28
	StoreProhibited      Cause = 29
	allowed              Cause = 255 // no exception
	debugException       Cause = 254 // break: it has a vector and registers of its own
	nonMaskableInterrupt Cause = 253 // likewise
)

// hasAddress says whether the exception sets EXCVADDR (lx106.md 9.2).
func (c Cause) hasAddress() bool {
	switch c {
	case InstructionFetch, LoadStoreError, LoadStoreAlignment, InstFetchProhibited, LoadProhibited, StoreProhibited:
		return true
	}
	return false
}

// String returns the name as the SDK's fatal exception prints it, "" for a number that the core never raises.
func (c Cause) String() string {
	switch c {
	case IllegalInstruction:
		return "IllegalInstructionCause"
	case Syscall:
		return "SyscallCause"
	case InstructionFetch:
		return "InstructionFetchErrorCause"
	case LoadStoreError:
		return "LoadStoreErrorCause"
	case Level1Interrupt:
		return "Level1InterruptCause"
	case LoadStoreAlignment:
		return "LoadStoreAlignmentCause"
	case InstFetchProhibited:
		return "InstFetchProhibitedCause"
	case LoadProhibited:
		return "LoadProhibitedCause"
	case StoreProhibited:
		return "StoreProhibitedCause"
	}
	return ""
}
