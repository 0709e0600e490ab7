package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/debug"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// debugCmd is the debugger, for editors.
type debugCmd struct {
	Firmware    string  `arg:"" optional:"" help:"ELF file for the LX106. Default: what emu8266.toml says, built first, or what the editor says in its launch request."`
	Listen      string  `help:"Wait for the editor at ADDR:PORT instead of stdin and stdout; port 0 is any." placeholder:"ADDR:PORT"`
	StopOnEntry bool    `name:"stop-on-entry" help:"Stop before the first instruction."`
	Start       bool    `name:"run" help:"Start the firmware at once; editors attach to it, and it goes on when they leave. With --listen."`
	Speed       float64 `help:"How many times faster than real time virtual time passes; 0 as fast as it can." default:"1" placeholder:"N"`
	Flash       string  `help:"Flash chip in FILE, 4 MB; it is made if it does not exist. Default: a blank chip that is forgotten." placeholder:"FILE"`
	Input       string  `help:"Type what is in FILE to the device's UART." placeholder:"FILE"`
	UARTScript  string  `name:"uart-script" help:"Type what FILE says, as in emu8266 run." placeholder:"FILE"`
	Reboot      bool    `help:"Go on after a crash, as the chip does: it boots again."`
	deviceFlags
	surroundings.Settings
	checksFlag
	outputs
}

// Help is shown by --help.
func (debugCmd) Help() string {
	return `Examples:
  emu8266 debug app.elf
  emu8266 debug app.elf --listen 127.0.0.1:4711
  emu8266 debug --listen 127.0.0.1:4711
  emu8266 debug app.elf --listen 127.0.0.1:4711 --run

A debugger for compiled firmware that editors talk to, by the Debug Adapter Protocol: Visual Studio Code, Neovim, Helix, Emacs.
Break points, data break points, steps (back, too), variables, memory. docs/debugger.md shows how each editor starts it.

While the program is stopped, time stands still for the device and its network; with --allow and --hostfwd time is real, and peers
do not wait.

Exit codes: 0 the editor has said good-bye, 1 the connection broke, 2 wrong usage, 3 the firmware crashed at the end.
With --listen one editor after the other is served, until Ctrl-C.`
}

// Run serves the editor.
func (c debugCmd) Run(con *console) error {
	if c.Speed < 0 {
		return usagef("--speed %v: give a number such as 1, 10, or 0 for as fast as it can", c.Speed)
	}
	if c.Start && c.Listen == "" {
		return usagef("--run needs --listen, the address at which editors attach")
	}
	ctx, stop := interruptible()
	defer stop()
	if c.Firmware == "" {
		if err := c.fromProject(ctx, con); err != nil {
			return err
		}
	}
	if c.Firmware != "" { // what is wrong with it is told now, not to the editor
		p, err := c.plan()
		if err != nil {
			return err
		}
		if err := p.close(); err != nil {
			return err
		}
	}
	o := debug.Options{StopOnEntry: c.StopOnEntry, Open: func(arguments []byte) (*debug.Target, error) { return c.open(con, arguments) }}
	if c.Listen == "" {
		return ended(debug.Serve(ctx, os.Stdin, os.Stdout, o)) // not con.out: the messages have their length
	}
	return c.listen(ctx, con, o)
}

// ended turns the end of a session into that of the command.
func ended(err error) error {
	if errors.Is(err, debug.ErrCrashed) {
		return exitCode(exitCrash)
	}
	return err
}

// listen serves one editor after the other.
func (c debugCmd) listen(ctx context.Context, con *console, o debug.Options) (err error) {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || host == "" {
		return usagef("--listen %s: give ADDR:PORT, as in 127.0.0.1:4711", c.Listen)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w; choose another port, or 0 for any", err)
	}
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	defer l.Close()
	fmt.Fprintf(con.out, "the debugger waits at %s\n", l.Addr())
	if c.Start {
		o.Output = con.out
	}
	server := debug.NewServer(o)
	defer func() {
		if crashed := server.Close(); err == nil && c.Start {
			err = ended(crashed)
		}
	}()
	if c.Start {
		if err := server.Run(ctx, nil); err != nil {
			return err
		}
	}
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			fmt.Fprintln(con.err, "emu8266: interrupted")
			return nil
		}
		if err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
		closing := context.AfterFunc(ctx, func() { _ = conn.Close() })
		err = server.Serve(ctx, conn, conn)
		closing()
		_ = conn.Close()
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(con.err, "emu8266: %v\n", err)
		}
	}
}

// launch is what the editor says in launch and attach.
type launch struct {
	Program    *string   `json:"program"`
	Cwd        string    `json:"cwd"`
	Speed      *float64  `json:"speed"`
	Profile    *string   `json:"profile"`
	Heap       *uint32   `json:"heap"`
	Flash      *string   `json:"flash"`
	Allow      *[]string `json:"allow"`
	Hostfwd    *[]string `json:"hostfwd"`
	Input      *string   `json:"input"`
	UARTScript *string   `json:"uartScript"`
	Reboot     *bool     `json:"reboot"`
}

