package sdk

import (
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// SystemAdcRead returns the voltage at the pin TOUT in 1/1024 V, 0 to 1024: that of Pins.SetTOUT, else of Config.ADC, else
// 0.
func (s *SDK) SystemAdcRead() uint16 { return s.board.AdcRead() }

// SystemAdcReadFast fills dst with as many measurements, and takes no time for it. Choice. The SDK wants a clock divider
// of 8 to 32 and Wi-Fi switched off.
func (s *SDK) SystemAdcReadFast(dst []uint16) { s.board.AdcReadFast(dst) }

// SystemGetVdd33 returns the supply voltage in 1/1024 V: that of Pins.SetVDD33, else 3.3 V. Choice: if TOUT is connected,
// by Pins.SetTOUT or Config.ADC, it is 65,535, as on a chip that measures TOUT.
func (s *SDK) SystemGetVdd33() uint16 { return s.board.GetVdd33() }

// SystemUpdateCPUFreq sets the CPU's frequency: 80 or 160 MHz, false for others. It matters with Config.CPU Estimated.
// 80 MHz is set at boot.
func (s *SDK) SystemUpdateCPUFreq(mhz uint8) bool { return s.board.UpdateCPUFreq(mhz) }

// SystemGetCPUFreq returns the CPU's frequency in MHz. After a secure handshake that failed, and while a secure server has
// not had its first client, it is 160, whatever was set before.
func (s *SDK) SystemGetCPUFreq() uint8 { return s.board.GetCPUFreq() }

// SystemGetOsPrint returns 1 if os_printf prints, 0 after SystemSetOsPrint(0).
func (s *SDK) SystemGetOsPrint() uint8 { return s.board.GetOsPrint() }

// SystemGetBootVersion returns the version of the second-stage loader by the boot header in the system parameters, 31 for a
// blank one.
func (s *SDK) SystemGetBootVersion() uint8 { return s.board.GetBootVersion() }

// SystemGetBootMode returns 0 for the loader's enhance mode, 1 for the normal one.
func (s *SDK) SystemGetBootMode() uint8 { return s.board.GetBootMode() }

// SystemGetUserbinAddr returns the flash address of the program that runs: 0x1000 or the second slot of the flash size map;
// 0 for user1 with a blank boot header, as without a loader.
func (s *SDK) SystemGetUserbinAddr() uint32 { return s.board.GetUserbinAddr() }

// SystemRestartEnhance starts a program at another address of the flash with the loader's enhance mode, or leaves its test
// mode. Deviation: always false, as the SDK says for a loader that has no such mode: emulated programs lie in the two
// slots.
func (s *SDK) SystemRestartEnhance(_ uint8, _ uint32) bool {
	return s.board.RefusedEnhance()
}

// SystemGetRstInfo tells why the device booted. The struct belongs to the SDK and lives as long as this boot.
func (s *SDK) SystemGetRstInfo() *chip.RstInfo { return s.board.GetRstInfo() }

// SystemRestart resets the device about 100 ms later; until then the firmware runs on, without Wi-Fi. The device boots
// again, with reason 4.
func (s *SDK) SystemRestart() { s.board.Restart() }

// SystemRtcMemRead copies RTC memory from a block of 4 bytes on into dst. It is false, and dst unchanged, for a block
// above 191 and for bytes beyond the end of the 768. Blocks 0 to 63 are the SDK's (0 to 6 hold rst_info), 64 to 191 the
// user's. RTC memory survives every reset and deep sleep; after power-on it holds garbage. Deviation: the size is not
// rounded up to 4, and any slice is aligned.
func (s *SDK) SystemRtcMemRead(block uint8, dst []byte) bool { return s.board.RtcMemRead(block, dst) }

// SystemRtcMemWrite copies src to RTC memory, with the limits of SystemRtcMemRead. The size is rounded up to 4. Choice:
// the bytes of the last block behind src, which on the chip come from behind the caller's buffer, become 0.
func (s *SDK) SystemRtcMemWrite(block uint8, src []byte) bool { return s.board.RtcMemWrite(block, src) }

// SystemGetRtcTime returns the RTC's cycles since power-on, the reset pin or the wake from deep sleep;
// system_restart and watchdogs do not stop it. It wraps.
func (s *SDK) SystemGetRtcTime() uint32 { return s.board.GetRtcTime() }

// SystemRtcClockCaliProc returns the period of an RTC cycle in µs, of which the low 12 bits are fraction: 5.75 µs.
func (s *SDK) SystemRtcClockCaliProc() uint32 { return s.board.RtcClockCaliProc() }

// SystemSetOsPrint switches all output of os_printf, the SDK's own lines included, off (0) or on.
func (s *SDK) SystemSetOsPrint(onoff uint8) { s.board.SetOsPrint(onoff) }

// SystemGetTime returns the microseconds since boot; it wraps after 71 minutes.
func (s *SDK) SystemGetTime() uint32 { return uint32(s.board.Uptime() / time.Microsecond) }

// SystemGetFreeHeapSize returns the bytes free in the heap.
func (s *SDK) SystemGetFreeHeapSize() uint32 { return s.board.FreeHeap() }

// SystemGetChipID returns the low three bytes of the station's MAC.
func (s *SDK) SystemGetChipID() uint32 { return s.board.GetChipID() }

// SystemInitDoneCb sets what runs once, after user_init has returned and Wi-Fi was started.
func (s *SDK) SystemInitDoneCb(cb func()) { s.board.Radio().InitDoneCb(cb) }

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

// SystemDeepSleep switches the chip off about 100 ms later, for us microseconds; 0 means until Device.Reset. Until then
// the firmware runs on, without Wi-Fi. The wake is a boot of the same firmware with reason 5: only RTC memory and flash
// outlive it. GPIO16 is taken to be wired to the reset pin. Choice: always true, and any length works; the chip's counter
// ends at a few hours.
func (s *SDK) SystemDeepSleep(us uint64) bool { return s.board.DeepSleep(us) }

// SystemDeepSleepInstant is SystemDeepSleep without the 100 ms and without leaving the access point. Choice: the callback
// under way still ends.
func (s *SDK) SystemDeepSleepInstant(us uint64) bool { return s.board.DeepSleepInstant(us) }

// SystemDeepSleepSetOption says what the radio does after the next wake: 0, 1 and 2 calibrate it in different ways, which
// makes no difference here; with 4 it stays off, and the station cannot connect until another reset. False for others.
func (s *SDK) SystemDeepSleepSetOption(option uint8) bool { return s.board.DeepSleepSetOption(option) }

// SystemGetSdkVersion returns the version that the profile stands for, "2.2.1(emu8266)"; for a profile of the caller's own
// making its name instead of the number.
func (s *SDK) SystemGetSdkVersion() string { return s.board.GetSdkVersion() }

// SystemRestore sets the SDK's saved parameters back, as of the next boot, to those of a blank chip: mode soft-AP
// (sdk-surface.md, wifi_get_opmode_default) with its default configuration, no access point, auto-connect on. Firmware's own
// sectors stay.
func (s *SDK) SystemRestore() { s.board.Radio().Restore() }

// SystemPrintMeminfo prints where data, rodata, bss and heap lie. Deviation: the first three are empty; emulated firmware
// keeps its data elsewhere.
func (s *SDK) SystemPrintMeminfo() {
	base, size := s.board.HeapBase(), s.board.HeapStats().Size
	for _, section := range []string{"data  ", "rodata", "bss   "} {
		s.board.Printf("%s: 0x%x ~ 0x%x, len: %d\n", section, base, base, 0)
	}
	s.board.Printf("heap  : 0x%x ~ 0x%x, len: %d\n", base, base+size, size)
}

// SystemShowMalloc prints the live blocks of the heap by address: file and line where they are known, bytes, address.
func (s *SDK) SystemShowMalloc() {
	b := s.board
	b.Printf("--------Show Malloc--------\n")
	for _, block := range b.HeapBlocks() {
		file, line := block.What, 0
		if i := strings.LastIndexByte(file, ':'); i >= 0 {
			if n, err := strconv.Atoi(file[i+1:]); err == nil {
				file, line = file[:i], n
			}
		}
		b.Printf("F:%s\tL:%d\tmalloc %d\t@ %x\n", file, line, block.Requested, block.Addr)
	}
	b.Printf("--------Free %d--------\n", b.FreeHeap())
}

// SystemMktime returns the seconds since 1970 of a date and time. The month counts from 1; values beyond their range
// carry over, as in Go's time.Date.
func (s *SDK) SystemMktime(year, month, day, hour, minute, second uint32) uint64 {
	return uint64(time.Date(int(year), time.Month(month), int(day), int(hour), int(minute), int(second), 0, time.UTC).Unix())
}

// Greatest values of the radio's settings (sdk-surface.md, user_interface.h).
const (
	tpwMax     = 82   // 20.5 dBm in 0.25 dBm
	tpwVdd33Lo = 1900 // 1/1024 V
	tpwVdd33Hi = 3300
)

// phy notes a setting of the radio: nothing else depends on it.
func (s *SDK) phy(name string, v int64) {
	s.board.Note(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindSet, Name: name, Value: v})
}

