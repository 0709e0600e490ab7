package emulator

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// Go returns firmware written in Go: init plays user_init. Everything it sets up belongs to the device goroutine.
func Go(init func(*SDK)) Firmware { return goFirmware(init) }

type goFirmware func(*SDK)

func (f goFirmware) Boot(b *Board) error {
	f(b.SDK())
	return nil
}

func (goFirmware) Close() error { return nil }

// SDK is the NonOS SDK as Go firmware sees it: the functions of espconn.h (espconn.go) and the system calls beside them, named by rule (the
// package comment). All of it belongs to the device goroutine.
type SDK struct {
	board *Board
}

// Board returns the board under the SDK.
func (s *SDK) Board() *Board { return s.board }

// OsPrintf prints on UART0 with the SDK's verbs (%d %i %u %x %X %c %s %p, lengths h, l and z are ignored).
func (s *SDK) OsPrintf(format string, args ...any) { s.board.Printf(goFormat(format), args...) }

// SystemSetOsPrint switches all output of os_printf, the SDK's own lines included, off (0) or on.
func (s *SDK) SystemSetOsPrint(onoff uint8) { s.board.m.d.uart.off = onoff == 0 }

// SystemGetTime returns the microseconds since boot; it wraps after 71 minutes.
func (s *SDK) SystemGetTime() uint32 { return uint32(s.board.Uptime() / time.Microsecond) }

// SystemGetFreeHeapSize returns the bytes free in the heap.
func (s *SDK) SystemGetFreeHeapSize() uint32 { return s.board.Heap.FreeSize() }

// SystemGetChipID returns the low three bytes of the station's MAC.
func (s *SDK) SystemGetChipID() uint32 {
	m := s.board.m.d.cfg.MAC
	return uint32(m[3])<<16 | uint32(m[4])<<8 | uint32(m[5])
}

// SystemInitDoneCb sets what runs once, after user_init has returned and Wi-Fi was started.
func (s *SDK) SystemInitDoneCb(cb func()) { s.board.m.wifi.done = cb }

// OsRandom returns 32 bits of the hardware random number generator.
func (s *SDK) OsRandom() uint32 { return s.board.Random() }

// OsMalloc takes n bytes of the heap and returns their address, 0 if there is no memory. Go firmware keeps its data in
// Go; this is for those who want to see the heap run out.
func (s *SDK) OsMalloc(n uint32) uint32 { return s.board.Heap.Alloc(n, "os_malloc") }

// OsFree gives a block of OsMalloc back.
func (s *SDK) OsFree(addr uint32) { s.board.Heap.Free(addr) }

// OsTimerSetfn sets what t calls. It must come before OsTimerArm, and not on an armed timer: the chip then loses the
// timer from its list; here it is disarmed.
func (s *SDK) OsTimerSetfn(t *OsTimer, fn func()) {
	if t.index > 0 {
		s.board.Finding(espconn.RuleTimerArmed, "os_timer_setfn on a timer that is due in %v", t.due.Sub(s.board.m.now))
	}
	s.board.DisarmTimer(t)
	t.fn = fn
}

// OsTimerArm starts t: its function runs once in ms milliseconds, or every ms milliseconds when repeat is set. Arming
// an armed timer starts it anew. Choice: more than TimerMax counts as TimerMax. A timer without a function is left
// alone.
func (s *SDK) OsTimerArm(t *OsTimer, ms uint32, repeat bool) {
	if t.fn == nil {
		s.board.Finding(espconn.RuleTimerFunction, "os_timer_arm before os_timer_setfn")
		return
	}
	s.board.ArmOsTimer(t, ms, true, repeat, t.fn)
}

// OsTimerDisarm stops t; its function does not run any more, even if it is due.
func (s *SDK) OsTimerDisarm(t *OsTimer) { s.board.DisarmTimer(t) }

// SystemOsTask registers task for user priority 0, 1 or 2; queue is the ring of events that the SDK wants from the
// caller, its length is the depth. False for another priority, a nil task or an empty queue.
func (s *SDK) SystemOsTask(task func(chip.OsEvent), prio uint8, queue []chip.OsEvent) bool {
	return s.board.RegisterTask(prio, len(queue), task)
}

// SystemOsPost posts an event to the task of a priority. False if the ring is full (the event is dropped) or no task
// is registered.
func (s *SDK) SystemOsPost(prio uint8, sig, par uint32) bool {
	return s.board.PostTask(prio, chip.OsEvent{Sig: sig, Par: par})
}

// SpiFlashRead fills dst from addr on. Any address and length will do. Results: flash.ResultOK (0), ResultErr (1),
// ResultTimeout (2), see flash.SpiRead.
func (s *SDK) SpiFlashRead(addr uint32, dst []byte) int {
	return int(flash.SpiRead(s.board.Flash, addr, dst).Result())
}

// SpiFlashWrite clears the bits at addr that are clear in src. addr must be a multiple of 4; the length of src is rounded
// up to one. Results as SpiFlashRead, see flash.SpiWrite.
func (s *SDK) SpiFlashWrite(addr uint32, src []byte) int {
	s.board.m.checkWrite(addr, src)
	return int(s.board.m.flashDone(flash.SpiWrite(s.board.Flash, addr, src)).Result())
}

// SpiFlashEraseSector sets the 4,096 bytes of sector to ones. Results as SpiFlashRead.
func (s *SDK) SpiFlashEraseSector(sector uint16) int {
	s.board.m.checkFlash("erasure", uint32(sector)*flash.SectorSize, flash.SectorSize)
	return int(s.board.m.flashDone(flash.SpiEraseSector(s.board.Flash, sector)).Result())
}

