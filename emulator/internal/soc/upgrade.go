package soc

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// upgradeBytes is the heap block of system_upgrade_init (SDK 3.0.6).
const upgradeBytes = 20

// upgrade is the state of the upgrade functions of the SDK.
type upgrade struct {
	flag  uint8
	block uint32 // in the heap; 0: system_upgrade_init was not called
	at    uint32 // where the next bytes go
	start uint32 // first sector of the slot
	most  uint32 // sectors of the slot
	erase uint32 // next sector of system_upgrade_erase_flash
	rest  []byte // less than a word, waiting for more
}

// UpgradeUserbinCheck tells which of the two programs runs, by the boot header in the system parameters: chip.UpgradeFwBin1
// on a new device.
func (m *System) UpgradeUserbinCheck() uint8 { return m.boot.Slot() }

// UpgradeFlagSet sets the state of an upgrade; it is lost at a reset.
func (m *System) UpgradeFlagSet(flag uint8) {
	if flag <= chip.UpgradeFlagFinish {
		m.upgrade.flag = flag
	}
}

// UpgradeFlagCheck returns the state of an upgrade that UpgradeFlagSet has set.
func (m *System) UpgradeFlagCheck() uint8 { return m.upgrade.flag }

// UpgradeReboot restarts into the other program if the flag is chip.UpgradeFlagFinish: the boot header in the system
// parameters is changed, safe from power cuts, and the device restarts as with Restart.
func (m *System) UpgradeReboot() {
	block := m.heap.Alloc(image.SystemParamSize, "system parameters")
	if block == 0 {
		m.Because(CauseUpgradeMemory, trace.Event{Source: trace.SourceDevice, Text: "system_upgrade_reboot", Value: image.SystemParamSize})
		return
	}
	defer m.heap.Free(block)
	if m.upgrade.flag != chip.UpgradeFlagFinish {
		m.Because(CauseUpgradeNotReady, trace.Event{Source: trace.SourceDevice, Value: int64(m.upgrade.flag),
			Limit: int64(chip.UpgradeFlagFinish)})
		return
	}
	p, _, err := image.LoadSystemParams(m.d.cfg.Flash, m.flashMap())
	if err != nil {
		m.Because(CauseUpgradeNotWritten, trace.Event{Source: trace.SourceDevice, Text: err.Error()})
		m.Note(trace.Event{Source: trace.SourceFlash, Kind: trace.KindError, Name: "system_upgrade_reboot", Text: err.Error()})
		return
	}
	h := p.Boot().Switched(m.boot)
	m.Printf("reboot to use%d\n", h.Slot()+1)
	p.SetBoot(h)
	if err := p.Save(m.flash(), m.flashMap()); err != nil {
		m.Because(CauseUpgradeNotWritten, trace.Event{Source: trace.SourceDevice, Text: err.Error()})
		m.Note(trace.Event{Source: trace.SourceFlash, Kind: trace.KindError, Name: "system_upgrade_reboot", Text: err.Error()})
	}
	m.Restart()
}

// UpgradeInit opens the slot that does not run for Upgrade and sets the flag back to idle.
func (m *System) UpgradeInit() {
	u := &m.upgrade
	if u.block == 0 {
		if u.block = m.heap.Alloc(upgradeBytes, "upgrade"); u.block == 0 {
			m.Fatal(chip.Crash{Cause: espconn.CauseStoreProhibited, Why: "system_upgrade_init: no memory, which it does not look at"})
		}
	}
	u.flag, u.rest = chip.UpgradeFlagIdle, nil
	user1, user2, room := m.flashMap().Slots()
	if m.table.items != nil {
		room = m.PartitionGetOtaPartitionSize()
		m.Printf("max sec:%d\r\n", room/flash.SectorSize)
	}
	to := user2
	if m.boot.Slot() == 1 {
		to = user1
	}
	u.at, u.start, u.erase, u.most = to, to/flash.SectorSize, to/flash.SectorSize, room/flash.SectorSize
	if to == 0 { // a map without slots
		u.most = 0
	}
}

// UpgradeDeinit gives up what UpgradeInit took.
func (m *System) UpgradeDeinit() {
	u := &m.upgrade
	m.heap.Free(u.block)
	u.block = 0
}

// Upgrade writes the next bytes of an image into the slot; up to three wait until a word is whole.
func (m *System) Upgrade(data []byte) bool {
	u := &m.upgrade
	if len(data) == 0 {
		return true
	}
	const function = "system_upgrade"
	if u.block == 0 {
		return m.Refused(function, "false", CauseNotBegun, trace.Event{Text: "system_upgrade_init"})
	}
	block := m.heap.Alloc(uint32(len(u.rest)+len(data)), "upgrade data")
	if block == 0 {
		return m.Refused(function, "false", CauseNoBlock, trace.Event{Value: int64(len(u.rest) + len(data))})
	}
	defer m.heap.Free(block)
	b := append(append([]byte(nil), u.rest...), data...)
	whole := len(b) / flash.WriteUnit * flash.WriteUnit
	u.rest = append([]byte(nil), b[whole:]...)
	if u.at+uint32(whole) > (u.start+u.most)*flash.SectorSize {
		return m.Refused(function, "false", CauseUpgradeTooLong, trace.Event{
			Value: int64(u.at - u.start*flash.SectorSize + uint32(whole)), Limit: int64(u.most * flash.SectorSize)})
	}
	if op := m.flashDone(flash.SpiWrite(m.d.cfg.Flash, u.at, b[:whole])); op.Err != nil {
		return m.Refused(function, "false", CauseFlash, trace.Event{Text: op.Err.Error()})
	}
	u.at += uint32(whole)
	return true
}

// UpgradeEraseFlash erases as many sectors of the slot as n bytes take, going on where the call before ended.
func (m *System) UpgradeEraseFlash(n uint16) {
	u := &m.upgrade
	if n == 0 || u.block == 0 {
		return
	}
	for range (uint32(n)-1)/flash.SectorSize + 1 {
		if u.erase >= u.start+u.most {
			return
		}
		m.dog.feed()
		m.flashDone(flash.SpiEraseSector(m.d.cfg.Flash, uint16(u.erase))) // its result is not looked at
		u.erase++
	}
}

// UpgradeStartSector returns the first sector of the slot that UpgradeInit opened.
func (m *System) UpgradeStartSector() uint32 { return m.upgrade.start }

// UpgradeSectors returns the number of sectors of the slot that UpgradeInit opened.
func (m *System) UpgradeSectors() uint32 { return m.upgrade.most }
