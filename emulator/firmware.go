package emulator

import (
	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/sdk"
)

// Firmware is a program for the device: C firmware of package wasm, Go firmware of [Go], or a kind of its own. Its page, with
// what it gets to stand on: go doc github.com/emu8266/emu8266/emulator/board.
type Firmware = board.Firmware

// Board is what a kind of firmware gets. Its page: go doc github.com/emu8266/emu8266/emulator/board Board.
type Board = board.Board

// SDK is the NonOS SDK as Go firmware sees it. Its functions have a page of their own: go doc
// github.com/emu8266/emu8266/emulator/sdk, and one of them, with all it says: go doc ./emulator/sdk SDK.SecureConnect.
type SDK = sdk.SDK

// Go returns firmware written in Go: init plays user_init. Everything it sets up belongs to the device goroutine.
//
// A panic of the firmware, or of a function given to Device.Do, is the device's exception (Device.Crash) with the Go line: 28 for a
// nil pointer, the ROM's division for a division by zero, else 0. Choice: C would read address 0, and trap. A call of the SDK on
// another goroutine, and a callback that sleeps or waits for a channel, are findings with their lines; the time of such a wait
// counts for the watchdogs.
func Go(init func(*SDK)) Firmware { return sdk.Go(init) }

// Structs of the SDK that Go firmware declares itself. They are package sdk's; these names serve firmware whose variable of type
// *SDK is called sdk.
type (
	// OsTimer is os_timer_t; see SDK.OsTimerSetfn.
	OsTimer = sdk.OsTimer
	// PingOption is struct ping_option; see SDK.PingStart.
	PingOption = sdk.PingOption
	// PingResp is struct ping_resp, what a ping tells.
	PingResp = sdk.PingResp
	// Key is struct single_key_param; see SDK.KeyInitSingle.
	Key = sdk.Key
	// UpgradeServerInfo is struct upgrade_server_info; see SDK.SystemUpgradeStart.
	UpgradeServerInfo = sdk.UpgradeServerInfo
)
