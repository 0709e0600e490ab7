package emulator

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// Answers of SystemUpgradeUserbinCheck, and flags of SystemUpgradeFlagSet (sdk-surface.md, upgrade.h).
const (
	UpgradeFwBin1     uint8 = 0
	UpgradeFwBin2     uint8 = 1
	UpgradeFlagIdle   uint8 = 0
	UpgradeFlagStart  uint8 = 1
	UpgradeFlagFinish uint8 = 2
)

// upgradeBytes is the heap block of system_upgrade_init (SDK 3.0.6).
const upgradeBytes = 20

// upgrade is the state of the upgrade functions of the SDK.
type upgrade struct {
	flag   uint8
	block  uint32 // in the heap; 0: system_upgrade_init was not called
	at     uint32 // where the next bytes go
	start  uint32 // first sector of the slot
	most   uint32 // sectors of the slot
	erase  uint32 // next sector of system_upgrade_erase_flash
	rest   []byte // less than a word, waiting for more
	server *download
}

// SystemUpgradeUserbinCheck tells which of the two programs runs, by the boot header in the system parameters:
// UpgradeFwBin1 on a new device.
func (s *SDK) SystemUpgradeUserbinCheck() uint8 { return s.board.m.boot.Slot() }

// SystemUpgradeFlagSet sets the state of an upgrade; it is lost at a reset. Values above 2 change nothing (SDK 3.0.6).
func (s *SDK) SystemUpgradeFlagSet(flag uint8) {
	if flag <= UpgradeFlagFinish {
		s.board.m.upgrade.flag = flag
	}
}

// SystemUpgradeFlagCheck returns that state.
func (s *SDK) SystemUpgradeFlagCheck() uint8 { return s.board.m.upgrade.flag }

// SystemUpgradeReboot restarts into the other program if the flag is UpgradeFlagFinish: the boot header in the system
// parameters is changed, safe from power cuts, and the device restarts as with SystemRestart. With another flag, and
// without 1,188 bytes of heap, nothing happens (SDK 3.0.6). Config.Program tells what boots then.
func (s *SDK) SystemUpgradeReboot() {
	m := s.board.m
	block := m.heap.Alloc(image.SystemParamSize, "system parameters")
	if block == 0 {
		return
	}
	defer m.heap.Free(block)
	if m.upgrade.flag != UpgradeFlagFinish {
		return
	}
	p, _, err := image.LoadSystemParams(m.d.cfg.Flash, m.flashMap())
	if err != nil {
		s.board.Note(trace.Event{Source: trace.SourceFlash, Kind: trace.KindError, Name: "system_upgrade_reboot", Text: err.Error()})
		return
	}
	h := p.Boot().Switched(m.boot)
	m.board.Printf("reboot to use%d\n", h.Slot()+1)
	p.SetBoot(h)
	if err := p.Save(m.flash(), m.flashMap()); err != nil {
		s.board.Note(trace.Event{Source: trace.SourceFlash, Kind: trace.KindError, Name: "system_upgrade_reboot", Text: err.Error()})
	}
	s.SystemRestart()
}

// SystemUpgradeInit opens the slot that does not run for SystemUpgrade and sets the flag back to idle. Its room is the
// registered partition's. Choice: without a registered table it is what the flash size map allows; SDK 3.0.6 takes no byte
// then, earlier ones have no table. Without 20 bytes of heap the chip writes to address 0: exception 29.
func (s *SDK) SystemUpgradeInit() {
	m := s.board.m
	u := &m.upgrade
	if u.block == 0 {
		if u.block = m.heap.Alloc(upgradeBytes, "upgrade"); u.block == 0 {
			s.board.Fatal(chip.Crash{Cause: espconn.CauseStoreProhibited, Why: "system_upgrade_init: no memory, which it does not look at"})
		}
	}
	u.flag, u.rest = UpgradeFlagIdle, nil
	user1, user2, room := m.flashMap().Slots()
	if m.table.items != nil {
		room = s.SystemPartitionGetOtaPartitionSize()
		s.board.Printf("max sec:%d\r\n", room/flash.SectorSize)
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

// SystemUpgradeDeinit gives up what SystemUpgradeInit took.
func (s *SDK) SystemUpgradeDeinit() {
	u := &s.board.m.upgrade
	s.board.Heap.Free(u.block)
	u.block = 0
}

// SystemUpgrade writes the next bytes of an image into the slot; up to three wait until a word is whole. It erases nothing:
// SystemUpgradeEraseFlash comes before. False beyond the slot's end, without memory, and for a chip that fails; true for
// no data (SDK 3.0.6). Choice: false without SystemUpgradeInit.
func (s *SDK) SystemUpgrade(data []byte) bool {
	m := s.board.m
	u := &m.upgrade
	if len(data) == 0 {
		return true
	}
	if u.block == 0 {
		return false
	}
	block := m.heap.Alloc(uint32(len(u.rest)+len(data)), "upgrade data")
	if block == 0 {
		return false
	}
	defer m.heap.Free(block)
	b := append(append([]byte(nil), u.rest...), data...)
	whole := len(b) / flash.WriteUnit * flash.WriteUnit
	u.rest = append([]byte(nil), b[whole:]...)
	if u.at+uint32(whole) > (u.start+u.most)*flash.SectorSize {
		return false
	}
	if m.flashDone(flash.SpiWrite(m.d.cfg.Flash, u.at, b[:whole])).Err != nil {
		return false
	}
	u.at += uint32(whole)
	return true
}

// SystemUpgradeEraseFlash erases as many sectors of the slot as n bytes take, going on where the call before ended. It is
// not in the SDK's headers. Choice: nothing is erased beyond the slot, where the chip erases on.
func (s *SDK) SystemUpgradeEraseFlash(n uint16) {
	m := s.board.m
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
