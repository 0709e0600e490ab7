package emulator

import (
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/flash/image"
)

// partitions is the table that the firmware registered, and the map that it gave; nil before that.
type partitions struct {
	items image.PartitionTable
	size  image.SizeMap
}

// SystemPartitionTableRegist registers the flash partitions, in user_pre_init. False if a check of the SDK fails
// (image.RegisterPartitions); the trace tells which. The device goes on with the table all the same. The table is copied.
func (s *SDK) SystemPartitionTableRegist(table []image.Partition, m image.SizeMap) bool {
	items, err := image.RegisterPartitions(s.board.m.flash(), table, m)
	s.board.m.table = partitions{items, m}
	if err != nil {
		s.board.Note(trace.Event{Source: trace.SourceFlash, Kind: trace.KindRefused, Name: "system_partition_table_regist", Text: err.Error()})
	}
	return err == nil
}

// SystemPartitionGetItem returns the first registered partition of a type; false if there is none.
func (s *SDK) SystemPartitionGetItem(t image.PartitionType) (image.Partition, bool) {
	return s.board.m.table.items.Item(t)
}

// SystemPartitionGetOtaPartitionSize returns the room for an update in bytes: the registered partition of the slot that is
// not running, 0 if the table has none.
func (s *SDK) SystemPartitionGetOtaPartitionSize() uint32 {
	return s.board.m.table.items.OTASize(int(s.SystemUpgradeUserbinCheck()) + 1)
}

// flashLayout tells what the flash is for: by the registered table, or else by the flash size map. Nil if that map is made
// for another capacity.
func (m *machine) flashLayout() image.Layout {
	if m.table.items != nil && m.table.size.Valid() {
		return m.table.items.Layout(m.table.size)
	}
	size := m.flashMap()
	if size.Size() != m.d.cfg.Flash.Size() {
		return nil
	}
	return size.Layout()
}

// FlashLayout returns the same to package espconn.
func (e *env) FlashLayout() image.Layout { return e.m.flashLayout() }

// flashMap is the map in the header of the image at 0, or else the one that leaves most room on the chip.
func (m *machine) flashMap() image.SizeMap {
	if size, ok := image.HeaderMap(m.d.cfg.Flash); ok {
		return size
	}
	size, _ := image.DefaultMap(m.d.cfg.Flash.Size())
	return size
}