// with returns the command as the editor wants it.
func (c debugCmd) with(arguments []byte) (debugCmd, string, error) {
	var l launch
	if len(arguments) > 0 {
		if err := json.Unmarshal(arguments, &l); err != nil {
			return c, "", fmt.Errorf("launch: %w", err)
		}
	}
	path := func(to *string, from *string) {
		if from == nil {
			return
		}
		*to = *from
		if l.Cwd != "" && *to != "" && !filepath.IsAbs(*to) {
			*to = filepath.Join(l.Cwd, *to)
		}
	}
	path(&c.Firmware, l.Program)
	path(&c.Flash, l.Flash)
	path(&c.Input, l.Input)
	path(&c.UARTScript, l.UARTScript)
	set(&c.Speed, l.Speed)
	set(&c.Profile, l.Profile)
	set(&c.Heap, l.Heap)
	set(&c.Allow, l.Allow)
	set(&c.Hostfwd, l.Hostfwd)
	set(&c.Reboot, l.Reboot)
	dir := l.Cwd
	if dir == "" {
		dir, _ = os.Getwd() // without it, names stay as they are
	}
	switch {
	case c.Firmware == "":
		return c, "", errors.New(`no firmware: give "program" in the launch configuration, or the file to emu8266 debug`)
	case c.Speed < 0:
		return c, "", fmt.Errorf(`"speed": %v: give a number such as 1, 10, or 0 for as fast as it can`, c.Speed)
	}
	return c, dir, nil
}

// set sets what the editor has said.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// debugPlan is a checked debugCmd.
type debugPlan struct {
	*runPlan
	elf elfProgram
}

// plan checks the command, as run does.
func (c debugCmd) plan() (*debugPlan, error) {
	if c.Input == "-" {
		return nil, usagef("--input -: stdin is the editor's: give a file")
	}
	p := &runPlan{runCmd: runCmd{Firmware: c.Firmware, deviceFlags: c.deviceFlags, Flash: c.Flash, Settings: c.Settings,
		Input: c.Input, UARTScript: c.UARTScript, Reboot: c.Reboot, checksFlag: c.checksFlag, outputs: c.outputs}}
	if err := p.check(); err != nil {
		return nil, errors.Join(err, (&debugPlan{runPlan: p}).close())
	}
	image, ok := p.image.(elfProgram)
	if !ok {
		return nil, errors.Join(usagef("%s is an image for WebAssembly, which has no debugger: build it with emu8266 build --engine lx106",
			c.Firmware), (&debugPlan{runPlan: p}).close())
	}
	return &debugPlan{p, image}, nil
}

func (p *debugPlan) close() (err error) {
	for _, f := range p.finished {
		err = errors.Join(err, f())
	}
	p.finished = nil
	return err
}

// open makes what is debugged.
func (c debugCmd) open(con *console, arguments []byte) (*debug.Target, error) {
	c, dir, err := c.with(arguments)
	if err != nil {
		return nil, err
	}
	p, err := c.plan()
	if err != nil {
		return nil, err
	}
	return &debug.Target{Image: p.elf.Image, Dir: dir, Live: p.live(), Speed: c.Speed, Close: p.close,
		Play: func(ctx context.Context, uart io.Writer, with func(*emulator.Device) error) error {
			if p.live() {
				return p.play(ctx, con, uart, with)
			}
			return virtual.Run(func() error { return p.play(ctx, con, uart, with) })
		}}, nil
}

// play makes the device on its network, and takes both down again.
func (p *debugPlan) play(ctx context.Context, con *console, uart io.Writer, with func(*emulator.Device) error) (err error) {
	n, err := makeNetwork(con, p.outputs, p.around.Subnet, 0, p.inputs()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	if err := n.surround(ctx, p.around); err != nil {
		return err
	}
	config := p.device
	config.UART = uart
	if p.dialog != nil {
		p.dialog = newDialog(p.dialog.steps) // of a start before
		config.UART = io.MultiWriter(uart, p.dialog)
		defer p.dialog.stop()
	}
	ways := forwards{waiting: p.around.Forward, n: n, con: con}
	d, err := n.start(config, ways.event)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if len(p.around.Forward) > 0 {
		opened, stop := ways.start(ctx, d)
		defer stop()
		go func() {
			select {
			case err := <-opened:
				fmt.Fprintln(con.err, "emu8266:", err)
			case <-ctx.Done():
			}
		}()
	}
	if again, ok := p.input.(io.Seeker); ok {
		_, _ = again.Seek(0, io.SeekStart)
	}
	p.typeInto(d)
	return with(d)
}