// SpiFlashGetID returns the chip's 24-bit JEDEC id, 0x1640EF for 4 MB.
func (s *SDK) SpiFlashGetID() uint32 { return flash.ID(s.board.Flash.Size()) }

// SystemGetFlashSizeMap returns the flash size map, 0 to 9, from the header of the image at address 0. Choice: without an
// image there, which is normal for emulated firmware, the map that leaves most room for programs on this chip.
func (s *SDK) SystemGetFlashSizeMap() image.SizeMap { return s.board.m.flashMap() }

// SystemParamSaveWithProtect saves up to 4,096 bytes, safe from power cuts, in three sectors from startSec on. False for
// no or too many bytes, for sectors beyond the end of the chip, and for a chip that fails.
func (s *SDK) SystemParamSaveWithProtect(startSec uint16, param []byte) bool {
	return image.SystemParamSaveWithProtect(s.board.m.flash(), uint32(startSec), param) == nil
}

// SystemParamLoad fills param from what SystemParamSaveWithProtect saved, offset bytes behind its beginning; with 0xFF if
// nothing was ever saved. False if param is nil, or offset and length exceed 4,096.
func (s *SDK) SystemParamLoad(startSec, offset uint16, param []byte) bool {
	return image.SystemParamLoad(s.board.Flash, uint32(startSec), offset, param) == nil
}

// WifiSetOpmode sets and saves the operating mode: NullMode, StationMode, SoftAPMode or StationAPMode; false for others.
// Inside user_init it applies when user_init has returned.
func (s *SDK) WifiSetOpmode(mode uint8) bool { return s.board.m.wifi.setOpMode(mode, true) }

// WifiSetOpmodeCurrent is WifiSetOpmode without saving.
func (s *SDK) WifiSetOpmodeCurrent(mode uint8) bool { return s.board.m.wifi.setOpMode(mode, false) }

// WifiGetOpmode returns the operating mode.
func (s *SDK) WifiGetOpmode() uint8 { return s.board.m.wifi.opMode }

// WifiStationSetConfig sets and saves the AP to join. Outside user_init a call of WifiStationConnect must follow.
func (s *SDK) WifiStationSetConfig(c wifi.StationConfig) bool {
	return s.board.m.wifi.setConfig(c, true)
}

// WifiStationSetConfigCurrent is WifiStationSetConfig without saving.
func (s *SDK) WifiStationSetConfigCurrent(c wifi.StationConfig) bool {
	return s.board.m.wifi.setConfig(c, false)
}

// WifiStationGetConfig returns the configuration in use.
func (s *SDK) WifiStationGetConfig() wifi.StationConfig { return s.board.m.wifi.config }

// WifiStationSetAutoConnect sets and saves whether the station connects at boot.
func (s *SDK) WifiStationSetAutoConnect(set uint8) bool {
	s.board.m.d.saved.autoConnect = set != 0
	if w := s.board.m.wifi; !w.started {
		w.wanted = set != 0
	}
	return true
}

// WifiStationConnect joins the configured AP, leaving first if the station is in one. The result comes as events and
// status. False if the mode has no station, and when the radio is off.
func (s *SDK) WifiStationConnect() bool {
	w := s.board.m.wifi
	if w.opMode&wifi.StationMode == 0 || w.off {
		return false
	}
	w.connect()
	return true
}

// WifiStationDisconnect leaves the AP: status idle, event DISCONNECTED with reason 8, no reconnecting. False if the
// mode has no station.
func (s *SDK) WifiStationDisconnect() bool {
	w := s.board.m.wifi
	if w.opMode&wifi.StationMode == 0 {
		return false
	}
	w.leave(wifi.ReasonAssocLeave)
	return true
}

// WifiStationGetConnectStatus returns the station's state: StationIdle to StationGotIP.
func (s *SDK) WifiStationGetConnectStatus() uint8 { return s.board.m.wifi.status }

// WifiGetIPInfo returns the addresses of an interface; 0.0.0.0 without one.
func (s *SDK) WifiGetIPInfo(ifIndex uint8) wifi.IPInfo {
	if ifIndex == wifi.SoftAPIf {
		return s.board.m.wifi.ap.info()
	}
	return s.board.m.wifi.ipInfo()
}

// WifiGetMacaddr returns the station's MAC, or the soft-AP's. Unless WifiSetMacaddr set them, they differ by bit 1 of the
// first byte.
func (s *SDK) WifiGetMacaddr(ifIndex uint8) [6]byte {
	w := s.board.m.wifi
	if ifIndex == wifi.SoftAPIf {
		return w.ap.mac
	}
	return w.mac
}

// WifiSetMacaddr sets the station's or the soft-AP's MAC until the next reset. Only in user_init, and not for a group
// address; false otherwise.
func (s *SDK) WifiSetMacaddr(ifIndex uint8, mac [6]byte) bool {
	w := s.board.m.wifi
	if w.started || mac[0]&1 != 0 || ifIndex > wifi.SoftAPIf {
		return false
	}
	if ifIndex == wifi.SoftAPIf {
		w.ap.mac = mac
		return true
	}
	w.mac = mac
	if w.m.sta != nil {
		w.m.sta.SetMAC(mac)
	}
	return true
}

// WifiSetEventHandlerCb sets the one handler of Wi-Fi events.
func (s *SDK) WifiSetEventHandlerCb(cb func(wifi.SystemEvent)) { s.board.m.wifi.event = cb }
