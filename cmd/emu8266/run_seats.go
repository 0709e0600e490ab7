package main

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator"
)

// seats are those who sit around the device while it runs: at its UART (--uart, --interactive) and at its pins (--vcd).
type seats struct {
	uart     *lateWriter // the device's end, for those who type
	door     *uartDoor   // nil without --uart
	vcd      *vcdFile    // nil without --vcd
	quit     chan struct{}
	finished []func() error
}

// lateWriter is the UART of a device that is not there yet: who types waits for it.
type lateWriter struct {
	ready chan struct{}
	out   io.Writer
}

func (w *lateWriter) Write(p []byte) (int, error) {
	<-w.ready
	return w.out.Write(p)
}

// sit opens what the flags say. The caller closes what it returns, also with an error.
func (p *runPlan) sit(con *console, inputs ...inputFile) (*seats, error) {
	s := &seats{uart: &lateWriter{ready: make(chan struct{})}, quit: make(chan struct{})}
	uart := func() io.Writer { return s.uart }
	if p.VCD != "" {
		f := &outputFile{flag: "--vcd", path: p.VCD}
		if err := openOutputs(inputs, f); err != nil {
			return s, err
		}
		s.vcd = newVCD(f.file, capped(con, f, p.OutputMax))
	}
	var err error
	if s.door, err = p.uartFlags.open(con, uart); err != nil {
		return s, err
	}
	if s.door != nil {
		s.finished = append(s.finished, s.door.close)
	}
	if p.Interactive {
		restore, err := p.uartFlags.interact(con, uart, sync.OnceFunc(func() { close(s.quit) }))
		if err != nil {
			return s, err
		}
		s.finished = append(s.finished, restore)
	}
	return s, nil
}

// output is where the device's output goes besides out.
func (s *seats) output(out io.Writer) io.Writer {
	all := []io.Writer{out}
	if s.door != nil {
		all = append(all, s.door.line)
	}
	if s.vcd != nil {
		all = append(all, s.vcd)
	}
	if len(all) == 1 {
		return out
	}
	return io.MultiWriter(all...)
}

// begin lets them at a device that has not booted; nil when there will be none.
func (s *seats) begin(d *emulator.Device) {
	s.uart.out = io.Discard
	if d != nil {
		s.uart.out = d.UART()
		if s.vcd != nil {
			s.vcd.begin(d)
		}
	}
	close(s.uart.ready)
}

// look notes what has happened since the last time.
func (s *seats) look() {
	if s.vcd != nil {
		s.vcd.drain()
	}
}

// end notes the rest of a device that is about to be closed.
func (s *seats) end(took time.Duration) {
	if s.vcd != nil && s.vcd.device != nil {
		s.vcd.end(took)
	}
}

// close ends what they had opened. The device is closed by then.
func (s *seats) close() error {
	select {
	case <-s.uart.ready:
	default:
		s.begin(nil)
	}
	var errs []error
	for _, f := range s.finished {
		errs = append(errs, f())
	}
	if s.vcd != nil {
		errs = append(errs, s.vcd.close())
	}
	return errors.Join(errs...)
}
