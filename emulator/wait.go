package emulator

import (
	"context"
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/emulator/trace"
)

// WaitLog returns the next line on UART0 that contains text, as somebody does who reads the device's terminal: each line is
// found once, a second call goes on behind the line that the first has found. It ends with ctx, or with ErrClosed. A test that
// reads in several places at once uses Trace.WaitLine, which is told where to begin.
func (d *Device) WaitLog(ctx context.Context, text string) (string, error) {
	e, err := d.Trace().WaitLine(ctx, d.read.Load(), text)
	if err != nil {
		if errors.Is(err, trace.ErrClosed) {
			err = fmt.Errorf("emulator: no line with %q: %w", text, ErrClosed)
		}
		return "", err
	}
	for at := d.read.Load(); at < e.Seq && !d.read.CompareAndSwap(at, e.Seq); at = d.read.Load() {
	}
	return e.Text, nil
}

// WaitEvent returns the first event for which match is true, among those that are kept and those to come. It ends with ctx, or
// with ErrClosed. match must not call the device or its trace.
func (d *Device) WaitEvent(ctx context.Context, match func(trace.Event) bool) (trace.Event, error) {
	e, err := d.Trace().WaitEvent(ctx, match)
	if errors.Is(err, trace.ErrClosed) {
		err = ErrClosed
	}
	return e, err
}
