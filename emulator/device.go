package emulator

import (
	crand "crypto/rand"
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/machine"
	"github.com/emu8266/emu8266/emulator/internal/radio"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Errors of a Device.
var (
	// ErrClosed is returned by every call on a closed device.
	ErrClosed = soc.ErrClosed
	// ErrRunning is returned by Boot while firmware runs: call Reset first.
	ErrRunning = soc.ErrRunning
	// ErrNoProgram is returned by Boot(nil) when nothing can be booted: the device was never given firmware, and
	// Config.Program is not set or does not know the image in the flash. With Config.Program and no image that can be started
	// the loader says so on the UART and the device stands still; that is no error.
	ErrNoProgram = soc.ErrNoProgram
	// ErrStuck is returned by Do, and by what is built on it, when the firmware is in a callback that waits and feeds the
	// watchdog and does not return (Config.Patience), and, with its line, when firmware in Go waits in a callback for ever.
	ErrStuck = soc.ErrStuck
	// ErrLineFull is returned by UART.Write in a callback of the device, which cannot wait for room.
	ErrLineFull = soc.ErrLineFull
)

// Device is one emulated ESP8266. Its methods may be called from any goroutine, also in callbacks of its own firmware; what
// they return belongs to the caller.
type Device struct {
	cfg     Config
	soc     *soc.Device
	air     *radio.Air      // device goroutine only
	radio   *radio.Radio    // of the last boot, nil before the first; device goroutine only
	sdk     *machine.Config // what the SDK's services need to know
	network *vnet.Network
	gateway *vnet.Gateway // of a network that the device made; nil otherwise
	read    atomic.Uint64 // WaitLog goes on behind this event

	expectCrash atomic.Bool // of NewTest
	unchecked   atomic.Bool // of Unchecked
}

// New makes a device that is switched on but has no firmware yet: Boot gives it some. Close it.
func New(cfg Config) (*Device, error) {
	saved := cfg.Station != (wifi.StationConfig{}) || cfg.NoAutoConnect
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	for cfg.Seed == 0 {
		var b [8]byte
		_, _ = crand.Read(b[:]) // crypto/rand never fails: it ends the program instead
		cfg.Seed = binary.LittleEndian.Uint64(b[:])
	}
	d := &Device{cfg: cfg, network: cfg.Network}
	d.expectCrash.Store(cfg.ExpectCrash)
	if d.network == nil {
		d.network = vnet.New(vnet.Options{Seed: cfg.Seed, Logger: cfg.Logger})
		d.gateway = d.network.Gateway(vnet.GatewayConfig{})
	}
	d.air = radio.NewAir(radio.Config{
		Network: d.network, Address: cfg.Address, AccessPoint: cfg.AccessPoint, Neighbors: cfg.Neighbors, AnyAP: cfg.AnyAccessPoint,
		Station:       cfg.Station,
		NoAutoConnect: cfg.NoAutoConnect, Saved: saved, Association: cfg.Association, NameDash: cfg.Profile.NameDash,
		SavesAgain:   cfg.Profile.SavesAgain,
		TCPWithoutDF: cfg.Profile.TCPWithoutDF, ListenerResetsAhead: cfg.Profile.ListenerResetsAhead,
		SNTPEmptyNames: cfg.Profile.SNTPEmptyNames, SNTPNamesOnly: cfg.Profile.SNTPNamesOnly, SNTPLateLookup: cfg.Profile.SNTPLateLookup,
		FrameCrashes: cfg.Profile.FrameCrashes,
	})
	d.sdk = &machine.Config{Profile: cfg.Profile, KeyLog: cfg.KeyLog, Clock: cfg.Clock}
	d.soc = soc.New(soc.Config{
		Name: cfg.Name, Profile: cfg.Profile.Name, Library: cfg.Profile.TLS.Traits().Library.String(),
		Network: d.network, MAC: cfg.MAC, Flash: cfg.Flash, Program: d.wrapped(), Image: d.image(),
		HeapFree: cfg.HeapFree, HeapHeader: cfg.Profile.HeapHeader, LineCrashes: cfg.Profile.LineCrashes,
		NarrowFaults: cfg.Profile.NarrowFaults, SavesAgain: cfg.Profile.SavesAgain,
		Seed: cfg.Seed, Random: cfg.Random, AutoReboot: cfg.AutoReboot, CPU: cfg.CPU, NoWatchdog: cfg.NoWatchdog,
		Patience: cfg.Patience, UART: cfg.UART,
		UARTTiming: cfg.UARTTiming, ADC: cfg.ADC, TraceLimit: cfg.TraceLimit, NoFindings: cfg.Checks == ChecksOff,
		CheckMemory: cfg.Checks == ChecksMemory || cfg.Checks == ChecksFail, Logger: cfg.Logger,
	})
	return d, nil
}

// image is Config.Image as the loader wants it.
func (d *Device) image() func(uint32) (soc.Program, error) {
	if d.cfg.Image == nil {
		return nil
	}
	return func(at uint32) (soc.Program, error) {
		fw, err := d.cfg.Image(d.cfg.Flash, at)
		if err != nil || fw == nil {
			return nil, err
		}
		return program{fw, d}, nil
	}
}

// wrapped is Config.Program as the loader wants it.
func (d *Device) wrapped() func([]byte) (soc.Program, error) {
	if d.cfg.Program == nil {
		return nil
	}
	return func(b []byte) (soc.Program, error) {
		fw, err := d.cfg.Program(b)
		if err != nil || fw == nil {
			return nil, err
		}
		return program{fw, d}, nil
	}
}

// program is firmware as the loader knows it.
type program struct {
	fw board.Firmware
	d  *Device
}

// Boot puts the machine of a boot together, and runs user_init on it.
func (p program) Boot(s *soc.System) error {
	p.d.radio = radio.New(s, p.d.air)
	c, ok := p.fw.(interface{ Unchecked(watched bool) bool })
	p.d.unchecked.Store(ok && c.Unchecked(s.CheckMemory()))
	return p.fw.Boot((*board.Board)(machine.New(p.d.sdk, s, p.d.radio)))
}

func (p program) Close() error { return p.fw.Close() }

// Boot starts fw on the device: it runs to the end of user_init before Boot returns. After Reset or a crash the device
// may boot again, over the same flash and Wi-Fi settings. The firmware is kept: the device boots it again by itself after
// system_restart and at the end of a deep sleep, and after a crash if Config.AutoReboot says so. Go firmware should
// therefore make its state inside its function: what lies outside outlives resets, as RAM on the chip does not.
// With nil the device boots what it would boot by itself when power comes: the program in the flash (Config.Program), or
// the firmware that it was given before. ErrRunning if firmware runs already, ErrNoProgram; an error that says where the
// firmware is if user_init waits and feeds the watchdog for longer than Config.Patience.
func (d *Device) Boot(fw Firmware) error {
	if fw == nil {
		return d.soc.Boot(nil)
	}
	return d.soc.Boot(program{fw, d})
}

// Unchecked reports whether the firmware of the last boot is compiled code that reads and writes memory without being looked at, so that an
// overrun, or for WebAssembly a NULL pointer, goes unseen: WebAssembly that was built without memory checks, or an ELF file where
// Config.Checks is neither ChecksMemory nor ChecksFail.
func (d *Device) Unchecked() bool { return d.unchecked.Load() }

// Reset ends the firmware as a press of the reset button does: connections vanish without a packet, RAM is lost, flash,
// RTC memory and Wi-Fi settings stay. Boot starts again.
func (d *Device) Reset() error { return d.soc.Reset() }

// PowerCycle switches the device off: as Reset, but RTC memory is lost too, and the next boot reports a power-on.
func (d *Device) PowerCycle() error { return d.soc.PowerCycle() }

// Do runs fn on the device goroutine between two events and waits for it: the place to read or change what firmware
// owns. Called in a callback of the device it runs fn at once. After Close it returns ErrClosed without running fn, and
// ErrStuck if the firmware does not return from a callback that feeds the watchdog (Config.Patience). Devices
// that wait for each other in Do, each in a callback of its own, would never return: the call that closes the circle panics.
func (d *Device) Do(fn func()) error { return d.soc.Do(fn) }

// CallbackTime is as long as the software watchdog leaves a callback at most: what StopCallback may be given (sdk-surface.md, Watchdogs).
const CallbackTime = 3200 * time.Millisecond

// StopCallback waits for the end of the callback of the firmware that is under way, if there is one, and ends it when it has
// been under way for after, in the device's time: as a crash that says where the firmware is (chip.CauseStuck) and why. It
// reports whether that had to be. A callback can be ended where it lets time pass or feeds the watchdog; without either the
// watchdog ends it.
func (d *Device) StopCallback(after time.Duration, why string) bool {
	return d.soc.StopCallback(after, why)
}

// Close ends the firmware, the goroutine, the port and the private network. Closing twice is harmless. A callback under way
// ends where it waits next or feeds the watchdog. Called in a callback Close returns at once, and the device ends with the
// callback; a private network then stays open until Close is called from outside. ErrStuck says that firmware in Go waits in a callback
// for ever, on a channel say: nothing can end its goroutine.
func (d *Device) Close() error {
	ended, err := d.soc.Close()
	if ended && d.gateway != nil {
		return d.network.Close()
	}
	return err
}

// Name returns the device's name in traces and captures.
func (d *Device) Name() string { return d.soc.Name() }

// Seed returns the seed of the device's random numbers.
func (d *Device) Seed() uint64 { return d.cfg.Seed }

// MAC returns the station's address.
func (d *Device) MAC() netstack.MAC { return d.soc.MAC() }

// Network returns the virtual Ethernet that the device is on.
func (d *Device) Network() *vnet.Network { return d.network }

// Gateway returns the gateway of the device's private network, nil if the device was given a network.
func (d *Device) Gateway() *vnet.Gateway { return d.gateway }

// Flash returns the chip. While firmware runs it belongs to the device goroutine: use Do. What is done to it there takes the
// device no time.
func (d *Device) Flash() *flash.Chip { return d.cfg.Flash }

// Trace returns the device's trace.
func (d *Device) Trace() *trace.Trace { return d.soc.Trace() }

// running returns the radio of the firmware that runs, nil if none does. Device goroutine.
func (d *Device) running() *radio.Radio {
	if d.soc.Running() == nil {
		return nil
	}
	return d.radio
}

// Addr returns the station's address, the zero Addr before it has one.
func (d *Device) Addr() (addr netip.Addr) {
	_ = d.Do(func() {
		if w := d.running(); w != nil {
			addr = w.Address().Addr()
		}
	})
	return addr
}

// HeapStats returns the heap's figures, also after a crash; zero before the first boot.
func (d *Device) HeapStats() chip.HeapStats { return d.soc.HeapStats() }

// HeapBlocks returns the blocks of the heap that are not freed, in order of address, also after a crash; nil before the first boot.
// Those of the firmware have the place that asked for them, those of the SDK a name alone: a leak is a list that grows.
func (d *Device) HeapBlocks() []chip.HeapBlock { return d.soc.HeapBlocks() }

// Crash returns what ended the firmware, nil while it runs or when it was never booted.
func (d *Device) Crash() *chip.Crash { return d.soc.Crash() }

// ExpectCrash says that the test of NewTest wants this device to crash: from now on a crash does not fail the test. Whether it came
// and why, Crash tells.
func (d *Device) ExpectCrash() { d.expectCrash.Store(true) }

// FramesDropped returns the number of frames that found the receive ring of 8 full.
func (d *Device) FramesDropped() int { return d.soc.FramesDropped() }
