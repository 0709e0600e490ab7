package wifi

// Operating modes of wifi_set_opmode.
const (
	NullMode      uint8 = 0
	StationMode   uint8 = 1
	SoftAPMode    uint8 = 2
	StationAPMode uint8 = 3
)
