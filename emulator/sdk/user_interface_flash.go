package sdk

import (
	"github.com/emu8266/emu8266/flash/image"
)

// SystemPartitionTableRegist registers the flash partitions, in user_pre_init. False if a check of the SDK fails
// (image.RegisterPartitions); the trace tells which. The device goes on with the table all the same. The table is copied.
func (s *SDK) SystemPartitionTableRegist(table []image.Partition, m image.SizeMap) bool {
	return s.board.PartitionTableRegist(table, m)
}

// SystemPartitionGetItem returns the first registered partition of a type; false if there is none.
func (s *SDK) SystemPartitionGetItem(t image.PartitionType) (image.Partition, bool) {
	return s.board.PartitionGetItem(t)
}

// SystemPartitionGetOtaPartitionSize returns the room for an update in bytes: the registered partition of the slot that is
// not running, 0 if the table has none.
func (s *SDK) SystemPartitionGetOtaPartitionSize() uint32 {
	return s.board.PartitionGetOtaPartitionSize()
}

// SystemGetFlashSizeMap returns the flash size map, 0 to 9, from the header of the image at address 0. Choice: without an
// image there, which is normal for emulated firmware, the map that leaves most room for programs on this chip.
func (s *SDK) SystemGetFlashSizeMap() image.SizeMap { return s.board.GetFlashSizeMap() }

// SystemParamSaveWithProtect saves up to 4,096 bytes, safe from power cuts, in three sectors from startSec on. False for
// no or too many bytes, for sectors beyond the end of the chip, and for a chip that fails.
func (s *SDK) SystemParamSaveWithProtect(startSec uint16, param []byte) bool {
	return s.board.ParamSaveWithProtect(startSec, param)
}

// SystemParamLoad fills param from what SystemParamSaveWithProtect saved, offset bytes behind its beginning; with 0xFF if
// nothing was ever saved. False if param is nil, or offset and length exceed 4,096.
func (s *SDK) SystemParamLoad(startSec, offset uint16, param []byte) bool {
	return s.board.ParamLoad(startSec, offset, param)
}
