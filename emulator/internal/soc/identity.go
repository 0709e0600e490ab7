package soc

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

// GetSdkVersion returns the version that the profile stands for, "2.2.1(emu8266)"; for a profile of the caller's own
// making its name instead of the number.
func (m *System) GetSdkVersion() string {
	name := m.d.cfg.Profile
	if v, ok := sdkVersions[name]; ok {
		name = v
	}
	return name + "(emu8266)"
}

// GetChipID returns the low three bytes of the station's MAC.
func (m *System) GetChipID() uint32 {
	a := m.d.cfg.MAC
	return uint32(a[3])<<16 | uint32(a[4])<<8 | uint32(a[5])
}
