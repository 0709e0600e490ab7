package emulator

import (
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Errors of a Device.
var (
	// ErrClosed is returned by every call on a closed device.
	ErrClosed = errors.New("emulator: the device is closed")
	// ErrRunning is returned by Boot while firmware runs: call Reset first.
	ErrRunning = errors.New("emulator: firmware is running already; Reset the device before it can boot again")
)

// ringFrames is the number of frames that the receiver holds until the loop takes them; more are dropped and counted.
// Choice: 8.
const ringFrames = 8

// Device is one emulated ESP8266. Its methods may be called from any goroutine; what they return belongs to the caller.
type Device struct {
	cfg       Config
	network   *vnet.Network
	owned     bool // the device made the network
	gateway   *vnet.Gateway
	port      *vnet.Port
	trace     *trace.Trace
	read      atomic.Uint64 // WaitLog goes on behind this event
	uart      *uart
	uart1     *uart
	line      serialLine
	outside   outside
	rng       *rand.ChaCha8
	seed      uint64
	started   time.Time
	failAlloc int                 // FailAlloc's order for the next boot; device goroutine
	found     func(espconn.Event) // each finding; nil: nobody. Set before the first boot
	loop      uint32              // its number
	saved     savedWiFi
	// flashOwner is the observer that the chip had when the device was made.
	flashOwner func(flash.Event)
	m          *machine   // device goroutine only; nil until Boot
	chip       lasting    // device goroutine only
	apGone     bool       // the access point is out of range; device goroutine only
	phone      wifi.Phone // of SmartConfig; device goroutine only

	timer *time.Timer   // of rest; device goroutine only
	wake  chan struct{} // capacity 1
	ended chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex // guards what follows, the mailbox; never held while calling out
	frames  []mail
	dropped int
	calls   []*call
	asleep  bool // the loop waits for d.wake and touches nothing until it has taken mail
	closed  bool
}

type call struct {
	fn    func()
	done  chan struct{}
	err   error
	input bool // from the outside world: it does not wait for the end of a delay
}

// New makes a device that is switched on but has no firmware yet: Boot gives it some. Close it.
func New(cfg Config) (*Device, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	d := &Device{cfg: cfg, seed: cfg.Seed, started: time.Now(), wake: make(chan struct{}, 1), ended: make(chan struct{})}
	for d.seed == 0 {
		var b [8]byte
		_, _ = crand.Read(b[:]) // crypto/rand never fails: it ends the program instead
		d.seed = binary.LittleEndian.Uint64(b[:])
	}
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], d.seed)
	d.rng = rand.NewChaCha8(key)
	d.chip.powerOn(d.seed)
	d.saved = savedWiFi{opMode: wifi.StationMode, station: cfg.Station, autoConnect: !cfg.NoAutoConnect}
	if cfg.Station.SSID != "" {
		d.saved.aps.remember(cfg.Station)
	}

	d.network = cfg.Network
	if d.network == nil {
		d.network = vnet.New(vnet.Options{Seed: d.seed, Logger: cfg.Logger})
		d.gateway = d.network.Gateway(vnet.GatewayConfig{})
		d.owned = true
	}
	if cfg.Name == "" {
		cfg.Name = "dev"
	}
	d.port = d.network.Attach(cfg.Name, d.receive, d.signal)
	d.port.Ignore(d.ignores)
	d.cfg.Name = d.port.Name()
	n := d.port.Number()
	if d.cfg.MAC == (netstack.MAC{}) {
		d.cfg.MAC = netstack.MAC{2, 0, 10, 1, byte(n >> 8), byte(n)}
	}
	d.flashOwner = d.cfg.Flash.Observe
	d.trace = trace.New(d.cfg.TraceLimit, d.started)
	d.uart = &uart{out: cfg.UART, line: func(s string) { d.trace.Add(trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: s}) }}
	d.uart1 = &uart{line: func(s string) { d.trace.Add(trace.Event{Source: trace.SourceUART1, Kind: trace.KindLine, Text: s}) }}
	d.line.d = d
	d.outside.level = d.pads()

	d.loop = newLoop()
	go numbered(d.loop, loopBits, d.run)
	return d, nil
}

// Boot starts fw on the device: it runs to the end of user_init before Boot returns. After Reset or a crash the device
// may boot again, over the same flash and Wi-Fi settings. The firmware is kept: the device boots it again by itself after
// system_restart and at the end of a deep sleep, and after a crash if Config.AutoReboot says so. Go firmware should
// therefore make its state inside its function: what lies outside outlives resets, as RAM on the chip does not.
// With nil the device boots what it would boot by itself when power comes: the program in the flash (Config.Program), or
// the firmware that it was given before. ErrRunning if firmware runs already, ErrNoProgram.
func (d *Device) Boot(fw Firmware) error {
	var err error
	if e := d.Do(func() {
		if d.m != nil && !d.m.halted {
			err = ErrRunning
			return
		}
		err = d.start(fw)
	}); e != nil {
		return e
	}
	return err
}

