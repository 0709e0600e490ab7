package board

// GetBootVersion returns the version of the second-stage loader by the boot header in the system parameters, 31 for a
// blank one.
func (b *Board) GetBootVersion() uint8 { return b.system().GetBootVersion() }

// GetBootMode returns 0 for the loader's enhance mode, 1 for the normal one.
func (b *Board) GetBootMode() uint8 { return b.system().GetBootMode() }

// GetUserbinAddr returns the flash address of the program that runs: 0x1000 or the second slot of the flash size map; 0
// for user1 with a blank boot header, as without a loader.
func (b *Board) GetUserbinAddr() uint32 { return b.system().GetUserbinAddr() }
