package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/compare"
)

// shortageFlag says which allocation finds no memory.
type shortageFlag struct {
	FailAllocation string `help:"The N-th allocation of the heap since boot, or after TIME, finds no memory. Records of lwIP's timers do not count, so that it is the same one on all stacks." placeholder:"N[@TIME]"`
}

// shortage is what the flag says; Nth is 0 without it.
func (f shortageFlag) shortage() (s emulator.Shortage, err error) {
	if f.FailAllocation == "" {
		return s, nil
	}
	number, from, given := strings.Cut(f.FailAllocation, "@")
	if s.Nth, err = strconv.Atoi(number); err == nil && given {
		s.From, err = time.ParseDuration(from)
	}
	if err != nil || s.Nth < 1 || s.From < 0 {
		return s, usagef("--fail-allocation %s: give a number from 1, and a time if it is to count from then: 12@4s", f.FailAllocation)
	}
	s.Except = compare.TimerRecord
	return s, nil
}
