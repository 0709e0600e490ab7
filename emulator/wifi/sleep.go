package wifi

// Levels of WifiSetSleepLevel.
const (
	MinSleepT uint8 = 0
	MaxSleepT uint8 = 1
)

// Sleep types of WifiSetSleepType and PHY modes of WifiSetPhyMode.
const (
	NoneSleepT  uint8 = 0
	LightSleepT uint8 = 1
	ModemSleepT uint8 = 2
	PhyMode11B  uint8 = 1
	PhyMode11G  uint8 = 2
	PhyMode11N  uint8 = 3
)