// Reset ends the firmware as a press of the reset button does: connections vanish without a packet, RAM is lost, flash,
// RTC memory and Wi-Fi settings stay. Boot starts again.
func (d *Device) Reset() error {
	return d.Do(func() {
		if d.m == nil {
			return
		}
		d.m.halt()
		d.m.bootAt = time.Time{}
		d.chip.next = chip.RstInfo{Reason: chip.ReasonExtSysRst}
		if d.chip.asleep { // Choice: the pin ends deep sleep as GPIO16 does
			d.chip.next.Reason = chip.ReasonDeepSleepAwake
		}
	})
}

// Do runs fn on the device goroutine between two events and waits for it: the place to read or change what firmware
// owns. Called from a callback of the device it runs fn at once. After Close it returns ErrClosed without running fn.
func (d *Device) Do(fn func()) error { return d.call(fn, false) }

// input runs fn on the device goroutine as something that the outside world does: at once when the firmware waits in
// os_delay_us, otherwise as Do.
func (d *Device) input(fn func()) error { return d.call(fn, true) }

func (d *Device) call(fn func(), input bool) error {
	from := callingLoop()
	if from == d.loop {
		fn()
		return nil
	}
	c := &call{fn: fn, done: make(chan struct{}), input: input}
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return ErrClosed
	}
	d.calls = append(d.calls, c)
	d.mu.Unlock()
	if from != 0 {
		waitFor(from, d.loop)
		defer waited(from)
	}
	d.signal()
	<-c.done
	return c.err
}

// Close ends the firmware, the goroutine, the port and the private network. Closing twice is harmless. Called from a
// callback it returns at once and the device ends when the callback has returned; a private network then stays open
// until Close is called from outside.
func (d *Device) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.signal()
	if callingLoop() == d.loop {
		return nil
	}
	<-d.ended
	d.trace.Close()
	if d.owned {
		return d.network.Close()
	}
	return nil
}

// Name returns the device's name in traces and captures.
func (d *Device) Name() string { return d.cfg.Name }

// Seed returns the seed of the device's random numbers.
func (d *Device) Seed() uint64 { return d.seed }

// MAC returns the station's address.
func (d *Device) MAC() netstack.MAC { return d.cfg.MAC }

// Network returns the virtual Ethernet that the device is on.
func (d *Device) Network() *vnet.Network { return d.network }

// Gateway returns the gateway of the device's private network, nil if the device was given a network.
func (d *Device) Gateway() *vnet.Gateway { return d.gateway }

// Flash returns the chip. While firmware runs it belongs to the device goroutine: use Do.
func (d *Device) Flash() *flash.Chip { return d.cfg.Flash }

// Trace returns the device's trace.
func (d *Device) Trace() *trace.Trace { return d.trace }

// Addr returns the station's address, the zero Addr before it has one.
func (d *Device) Addr() (addr netip.Addr) {
	_ = d.Do(func() {
		if d.m != nil && !d.m.halted {
			addr = d.m.wifi.address().Addr()
		}
	})
	return addr
}

// HeapStats returns the heap's figures, also after a crash; zero before the first boot.
func (d *Device) HeapStats() (s chip.HeapStats) {
	_ = d.Do(func() {
		if d.m != nil {
			s = d.m.heap.Stats()
		}
	})
	return s
}

// Crash returns what ended the firmware, nil while it runs or when it was never booted.
func (d *Device) Crash() (c *chip.Crash) {
	_ = d.Do(func() {
		if d.m != nil {
			c = d.m.crash
		}
	})
	return c
}

// FramesDropped returns the number of frames that found the receive ring of 8 full.
func (d *Device) FramesDropped() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dropped
}

// waiting returns the number of frames in the receive ring.
func (d *Device) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.frames)
}

// mail is what the network has for the device.
type mail struct {
	frame   []byte
	ap      *softAP            // whose cell it came through; nil: the switch
	station *vnet.StationEvent // instead of a frame; it does not take room in the ring
}

// receive is called by the network, with its lock held: it only stores the frame.
func (d *Device) receive(frame []byte) { d.receiveMail(mail{frame: append([]byte(nil), frame...)}) }

func (d *Device) receiveMail(m mail) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if len(d.frames) >= ringFrames && m.station == nil {
		d.dropped++
		d.cfg.Logger.Debug("frame dropped: receive ring full", zap.String("device", d.cfg.Name))
		return
	}
	d.frames = append(d.frames, m)
}

// ignores is asked by the network before receive. Most broadcasts on a large network are ARP requests between others; they pass a sleeping device without
// waking its loop. The answer is exact, because it comes from the stack itself at a moment when nothing else can change it.
func (d *Device) ignores(frame []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asleep && len(d.frames) == 0 && len(d.calls) == 0 && !d.closed && d.m != nil && d.m.ignores(frame)
}

func (d *Device) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
