package debug

import (
	"context"
	"io"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
)

// Target is a program and the device on which it is debugged.
type Target struct {
	// Image is the program.
	Image *elf.Image
	// Dir is where the names of its source files begin that are no whole paths. "": they stay as they are.
	Dir string
	// Play makes a device whose UART prints to uart, calls with with it, and closes it when with has returned. ctx is done when the client
	// wants the end; with returns then. Play is called once for each start, on a goroutine of its own; it opens virtual time, if time is to
	// be virtual.
	Play func(ctx context.Context, uart io.Writer, with func(*emulator.Device) error) error
	// Live says that time is real, because others have a part in it.
	Live bool
	// Speed is how much faster than real time virtual time passes. 0: as fast as it can. Live targets have real time whatever it is.
	Speed float64
	// Close frees what Play needs; nil for nothing. It is called once, when the session is over.
	Close func() error
}

// Options are those of a server.
type Options struct {
	// Open makes a target of what the client says in launch or attach: the JSON object of its arguments. An error is told to the client.
	Open func(arguments []byte) (*Target, error)
	// StopOnEntry stops before the program's first instruction, as if the client had asked for it.
	StopOnEntry bool
	// Output gets what the device prints, and what else there is to say while there is no client. nil: nobody does.
	Output io.Writer
}
