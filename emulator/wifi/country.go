package wifi

// Country is the SDK's wifi_country_t.
type Country struct {
	CC     [3]byte
	Schan  uint8 // first channel
	Nchan  uint8 // their number
	Policy uint8 // 0: the access point's country counts, 1: this one
}
