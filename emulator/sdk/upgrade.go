package sdk

import "github.com/emu8266/emu8266/espconn"

// SystemUpgradeUserbinCheck tells which of the two programs runs, by the boot header in the system parameters:
// UpgradeFwBin1 on a new device.
func (s *SDK) SystemUpgradeUserbinCheck() uint8 { return s.board.UpgradeUserbinCheck() }

// SystemUpgradeFlagSet sets the state of an upgrade; it is lost at a reset. Values above 2 change nothing (SDK 3.0.6).
func (s *SDK) SystemUpgradeFlagSet(flag uint8) { s.board.UpgradeFlagSet(flag) }

// SystemUpgradeFlagCheck returns the state of an upgrade that SystemUpgradeFlagSet has set.
func (s *SDK) SystemUpgradeFlagCheck() uint8 { return s.board.UpgradeFlagCheck() }

// SystemUpgradeReboot restarts into the other program if the flag is UpgradeFlagFinish: the boot header in the system
// parameters is changed, safe from power cuts, and the device restarts as with SystemRestart. With another flag, and
// without 1,188 bytes of heap, nothing happens (SDK 3.0.6). Config.Program tells what boots then.
func (s *SDK) SystemUpgradeReboot() { s.board.UpgradeReboot() }

// SystemUpgradeInit opens the slot that does not run for SystemUpgrade and sets the flag back to idle. Its room is the
// registered partition's. Choice: without a registered table it is what the flash size map allows; SDK 3.0.6 takes no byte
// then, earlier ones have no table. Without 20 bytes of heap the chip writes to address 0: exception 29.
func (s *SDK) SystemUpgradeInit() { s.board.UpgradeInit() }

// SystemUpgradeDeinit gives up what SystemUpgradeInit took.
func (s *SDK) SystemUpgradeDeinit() { s.board.UpgradeDeinit() }

// SystemUpgrade writes the next bytes of an image into the slot; up to three wait until a word is whole. It erases nothing:
// SystemUpgradeEraseFlash comes before. False beyond the slot's end, without memory, and for a chip that fails; true for
// no data (SDK 3.0.6). Choice: false without SystemUpgradeInit.
func (s *SDK) SystemUpgrade(data []byte) bool { return s.board.Upgrade(data) }

// SystemUpgradeEraseFlash erases as many sectors of the slot as n bytes take, going on where the call before ended. It is
// not in the SDK's headers. Choice: nothing is erased beyond the slot, where the chip erases on.
func (s *SDK) SystemUpgradeEraseFlash(n uint16) { s.board.UpgradeEraseFlash(n) }

// SystemUpgradeStart loads an image from an HTTP server into the slot that does not run, and calls CheckCb at the end or
// after CheckTimes. False for nil and while an upgrade runs (flag UpgradeFlagStart); without memory it is true, and nothing
// ever happens. Deviation: an URL of more than 511 bytes, which damages the chip's heap, is exception 29.
func (s *SDK) SystemUpgradeStart(server *UpgradeServerInfo) bool {
	if server == nil {
		return s.board.UpgradeStart(nil)
	}
	return s.board.UpgradeStart(goServer{server})
}

// UpgradeServerInfo is the SDK's struct upgrade_server_info. It must live until CheckCb was called.
type UpgradeServerInfo struct {
	IP             [4]byte
	Port           uint16
	UpgradeFlag    bool // set before CheckCb: the image is complete and sound
	PreVersion     [16]byte
	UpgradeVersion [16]byte
	CheckTimes     uint32 // milliseconds until CheckCb at the latest
	URL            string // the whole HTTP request, at most 511 bytes
	CheckCb        func(*UpgradeServerInfo)
	Espconn        *espconn.Espconn // the firmware's own; not looked at
}

type goServer struct{ *UpgradeServerInfo }

func (s goServer) Addr() ([4]byte, uint16) { return s.IP, s.Port }

func (s goServer) Request() ([]byte, bool) { return []byte(s.URL), s.URL != "" }

func (s goServer) CheckTimes() uint32 { return s.UpgradeServerInfo.CheckTimes }

func (s goServer) Checks() bool { return s.CheckCb != nil }

func (s goServer) Check(loaded bool) {
	if s.UpgradeFlag = loaded; s.CheckCb != nil {
		s.CheckCb(s.UpgradeServerInfo)
	}
}
