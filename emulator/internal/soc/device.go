package soc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Errors of a Device. Package emulator gives them to its users, hence the prefix.
var (
	ErrClosed  = errors.New("emulator: the device is closed")
	ErrRunning = errors.New("emulator: firmware is running already; Reset the device before it can boot again")
)

// RingFrames is the number of frames that the receiver holds until the loop takes them; more are dropped and counted.
// Choice: 8.
const RingFrames = 8

// Config is what the system on chip needs to know; emulator.Config explains the fields. All of it must be given, but for
// what is said to be optional.
type Config struct {
	Name         string // the wish; on the network it may get a number
	Profile      string // the name of the SDK's profile
	Library      string // the name of its TLS library
	Network      *vnet.Network
	MAC          netstack.MAC // zero: made from the number on the network
	Flash        *flash.Chip
	Program      func(program []byte) (Program, error) // nil: images of image.BuildUser are not run
	Image        func(at uint32) (Program, error)      // nil: images for the chip are not run
	HeapFree     uint32
	HeapHeader   uint32 // of a block, 0: heapHeader
	LineCrashes  bool   // espconn.Profile
	NarrowFaults bool   // "
	SavesAgain   bool   // "
	Seed         uint64
	Random       func() uint32 // nil: numbers by Seed
	AutoReboot   bool
	CPU          chip.CPUModel
	NoWatchdog   bool
	Patience     time.Duration // 0: Patience; negative: without end
	UART         io.Writer     // nil: nobody
	UARTTiming   bool
	ADC          func() uint16 // nil: the pin is open
	TraceLimit   int
	NoFindings   bool // misuse is not reported
	CheckMemory  bool // engines that can look at each access of a program to the heap
	Logger       *zap.Logger
}

// Program is firmware as the loader knows it. Both methods are called on the device goroutine.
type Program interface {
	// Boot plays user_init on a system of its own. It attaches a network first. An error ends the boot.
	Boot(*System) error
	// Close frees what the firmware holds on the host.
	Close() error
}

// Device is the chip and its loop: what lives from New to Close. Its methods may be called from any goroutine unless they
// say otherwise.
type Device struct {
	cfg       Config
	port      *vnet.Port
	trace     *trace.Trace
	uart      *uart
	uart1     *uart
	line      serialLine
	outside   outside
	rng       *rand.ChaCha8
	started   time.Time
	short     chip.Shortage           // Fail's order for the next boot; device goroutine
	failCalls map[string][]failedCall // FailCall's orders, by function; device goroutine
	found     func(espconn.Event)     // each finding; nil: nobody. Set before the first boot
	fell      func(*chip.Crash)       // each crash; nil: nobody. Set before the first boot
	loop      uint32                  // its number
	// flashOwner is the observer that the flash chip had when the device was made.
	flashOwner func(flash.Event)
	m          *System // device goroutine only; nil until Boot
	lasting    lasting // device goroutine only

	heeds   heeded // what the port was told last; device goroutine only
	current *call  // under way; device goroutine only
	spare   atomic.Pointer[call]

	began atomic.Int64           // when the callback under way began, in Unix nanoseconds; 0: none is
	stop  atomic.Pointer[string] // why the callback under way has to end; nil: it has not

	timer *time.Timer   // of rest; device goroutine only
	pace  pace          // device goroutine only
	wake  chan struct{} // capacity 1
	ended chan struct{} // closed when the goroutine has ended
	lost  chan struct{} // closed when the goroutine will never end
	// toldStuck hears of that; nil: nobody. Set before the first boot.
	toldStuck func(error)

	mu      sync.Mutex // guards what follows, the mailbox; never held while calling out
	frames  []mail
	dropped int
	calls   []*call
	asleep  bool // the loop waits for d.wake, has no mail, and touches nothing until it has taken some
	closed  bool
	// stuckErr says why the goroutine will never end; nil: it will.
	stuckErr error
}

// heeded is what the port was told to heed: what of which system, at which of its changes.
type heeded struct {
	m       *System
	changes uint64
	some    bool
}

// call is something to do on the device goroutine. Who has waited for one leaves it as the device's spare one.
type call struct {
	fn    func()
	done  chan struct{} // capacity 1; nil: nobody waits
	err   error
	input bool // from the outside world: it does not wait for the end of a delay
	waits bool // somebody waits for its end
	reset bool // it ends the firmware anyway
}

// end says that the call is over, and how. Nothing may touch it any more.
func (c *call) end(err error) {
	c.err = err
	if c.done != nil {
		c.done <- struct{}{}
	}
}

