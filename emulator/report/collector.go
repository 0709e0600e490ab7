package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/emu8266/emu8266/emulator/trace"
)

// Bounds of what a Collector keeps. Choice: a device's own trace keeps as many events; a report of more devices is read by nobody.
const (
	deviceEventsMax = 65_536
	eventsMax       = 1 << 20 // of all devices
	devicesMax      = 1_000
)

// Collector gathers the events of several devices for a report. The zero value is empty. It keeps the newest 65,536 events of a device,
// and the boot they belong to. Its methods must not be called at the same time.
type Collector struct {
	devices []Device
	at      map[string]int
	boots   []trace.Event // the last one of each device that was left out
	total   int
	full    error
}

// Add takes an event of the device of that name. It errs when there are too many devices or events, and takes nothing from then on.
func (c *Collector) Add(device string, e trace.Event) error {
	if c.full != nil {
		return c.full
	}
	i, ok := c.at[device]
	if !ok {
		if len(c.devices) == devicesMax {
			c.full = fmt.Errorf("report: more than %d devices", devicesMax)
			return c.full
		}
		if c.at == nil {
			c.at = map[string]int{}
		}
		i = len(c.devices)
		c.at[device] = i
		c.devices, c.boots = append(c.devices, Device{Name: device}), append(c.boots, trace.Event{})
	}
	d := &c.devices[i]
	if d.Events = append(d.Events, e); len(d.Events) >= 2*deviceEventsMax {
		c.trim(i)
	}
	if c.total++; c.total > eventsMax {
		c.full = fmt.Errorf("report: more than %d events of %d devices", eventsMax, len(c.devices))
	}
	return c.full
}

// trim leaves out the oldest events of a device.
func (c *Collector) trim(i int) {
	events := c.devices[i].Events
	n := len(events) - deviceEventsMax
	if n <= 0 {
		return
	}
	for _, e := range events[:n] {
		if e.Source == trace.SourceDevice && e.Kind == trace.KindBoot {
			c.boots[i] = e
		}
	}
	c.total -= n
	c.devices[i].Events = append(events[:0], events[n:]...)
}

// Devices returns what was gathered, in order of appearance. The Collector can go on.
func (c *Collector) Devices() []Device {
	out := make([]Device, len(c.devices))
	for i, d := range c.devices {
		c.trim(i)
		out[i] = Device{Name: d.Name, Events: slices.Clone(c.devices[i].Events)}
		if c.boots[i].Kind != 0 {
			out[i].Events = slices.Insert(out[i].Events, 0, c.boots[i])
		}
	}
	return out
}

// Read reads the devices of a file of JSON lines (trace.Writer), in order of appearance. It errs as trace.ReadJSONL and
// [Collector.Add] do; what came before is returned too.
func Read(in io.Reader) ([]Device, error) {
	var c Collector
	err := trace.ReadJSONL(in, c.Add)
	return c.Devices(), err
}
