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
	CauseHeap               CauseID = "device/heap" // Object: the block; Have: its bytes; Limit: bytes free
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

// Cause puts a cause into the trace.
func (m *System) Cause(source trace.Source, id CauseID, object string, have, limit int64) {
	m.d.trace.Add(trace.Event{Source: source, Kind: trace.KindCause, Name: string(id), Text: object, Value: have, Limit: limit})
}
