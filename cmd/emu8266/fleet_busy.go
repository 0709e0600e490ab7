package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator"
)

// busyFirmware ends the process if the firmware of one of many devices computes for ever, which no device can do.
type busyFirmware struct {
	mu  sync.Mutex // guards all
	all []*busyOne
}

// busyOne is the firmware of a device.
type busyOne struct {
	progressing
	last  uint64
	since int // looks
}

// note takes a device's firmware.
func (b *busyFirmware) note(f progressing) emulator.Firmware {
	b.mu.Lock()
	b.all = append(b.all, &busyOne{progressing: f})
	b.mu.Unlock()
	return f
}

// watch looks until stop is called, in real time.
func (b *busyFirmware) watch(ctx context.Context, con *console) (stop func()) {
	quit := make(chan struct{})
	go func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
			limit := computeMax
			if ctx.Err() != nil {
				limit = computeLeft
			}
			if b.look() >= int(limit/lookEvery) {
				fmt.Fprintf(con.err, "emu8266: the firmware of a device has been computing for %v without a call of the SDK, and no "+
					"watchdog ended it\n", limit)
				os.Exit(exitCrash)
			}
		}
	}()
	return func() { close(quit) }
}

// look returns how many looks the busiest has been computing for.
func (b *busyFirmware) look() (most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.all {
		n, inside := f.Progress()
		f.since++
		if n != f.last || !inside {
			f.last, f.since = n, 0
		}
		most = max(most, f.since)
	}
	return most
}
