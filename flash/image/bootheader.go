package image

import "github.com/emu8266/emu8266/flash"

// BootHeader is the beginning of the SDK's own parameters, which the second-stage loader reads: which program starts
// (SDK 3.0.6). Bits 0 and 1 of the first byte name a program, bit 2 says whether that is the one that runs; bits 0 to 4 of
// the second byte are the loader's version, bit 7 is clear in "enhance mode", where the rest holds addresses.
type BootHeader [8]byte

// Fields of a BootHeader.
const (
	bootBin       = 0x03
	bootRuns      = 0x04
	bootOldBin    = 0x0F // for loaders without a version: 1 is user2
	bootVersion   = 0x1F
	bootNormal    = 0x80
	bootAddrOther = 2 // addresses of three bytes
	bootAddrRuns  = 5

	// BootVersionNone is what a blank header says: no loader, or one older than 1.2.
	BootVersionNone = 31
	bootVersionOld  = 2
	bootVersionNew  = 3 // from here on there is an enhance mode
	bootVersion16   = 6 // of the loader 1.6
)

// Boot returns the header that the loader reads.
func (p *SystemParams) Boot() BootHeader { return BootHeader(p[:len(BootHeader{})]) }

// SetBoot puts one into the parameters.
func (p *SystemParams) SetBoot(h BootHeader) { copy(p[:], h[:]) }

// Version is system_get_boot_version: the loader's version, [BootVersionNone] in a blank header.
func (h BootHeader) Version() uint8 { return h[1] & bootVersion }

// old tells whether the low nibble of the header names the program.
func (h BootHeader) old() bool {
	return h.Version() == BootVersionNone || h.Version() == bootVersionOld
}

// Normal is system_get_boot_mode: true for the normal mode, 1.
func (h BootHeader) Normal() bool {
	return h.Version() < bootVersionNew || h.Version() == BootVersionNone || h[1]&bootNormal != 0
}

// Slot is system_upgrade_userbin_check: 0 for user1, 1 for user2.
func (h BootHeader) Slot() uint8 {
	var user2 bool
	if h.old() {
		user2 = h[0]&bootOldBin == 1
	} else {
		user2 = h[0]&bootBin == 1 == (h[0]&bootRuns != 0)
	}
	if user2 {
		return 1
	}
	return 0
}

// Switched is the header that system_upgrade_reboot saves for a loader of the version that runs: it starts the other
// program.
func (h BootHeader) Switched(running BootHeader) BootHeader {
	if running.old() {
		bin := h[0]&bootOldBin == 1
		h[0] &^= bootOldBin
		if !bin {
			h[0] |= 1
		}
		return h
	}
	h[1] |= bootNormal
	if h[0]&bootRuns != 0 {
		bin := h[0]&bootBin == 1
		h[0] &^= bootBin
		if !bin {
			h[0] |= 1
		}
	}
	h[0] |= bootRuns
	return h
}

// OnBackup says that the loader could not start the program that was to run, so the other one is named. If that cannot be started
// either, the loader gives up (sdk-surface.md, Flash).
func (h BootHeader) OnBackup() bool { return !h.old() && h[0]&bootRuns == 0 }

// Failed is the header that the loader saves when it cannot start the program that h names: it names the other one, the backup. One
// of an old loader or none becomes one of the loader 1.6, as that makes it.
func (h BootHeader) Failed() BootHeader {
	if h.old() {
		bin := h.Slot()
		for i := range h {
			h[i] = flash.Erased
		}
		h[0] = h[0]&^bootBin | bin
		h[1] = h[1]&^bootVersion | bootVersion16
	}
	h[0] &^= bootRuns
	return h
}

// Addr is system_get_userbin_addr: where the program that runs lies in a flash with map m. Without a loader user1 is said
// to lie at 0.
func (h BootHeader) Addr(m SizeMap) uint32 {
	if h[1]&bootNormal == 0 {
		a := h[bootAddrOther:]
		if h[0]&bootRuns != 0 {
			a = h[bootAddrRuns:]
		}
		return uint32(a[0]) | uint32(a[1])<<8 | uint32(a[2])<<16
	}
	if h.Slot() == 0 {
		if h.Version() == BootVersionNone {
			return 0
		}
		return flash.SectorSize
	}
	if _, user2, _ := m.Slots(); user2 != 0 {
		return user2
	}
	return Map32M1024x1024.user2() // what SDK 3.0.6 says for the other maps
}

func (m SizeMap) user2() uint32 { return sizeMapTable[m].user2 }
