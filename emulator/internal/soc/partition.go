package soc

import (
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/flash/image"
)

// partitions is the table that the firmware registered, and the map that it gave; nil before that.
type partitions struct {
	items image.PartitionTable
	size  image.SizeMap
}

// PartitionTableRegist registers the flash partitions, in user_pre_init.
func (m *System) PartitionTableRegist(table []image.Partition, size image.SizeMap) bool {
	items, err := image.RegisterPartitions(m.flash(), table, size)
	m.table = partitions{items, size}
	for _, line := range image.RegistrationLines(m.flash(), table, size) {
		m.Printf("%s", line)
	}
	if err != nil {
		m.Note(trace.Event{Source: trace.SourceFlash, Kind: trace.KindRefused, Name: "system_partition_table_regist", Text: err.Error()})
	}
	if err != nil {
		return m.Refused("system_partition_table_regist", "false", CauseFlash, trace.Event{Text: err.Error()})
	}
	return true
}

// PartitionGetItem returns the first registered partition of a type; false if there is none.
func (m *System) PartitionGetItem(t image.PartitionType) (image.Partition, bool) {
	p, ok := m.table.items.Item(t)
	if !ok {
		m.Refused("system_partition_get_item", "false", CauseNoItem, trace.Event{Value: int64(t)})
	}
	return p, ok
}

// PartitionGetOtaPartitionSize returns the room for an update in bytes: the registered partition of the slot that is
// not running, 0 if the table has none.
func (m *System) PartitionGetOtaPartitionSize() uint32 {
	return m.table.items.OTASize(int(m.UpgradeUserbinCheck()) + 1)
}

// flashLayout tells what the flash is for: by the registered table, or else by the flash size map. Nil if that map is made
// for another capacity.
func (m *System) flashLayout() image.Layout {
	if m.table.items != nil && m.table.size.Valid() {
		return m.table.items.Layout(m.table.size)
	}
	size := m.flashMap()
	if size.Size() != m.d.cfg.Flash.Size() {
		return nil
	}
	return size.Layout()
}

// flashMap is the map in the header of the image at 0, or else the one that leaves most room on the chip.
func (m *System) flashMap() image.SizeMap {
	if size, ok := image.HeaderMap(m.d.cfg.Flash); ok {
		return size
	}
	size, _ := image.DefaultMap(m.d.cfg.Flash.Size())
	return size
}

// FlashLayout tells what the flash is for: by the registered table, or else by the flash size map. Nil if that map is made
// for another capacity.
func (m *System) FlashLayout() image.Layout { return m.flashLayout() }

// GetFlashSizeMap returns the flash size map, 0 to 9, from the header of the image at address 0.
func (m *System) GetFlashSizeMap() image.SizeMap { return m.flashMap() }

// ParamSaveWithProtect saves up to 4,096 bytes, safe from power cuts, in three sectors from startSec on.
func (m *System) ParamSaveWithProtect(startSec uint16, param []byte) bool {
	save := image.SystemParamSaveWithProtect
	if m.d.cfg.SavesAgain {
		save = image.SystemParamSave
	}
	if err := save(m.flash(), uint32(startSec), param); err != nil {
		return m.Refused("system_param_save_with_protect", "false", CauseFlash, trace.Event{Text: err.Error()})
	}
	return true
}

// ParamLoad fills param from what ParamSaveWithProtect saved, offset bytes behind its beginning; with 0xFF if nothing
// was ever saved.
func (m *System) ParamLoad(startSec, offset uint16, param []byte) bool {
	if err := image.SystemParamLoad(m.d.cfg.Flash, uint32(startSec), offset, param); err != nil {
		return m.Refused("system_param_load", "false", CauseFlash, trace.Event{Text: err.Error()})
	}
	return true
}
