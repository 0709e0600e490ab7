package wifi

// Status of the WPS callback (sdk-surface.md, wifi_set_wps_cb).
const (
	WpsCbStSuccess = 0
	WpsCbStFailed  = 1
	WpsCbStTimeout = 2
	WpsCbStWep     = 3
)
