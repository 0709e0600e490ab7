package emulator

import (
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// sdkVersions are the SDK's versions that the profiles stand for. Choice: ManualV21 stands for 2.2.1, which decides where
// the manual is silent, and ManualV10 and the axTLS of 3.0.6 for what their names say.
var sdkVersions = map[string]string{
	"ManualV10": "1.0.0",
	"ManualV21": "2.2.1",
	"SDK221":    "2.2.1",
	"SDK301":    "3.0.1",
	"SDK306":    "3.0.6",
	"SDK306SSL": "3.0.6",
}

// SystemGetSdkVersion returns the version that the profile stands for, "2.2.1(emu8266)"; for a profile of the caller's own
// making its name instead of the number.
func (s *SDK) SystemGetSdkVersion() string {
	name := s.board.m.d.cfg.Profile.Name
	if v, ok := sdkVersions[name]; ok {
		name = v
	}
	return name + "(emu8266)"
}

// SystemRestore sets the SDK's saved parameters back, as of the next boot, to those of a blank chip: mode soft-AP
// (sdk-surface.md, wifi_get_opmode_default) with its default configuration, no access point, auto-connect on. Firmware's own
// sectors stay.
func (s *SDK) SystemRestore() {
	d := s.board.m.d
	d.saved = savedWiFi{opMode: wifi.SoftAPMode, autoConnect: true}
}

// SystemPrintMeminfo prints where data, rodata, bss and heap lie. Deviation: the first three are empty; emulated firmware
// keeps its data elsewhere.
func (s *SDK) SystemPrintMeminfo() {
	h := s.board.Heap
	for _, section := range []string{"data  ", "rodata", "bss   "} {
		s.board.Printf("%s: 0x%x ~ 0x%x, len: %d\n", section, h.Base(), h.Base(), 0)
	}
	size := h.Stats().Size
	s.board.Printf("heap  : 0x%x ~ 0x%x, len: %d\n", h.Base(), h.Base()+size, size)
}

// SystemShowMalloc prints the live blocks of the heap by address: file and line where they are known, bytes, address.
func (s *SDK) SystemShowMalloc() {
	b := s.board
	b.Printf("--------Show Malloc--------\n")
	for _, block := range b.Heap.Blocks() {
		file, line := block.What, 0
		if i := strings.LastIndexByte(file, ':'); i >= 0 {
			if n, err := strconv.Atoi(file[i+1:]); err == nil {
				file, line = file[:i], n
			}
		}
		b.Printf("F:%s\tL:%d\tmalloc %d\t@ %x\n", file, line, block.Requested, block.Addr)
	}
	b.Printf("--------Free %d--------\n", b.Heap.FreeSize())
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

// radioSettings are what firmware sets and reads back. Nothing else here depends on them.
type radioSettings struct{ sleep, phy uint8 }

// WifiSetSleepType sets the sleep type, ModemSleepT at boot; false for others than the three. Deviation: it has no
// effect.
func (s *SDK) WifiSetSleepType(t uint8) bool {
	if t > wifi.ModemSleepT {
		return false
	}
	s.board.m.radio.sleep = t
	return true
}

// WifiGetSleepType returns it.
func (s *SDK) WifiGetSleepType() uint8 { return s.board.m.radio.sleep }

// WifiSetPhyMode sets the PHY mode, PhyMode11N at boot; false for others than the three. Deviation: it has no effect, and
// is not saved.
func (s *SDK) WifiSetPhyMode(mode uint8) bool {
	if mode < wifi.PhyMode11B || mode > wifi.PhyMode11N {
		return false
	}
	s.board.m.radio.phy = mode
	return true
}

// WifiGetPhyMode returns it.
func (s *SDK) WifiGetPhyMode() uint8 { return s.board.m.radio.phy }
