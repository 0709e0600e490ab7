package playground

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Bounds of buttons and of what the page shows of the pins. Choice: more than anybody clicks or sees.
const (
	pressesMax = 100
	changesMax = 20000 // of all pins
)

// Pin is what a pad of the device did, for the page's LEDs and buttons.
type Pin struct {
	Number  int      `json:"number"`
	Output  bool     `json:"output"`  // the device drove it
	Changes []Change `json:"changes"` // in order; it is low before the first
}

// Change is a change of a pad's level.
type Change struct {
	Ms   int64 `json:"ms"` // since the device was made
	High bool  `json:"high"`
}

// Press is a press of a button between a pad and ground; the board's pull-up keeps the pad high before and after it.
type Press struct {
	Pin int `json:"pin"`
	Ms  int `json:"ms"`  // when, since the device was made
	For int `json:"for"` // how long, in ms
}

// pins tells from a trace what the pads did, those that never changed left out.
func pins(events []trace.Event) (list []Pin) {
	at := map[int]int{} // in list, by the pin
	left := changesMax
	for _, e := range events {
		if e.Source != trace.SourcePin || left == 0 {
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(e.Name, "GPIO"))
		if err != nil {
			continue
		}
		i, known := at[n]
		if !known {
			i = len(list)
			at[n] = i
			list = append(list, Pin{Number: n})
		}
		p := &list[i]
		p.Output = p.Output || e.Kind == trace.KindOutput
		p.Changes = append(p.Changes, Change{e.At.Milliseconds(), e.Value != 0})
		left--
	}
	return list
}

// checkPresses says what is wrong with the presses of a run of that length.
func (q Request) checkPresses(length time.Duration) error {
	if len(q.Presses) > pressesMax {
		return fmt.Errorf("%d presses of buttons: at most %d", len(q.Presses), pressesMax)
	}
	for _, p := range q.Presses {
		end := int64(p.Ms) + int64(p.For)
		if p.Pin < 0 || p.Pin >= chip.PinCount || p.Ms < 0 || p.For <= 0 || end > length.Milliseconds() {
			return fmt.Errorf("a press of GPIO%d from %d ms for %d ms: give a pin from 0 to %d, and a time within the run",
				p.Pin, p.Ms, p.For, chip.PinCount-1)
		}
	}
	return nil
}

// press presses the buttons of the request; what it returns waits until all of that is over.
func (q Request) press(d *emulator.Device) (wait func() error, err error) {
	for _, p := range q.Presses {
		err = errors.Join(err, d.Pins().Set(p.Pin, true))
	}
	var all sync.WaitGroup
	failed := make([]error, len(q.Presses))
	for i, p := range q.Presses {
		all.Go(func() {
			time.Sleep(time.Duration(p.Ms) * time.Millisecond)
			failed[i] = d.Pins().Set(p.Pin, false)
			time.Sleep(time.Duration(p.For) * time.Millisecond)
			failed[i] = errors.Join(failed[i], d.Pins().Set(p.Pin, true))
		})
	}
	return func() error {
		all.Wait()
		return errors.Join(failed...)
	}, err
}
