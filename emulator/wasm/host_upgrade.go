package wasm

import (
	"github.com/emu8266/emu8266/emulator"
)

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
var upgradeFunctions = map[string]hostFunction{
	"system_upgrade_userbin_check": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemUpgradeUserbinCheck()) }},
	"system_upgrade_flag_check":    {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemUpgradeFlagCheck()) }},
	"system_upgrade_flag_set": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemUpgradeFlagSet(a.u8(0))
		return 0
	}},
	"system_upgrade_reboot": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemUpgradeReboot()
		return 0
	}},
	"system_upgrade_init": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemUpgradeInit()
		return 0
	}},
	"system_upgrade_deinit": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemUpgradeDeinit()
		return 0
	}},
	"system_upgrade": {"pi", func(g *guest, a args) uint32 {
		if a.u32(0) == 0 {
			return 1
		}
		b := g.read(a.u32(0), uint32(a.u16(1)))
		g.burn(uint64(len(b)))
		return number(g.sdk.SystemUpgrade(b))
	}},
	"system_upgrade_erase_flash": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemUpgradeEraseFlash(a.u16(0))
		return 0
	}},
	"system_upgrade_start": {"p", func(g *guest, a args) uint32 {
		p := a.u32(0)
		if p == 0 {
			return number(g.board.UpgradeStart(nil))
		}
		g.write(p, serverSize)
		return number(g.board.UpgradeStart(upgradeServer{g, p, g.u32(p + serverURL)}))
	}},

	"system_get_boot_version": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemGetBootVersion()) }},
	"system_get_boot_mode":    {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemGetBootMode()) }},
	"system_get_userbin_addr": {"", func(g *guest, _ args) uint32 { return g.sdk.SystemGetUserbinAddr() }},
	"system_restart_enhance": {"ii", func(g *guest, a args) uint32 {
		return number(g.sdk.SystemRestartEnhance(a.u8(0), a.u32(1)))
	}},
	"system_partition_get_ota_partition_size": {"", func(g *guest, _ args) uint32 { return g.sdk.SystemPartitionGetOtaPartitionSize() }},
}

// upgradeServer is a struct upgrade_server_info in guest memory. The SDK keeps the address of the request only.
type upgradeServer struct {
	g   *guest
	p   uint32
	url uint32
}

var _ emulator.UpgradeServer = upgradeServer{}

// Addr returns the server's address.
func (s upgradeServer) Addr() (ip [4]byte, port uint16) {
	b := s.g.read(s.p, serverSize)
	return [4]byte(b), order.Uint16(b[serverPort:])
}

// Request returns the HTTP request.
func (s upgradeServer) Request() ([]byte, bool) {
	if s.url == 0 {
		return nil, false
	}
	return append([]byte(nil), s.g.text(s.url)...), true
}

// CheckTimes returns the time-out in milliseconds.
func (s upgradeServer) CheckTimes() uint32 { return s.g.u32(s.p + serverTimes) }

// Checks reports whether there is a callback.
func (s upgradeServer) Checks() bool { return s.g.u32(s.p+serverCheck) != 0 }

// Check makes the callback.
func (s upgradeServer) Check(loaded bool) {
	b := s.g.write(s.p, serverSize)
	b[serverFlag] = byte(number(loaded))
	if f := order.Uint32(b[serverCheck:]); f != 0 {
		s.g.callback(f, s.p)
	}
}
