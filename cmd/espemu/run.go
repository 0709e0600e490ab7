package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/espemu/espemu/emulator"
	"github.com/espemu/espemu/emulator/wasm"
	"github.com/espemu/espemu/espconn"
	"github.com/espemu/espemu/flash"
)

// runCmd runs C firmware on a device.
type runCmd struct {
	Firmware   string        `arg:"" help:"Firmware to run: a .wasm image."`
	Profile    string        `help:"Which SDK or manual the device follows." default:"ManualV21" placeholder:"NAME"`
	Heap       uint32        `help:"Heap bytes free at boot." default:"49152"`
	Flash      string        `help:"Flash chip in FILE, 4 MB; it is made if it does not exist. Default: a blank chip that is forgotten." placeholder:"FILE"`
	Timeout    time.Duration `help:"End after this much of the device's time; 0 never." default:"1m"`
	ExpectText []string      `help:"End well when the device has printed TEXT (all of them, if given more than once)." placeholder:"TEXT" sep:"none"`
	FailText   []string      `help:"Fail when the device prints TEXT." placeholder:"TEXT" sep:"none"`
	Allow      []string      `help:"Let the device reach HOST:PORT; it finds it at 10.0.0.1:PORT, or at another port of 10.0.0.1 with N=HOST:PORT. Time is real then." placeholder:"[N=]HOST:PORT" sep:"none"`
	outputs
}

// Help is shown by --help.
func (runCmd) Help() string {
	return `Examples:
  espemu run firmware.wasm --expect-text 'got ip'
  espemu run firmware.wasm --allow localhost:8883 --pcap run.pcapng --keys --timeout 10s

The device has a private network with DHCP at 10.0.0.1 and an open access point "espemu" in its saved configuration.
Without --allow it runs in virtual time: a minute takes milliseconds, and begins on 2000-01-01. What the device prints goes
to stderr. The exit code is 0 if all texts expected were printed (or, with none, if the time is over), 1 if not, if a text
of --fail-text was printed, or if the firmware crashed; a crash is told with file and line of C.`
}

// pollEvery is how often a run in virtual time looks for Ctrl-C, in the device's time. Choice.
const pollEvery = 100 * time.Millisecond

// Run runs the firmware.
func (c runCmd) Run(con *console) error {
	profile, ok := espconn.ProfileByName(c.Profile)
	if !ok {
		return usagef("there is no profile %q", c.Profile)
	}
	if c.Heap < 1024 || c.Heap > emulator.HeapMax || c.Heap%8 != 0 {
		return usagef("--heap: a multiple of 8 from 1024 to %d", emulator.HeapMax)
	}
	if c.Timeout < 0 {
		return usagef("--timeout: %v is negative", c.Timeout)
	}
	for _, a := range c.Allow {
		if _, _, err := splitAllow(a); err != nil {
			return err
		}
	}
	image, err := wasm.LoadFile(c.Firmware)
	if err != nil {
		return usagef("%v", err)
	}
	if missing := image.Missing(); len(missing) > 0 {
		fmt.Fprintf(con.err, "espemu: functions that do not exist yet, calling one ends the firmware: %s\n", strings.Join(missing, " "))
	}
	chip, err := c.chip()
	if err != nil {
		return errors.Join(err, image.Close())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg := emulator.Config{Profile: profile, HeapFree: c.Heap, Flash: chip}
	if len(c.Allow) > 0 {
		err = c.play(ctx, con, image, cfg)
	} else {
		err = inBubble(func() error { return c.play(ctx, con, image, cfg) })
	}
	if chip != nil {
		err = errors.Join(err, chip.Close())
	}
	return errors.Join(err, image.Close())
}

// chip opens the chip of --flash; nil without it.
func (c runCmd) chip() (*flash.Chip, error) {
	if c.Flash == "" {
		return nil, nil
	}
	size := emulator.FlashDefault
	if _, err := os.Stat(c.Flash); err == nil {
		size = 0 // an image that exists says itself how large it is
	}
	chip, err := flash.Open(c.Flash, size)
	if err != nil {
		return nil, usagef("--flash: %v", err)
	}
	return chip, nil
}

// splitAllow takes [N=]HOST:PORT apart: the address that the device uses, and the real one.
func splitAllow(s string) (virtual netip.AddrPort, real string, err error) {
	own, real, mapped := strings.Cut(s, "=")
	if !mapped {
		real = s
	}
	host, port, err := net.SplitHostPort(real)
	if err != nil || host == "" {
		return virtual, "", usagef("--allow %s: not HOST:PORT", s)
	}
	if !mapped {
		own = port
	}
	for _, p := range []string{own, port} {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return virtual, "", usagef("--allow %s: a port is a number from 1 to 65535", s)
		}
	}
	n, _ := strconv.ParseUint(own, 10, 16)
	return netip.AddrPortFrom(labGateway, uint16(n)), real, nil
}

