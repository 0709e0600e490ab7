package image

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/emu8266/emu8266/flash"
)

// Places of the Wi-Fi settings in the SDK's own parameters, beside those in systemparam.go (SDK 3.0.6, sdk-surface.md, Flash).
const (
	paramSoftapSSIDLen  = 176 // 32 bits; 0xFFFFFFFF: the default configuration
	paramSoftapSSID     = 180
	paramSoftapPassword = 212
	paramSoftapChannel  = 309
	paramSoftapAuth     = 310
	paramSoftapHidden   = 311
	paramSoftapMax      = 312
	paramAPNumber       = 316
	paramAPIndex        = 317
	paramAPs            = 320 // each of apBytes: length of the SSID, SSID, password
	paramAPBSSIDs       = 840 // each of apBSSIDBytes: set, BSSID
	paramSoftapBeacon   = 876 // 16 bits
	paramMinRSSI        = 1176
	paramMinAuth        = 1177
	paramNoOpen         = 1178
	paramAllChannels    = 1184

	apBytes      = 4 + ssidSize + passwordSize
	apBSSIDBytes = 7

	// SavedAPs is how many access points the parameters hold.
	SavedAPs = 5
)

// HasWiFi reports whether Wi-Fi settings were ever saved: the mode is one of the four.
func (p *SystemParams) HasWiFi() bool { return p[paramOpMode] < 4 }

// SavedSoftap is the configuration that wifi_softap_set_config saved.
type SavedSoftap struct {
	SSID           []byte // at most 32 bytes
	Password       []byte // at most 64 bytes
	Channel        uint8
	AuthMode       uint8
	Hidden         uint8
	MaxConnection  uint8
	BeaconInterval uint16 // ms
}

// Softap returns the saved configuration of the soft-AP; false if there is none. The slices are copies.
func (p *SystemParams) Softap() (SavedSoftap, bool) {
	n := binary.LittleEndian.Uint32(p[paramSoftapSSIDLen:])
	if n > ssidSize {
		return SavedSoftap{}, false
	}
	return SavedSoftap{
		SSID:     bytes.Clone(p[paramSoftapSSID : paramSoftapSSID+n]),
		Password: text(p[paramSoftapPassword : paramSoftapPassword+passwordSize]),
		Channel:  p[paramSoftapChannel], AuthMode: p[paramSoftapAuth], Hidden: p[paramSoftapHidden], MaxConnection: p[paramSoftapMax],
		BeaconInterval: binary.LittleEndian.Uint16(p[paramSoftapBeacon:]),
	}, true
}

// SetSoftap puts a configuration of the soft-AP into the parameters. Error: as SetStation.
func (p *SystemParams) SetSoftap(s SavedSoftap) error {
	if err := sizes(s.SSID, s.Password); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(p[paramSoftapSSIDLen:], uint32(len(s.SSID)))
	put(p[paramSoftapSSID:paramSoftapSSID+ssidSize], s.SSID)
	put(p[paramSoftapPassword:paramSoftapPassword+passwordSize+1], s.Password)
	p[paramSoftapChannel], p[paramSoftapAuth], p[paramSoftapHidden], p[paramSoftapMax] = s.Channel, s.AuthMode, s.Hidden, s.MaxConnection
	binary.LittleEndian.PutUint16(p[paramSoftapBeacon:], s.BeaconInterval)
	return nil
}

// APs returns the access points that the station remembers, up to the last place that is taken; a free place between has no SSID (nil).
// number is how many it may remember, 0 if that was never set, index is the place of the one in use.
func (p *SystemParams) APs() (list []SavedStation, number, index uint8) {
	if number = p[paramAPNumber]; number > SavedAPs {
		number = 0
	}
	for i := range SavedAPs {
		b := p[paramAPs+i*apBytes:][:apBytes]
		if b[4] == flash.Erased { // what the SDK asks (wifi_station_get_ap_info of 3.0.6)
			continue
		}
		n := min(binary.LittleEndian.Uint32(b), ssidSize)
		at := p[paramAPBSSIDs+i*apBSSIDBytes:][:apBSSIDBytes]
		list = append(list, make([]SavedStation, i-len(list))...)
		list = append(list, SavedStation{SSID: bytes.Clone(b[4 : 4+n]), Password: text(b[4+ssidSize:]), BSSIDSet: at[0] == 1,
			BSSID: [6]byte(at[1:])})
	}
	if index = p[paramAPIndex]; index == flash.Erased {
		index = 0
	}
	return list, number, index
}

// SetAPs puts the access points that the station remembers into the parameters; number 0 leaves that erased. Error: as SetStation, or
// more than [SavedAPs].
func (p *SystemParams) SetAPs(list []SavedStation, number, index uint8) error {
	if len(list) > SavedAPs {
		return fmt.Errorf("flash: %d access points, at most %d", len(list), SavedAPs)
	}
	for i := range SavedAPs {
		b, at := p[paramAPs+i*apBytes:][:apBytes], p[paramAPBSSIDs+i*apBSSIDBytes:][:apBSSIDBytes]
		fill(b)
		fill(at)
		if i >= len(list) || list[i].SSID == nil {
			continue
		}
		s := list[i]
		if err := sizes(s.SSID, s.Password); err != nil {
			return err
		}
		binary.LittleEndian.PutUint32(b, uint32(len(s.SSID)))
		put(b[4:4+ssidSize], s.SSID)
		put(b[4+ssidSize:], s.Password)
		at[0] = flag(s.BSSIDSet)
		copy(at[1:], s.BSSID[:])
	}
	p[paramAPNumber], p[paramAPIndex] = flash.Erased, index
	if number > 0 {
		p[paramAPNumber] = number
	}
	return nil
}

// SavedThreshold is what an access point must reach to be joined.
type SavedThreshold struct {
	RSSI        int8  // strength in dBm; -127: any
	AuthMode    uint8 // 0: any
	NoOpen      bool  // neither an open one nor one with WEP
	AllChannels bool  // all channels are looked at
}

// AnyStrength is the least strength of a network that has none.
const AnyStrength = -127

// Threshold returns what an access point must reach.
func (p *SystemParams) Threshold() SavedThreshold {
	if p[paramMinAuth] == flash.Erased {
		return SavedThreshold{RSSI: AnyStrength}
	}
	return SavedThreshold{int8(p[paramMinRSSI]), p[paramMinAuth], p[paramNoOpen] == 1, p[paramAllChannels] == 1}
}

// SetThreshold sets what Threshold returns.
func (p *SystemParams) SetThreshold(t SavedThreshold) {
	p[paramMinRSSI], p[paramMinAuth] = byte(t.RSSI), t.AuthMode
	p[paramNoOpen], p[paramAllChannels] = flag(t.NoOpen), flag(t.AllChannels)
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// text is what stands before the first zero.
func text(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return bytes.Clone(b)
}

// put writes a text, padded with zeros.
func put(dst, s []byte) {
	clear(dst)
	copy(dst, s)
}

func sizes(ssid, password []byte) error {
	if len(ssid) > ssidSize || len(password) > passwordSize {
		return fmt.Errorf("flash: SSID of %d bytes, password of %d: at most %d and %d", len(ssid), len(password), ssidSize, passwordSize)
	}
	return nil
}
