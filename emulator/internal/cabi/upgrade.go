package cabi

import "github.com/emu8266/emu8266/emulator/board"

// Layout of struct upgrade_server_info (sdk-surface.md, Struct layouts).
const (
	serverPort  = 4
	serverFlag  = 6
	serverTimes = 40
	serverURL   = 44
	serverCheck = 48
	serverSize  = 56
)

// upgradeFunctions are upgrade.h, and what user_interface.h has of it.
var upgradeFunctions = map[string]Function{
	"system_upgrade_userbin_check": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemUpgradeUserbinCheck()) }},
	"system_upgrade_flag_check":    {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemUpgradeFlagCheck()) }},
	"system_upgrade_flag_set": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemUpgradeFlagSet(a.u8(0))
		return 0
	}},
	"system_upgrade_reboot": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemUpgradeReboot()
		return 0
	}},
	"system_upgrade_init": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemUpgradeInit()
		return 0
	}},
	"system_upgrade_deinit": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemUpgradeDeinit()
		return 0
	}},
	"system_upgrade": {"pi", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return 1
		}
		b := s.read(a.u32(0), uint32(a.u16(1)))
		s.burn(uint64(len(b)) * byteCycles)
		return number(s.sdk.SystemUpgrade(b))
	}},
	"system_upgrade_erase_flash": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemUpgradeEraseFlash(a.u16(0))
		return 0
	}},
	"system_upgrade_start": {"p", func(s *SDK, a *Args) uint32 {
		p := a.u32(0)
		if p == 0 {
			return number(s.board.UpgradeStart(nil))
		}
		s.write(p, serverSize)
		return number(s.board.UpgradeStart(upgradeServer{s, p, s.u32(p + serverURL)}))
	}},

	"system_get_boot_version": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemGetBootVersion()) }},
	"system_get_boot_mode":    {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemGetBootMode()) }},
	"system_get_userbin_addr": {"", func(s *SDK, _ *Args) uint32 { return s.sdk.SystemGetUserbinAddr() }},
	"system_restart_enhance": {"ii", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.SystemRestartEnhance(a.u8(0), a.u32(1)))
	}},
	"system_partition_get_ota_partition_size": {"", func(s *SDK, _ *Args) uint32 { return s.sdk.SystemPartitionGetOtaPartitionSize() }},
}

// upgradeServer is a struct upgrade_server_info in guest memory. The SDK keeps the address of the request only.
type upgradeServer struct {
	s   *SDK
	p   uint32
	url uint32
}

var _ board.UpgradeServer = upgradeServer{}

// Addr returns the server's address.
func (u upgradeServer) Addr() (ip [4]byte, port uint16) {
	b := u.s.read(u.p, serverSize)
	return [4]byte(b), order.Uint16(b[serverPort:])
}

// Request returns the HTTP request.
func (u upgradeServer) Request() ([]byte, bool) {
	if u.url == 0 {
		return nil, false
	}
	return append([]byte(nil), u.s.text(u.url)...), true
}

// CheckTimes returns the time-out in milliseconds.
func (u upgradeServer) CheckTimes() uint32 { return u.s.u32(u.p + serverTimes) }

// Checks reports whether there is a callback.
func (u upgradeServer) Checks() bool { return u.s.u32(u.p+serverCheck) != 0 }

// Check makes the callback.
func (u upgradeServer) Check(loaded bool) {
	b := u.s.write(u.p, serverSize)
	b[serverFlag] = byte(number(loaded))
	if f := order.Uint32(b[serverCheck:]); f != 0 {
		u.s.callback(f, u.p)
	}
}
