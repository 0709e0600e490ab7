package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// runner is one take under way.
type runner struct {
	*Scenario
	take    *Take
	out     io.Writer
	program *Program          // nil: the built-in client
	inFlash bool              // the built-in client lies in a slot
	running emulator.Firmware // of the program

	subnet  netip.Prefix
	network *vnet.Network // nil until the first line that needs it
	outside *vnet.Host    // whence clients come
	gateway *vnet.Gateway // with a program; else nil until a line dns
	hosts   map[netip.Addr]*vnet.Host
	air     *air
	config  emulator.Config
	changes []func(*emulator.Config) // of it, that the take's lines have made
	dev     *emulator.Device         // nil until the first line that needs it

	sdk       *emulator.SDK
	conn      *espconn.Espconn            // client's: that of the last use
	named     map[string]*espconn.Espconn // device goroutine: further ones by name
	accepts   *espconn.Espconn            // server's
	datagrams *espconn.Espconn            // device goroutine: of sendto
	hooks     map[string]func()           // device goroutine: what a callback does
	current   *espconn.Espconn            // device goroutine: of the last callback
	blocks    []uint32                    // device goroutine: held by the firmware
	hooked    error                       // device goroutine: what a hook could not do

	screen   screen
	seen     []string // device goroutine: callbacks
	status   int64    // device goroutine: the station's, as the trace told
	returned string   // device goroutine
	read     uint64   // the event that the last wait event has found
	slaves   map[uint8]*emulator.I2CRegisters

	peers    map[netip.AddrPort]*listener
	world    world
	heard    atomic.Int64 // datagrams
	clients  map[string]*client
	socket   net.PacketConn // of the client that sends datagrams; nil until the first
	work     sync.WaitGroup
	at       atomic.Value // string: the line under way
	mu       sync.Mutex   // guards closers
	closers  []io.Closer
	noted    uint32 // heap bytes, of a line note
	hasNoted bool
	crashed  bool            // the script has looked at the crash
	findings map[string]bool // that the script has looked at
}

// keep notes what to close at the end of the take.
func (r *runner) keep(c io.Closer) {
	r.mu.Lock()
	r.closers = append(r.closers, c)
	r.mu.Unlock()
}

func newRunner(s *Scenario, t *Take, out io.Writer) *runner {
	r := &runner{Scenario: s, take: t, out: out, clients: map[string]*client{}, hooks: map[string]func(){},
		hosts: map[netip.Addr]*vnet.Host{}, peers: map[netip.AddrPort]*listener{}, slaves: map[uint8]*emulator.I2CRegisters{},
		findings: map[string]bool{}, subnet: subnetDefault, status: -1}
	r.at.Store("")
	r.use(s.Program)
	return r
}

// use says whose firmware the take is about, and what device it wants.
func (r *runner) use(p *Program) {
	r.program = p
	if p == nil {
		r.config = emulator.Config{Association: -1}
		return
	}
	r.config = p.Config
}

// set changes a setting of the device that is not on yet. It stays if a later line names other firmware.
func (r *runner) set(change func(*emulator.Config)) {
	change(&r.config)
	r.changes = append(r.changes, change)
}

// play carries out the take.
func (r *runner) play(t *Take) (err error) {
	defer func() {
		if err = errors.Join(err, r.close()); r.dev != nil && r.Ended != nil {
			r.Ended(t.NameIn(r.Language), r.dev)
		}
	}()
	if r.config.Flash == nil {
		r.config.Flash, err = flash.New(emulator.FlashDefault)
	} else {
		r.config.Flash = r.config.Flash.Snapshot().Chip()
	}
	if err != nil {
		return err
	}
	for _, l := range t.lines {
		r.at.Store(fmt.Sprintf(in(r.Language, "line %d of the script's take", "脚本该段第 %d 行"), l.number))
		err := r.command(l.words)
		if err == nil && r.dev != nil {
			_ = r.dev.Do(func() { err = r.hooked })
		}
		if err != nil {
			return r.lineError(l, err)
		}
	}
	last := line{0, []string{"end of the take"}}
	if n := len(t.lines); n > 0 {
		last.number = t.lines[n-1].number
	}
	if r.program != nil {
		if r.dev == nil { // a take may look at nothing but the boot
			if err := r.boot(); err != nil {
				return r.lineError(last, err)
			}
		}
		r.dev.StopCallback(emulator.CallbackTime, "the take is over") // else nobody hears that the firmware stands there
		if err := r.unexpected(); err != nil {
			return r.lineError(last, err)
		}
	}
	if r.dev != nil {
		r.dev.Trace().Follow(nil) // what comes is the end of the take, not of the story
	}
	if t.Fails() && r.dev != nil {
		fmt.Fprint(r.out, indent(r.explanation()))
	}
	return nil
}

func (r *runner) lineError(l line, err error) error {
	e := &LineError{Line: r.take.Line + l.number, Text: strings.Join(l.words, " "), Err: err, inTake: l.number, language: r.Language}
	if m := new(MistakeError); r.dev != nil && !errors.As(err, &m) {
		e.Story = r.explanation()
	}
	return e
}

