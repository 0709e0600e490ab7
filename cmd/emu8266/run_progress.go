package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/emu8266/emu8266/emulator"
)

// computeMax is how long firmware may compute without a call of the SDK. Choice: the watchdog's share of branches takes
// less than a tenth of it on a busy machine.
var computeMax = 10 * time.Second

const (
	// computeLeft is the same after Ctrl-C. Choice.
	computeLeft = 2 * time.Second
	// lookEvery is how often both are looked at.
	lookEvery = 500 * time.Millisecond
	// tellEvery is after how many looks somebody who watches is told how far a long run in virtual time is: 5 s.
	tellEvery = 10
)

// note says which firmware runs.
func (p *runPlan) note(f emulator.Firmware) {
	if w, ok := f.(progressing); ok {
		p.firmware.Store(&w) // one type, whatever the engine
	}
}

// watchProgress ends the process, in real time, if the firmware computes for ever. It returns what stops watching.
func (p *runPlan) watchProgress(ctx context.Context, con *console) (stop func()) {
	quit := make(chan struct{})
	go func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		var last uint64
		looks := 0
		var computing time.Duration
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
			if looks++; looks%tellEvery == 0 && !p.live() && !p.Quiet {
				con.progress("emu8266: %v of the device's time have passed", time.Duration(p.passed.Load()).Round(time.Second))
			}
			limit := computeMax
			if ctx.Err() != nil {
				limit = computeLeft
			}
			computing += lookEvery
			if f, ok := p.firmware.Load().(*progressing); !ok {
				computing = 0
			} else if n, inside := (*f).Progress(); n != last || !inside {
				last, computing = n, 0
			}
			if computing >= limit {
				fmt.Fprintf(con.err, "emu8266: the firmware has been computing for %v without a call of the SDK, and no watchdog "+
					"ended it\n", computing)
				os.Exit(exitCrash)
			}
		}
	}()
	return func() { close(quit) }
}
