package emulator

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

// SystemGetSdkVersion returns the version that the profile stands for, "2.2.1(espemu)"; for a profile of the caller's own
// making its name instead of the number.
func (s *SDK) SystemGetSdkVersion() string {
	name := s.board.m.d.cfg.Profile.Name
	if v, ok := sdkVersions[name]; ok {
		name = v
	}
	return name + "(espemu)"
}

// SystemRestore sets the SDK's saved parameters back, as of the next boot: no access point, auto-connect on. Firmware's own
// sectors stay. Choice: the mode becomes station; a blank chip is a soft-AP, which this device has not.
func (s *SDK) SystemRestore() {
	d := s.board.m.d
	d.saved = savedWiFi{opMode: StationMode, autoConnect: true, slot: d.saved.slot}
}

// Answers of SystemUpgradeUserbinCheck, and flags of SystemUpgradeFlagSet.
const (
	UpgradeFwBin1     uint8 = 0
	UpgradeFwBin2     uint8 = 1
	UpgradeFlagIdle   uint8 = 0
	UpgradeFlagStart  uint8 = 1
	UpgradeFlagFinish uint8 = 2
)

// SystemUpgradeUserbinCheck tells which of the two images runs: UpgradeFwBin1 on a new device.
func (s *SDK) SystemUpgradeUserbinCheck() uint8 { return s.board.m.d.saved.slot }

// SystemUpgradeFlagSet sets the state of an upgrade; it is lost at a reset.
func (s *SDK) SystemUpgradeFlagSet(flag uint8) { s.board.m.upgrade = flag }

// SystemUpgradeFlagCheck returns that state.
func (s *SDK) SystemUpgradeFlagCheck() uint8 { return s.board.m.upgrade }

// SystemUpgradeReboot restarts into the other image if the flag is UpgradeFlagFinish. Deviation: the firmware booted is
// the same; only SystemUpgradeUserbinCheck tells the difference. Choice: with another flag nothing happens.
func (s *SDK) SystemUpgradeReboot() {
	if s.board.m.upgrade != UpgradeFlagFinish {
		return
	}
	s.board.m.d.saved.slot ^= 1
	s.SystemRestart()
}

// Sleep types of WifiSetSleepType and PHY modes of WifiSetPhyMode.
const (
	NoneSleepT  uint8 = 0
	LightSleepT uint8 = 1
	ModemSleepT uint8 = 2
	PhyMode11B  uint8 = 1
	PhyMode11G  uint8 = 2
	PhyMode11N  uint8 = 3
)

// radioSettings are what firmware sets and reads back. Nothing else here depends on them.
type radioSettings struct{ sleep, phy uint8 }

// WifiSetSleepType sets the sleep type, ModemSleepT at boot; false for others than the three. Deviation: it has no
// effect.
func (s *SDK) WifiSetSleepType(t uint8) bool {
	if t > ModemSleepT {
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
	if mode < PhyMode11B || mode > PhyMode11N {
		return false
	}
	s.board.m.radio.phy = mode
	return true
}

// WifiGetPhyMode returns it.
func (s *SDK) WifiGetPhyMode() uint8 { return s.board.m.radio.phy }