// New makes a device that is switched on but has no firmware yet, and starts its goroutine.
func New(cfg Config) *Device {
	d := &Device{cfg: cfg, started: time.Now(), wake: make(chan struct{}, 1), ended: make(chan struct{}),
		lost: make(chan struct{})}
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], cfg.Seed)
	d.rng = rand.NewChaCha8(key)
	d.lasting.powerOn(cfg.Seed)
	d.port = cfg.Network.Attach(cfg.Name, d.receive, d.Signal)
	d.port.Ignore(d.ignores)
	d.cfg.Name = d.port.Name()
	if n := d.port.Number(); d.cfg.MAC == (netstack.MAC{}) {
		d.cfg.MAC = netstack.MAC{2, 0, 10, 1, byte(n >> 8), byte(n)}
	}
	d.flashOwner = cfg.Flash.Observe
	d.trace = trace.New(cfg.TraceLimit, d.started)
	d.uart = &uart{out: cfg.UART, line: func(s string) {
		d.trace.Add(trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: s})
	}}
	d.uart1 = &uart{line: func(s string) { d.trace.Add(trace.Event{Source: trace.SourceUART1, Kind: trace.KindLine, Text: s}) }}
	d.line.d = d
	d.outside.level = d.pads()

	d.loop = newLoop()
	go numbered(d.loop, loopDigits, d.run)
	return d
}

// Boot starts p, or with nil what the loader finds; it returns when user_init has returned. ErrRunning, ErrNoProgram.
func (d *Device) Boot(p Program) error {
	var err error
	if e := d.Do(func() {
		if d.m != nil && !d.m.halted {
			err = ErrRunning
			return
		}
		switch err = d.start(p); {
		case err == nil:
			err = d.m.bootError()
		case errors.Is(err, errHost):
			err = fmt.Errorf("%w: %w", ErrNoProgram, err)
		}
	}); e != nil {
		return e
	}
	return err
}

// Do runs fn on the device goroutine between two events and waits for it; in a callback of the device it runs it at once.
// After Close it returns ErrClosed without running fn, and ErrStuck if the firmware does not return from a callback.
func (d *Device) Do(fn func()) error { return d.call(call{fn: fn}) }

// Input runs fn on the device goroutine as something that the outside world does: at once when the firmware waits in
// os_delay_us, otherwise as Do.
func (d *Device) Input(fn func()) error { return d.call(call{fn: fn, input: true}) }

func (d *Device) call(want call) error {
	from := uint32(0)
	if awake.Load() > 0 { // reading the stack takes longer than all else here
		from = callingLoop()
	}
	if from == d.loop {
		want.fn()
		return nil
	}
	c := d.spare.Swap(nil)
	if c == nil {
		c = &call{done: make(chan struct{}, 1)}
	}
	want.done, want.waits = c.done, true
	*c = want
	d.mu.Lock()
	if d.closed {
		defer d.mu.Unlock()
		return d.closedErr()
	}
	d.calls = append(d.calls, c)
	d.rouse()
	d.mu.Unlock()
	if from != 0 {
		waitFor(from, d.loop)
		defer waited(from)
	}
	d.Signal()
	select {
	case <-c.done:
		err := c.err
		c.fn = nil
		d.spare.Store(c)
		return err
	case <-d.lost: // in this very call
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.closedErr()
	}
}

// closedErr says why nothing can be asked of the device any more. With mu.
func (d *Device) closedErr() error {
	if d.stuckErr != nil {
		return d.stuckErr
	}
	return ErrClosed
}

// Post puts fn into the mailbox without waiting for it.
func (d *Device) Post(fn func()) {
	d.mu.Lock()
	if !d.closed {
		d.calls = append(d.calls, &call{fn: fn})
		d.rouse()
	}
	d.mu.Unlock()
	d.Signal()
}

// Close ends the firmware, the goroutine and the port, and reports whether they have ended: called from a callback of the
// device it returns at once, and they end when the callback has returned. An error says that they never will, as the firmware waits for
// ever in a callback.
func (d *Device) Close() (ended bool, err error) {
	d.mu.Lock()
	d.closed = true
	d.rouse()
	d.mu.Unlock()
	d.Signal()
	if callingLoop() == d.loop {
		return false, nil
	}
	select {
	case <-d.ended:
	case <-d.lost:
		select {
		case <-d.ended: // the callback has returned since
		default:
			d.mu.Lock()
			defer d.mu.Unlock()
			return false, d.stuckErr
		}
	}
	d.trace.Close()
	return true, nil
}

