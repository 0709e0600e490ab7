package chip

// Answers of system_upgrade_userbin_check, and flags of system_upgrade_flag_set (sdk-surface.md, upgrade.h).
const (
	UpgradeFwBin1     uint8 = 0
	UpgradeFwBin2     uint8 = 1
	UpgradeFlagIdle   uint8 = 0
	UpgradeFlagStart  uint8 = 1
	UpgradeFlagFinish uint8 = 2
)
