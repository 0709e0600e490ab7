package image

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Wi-Fi settings come back as they were put in, at the places of SDK 3.0.6; what belongs to others stays (sdk-surface.md, Flash).
func TestWiFiParams(t *testing.T) {
	var p SystemParams
	fill(p[:])
	assert.False(t, p.HasWiFi())
	_, ok := p.Softap()
	assert.False(t, ok)
	list, number, index := p.APs()
	assert.Empty(t, list)
	assert.Zero(t, number)
	assert.Zero(t, index)
	assert.Equal(t, SavedThreshold{RSSI: AnyStrength}, p.Threshold())
	assert.True(t, p.AutoConnect())

	long := strings.Repeat("p", 64)
	softap := SavedSoftap{SSID: []byte("lamp"), Password: []byte(long), Channel: 6, AuthMode: 4, Hidden: 1, MaxConnection: 8,
		BeaconInterval: 300}
	aps := []SavedStation{
		{SSID: []byte(strings.Repeat("s", 32)), Password: []byte(long), BSSIDSet: true, BSSID: [6]byte{1, 2, 3, 4, 5, 6}},
		{},
		{SSID: []byte("b"), Password: []byte{}, BSSID: [6]byte{7, 7, 7, 7, 7, 7}},
		{SSID: []byte{}, Password: []byte{}}, // as wifi_station_set_config with no name leaves it
	}
	p.SetOpMode(3)
	require.NoError(t, p.SetSoftap(softap))
	require.NoError(t, p.SetAPs(aps, 5, 1))
	threshold := SavedThreshold{RSSI: -70, AuthMode: 3, NoOpen: true, AllChannels: true}
	p.SetThreshold(threshold)
	require.NoError(t, p.SetStation(aps[0]))
	assert.True(t, p.HasWiFi())
	got, ok := p.Softap()
	assert.True(t, ok)
	assert.Equal(t, softap, got)
	list, number, index = p.APs()
	assert.Equal(t, aps, list)
	assert.EqualValues(t, 5, number)
	assert.EqualValues(t, 1, index)
	assert.Equal(t, threshold, p.Threshold())
	station, ok := p.Station()
	assert.True(t, ok)
	assert.Equal(t, aps[0], station)
	for at, want := range map[int]byte{
		8: 3, 12: 32, 16: 's', 55: 'p', 169: 1, 176: 4, 180: 'l', 212: 'p', 309: 6, 310: 4, 311: 1, 312: 8, 313: 0xFF, 316: 5, 317: 1,
		320: 32, 324: 's', 356: 'p', 424: 0xFF, 520: 1, 524: 'b', 840: 1, 841: 1, 847: 0xFF, 854: 0, 855: 7, 876: 0x2C, 877: 1, 1176: 0xBA,
		1177: 3, 1178: 1, 1180: 0xFF, 1184: 1,
	} {
		assert.Equal(t, want, p[at], at)
	}

	require.NoError(t, p.SetAPs(aps[2:], 0, 0))
	list, number, _ = p.APs()
	assert.Equal(t, aps[2:], list, "the rest is erased")
	assert.Zero(t, number)
	for _, s := range []SavedStation{{SSID: make([]byte, 33)}, {SSID: []byte{}, Password: make([]byte, 65)}} {
		assert.Error(t, p.SetAPs([]SavedStation{s}, 1, 0))
		assert.Error(t, p.SetStation(s))
		assert.Error(t, p.SetSoftap(SavedSoftap{SSID: s.SSID, Password: s.Password}))
	}
	assert.Error(t, p.SetAPs(make([]SavedStation, 6), 5, 0))

	// Any content is read without a fault.
	for v := range 256 {
		for i := range p {
			p[i] = byte(v)
		}
		p.APs()
		p.Softap()
		p.Station()
		p.Threshold()
	}
}
