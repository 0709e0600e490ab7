package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"

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
	out       io.Writer
	follow    func(trace.Event) // nil: nobody
	language  cause.Language
	network   *vnet.Network
	server    *vnet.Host
	outside   *vnet.Host
	config    emulator.Config
	dev       *emulator.Device // nil until the first call
	sdk       *emulator.SDK
	conn      *espconn.Espconn            // client's: that of the last use
	named     map[string]*espconn.Espconn // device goroutine: further ones by name
	accepts   *espconn.Espconn            // server's
	datagrams *espconn.Espconn            // device goroutine: of sendto

	uart     bytes.Buffer      // device goroutine
	seen     []string          // device goroutine: callbacks
	hooks    map[string]func() // device goroutine: what a callback does
	current  *espconn.Espconn  // device goroutine: of the last callback
	blocks   []uint32          // device goroutine: held by the firmware
	returned string            // device goroutine
	hooked   error             // device goroutine: what a hook could not do

	listener net.Listener
	names    *vnet.Gateway // the name server, and where datagrams to elsewhere go
	heard    atomic.Int64  // datagrams
	clients  map[string]*client
	work     sync.WaitGroup
	at       atomic.Value // string: the line under way
	mu       sync.Mutex   // guards closers
	closers  []io.Closer
}

// keep notes what to close at the end of the take.
func (r *runner) keep(c io.Closer) {
	r.mu.Lock()
	r.closers = append(r.closers, c)
	r.mu.Unlock()
}

func (t *Take) run(out io.Writer, l cause.Language, follow func(trace.Event), ended func(*emulator.Device)) (err error) {
	r := &runner{out: out, language: l, follow: follow, clients: map[string]*client{}, hooks: map[string]func(){},
		config: emulator.Config{Seed: 1, Association: -1, Address: deviceAddr}}
	r.network = vnet.New(vnet.Options{Seed: 1})
	r.server, r.outside = r.network.Host("server", serverAddr.Addr()), r.network.Host("client", clientAddr)
	defer func() {
		if err = errors.Join(err, r.close()); r.dev != nil {
			ended(r.dev)
		}
	}()
	if r.config.Flash, err = flash.New(emulator.FlashDefault); err != nil {
		return err
	}
	for _, l := range t.lines {
		r.at.Store(fmt.Sprintf("line %d of the take", l.number))
		err := r.command(l.words)
		if err == nil && r.dev != nil {
			_ = r.dev.Do(func() { err = r.hooked })
		}
		if err != nil {
			text := fmt.Errorf("line %d, %s: %w", l.number, strings.Join(l.words, " "), err)
			if m := new(MistakeError); r.dev != nil && !errors.As(err, &m) {
				text = fmt.Errorf("%w\n%s", text, r.explanation())
			}
			return text
		}
	}
	if r.dev != nil {
		r.dev.Trace().Follow(nil) // what comes is the end of the take, not of the story
	}
	if t.Fails() && r.dev != nil {
		fmt.Fprint(out, indent(r.explanation()))
	}
	return nil
}

// explanation says in the wanted language what became of the device.
func (r *runner) explanation() string {
	return explain.Explain(r.dev.Trace().Events(), r.language).String()
}

// close ends everything that the take started.
func (r *runner) close() error {
	var errs []error
	if r.listener != nil {
		_ = r.listener.Close()
	}
	r.mu.Lock()
	for _, c := range r.closers {
		_ = c.Close()
	}
	r.mu.Unlock()
	if r.dev != nil {
		errs = append(errs, r.dev.Close())
	}
	r.server.Close()
	r.outside.Close()
	errs = append(errs, r.network.Close())
	r.work.Wait()
	return errors.Join(errs...)
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
}

// watch prints what the device prints and its findings.
func (r *runner) watch(e trace.Event) {
	if r.follow != nil {
		r.follow(e)
	}
	switch {
	case e.Source == trace.SourceUART:
		fmt.Fprintf(r.out, "  %12.6f  %s\n", e.At.Seconds(), strings.ToValidUTF8(e.Text, "?")) // erased flash prints 0xFF
	case e.Source == trace.SourceFinding:
		fmt.Fprintf(r.out, "  %12.6f  finding %s: %s\n", e.At.Seconds(), e.Name, e.Text)
	}
}