// play runs the firmware until its end and prints the outcome.
func (c runCmd) play(ctx context.Context, con *console, image *wasm.Image, cfg emulator.Config) error {
	l, err := newLab(con, c.outputs, netip.AddrPort{}, "")
	if err != nil {
		return err
	}
	for _, a := range c.Allow {
		virtual, real, err := splitAllow(a)
		if err != nil {
			return errors.Join(err, l.close())
		}
		l.gateway.Allow(virtual, real)
	}
	return errors.Join(c.watch(ctx, con, l, image, cfg), l.close())
}

func (c runCmd) watch(ctx context.Context, con *console, l *lab, image *wasm.Image, cfg emulator.Config) error {
	w := newTextWatch(con.err, c.ExpectText, c.FailText)
	cfg.Name, cfg.UART = "device", w
	d, err := l.start(cfg, func(e emulator.Event) {
		if e.Source == "device" && e.Kind == "halt" {
			w.finish()
		}
	})
	if err != nil {
		return err
	}
	start := time.Now()
	if err := d.Boot(image.Firmware()); err != nil {
		return errors.Join(err, d.Close())
	}
	for over := false; !over; {
		wait := pollEvery
		if left := c.Timeout - time.Since(start); c.Timeout > 0 && left < wait {
			wait, over = max(left, 0), true
		}
		select {
		case <-w.done:
			over = true
		case <-time.After(wait):
		}
		if ctx.Err() != nil {
			return errors.Join(errors.New("interrupted"), d.Close())
		}
	}
	took := time.Since(start).Round(time.Microsecond)
	crash := d.Crash()
	err = d.Close() // the watch is ours now
	switch missing, failed := w.result(); {
	case crash != nil:
		fmt.Fprintf(con.out, "crash after %v: %s\n", took, crashText(crash))
	case failed != "":
		fmt.Fprintf(con.out, "failed after %v: the device printed %q\n", took, failed)
	case len(missing) > 0:
		fmt.Fprintf(con.out, "failed: the device did not print %s within %v\n", quoted(missing), took)
	case len(c.ExpectText) > 0:
		fmt.Fprintf(con.out, "ok after %v: the device printed %s\n", took, quoted(c.ExpectText))
		return err
	default:
		fmt.Fprintf(con.out, "ok: the device ran for %v\n", took)
		return err
	}
	return errors.Join(errReported, err)
}

// crashText tells a crash with the C functions that were under way.
func crashText(c *emulator.Crash) string {
	var b strings.Builder
	switch c.Cause {
	case espconn.CauseSoftWatchdog:
		b.WriteString("soft watchdog")
	case emulator.CauseHardWatchdog:
		b.WriteString("hardware watchdog")
	default:
		fmt.Fprintf(&b, "exception %d", c.Cause)
	}
	if c.Where != "" {
		fmt.Fprintf(&b, " at %s", c.Where)
	}
	fmt.Fprintf(&b, ": %s", c.Why)
	for _, f := range c.Stack {
		fmt.Fprintf(&b, "\n    %s", f)
	}
	return b.String()
}

func quoted(texts []string) string {
	q := make([]string, len(texts))
	for i, t := range texts {
		q[i] = strconv.Quote(t)
	}
	return strings.Join(q, ", ")
}

// textWatch passes the device's output on and looks for texts in it, which may begin and end anywhere.
type textWatch struct {
	out    io.Writer
	done   chan struct{} // closed when the run can end
	mu     sync.Mutex    // guards what follows: the device writes, the command reads
	expect []string      // not seen yet
	fail   []string
	failed string // the first of fail that was seen
	any    bool   // something is expected
	tail   []byte // of the output, as long as the longest text
	keep   int
	ended  bool
}

func newTextWatch(out io.Writer, expect, fail []string) *textWatch {
	w := &textWatch{out: out, done: make(chan struct{}), expect: append([]string(nil), expect...), fail: fail, any: len(expect) > 0}
	for _, t := range append(append([]string(nil), expect...), fail...) {
		w.keep = max(w.keep, len(t))
	}
	return w
}

// Write never fails: the device's UART has nobody to tell.
func (w *textWatch) Write(p []byte) (int, error) {
	_, _ = w.out.Write(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return len(p), nil
	}
	w.tail = append(w.tail, p...)
	for i := 0; i < len(w.expect); {
		if bytes.Contains(w.tail, []byte(w.expect[i])) {
			w.expect = append(w.expect[:i], w.expect[i+1:]...)
		} else {
			i++
		}
	}
	for _, t := range w.fail {
		if w.failed == "" && bytes.Contains(w.tail, []byte(t)) {
			w.failed = t
		}
	}
	if n := len(w.tail) - w.keep; n > 0 {
		w.tail = append(w.tail[:0], w.tail[n:]...)
	}
	if w.failed != "" || w.any && len(w.expect) == 0 {
		w.end()
	}
	return len(p), nil
}

// end lets the run end; the caller holds mu.
func (w *textWatch) end() {
	if !w.ended {
		w.ended = true
		close(w.done)
	}
}

// finish ends the run for another reason.
func (w *textWatch) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
}

// result returns the texts that did not come and the one that should not have come.
func (w *textWatch) result() (missing []string, failed string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.expect, w.failed
}
