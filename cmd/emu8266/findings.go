package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// checksFlag says what becomes of misuse of the SDK.
type checksFlag struct {
	Checks string `help:"Misuse of the SDK that the device finds (emu8266 checks): off, warn (the default) prints each place once, fail fails at the first. Where warn or fail is written, each access of an ELF to the heap is looked at, too." default:"" enum:",off,warn,fail" placeholder:"off|warn|fail"`
}

// config is the flag as a device's configuration knows it.
func (c checksFlag) config() emulator.Checks {
	switch c.Checks {
	case "off":
		return emulator.ChecksOff
	case "warn", "fail": // who asks for them has the time for all
		return emulator.ChecksMemory
	}
	return emulator.ChecksRecord
}

// placesMost bounds the places that are told; further ones are counted. Choice.
const placesMost = 100

// findingLog tells misuse of the SDK on out as it is found, each place once. It may be given the events of several devices.
type findingLog struct {
	out      io.Writer
	language cause.Language
	fail     func() // what the first one brings about; nil: nothing

	mu     sync.Mutex // guards what follows
	times  map[foundAt]int
	order  []foundAt // in which they were found
	untold int       // findings at places beyond placesMost
}

// foundAt is one kind of misuse at one line of the firmware, whose name is "" where it is not known.
type foundAt struct{ where, rule string }

func (f foundAt) String() string {
	if f.where == "" {
		return f.rule
	}
	return f.where + ": " + f.rule
}

// event looks for findings among a device's events; it is called on the device goroutine.
func (f *findingLog) event(e trace.Event) {
	if e.Source != trace.SourceFinding || e.Kind != trace.KindFinding {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil && len(f.order) > 0 {
		return // the command is on its way to its end
	}
	at := foundAt{cause.Detail(e.Where, f.language), e.Name}
	switch n := f.times[at]; {
	case n > 0:
		f.times[at]++
	case len(f.order) >= placesMost:
		f.untold++
	default:
		if f.times == nil {
			f.times = map[foundAt]int{}
		}
		f.times[at] = 1
		f.order = append(f.order, at)
		r := cause.Rule(e.Name, f.language)
		form := "emu8266: %v: %s; on the device it %s (%s); fix: %s\n"
		if f.language == cause.Chinese {
			form = "emu8266: %v：%s；设备：%s（%s）；建议：%s\n"
		}
		fmt.Fprintf(f.out, form, at, cause.Detail(e.Text, f.language), r.Device, r.Source, r.Fix)
	}
	if f.fail != nil {
		f.fail()
	}
}

// sum tells at the end what was found more than once, and returns the number of findings.
func (f *findingLog) sum() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, at := range f.order {
		times := f.times[at]
		n += times
		if times > 1 {
			form := "emu8266: %v: %d times in all\n"
			if f.language == cause.Chinese {
				form = "emu8266: %v：共 %d 次\n"
			}
			fmt.Fprintf(f.out, form, at, times)
		}
	}
	if f.untold > 0 {
		form := "emu8266: %d more findings, at places beyond the first %d: the trace has them (--trace)\n"
		if f.language == cause.Chinese {
			form = "emu8266: 另有 %d 个发现，不在前 %d 处之内：见跟踪（--trace）\n"
		}
		fmt.Fprintf(f.out, form, f.untold, placesMost)
	}
	return n + f.untold
}
