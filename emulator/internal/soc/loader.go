package soc

import (
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// ErrNoProgram is returned by Boot(nil) when nothing can be booted: the device was never given firmware, and neither Config.Program nor
// Config.Image is set or knows the image in the flash. With one of them and no image the device stands still, as a real one.
var ErrNoProgram = errors.New("emulator: there is nothing to boot: give Boot firmware, " +
	"or put an image into a slot of the flash and set Config.Program or Config.Image")

// slot is what the device knows of one of the two places for programs. The SDK's loader reads the boot header in the system
// parameters and starts the image in the slot that it names.
//
// Choice: a sound image in that slot boots. Of one that image.BuildUser made the irom part goes to Config.Program; one for the chip goes to
// Config.Image.
// Firmware that was given to Boot counts as the program of the slot that ran then, though nothing of it lies in the
// flash, until an image is written there. A damaged image counts as one that the loader cannot start. For a slot with
// neither, the firmware given to Boot last boots, as if it lay in both.
type slot struct {
	given Program
	crc   uint32 // of the image that lay there when it was given; 0: none
}

// bootHeader reads the header that says which program runs. A flash whose map does not fit counts as blank.
func (m *System) bootHeader() image.BootHeader {
	p, _, err := image.LoadSystemParams(m.d.cfg.Flash, m.flashMap())
	if err != nil {
		p = new(image.SystemParams)
		for i := range p {
			p[i] = flash.Erased
		}
	}
	return p.Boot()
}

// image reads the image in a slot. Its error is image.ErrMagic if none is there.
func (m *System) image(n uint8) (i image.Image, at int64, err error) {
	user1, user2, _ := m.flashMap().Slots()
	at = int64(user1)
	if n == 1 {
		at = int64(user2)
	}
	if at == 0 {
		return i, 0, image.ErrMagic
	}
	const slots = 2 // esptool writes something else where the SDK's tool writes the slot
	if i, err = image.Parse(m.d.cfg.Flash, at); err == nil && i.User && i.App != n+1 && i.App != 0 && i.App <= slots {
		err = fmt.Errorf("%w: user%d", errOtherSlot, i.App)
	}
	return i, at, err
}

// give makes fw the program of the slot that runs.
func (m *System) give(fw Program) {
	n := m.boot.Slot()
	s := slot{given: fw}
	if i, _, err := m.image(n); err == nil {
		s.crc = i.CRC
	}
	m.d.lasting.slots[n] = s
}

// load returns the program that boots, and sets m.boot to the slot it is in. Without an error and a program the loader has given up: the
// device stands still. What the loader prints is that of version 1.6. Deviation: it prints only when it cannot start a program, and
// restarts without the boot ROM's words; a loader of 1.7 may try the first program more often.
func (m *System) load() (Program, error) {
	if fw, found, err := m.withoutSlots(); found {
		return fw, err
	}
	for {
		n := m.boot.Slot()
		fw, err := m.inSlot(n)
		switch {
		case fw != nil:
			return fw, nil
		case errors.Is(err, errHost):
			return nil, err
		}
		i, at, _ := m.image(n)
		m.d.uart.printf("jump to run user%d @ %x\n\n", n+1, at)
		if errors.Is(err, image.ErrMagic) {
			m.d.uart.printf("error magic!\n")
		}
		m.unloadable(n, i, at, err)
		backup := m.boot.OnBackup()
		text := "the loader gives up"
		if !backup {
			text = fmt.Sprintf("user%d boots", 2-n)
		}
		m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindLoader,
			Text: fmt.Sprintf("user%d is no program (%v): %s", n+1, err, text)})
		if backup {
			m.Because(CauseLoaderGivesUp, trace.Event{Source: trace.SourceDevice, Value: int64(n) + 1})
			m.d.uart.printf("backup boot failed.\n\nuser code done\n")
			return nil, nil
		}
		if err := m.setBoot(m.boot.Failed()); err != nil {
			m.d.trace.Add(trace.Event{Source: trace.SourceFlash, Kind: trace.KindError, Name: "loader", Text: err.Error()})
			return nil, nil
		}
		m.d.uart.printf("first boot failed, reboot to try backup bin\n\n")
	}
}

// loaderRoom is what the SDK's second loader has at address 0, before user1.
const loaderRoom = flash.SectorSize

