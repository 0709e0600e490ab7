package board

// UpgradeServer is a struct upgrade_server_info wherever it lies.
type UpgradeServer interface {
	Addr() (ip [4]byte, port uint16)
	Request() ([]byte, bool) // url, the whole HTTP request; false for NULL
	CheckTimes() uint32      // milliseconds
	Checks() bool            // there is a check_cb
	Check(loaded bool)       // sets upgrade_flag and calls check_cb
}

// UpgradeStart is system_upgrade_start for kinds of firmware whose struct upgrade_server_info lies elsewhere; nil is NULL.
func (b *Board) UpgradeStart(server UpgradeServer) bool { return b.machine().UpgradeStart(server) }

// UpgradeUserbinCheck tells which of the two programs runs, by the boot header in the system parameters: UpgradeFwBin1
// on a new device.
func (b *Board) UpgradeUserbinCheck() uint8 { return b.system().UpgradeUserbinCheck() }

// UpgradeFlagSet sets the state of an upgrade; it is lost at a reset.
func (b *Board) UpgradeFlagSet(flag uint8) { b.system().UpgradeFlagSet(flag) }

// UpgradeFlagCheck returns the state of an upgrade that UpgradeFlagSet has set.
func (b *Board) UpgradeFlagCheck() uint8 { return b.system().UpgradeFlagCheck() }

// UpgradeReboot restarts into the other program if the flag is UpgradeFlagFinish: the boot header in the system
// parameters is changed, safe from power cuts, and the device restarts as with Restart.
func (b *Board) UpgradeReboot() { b.system().UpgradeReboot() }

// UpgradeInit opens the slot that does not run for Upgrade and sets the flag back to idle.
func (b *Board) UpgradeInit() { b.system().UpgradeInit() }

// UpgradeDeinit gives up what UpgradeInit took.
func (b *Board) UpgradeDeinit() { b.system().UpgradeDeinit() }

// Upgrade writes the next bytes of an image into the slot; up to three wait until a word is whole.
func (b *Board) Upgrade(data []byte) bool { return b.system().Upgrade(data) }

// UpgradeEraseFlash erases as many sectors of the slot as n bytes take, going on where the call before ended.
func (b *Board) UpgradeEraseFlash(n uint16) { b.system().UpgradeEraseFlash(n) }