// Ended is closed when the goroutine has ended.
func (d *Device) Ended() <-chan struct{} { return d.ended }

// Name returns the device's name on the network.
func (d *Device) Name() string { return d.cfg.Name }

// MAC returns the address that the device was made with.
func (d *Device) MAC() netstack.MAC { return d.cfg.MAC }

// Port returns the device's port of the network.
func (d *Device) Port() *vnet.Port { return d.port }

// Trace returns the device's trace.
func (d *Device) Trace() *trace.Trace { return d.trace }

// Rand returns the source of randomness. Device goroutine.
func (d *Device) Rand() io.Reader {
	if d.cfg.Random != nil {
		return words(d.cfg.Random)
	}
	return d.rng
}

// words reads the numbers of a function, four bytes each, the lowest first.
type words func() uint32

func (w words) Read(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		rest = rest[copy(rest, binary.LittleEndian.AppendUint32(nil, w())):]
	}
	return len(p), nil
}

// Started returns when the device was made.
func (d *Device) Started() time.Time { return d.started }

// Running returns the system of the firmware that runs, nil if none does. Device goroutine.
func (d *Device) Running() *System {
	if d.m == nil || d.m.halted {
		return nil
	}
	return d.m
}

// System returns the system of the last boot, nil before the first. Device goroutine.
func (d *Device) System() *System { return d.m }

// HeapStats returns the heap's figures, also after a crash; zero before the first boot.
func (d *Device) HeapStats() (s chip.HeapStats) {
	_ = d.Do(func() {
		if d.m != nil {
			s = d.m.heap.Stats()
		}
	})
	return s
}

// HeapBlocks returns the live blocks of the heap in order of address, also after a crash; nil before the first boot.
func (d *Device) HeapBlocks() (blocks []chip.HeapBlock) {
	_ = d.Do(func() {
		if d.m != nil {
			blocks = d.m.heap.Blocks()
		}
	})
	return blocks
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

// OnLine adds fn to what hears each line of UART0.
func (d *Device) OnLine(fn func(string)) error {
	return d.Do(func() {
		before := d.uart.line
		d.uart.line = func(s string) {
			fn(s)
			before(s)
		}
	})
}

// OnFinding says who hears of each finding. It comes before the first boot.
func (d *Device) OnFinding(fn func(espconn.Event)) { d.found = fn }

// OnCrash says who hears of each crash, on the device goroutine, when it has been printed. It comes before the first boot.
func (d *Device) OnCrash(fn func(*chip.Crash)) { d.fell = fn }

// FramesDropped returns the number of frames that found the receive ring full.
func (d *Device) FramesDropped() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dropped
}

// Waiting returns the number of frames in the receive ring.
func (d *Device) Waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.frames)
}

// mail is what the network has for the device.
type mail struct {
	frame []byte
	take  func(now time.Time, frame []byte) // what gets it; nil: the attached network
	news  bool                              // no frame: it does not take room in the ring
}

// receive is called by the network, with its lock held: it only stores the frame.
func (d *Device) receive(frame []byte) { d.mail(mail{frame: append([]byte(nil), frame...)}) }

// Receive stores a copy of a frame of another network than the port's for take, which the loop calls within Guard unless the
// firmware has ended.
func (d *Device) Receive(frame []byte, take func(now time.Time, frame []byte)) {
	d.mail(mail{frame: append([]byte(nil), frame...), take: take})
}

// Tell lets the loop call fn in the same way, without room in the receive ring.
func (d *Device) Tell(fn func(now time.Time)) {
	d.mail(mail{take: func(now time.Time, _ []byte) { fn(now) }, news: true})
}

func (d *Device) mail(m mail) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if len(d.frames) >= RingFrames && !m.news {
		d.dropped++
		d.cfg.Logger.Debug("frame dropped: receive ring full", zap.String("device", d.cfg.Name))
		return
	}
	d.frames = append(d.frames, m)
	d.rouse()
}

// ignores is asked by the network before receive. Most broadcasts on a large network are ARP requests between others; they
// pass a sleeping device without waking its loop. The answer is exact, because it comes from the stack itself at a moment
// when nothing else can change it.
func (d *Device) ignores(frame []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asleep && (d.m.deaf() || d.m.net.Ignores(frame))
}

// Signal wakes the loop.
func (d *Device) Signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
