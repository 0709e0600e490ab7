package soc

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/flash"
)

// Why a call of the SDK was refused, those of espconn excepted: package espconn has its own. Object, Have, Least and Limit are the
// fields Text, Value, Least and Limit of the event.
const (
	CauseRange       CauseID = "device/range"        // Object: which figure; Have: it; Least, Limit: its range
	CauseLength      CauseID = "device/length"       // Object: of what; Have: bytes; Least, Limit: the range
	CauseNoInterface CauseID = "device/no-interface" // Object: station or soft-AP; Have: the mode, which has none
	CauseMode        CauseID = "device/mode"         // Have: the mode; Limit: the one that the function wants
	CauseDHCPRuns    CauseID = "device/dhcp-runs"    // Object: the function that stops it
	CauseBusy        CauseID = "device/busy"         // Object: what is under way
	CauseTooLate     CauseID = "device/too-late"     // only inside user_init
	CauseTooEarly    CauseID = "device/too-early"    // only after user_init
	CauseAddress     CauseID = "device/address"      // Object: what is wrong with it
	CauseNoCallback  CauseID = "device/no-callback"  // NULL where a function is wanted
	CauseNotBegun    CauseID = "device/not-begun"    // Object: the function that comes first
	CauseNoTask      CauseID = "device/no-task"      // Have: the priority
	CauseTaskQueue   CauseID = "device/task-queue"   // Have: events that wait; Limit: the most
	CauseFlash       CauseID = "device/flash"        // Object: why the flash did not take it
	CauseNoMode      CauseID = "device/no-mode"      // Object: what the boot loader does not have
	CauseNoBlock     CauseID = "device/no-block"     // Have: bytes that found no memory
	CauseNull        CauseID = "device/null"         // Object: what is NULL
	CauseNoItem      CauseID = "device/no-item"      // Have: the type of the partition that is not registered
)

// Refused reports that a call of the SDK fails, what it returns and why. e has the figures. It returns false, as most of these
// functions do then.
func (m *System) Refused(function, result string, id CauseID, e trace.Event) bool {
	m.Note(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Name: function})
	e.Source = trace.SourceAPI
	m.Because(id, e)
	m.Note(trace.Event{Source: trace.SourceAPI, Kind: trace.KindReturn, Name: function, Text: result})
	return false
}

// OutOfRange is Refused for a figure outside lo..hi.
func (m *System) OutOfRange(function, what string, n, lo, hi int) bool {
	return m.Refused(function, "false", CauseRange, trace.Event{Text: what, Value: int64(n), Least: int32(lo), Limit: int64(hi)})
}

// WrongLength is Refused for data whose length is outside lo..hi bytes.
func (m *System) WrongLength(function, what string, n, lo, hi int) bool {
	return m.Refused(function, "false", CauseLength, trace.Event{Text: what, Value: int64(n), Least: int32(lo), Limit: int64(hi)})
}

// spiNames are the SDK's names of results.
var spiNames = map[flash.Result]string{flash.ResultErr: "SPI_FLASH_RESULT_ERR", flash.ResultTimeout: "SPI_FLASH_RESULT_TIMEOUT"}

// spiResult returns the result of a call of the flash, and reports one that failed.
func (m *System) spiResult(function string, o flash.Outcome) flash.Result {
	result := o.Result()
	if o.Err != nil {
		m.Refused(function, fmt.Sprintf("%d, %s", result, spiNames[result]), CauseFlash, trace.Event{Text: o.Err.Error()})
	}
	return result
}
