package board

import (
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// Flash returns the flash chip as firmware works on it: each operation takes its time (flash.Chip.Timing), and ends the firmware
// if power fails in it.
func (b *Board) Flash() flash.Device { return b.system().Flash() }

// SpiFlashRead fills dst from addr on.
func (b *Board) SpiFlashRead(addr uint32, dst []byte) flash.Result {
	return b.system().SpiFlashRead(addr, dst)
}

// SpiFlashWrite clears the bits at addr that are clear in src. addr must be a multiple of 4; the length of src is
// rounded up to one.
func (b *Board) SpiFlashWrite(addr uint32, src []byte) flash.Result {
	return b.system().SpiFlashWrite(addr, src)
}

// SpiFlashEraseSector sets the 4,096 bytes of sector to ones.
func (b *Board) SpiFlashEraseSector(sector uint16) flash.Result {
	return b.system().SpiFlashEraseSector(sector)
}

// WatchFlash tells f, at once, of each sector of the flash that holds something, and from then until the firmware ends, of each that has
// changed: for programs that see the flash as memory. f may read the flash.
func (b *Board) WatchFlash(f func(sector uint32)) { b.system().WatchFlash(f) }

// FlashBusy reports whether an operation of the firmware on the flash is under way, as an interrupt may find it: code that
// lies in the flash cannot be fetched then.
func (b *Board) FlashBusy() bool { return b.system().FlashBusy() }

// EraseFlash erases the whole chip, sector by sector, as the boot ROM's SPIEraseChip does.
func (b *Board) EraseFlash() error { return b.system().EraseFlash() }

// GetFlashSizeMap returns the flash size map, 0 to 9, from the header of the image at address 0.
func (b *Board) GetFlashSizeMap() image.SizeMap { return b.system().GetFlashSizeMap() }

// ParamSaveWithProtect saves up to 4,096 bytes, safe from power cuts, in three sectors from startSec on.
func (b *Board) ParamSaveWithProtect(startSec uint16, param []byte) bool {
	return b.system().ParamSaveWithProtect(startSec, param)
}

// ParamLoad fills param from what ParamSaveWithProtect saved, offset bytes behind its beginning; with 0xFF if nothing
// was ever saved.
func (b *Board) ParamLoad(startSec, offset uint16, param []byte) bool {
	return b.system().ParamLoad(startSec, offset, param)
}

// PartitionTableRegist registers the flash partitions, in user_pre_init.
func (b *Board) PartitionTableRegist(table []image.Partition, size image.SizeMap) bool {
	return b.system().PartitionTableRegist(table, size)
}

// PartitionGetItem returns the first registered partition of a type; false if there is none.
func (b *Board) PartitionGetItem(t image.PartitionType) (image.Partition, bool) {
	return b.system().PartitionGetItem(t)
}

// PartitionGetOtaPartitionSize returns the room for an update in bytes: the registered partition of the slot that is
// not running, 0 if the table has none.
func (b *Board) PartitionGetOtaPartitionSize() uint32 {
	return b.system().PartitionGetOtaPartitionSize()
}