// unexpected says what went wrong on a device that runs a program without that the script has looked at it.
func (r *runner) unexpected() error {
	if c := r.dev.Crash(); c != nil && !r.crashed {
		return fmt.Errorf("the firmware crashed: %v; a take that wants that has a line expect crash", c)
	}
	if !r.Careful {
		return nil
	}
	for _, f := range r.dev.Findings() {
		if !r.findings[f.Name] {
			return fmt.Errorf("finding %s at %s: %s; a take that wants that has a line expect finding %s", f.Name, f.Where, f.Text, f.Name)
		}
	}
	return nil
}

// wire makes the network when the first line needs it.
func (r *runner) wire() {
	if r.network != nil {
		return
	}
	seed := max(r.Seed, 1)
	r.config.Seed = seed
	r.network = vnet.New(vnet.Options{Seed: seed, Subnet: r.subnet})
	if r.program != nil {
		r.gateway = r.network.Gateway(vnet.GatewayConfig{Lookup: r.world.lookup})
	} else {
		r.config.Address = netip.PrefixFrom(r.addr(deviceNumber), r.subnet.Bits())
	}
	r.hosts[r.serverAddr().Addr()] = r.network.Host("server", r.serverAddr().Addr())
	r.outside = r.network.Host("client", r.addr(clientNumber))
	r.air = newAir()
	r.network.SetFaults("", "", r.air.faults())
}

// boot switches the device on, if it is not yet. The built-in client's has its address then.
func (r *runner) boot() error {
	if r.dev != nil {
		return nil
	}
	r.wire()
	r.config.Network, r.config.UART = r.network, &r.screen
	if r.program == nil { // whatever an image in the flash holds, it is the built-in client
		r.config.Program = func([]byte) (emulator.Firmware, error) { return emulator.Go(r.firmware), nil }
	}
	d, err := emulator.New(r.config)
	if err != nil {
		return err
	}
	r.dev = d
	r.air.setDevice(d.Name())
	d.Trace().Follow(r.watch)
	if r.program != nil {
		r.running = r.program.New()
		return d.Boot(r.running)
	}
	client := emulator.Go(r.firmware)
	if r.inFlash {
		client = nil
	}
	if err := d.Boot(client); err != nil {
		return err
	}
	time.Sleep(time.Second)
	return nil
}

// explanation says in the wanted language what became of the device.
func (r *runner) explanation() string {
	return explain.Explain(r.dev.Trace().Events(), r.Language).String()
}

// close ends everything that the take started.
func (r *runner) close() error {
	var errs []error
	for _, l := range r.peers {
		l.shut()
	}
	r.mu.Lock()
	for _, c := range r.closers {
		_ = c.Close()
	}
	r.mu.Unlock()
	if r.dev != nil {
		errs = append(errs, r.dev.Close())
	}
	if r.network != nil {
		for _, h := range r.hosts {
			h.Close()
		}
		r.outside.Close()
		errs = append(errs, r.network.Close())
	}
	r.work.Wait()
	return errors.Join(errs...)
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
}

// watch prints what the device prints and its findings, and notes what a program's callbacks are.
func (r *runner) watch(e trace.Event) {
	if r.Follow != nil {
		r.Follow(r.take.NameIn(r.Language), e)
	}
	switch e.Source {
	case trace.SourceUART:
		fmt.Fprintf(r.out, "  %12.6f  %s\n", e.At.Seconds(), strings.ToValidUTF8(e.Text, "?")) // erased flash prints 0xFF
	case trace.SourceFinding:
		format := "  %12.6f  finding %s: %s\n"
		if r.Language == cause.Chinese {
			format = "  %12.6f  检查 %s：%s\n"
		}
		fmt.Fprintf(r.out, format, e.At.Seconds(), e.Name, cause.Detail(e.Text, r.Language))
	case trace.SourceCallback:
		if text, ok := callbackText(e); ok && r.program != nil {
			r.remember(text)
		}
	case trace.SourceWiFi:
		if e.Kind == trace.KindStatus {
			r.status = e.Value
		}
	}
}

// callbackText writes a callback of a program as expect callbacks wants it.
func callbackText(e trace.Event) (text string, ok bool) {
	switch e.Kind {
	case trace.KindConnect, trace.KindDisconnect, trace.KindSent, trace.KindWriteFinish:
		return e.Kind.String(), true
	case trace.KindReconnect, trace.KindRecv:
		return fmt.Sprintf("%v %d", e.Kind, e.Value), true
	case trace.KindDNSFound:
		if e.Text == "NULL" {
			return "dns none", true
		}
		return "dns " + e.Text, true
	}
	return "", false
}

// patience is how long a line waits that says nothing else, in the device's time. Choice.
const patience = time.Minute

// waiting returns a context for a line that waits, with its options: within=DURATION.
func waiting(words []string) (context.Context, context.CancelFunc, error) {
	o, err := options(words, "within")
	if err != nil {
		return nil, nil, err
	}
	most := patience
	if v := o["within"]; v != "" {
		if most, err = duration(v); err != nil {
			return nil, nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	return ctx, cancel, nil
}
