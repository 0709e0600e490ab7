package image

import (
	"encoding/binary"

	"github.com/emu8266/emu8266/flash"
)

// SystemParamSize is the length of the SDK's own parameters in bytes (SDK 3.0.6; 2.2.1 has 0x49C).
const SystemParamSize = 0x4A4

// Places in the SDK's own parameters (SDK 3.0.6).
const (
	paramOpMode      = 8
	paramSSIDLen     = 12 // 32 bits; 0xFFFFFFFF: no network
	paramSSID        = 16
	paramPassword    = 55
	paramBSSIDSet    = 169
	paramBSSID       = 170
	paramAutoConnect = 0x340

	ssidSize     = 32
	passwordSize = 64
)

// SystemParams are the SDK's own parameters as system_save_sys_param keeps them in the last three sectors of the flash: a
// parameter store (see [SystemParamSaveWithProtect]) with [SystemParamSize] bytes. Only the fields that have a method are
// known here; the others are kept as they are.
type SystemParams [SystemParamSize]byte

// LoadSystemParams reads the parameters in force. Intact is what the SDK looks at in its header at boot: it is false when
// the store was damaged ("system param error" on the UART; the SDK goes on with what it found), true for a blank one.
// Errors: those of the device.
func LoadSystemParams(d flash.Device, m SizeMap) (p *SystemParams, intact bool, err error) {
	sector := m.SystemParamAddr() / flash.SectorSize
	h, err := ReadParamHeader(d, sector)
	if err != nil {
		return nil, false, err
	}
	p = new(SystemParams)
	if err := SystemParamLoad(d, sector, 0, p[:]); err != nil {
		return nil, false, err
	}
	return p, h.intact(p[:]), nil
}

// intact is the check at boot.
func (h ParamHeader) intact(data []byte) bool {
	if h.Front == 1<<32-1 {
		return true // blank
	}
	bank := h.Bank()
	return h.Front == paramMagicFront && (h.Back == paramMagicBack || h.Back == 1<<32-1) &&
		h.Len[bank] == paramSum && h.Sum[bank] == uint32(checksum(data[:paramSum]))
}

// Save writes the parameters if others are in force, safe from power cuts. Errors: as SystemParamSaveWithProtect.
func (p *SystemParams) Save(d flash.Device, m SizeMap) error {
	return SystemParamSaveWithProtect(d, m.SystemParamAddr()/flash.SectorSize, p[:])
}

// SaveAgain writes the parameters in any case, as the SDKs up to 3.0.1.
func (p *SystemParams) SaveAgain(d flash.Device, m SizeMap) error {
	return SystemParamSave(d, m.SystemParamAddr()/flash.SectorSize, p[:])
}

// Restore is system_restore: everything back to the default but the first 8 bytes, and 6 more from 0x492 on, whose meaning
// is not known here (SDK 3.0.6).
func (p *SystemParams) Restore() {
	front, back := [8]byte(p[:8]), [6]byte(p[0x492:0x498])
	fill(p[:])
	copy(p[:], front[:])
	copy(p[0x492:], back[:])
}

// OpMode returns the saved Wi-Fi mode, 0 to 3; blank or invalid is 2, softAP.
func (p *SystemParams) OpMode() uint8 {
	if v := p[paramOpMode]; v < 4 {
		return v
	}
	return 2
}

// SetOpMode sets the Wi-Fi mode, 0 to 3.
func (p *SystemParams) SetOpMode(mode uint8) { p[paramOpMode] = mode }

// AutoConnect tells whether the station connects at boot; blank is true.
func (p *SystemParams) AutoConnect() bool { return p[paramAutoConnect] != 0 }

// SetAutoConnect sets whether the station connects at boot.
func (p *SystemParams) SetAutoConnect(on bool) {
	p[paramAutoConnect] = 0
	if on {
		p[paramAutoConnect] = 1
	}
}

// SavedStation is the network that wifi_station_set_config saved.
type SavedStation struct {
	SSID     []byte // at most 32 bytes
	Password []byte // at most 64 bytes
	BSSIDSet bool
	BSSID    [6]byte
}

// Station returns the saved network; false if there is none. The slices are copies.
func (p *SystemParams) Station() (SavedStation, bool) {
	n := binary.LittleEndian.Uint32(p[paramSSIDLen:])
	if n > ssidSize {
		return SavedStation{}, false
	}
	s := SavedStation{SSID: append([]byte(nil), p[paramSSID:paramSSID+n]...), BSSIDSet: p[paramBSSIDSet] == 1}
	s.Password = text(p[paramPassword : paramPassword+passwordSize])
	if s.BSSIDSet {
		s.BSSID = [6]byte(p[paramBSSID:])
	}
	return s, true
}

// SetStation puts a network into the parameters; shorter texts are padded with zeros. Error: an SSID of more than 32 bytes
// or a password of more than 64.
func (p *SystemParams) SetStation(s SavedStation) error {
	if err := sizes(s.SSID, s.Password); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(p[paramSSIDLen:], uint32(len(s.SSID)))
	put(p[paramSSID:paramSSID+ssidSize], s.SSID)
	put(p[paramPassword:paramPassword+passwordSize+1], s.Password) // and the byte behind it, which ends the text
	p[paramBSSIDSet] = 0
	if s.BSSIDSet {
		p[paramBSSIDSet] = 1
		copy(p[paramBSSID:], s.BSSID[:])
	}
	return nil
}