// withoutSlots returns the program of an image at address 0, which the boot ROM starts, if that is one without update slots: found is
// false where the second loader lies there, or nothing. Of a damaged image nothing is started: the ROM says so and the device stands still.
func (m *System) withoutSlots() (fw Program, found bool, err error) {
	if m.d.cfg.Image == nil {
		return nil, false, nil
	}
	i, err := image.Parse(m.d.cfg.Flash, 0)
	switch {
	case err == nil && !i.User:
	case errors.Is(err, image.ErrChecksum) && !i.User:
		m.Because(CauseROMChecksum, trace.Event{Source: trace.SourceDevice,
			Text: fmt.Sprintf("%d bytes, %#02x at their end", i.Length, i.Checksum)})
		m.d.uart.printf("csum err\n") // sdk-surface.md, Log lines
		return nil, true, nil
	default:
		return nil, false, nil
	}
	_, _, most := m.flashMap().Slots()
	if fw, err = m.d.cfg.Image(0); err == nil && fw == nil {
		err = errors.New("Config.Image returns nothing")
	}
	if err == nil {
		return fw, true, nil
	}
	if most != 0 && i.Length <= loaderRoom {
		return nil, false, nil // the loader
	}
	return nil, true, fmt.Errorf("%w at 0: %w", errHost, err)
}

// errOtherSlot says that an image lies in the slot for which it is not linked.
var errOtherSlot = errors.New("the image is linked for")

// unloadable names why the loader does not start what lies in a slot.
func (m *System) unloadable(n uint8, i image.Image, at int64, err error) {
	e := trace.Event{Source: trace.SourceDevice, Text: fmt.Sprintf("%#x", at), Value: int64(n) + 1}
	id := CauseLoaderImage
	switch {
	case errors.Is(err, image.ErrMagic):
		id = CauseLoaderNoImage
	case errors.Is(err, image.ErrChecksum):
		id = CauseLoaderChecksum
		e.Text = fmt.Sprintf("%#x, %d bytes, %#02x at their end", at, i.Length, i.Checksum)
	case errors.Is(err, errOtherSlot):
		id, e.Limit = CauseLoaderOther, int64(i.App)
	default:
		e.Text = err.Error()
	}
	m.Because(id, e)
}

// setBoot saves a boot header, which is in force at once.
func (m *System) setBoot(h image.BootHeader) error {
	p, _, err := image.LoadSystemParams(m.d.cfg.Flash, m.flashMap())
	if err != nil {
		return err
	}
	p.SetBoot(h)
	m.boot = h
	return p.Save(m.d.cfg.Flash, m.flashMap())
}

// errHost says that it is Config.Program or Config.Image that has no program, not the flash.
var errHost = errors.New("no firmware")

// inSlot returns the program of a slot. An error says why the image there is none.
func (m *System) inSlot(n uint8) (Program, error) {
	c := &m.d.lasting
	i, at, err := m.image(n)
	switch {
	case err == nil && (c.slots[n].given == nil || i.CRC != c.slots[n].crc):
	case c.slots[n].given != nil:
		return c.slots[n].given, nil
	case errors.Is(err, image.ErrMagic) && c.fw != nil:
		return c.fw, nil
	case m.d.cfg.Program == nil && m.d.cfg.Image == nil:
		return nil, fmt.Errorf("%w: Config.Program == nil", errHost)
	default:
		return nil, err
	}
	if m.d.cfg.Image != nil && !i.Wraps() {
		if fw, err := m.d.cfg.Image(uint32(at)); err != nil {
			return nil, fmt.Errorf("%w in user%d: %w", errHost, n+1, err)
		} else if fw != nil {
			return fw, nil
		}
	}
	code, err := i.Program(m.d.cfg.Flash, at)
	switch {
	case err != nil:
		return nil, err
	case m.d.cfg.Program == nil:
		return nil, fmt.Errorf("%w: Config.Program == nil", errHost)
	}
	fw, err := m.d.cfg.Program(code)
	if err == nil && fw == nil {
		err = errors.New("Config.Program returns nothing")
	}
	if err != nil {
		return nil, fmt.Errorf("%w in user%d: %w", errHost, n+1, err)
	}
	return fw, nil
}

// GetBootVersion returns the version of the second-stage loader by the boot header in the system parameters, 31 for a
// blank one.
func (m *System) GetBootVersion() uint8 { return m.boot.Version() }

// GetBootMode returns 0 for the loader's enhance mode, 1 for the normal one.
func (m *System) GetBootMode() uint8 {
	if m.boot.Normal() {
		return 1
	}
	return 0
}

// GetUserbinAddr returns the flash address of the program that runs: 0x1000 or the second slot of the flash size map; 0
// for user1 with a blank boot header, as without a loader.
func (m *System) GetUserbinAddr() uint32 { return m.boot.Addr(m.flashMap()) }