// SystemPhySetMaxTpw sets the greatest transmit power, 0 to 82 in 0.25 dBm. Deviation: it goes into the trace and has no
// effect; Choice: more counts as 82.
func (s *SDK) SystemPhySetMaxTpw(power uint8) {
	s.phy("system_phy_set_max_tpw", int64(min(power, tpwMax)))
}

// SystemPhySetTpwViaVdd33 sets the transmit power that belongs to a supply voltage, 1,900 to 3,300 in 1/1024 V. It has no
// effect, as SystemPhySetMaxTpw; Choice: values outside count as the nearest.
func (s *SDK) SystemPhySetTpwViaVdd33(vdd33 uint16) {
	s.phy("system_phy_set_tpw_via_vdd33", int64(min(max(vdd33, tpwVdd33Lo), tpwVdd33Hi)))
}

// SystemPhySetRfoption says what the radio calibrates after a deep sleep: 0, 1, 2, 4 as SystemDeepSleepSetOption, but for
// this boot. It goes into the trace and has no effect.
func (s *SDK) SystemPhySetRfoption(option uint8) {
	s.phy("system_phy_set_rfoption", int64(option))
}

// SystemPhySetPowerupOption says what the radio calibrates at power-up: 0 to 3. It goes into the trace and has no effect.
func (s *SDK) SystemPhySetPowerupOption(option uint8) {
	s.phy("system_phy_set_powerup_option", int64(option))
}

