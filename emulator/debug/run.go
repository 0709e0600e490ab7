package debug

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/go-dap"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/trace"
)

// run is one start of the program.
type run struct {
	cancel  context.CancelFunc
	ended   chan struct{}   // closed when the device is gone
	over    <-chan struct{} // closed when the client wants the end
	ends    atomic.Bool     // the same, for what must not wait for anything outside
	restart bool            // nobody is told that it ended
	crash   *chip.Crash
}

// tick is how often a run looks whether it is to pause, in the device's time, and how often virtual time is held back to the pace of real
// time. Choice.
const tick = 10 * time.Millisecond

// start starts the program on a device of its own.
func (s *session) start(ctx context.Context) {
	c := s.control
	ctx, cancel := context.WithCancel(ctx)
	r := &run{cancel: cancel, ended: make(chan struct{}), over: ctx.Done()} // made outside of virtual time
	s.run = r
	c.entryOnce = s.entry
	c.run = r
	stop := context.AfterFunc(ctx, func() { r.ends.Store(true) })
	c.passed, c.machine, c.step, c.until = nowhere, nil, nil, nil
	beat := make(chan struct{})
	go r.beats(beat)
	if c.target.Live {
		s.output("console", "time is real: while the program is stopped, the peers' time goes on\n")
	}
	go func() {
		defer close(r.ended)
		defer cancel()
		defer stop()
		err := c.target.Play(ctx, uart{s}, func(d *emulator.Device) error { return r.play(c, d, beat) })
		code := 0
		switch {
		case r.crash != nil:
			code = exitCrash
		case err != nil && !r.ends.Load():
			code = exitFailed
		}
		if err != nil && !r.ends.Load() {
			s.output("stderr", fmt.Sprintf("%v\n", err))
		}
		if !r.restart {
			s.send(&dap.ExitedEvent{Event: event("exited"), Body: dap.ExitedEventBody{ExitCode: code}})
			s.send(&dap.TerminatedEvent{Event: event("terminated")})
		}
	}()
}

// Exit codes that the client is told, as emu8266 run has them.
const (
	exitFailed = 1
	exitCrash  = 3
)

// beats beats in real time.
func (r *run) beats(beat chan<- struct{}) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-r.over:
			return
		}
		select {
		case beat <- struct{}{}:
		case <-r.over:
			return
		}
	}
}

// play boots the program, and waits for its end.
func (r *run) play(c *control, d *emulator.Device, beat <-chan struct{}) error {
	halted := make(chan struct{}, 1)
	d.Trace().Also(func(e trace.Event) { c.event(e, halted) })
	f := c.target.Image.Firmware()
	f.Debug(c)
	booted := make(chan error, 1)
	go func() { booted <- d.Boot(f) }()
	for {
		select {
		case err := <-booted:
			if err != nil {
				return err
			}
			booted = nil
		case <-halted:
			if crash := d.Crash(); crash != nil {
				r.crash = crash
				c.client.output("stderr", crash.String()+"\n"+d.Explain().String()+"\n")
				return nil
			}
			return errors.New("the device stands still: it has not been told to boot again")
		case <-time.After(c.period()): // nothing from outside here: virtual time would stand still
		}
		if c.keepPace(r, beat); r.ends.Load() {
			return nil
		}
		if c.pause.Load() && booted == nil {
			if err := f.Between(func(m *elf.Machine) { c.between(m) }); err != nil {
				c.client.output("console", "nothing to pause now: "+err.Error()+"\n")
				c.pause.Store(false)
			}
		}
	}
}

// period is a tick in the device's time.
func (c *control) period() time.Duration {
	if !c.target.Live && c.target.Speed > 0 {
		return max(time.Duration(float64(tick)*c.target.Speed), time.Microsecond)
	}
	return tick
}

// keepPace holds virtual time back: it waits, outside of it, for the next beat of real time.
func (c *control) keepPace(r *run, beat <-chan struct{}) {
	if c.target.Live || c.target.Speed <= 0 {
		return
	}
	select {
	case <-beat:
	case <-r.over:
	}
}

// event tells the client what happens on the device.
func (c *control) event(e trace.Event, halted chan<- struct{}) {
	switch {
	case e.Source == trace.SourceDevice && e.Kind == trace.KindHalt:
		select {
		case halted <- struct{}{}:
		default:
		}
	case e.Source == trace.SourceDevice && (e.Kind == trace.KindRestart || e.Kind == trace.KindSleep):
		c.client.output("console", e.String()+"\n")
	case e.Kind == trace.KindFinding:
		text := fmt.Sprintf("misuse of the SDK: %s", e)
		c.client.output("console", text+"\n")
		c.mu.Lock()
		stops := c.points.findings
		c.mu.Unlock()
		if stops {
			c.finding.Store(&text)
		}
	}
}

// uart shows the client what the device prints.
type uart struct{ *session }

func (u uart) Write(b []byte) (int, error) {
	u.output("stdout", string(b))
	return len(b), nil
}
