package playground

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// program is firmware of the user, for either engine.
type program struct {
	firmware func() emulator.Firmware
	config   emulator.Config
	close    func()
}

// load reads an image of emu8266 build, or an ELF file. The profile is the request's, else that of the SDK that the ELF file is
// linked with.
func load(b []byte, profile string) (program, error) {
	p := program{}
	switch {
	case bytes.HasPrefix(b, []byte("\x7fELF")):
		image, err := elf.Load(b)
		if err != nil {
			return p, err
		}
		p.firmware, p.close = func() emulator.Firmware { return image.Firmware() }, func() {}
		if linked, ok := image.Profile(); ok {
			p.config.Profile = linked
		}
	default:
		image, err := wasm.Load(b)
		if err != nil {
			return p, err
		}
		p.firmware, p.close = func() emulator.Firmware { return image.Firmware() }, func() { _ = image.Close() }
	}
	if profile != "" {
		named, ok := espconn.ProfileByName(profile)
		if !ok {
			p.close()
			return p, fmt.Errorf("there is no profile %q", profile)
		}
		p.config.Profile = named
	}
	return p, nil
}

// captureMax bounds the frames of a run that the report may carry. Choice: twice what it attaches.
const captureMax = 2 * report.AttachMax

// bounded is a buffer that keeps its beginning.
type bounded struct {
	bytes.Buffer
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.over = b.over || b.Len()+len(p) > captureMax; b.over {
		return len(p), nil
	}
	return b.Buffer.Write(p)
}

// saying passes what a device prints.
type saying func(text string)

func (s saying) Write(p []byte) (int, error) {
	s(string(p))
	return len(p), nil
}

// run runs firmware for a time of the device, on a network of its own with DHCP and an open access point.
func (q Request) run(said func(string)) (a Answer, err error) {
	wait, err := q.wait()
	if err != nil {
		return a, err
	}
	if err := q.checkPresses(wait); err != nil {
		return a, err
	}
	p, err := load(q.Data, q.Profile)
	if err != nil {
		return a, err
	}
	defer p.close()
	var frames bounded
	var d *emulator.Device
	err = virtual.Run(func() error {
		n := vnet.New(vnet.Options{Seed: 1})
		n.Gateway(vnet.GatewayConfig{})
		c, err := n.Capture(&frames)
		if err != nil {
			return err
		}
		cfg := p.config
		cfg.Name, cfg.Network, cfg.Seed, cfg.UART = "device", n, 1, io.Writer(saying(said))
		if d, err = emulator.New(cfg); err != nil {
			return errors.Join(err, n.Close())
		}
		pressed, err := q.press(d)
		if err != nil {
			return errors.Join(err, d.Close(), n.Close())
		}
		booted := make(chan error, 1)
		go func() { booted <- d.Boot(p.firmware()) }()
		time.Sleep(wait + virtual.Instant)
		err = pressed()
		d.StopCallback(emulator.CallbackTime, "the time is over")
		return errors.Join(err, <-booted, d.Close(), c.Close(), n.Close())
	})
	if d == nil {
		return a, err
	}
	events := d.Trace().Events()
	var b strings.Builder
	if crash := d.Crash(); crash != nil {
		fmt.Fprintf(&b, "crash: %v\n", crash)
	}
	fmt.Fprint(&b, explain.Explain(events, q.language()))
	a.Text, a.Pins = b.String(), pins(events)
	a.Page, err = page([]report.Device{{Name: q.Name, Events: events, Unchecked: d.Unchecked()}},
		report.Options{Language: q.language(), Secrets: d.Passwords(), Capture: frames.Bytes()}, err)
	return a, err
}