// SystemPhyFreqTraceEnable lets the radio follow its frequency. It goes into the trace and has no effect.
func (s *SDK) SystemPhyFreqTraceEnable(enable bool) {
	v := int64(0)
	if enable {
		v = 1
	}
	s.phy("system_phy_freq_trace_enable", v)
}

// SystemTimerReinit makes the software timers count in steps that allow microseconds: OsTimerArmUs works then, and the
// longest delay of OsTimerArm is chip.TimerMaxFine, about 7 minutes. The SDK wants it first in user_init; it lasts until
// the reset.
func (s *SDK) SystemTimerReinit() { s.board.TimerReinit() }

// SystemUartSwap brings UART0 to GPIO13 and GPIO15. What hangs on it (Device.UART) goes along.
func (s *SDK) SystemUartSwap() { s.board.UartSwap() }

// SystemUartDeSwap brings it back to GPIO3 and GPIO1.
func (s *SDK) SystemUartDeSwap() { s.board.UartDeSwap() }

// SystemSoftWdtFeed gives a long callback the full time of both watchdogs again.
func (s *SDK) SystemSoftWdtFeed() { s.board.SoftWdtFeed() }

// SystemSoftWdtStop stops the software watchdog. The hardware one still ends a callback that takes 6.5 to 8.2 s.
func (s *SDK) SystemSoftWdtStop() { s.board.SoftWdtStop() }

// SystemSoftWdtRestart starts the software watchdog again and feeds it.
func (s *SDK) SystemSoftWdtRestart() { s.board.SoftWdtRestart() }
