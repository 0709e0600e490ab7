package board

// GetChipID returns the low three bytes of the station's MAC.
func (b *Board) GetChipID() uint32 { return b.system().GetChipID() }

// GetSdkVersion returns the version that the profile stands for, "2.2.1(emu8266)"; for a profile of the caller's own
// making its name instead of the number.
func (b *Board) GetSdkVersion() string { return b.system().GetSdkVersion() }
