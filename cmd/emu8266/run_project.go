package main

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// fromProject fills in what the project's file says, and flags have not said, where no firmware is named, which is then built first, or
// the project's own image is. Any other firmware is run as it is.
func (c *runCmd) fromProject(ctx context.Context, con *console) (p *project.Project, err error) {
	if len(c.ELF) > 0 && c.Flash != "" && c.Firmware == "" {
		return nil, nil // what lies in the flash
	}
	if c.Firmware != "" {
		if c.Engine != "" {
			return nil, usagef("--engine is for what the project's file builds: %s tells its own", c.Firmware)
		}
		if p = projectOf(c.Firmware); p == nil {
			return nil, nil
		}
		return p, c.settings(p)
	}
	if p, err = needProject("the firmware, as in emu8266 run app.wasm"); err != nil {
		return nil, err
	}
	f := buildFlags{Engine: c.Engine, Test: c.Cover != ""}
	if err := f.check(); err != nil {
		return nil, err
	}
	if p.ELF != "" {
		c.Firmware = p.Image(build.EngineLX106)
	} else if c.Firmware, err = buildProject(ctx, con, p, build.Options{}, f, con.err); err != nil {
		return nil, err
	}
	return p, c.settings(p)
}

// settings takes from the project's file what flags have not said of the device and its network.
func (c *runCmd) settings(p *project.Project) error {
	c.deviceFlags.fromProject(p)
	c.Flash, c.Checks = cmp.Or(c.Flash, p.Path(p.Flash)), cmp.Or(c.Checks, p.Checks)
	if _, err := networkOf(p).Plan(); err != nil {
		return usagef("%s: network: %v", p.At("network"), err)
	}
	c.Settings = c.Settings.Over(networkOf(p))
	return nil
}

// projectOf is the project of this folder whose image a file is; nil if there is none that can be read.
func projectOf(file string) *project.Project {
	p, err := findProject()
	if err != nil || p == nil {
		return nil
	}
	named, err := os.Stat(file)
	if err != nil {
		return nil
	}
	for _, engine := range []string{build.EngineWasm, build.EngineLX106} {
		if image, err := os.Stat(p.Image(engine)); err == nil && os.SameFile(named, image) {
			return p
		}
	}
	return nil
}

// fromProject names the firmware that the project's file says, for the LX106 and with all that a debugger wants to see, and fills in what
// flags have not said. Without such a file the editor says what runs.
func (c *debugCmd) fromProject(ctx context.Context, con *console) error {
	p, err := findProject()
	if p == nil || err != nil {
		return err
	}
	c.Firmware = p.Image(build.EngineLX106)
	if p.ELF == "" {
		f := buildFlags{Engine: build.EngineLX106, Test: true}
		if c.Firmware, err = buildProject(ctx, con, p, build.Options{}, f, con.err); err != nil {
			return err
		}
	}
	c.deviceFlags.fromProject(p)
	c.Flash, c.Checks = cmp.Or(c.Flash, p.Path(p.Flash)), cmp.Or(c.Checks, p.Checks)
	if _, err := networkOf(p).Plan(); err != nil {
		return usagef("%s: network: %v", p.At("network"), err)
	}
	c.Settings = c.Settings.Over(networkOf(p))
	return nil
}

// fromProject names the firmware that the project's file says, and the access points and names of its network. Ways to real servers are
// not taken from it: what a fleet loads, the command says.
func (f *fleetRun) fromProject(ctx context.Context, con *console) error {
	if f.Firmware != "" {
		return nil
	}
	p, err := needProject("the firmware, as in emu8266 fleet app.wasm -n 100 --against localhost:8883")
	if err != nil {
		return err
	}
	if p.ELF != "" {
		f.Firmware = p.Image(build.EngineLX106)
	} else if f.Firmware, err = buildProject(ctx, con, p, build.Options{}, buildFlags{}, con.err); err != nil {
		return err
	}
	f.deviceFlags.fromProject(p)
	f.Flash = cmp.Or(f.Flash, p.Path(p.Flash))
	around := surroundings.Settings{Reachable: f.Reachable}.Over(networkOf(p))
	f.AP, f.AnyAP = around.AP, around.AnyAP
	if f.Script == "" {
		f.DNS = around.DNS
	}
	return nil
}

// mappedChip is a blank chip with the capacity of a flash size map, and the map in its header.
func mappedChip(number int) (*flash.Chip, error) {
	m := image.SizeMap(number)
	chip, err := flash.New(m.Size())
	if err != nil {
		return nil, fmt.Errorf("flash_map %d: %w", number, err)
	}
	return chip, chip.Write(0, mapHeader(m))
}

// mapHeader is what the SDK's loader has at address 0: an image that begins, and that is asked for the map alone.
func mapHeader(m image.SizeMap) []byte { return []byte{0xE9, 0, 0, byte(m) << 4} }
