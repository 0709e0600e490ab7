package soc

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// CauseID names why the device itself ended the firmware or refused something. Those of the radio are in package radio. The
// words for them, in English and Chinese, are in package github.com/emu8266/emu8266/emulator/cause.
type CauseID string

// Why the firmware crashed, and why an allocation failed.
const (
	CauseIllegalInstruction CauseID = "device/exception-0"
	CauseGoPanic            CauseID = "device/go-panic"     // exception 0 too
	CauseOwnEnd             CauseID = "device/ended-itself" // exception 0 too: a failed assert, abort()
	CauseLoadStoreError     CauseID = "device/exception-3"
	CauseDivisionByZero     CauseID = "device/division-by-zero"
	CauseUnaligned          CauseID = "device/exception-9"
	CauseFetchProhibited    CauseID = "device/exception-20"
	CauseLoadProhibited     CauseID = "device/exception-28"
	CauseStoreProhibited    CauseID = "device/exception-29"
	CauseException          CauseID = "device/exception" // Have: the exception's number
	CauseSoftWatchdog       CauseID = "device/soft-watchdog"
	CauseHardWatchdog       CauseID = "device/hardware-watchdog"
	CauseStuck              CauseID = "device/stuck"
	CauseHeap               CauseID = "device/heap"         // Object: the block; Have: its bytes; Limit: bytes free
	CauseHeapOrdered        CauseID = "device/heap-ordered" // the same, because a test or script wants it (Device.FailAlloc)
)

// Why the device did not do what it was told.
const (
	CauseTimerRange   CauseID = "device/timer-too-long" // Object: the function; Have: its delay; Limit: the longest. In ms or µs
	CauseSleepTooLong CauseID = "device/sleep-too-long" // Have: seconds; Limit: the most
)

// Why the boot loader did not start the program that it should. Have: the slot, 1 or 2; Object: its address, and what is wrong.
const (
	CauseLoaderNoImage  CauseID = "device/loader-no-image"
	CauseLoaderChecksum CauseID = "device/loader-checksum"
	CauseLoaderOther    CauseID = "device/loader-other-slot"  // Limit: the slot for which the image is linked
	CauseROMChecksum    CauseID = "device/rom-checksum"       // of an image at 0, which the boot ROM starts. Object: where and how long
	CauseLoaderImage    CauseID = "device/loader-image"       // another damage
	CauseLoaderProgram  CauseID = "device/loader-no-firmware" // Config.Program makes none of the image. Object: why, with the slot
	CauseLoaderGivesUp  CauseID = "device/loader-gives-up"    // neither slot has a program; the device stands still
)

// Why an upgrade failed. Object: the step that was reached; Have: bytes of the image that came; Limit: bytes announced.
const (
	CauseUpgradeTime       CauseID = "device/upgrade-time"          // Count: check_times in ms
	CauseUpgradeNoEnd      CauseID = "device/upgrade-no-end"        // check_times is longer than a timer. Have: ms; Limit: the most
	CauseUpgradeConnect    CauseID = "device/upgrade-not-connected" // Object: the server; Limit: seconds
	CauseUpgradeClosed     CauseID = "device/upgrade-closed"        // the server closed the connection
	CauseUpgradeNoRequest  CauseID = "device/upgrade-no-request"    // url is NULL
	CauseUpgradeLength     CauseID = "device/upgrade-length"        // Content-Length is missing or 0. Object: the reply's first line
	CauseUpgradeTooLong    CauseID = "device/upgrade-too-long"      // Have: bytes of the image; Limit: of the slot
	CauseUpgradeMagic      CauseID = "device/upgrade-no-image"      // Object: the reply's first line
	CauseUpgradeSlot       CauseID = "device/upgrade-other-slot"    // Have: the slot for which it is linked; Limit: the one it goes to
	CauseUpgradeNoSlot     CauseID = "device/upgrade-no-slot"       // Have: the byte that should name a slot
	CauseUpgradeCRC        CauseID = "device/upgrade-crc"           // Object: both CRCs
	CauseUpgradeFlash      CauseID = "device/upgrade-flash"         // Object: what failed at which sector
	CauseUpgradeMemory     CauseID = "device/upgrade-memory"        // Have: bytes that are missing
	CauseUpgradeNotReady   CauseID = "device/upgrade-not-finished"  // system_upgrade_reboot. Have: the flag; Limit: the one it wants
	CauseUpgradeNotWritten CauseID = "device/upgrade-header"        // the boot header could not be saved. Object: why
)

// CauseOf returns the cause of a crash by an exception of Xtensa, by its number and where it happened if that is known, or by a
// watchdog: espconn.CauseSoftWatchdog, chip.CauseHardWatchdog.
func CauseOf(exception int, epc1 uint32) CauseID {
	if chip.DividesByZero(exception, epc1) {
		return CauseDivisionByZero
	}
	switch exception {
	case 0:
		return CauseIllegalInstruction
	case 3:
		return CauseLoadStoreError
	case 9:
		return CauseUnaligned
	case 20:
		return CauseFetchProhibited
	case espconn.CauseLoadProhibited:
		return CauseLoadProhibited
	case espconn.CauseStoreProhibited:
		return CauseStoreProhibited
	case espconn.CauseSoftWatchdog:
		return CauseSoftWatchdog
	case chip.CauseHardWatchdog:
		return CauseHardWatchdog
	case chip.CauseStuck:
		return CauseStuck
	}
	return CauseException
}

// CauseOfCrash is CauseOf for a crash.
func CauseOfCrash(c *chip.Crash) CauseID {
	if c.Own {
		return CauseOwnEnd
	}
	return CauseOf(c.Cause, c.Epc1)
}

// Because puts a cause into the trace. e has its source and its figures.
func (m *System) Because(id CauseID, e trace.Event) { m.d.because(id, e) }

func (d *Device) because(id CauseID, e trace.Event) {
	e.Kind, e.Name = trace.KindCause, string(id)
	d.trace.Add(e)
}
