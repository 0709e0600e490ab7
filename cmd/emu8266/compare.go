package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// compareCmd tells where two runs, or two traces, part.
type compareCmd struct {
	A         string        `arg:"" help:"Firmware, as emu8266 run takes it, or a trace (.jsonl), or a capture (.pcapng)."`
	B         string        `arg:"" optional:"" help:"What to compare with, of the same kind. Default: the same firmware; --profile or --heap then say what differs."`
	Profile   []string      `help:"Which SDK or manual the devices follow: one for both, or one for each." placeholder:"A[,B]"`
	Heap      []uint32      `help:"Heap bytes free at boot: for both, or for each." placeholder:"A[,B]"`
	Stack     []string      `help:"Whose network code runs, for both or for each: sdk, the emulator's, or vendor, the libraries that an ELF file is linked with. Default for one ELF file alone: vendor,sdk." placeholder:"A[,B]"`
	Flash     string        `help:"What the flash chips hold at first. The file is not changed." placeholder:"FILE"`
	Timeout   time.Duration `help:"End each run after this much of the device's time." default:"1m" placeholder:"TIME"`
	Seed      uint64        `help:"Seed of both networks and devices." default:"1" placeholder:"N"`
	Loss      float64       `help:"Lose this many of a hundred frames, in both runs." placeholder:"PERCENT"`
	Ignore    string        `help:"What may differ: call, code, callback, state, tls, line, net, frame, heap, wifi, flash, pin, device, finding, cause, order, time." placeholder:"heap,..."`
	Tolerance time.Duration `help:"How far apart in time a step may be, relative to the step before." placeholder:"TIME"`
	All       bool          `help:"Show all differences, not the first alone."`
	JSON      bool          `name:"json" help:"Print the result as JSON."`
	shortageFlag
	surroundings.Settings
}

// Help is shown by --help.
func (compareCmd) Help() string {
	return `Examples:
  emu8266 compare before.wasm after.wasm
  emu8266 compare app.out
  emu8266 compare app.out --ignore heap,line --tolerance 5ms
  emu8266 compare app.out --fail-allocation 12@4s
  emu8266 compare app.wasm app.out
  emu8266 compare app.wasm --profile SDK221,SDK306
  emu8266 compare app.wasm --heap 49152,20000 --ignore heap
  emu8266 compare monday.jsonl tuesday.jsonl
  emu8266 compare monday.pcapng tuesday.pcapng --ignore time

Two devices run in the same surroundings, one after the other: the same seed, network, names, losses of frames. Both begin on 2000-01-01 in
virtual time. Shown is where they part first: what the difference concerns, the steps before it that both have, what each does then,
and how many differences of which kind there are. Two files of traces (emu8266 run --trace FILE.jsonl) or captures (--pcap) are
compared in the same way, device by device, in the order in which they appear.

One ELF file alone runs on the vendor's libraries that are linked into it, and on the emulator's with the profile of the same SDK. Calls,
callbacks, TLS, the heap that is held, lines, Wi-Fi, flash, pins and frames are compared then, without what is drawn, such as ports, and
without what nothing tells of the libraries: TCP, ARP and DNS from inside, findings, and other causes than those of TLS.

Not compared are places in the source and numbers of events. With --allow or --hostfwd time is real: then neither times nor frames
are compared, and peers may do something else the second time.

Exit codes: 0 no difference, 1 a difference, 2 wrong usage, or a file that cannot be read.`
}

// compareMax bounds a trace or capture that is compared, in bytes, and compareEvents the events of a device. Choice: a device's hour.
const (
	compareMax    = 256 << 20
	compareEvents = 1 << 20
)

// compared is a side with the words for it.
type compared struct {
	name string
	compare.Side
}

// compareReport is the command's result; docs/compare.md describes its JSON form.
type compareReport struct {
	Equal  bool                   `json:"equal"`
	A      string                 `json:"a"`
	B      string                 `json:"b"`
	Counts map[compare.Aspect]int `json:"counts"`
	compare.Result
}

// Run compares.
func (c compareCmd) Run(con *console) error {
	o := compare.Options{Tolerance: c.Tolerance}
	var err error
	if o.Ignore, err = compare.ParseAspects(c.Ignore); err != nil {
		return usagef("--ignore: %v", err)
	}
	if c.Tolerance < 0 || c.Timeout <= 0 {
		return usagef("--timeout and --tolerance are times such as 30s and 2ms")
	}
	if !(c.Loss >= 0 && c.Loss <= 100) {
		return usagef("--loss %v: give a number from 0 to 100", c.Loss)
	}
	var a, b []compared
	switch kind := recordingKind(c.A); {
	case kind == "":
		a, b, err = c.runs(con, &o)
	case c.B == "":
		return c.alone("a second file")
	case recordingKind(c.B) != kind:
		return usagef("%s and %s are not of one kind", c.A, c.B)
	case len(c.Profile)+len(c.Heap) > 0 || c.Flash != "" || c.Loss > 0 || c.FailAllocation != "":
		return usagef("--profile, --heap, --flash, --loss and --fail-allocation " +
			"are for firmware that is to run, not for files of what has run")
	default:
		if a, err = readRecording(c.A, kind); err == nil {
			b, err = readRecording(c.B, kind)
		}
	}
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		return usagef("%s has %d devices, %s has %d", c.A, len(a), c.B, len(b))
	}
	var reports []compareReport
	equal := true
	for i := range a {
		r := compare.Compare(a[i].Side, b[i].Side, o)
		equal = equal && r.Equal()
		reports = append(reports, compareReport{Equal: r.Equal(), A: a[i].name, B: b[i].name, Counts: r.Counts(), Result: r})
	}
	if c.JSON {
		err = writeJSON(con.out, reports)
	} else {
		for _, r := range reports {
			c.print(con.out, r)
		}
	}
	if err == nil && !equal {
		return errReported
	}
	return err
}

// print tells the result in words.
func (c compareCmd) print(w io.Writer, r compareReport) {
	fmt.Fprintf(w, "a: %s\nb: %s\n", r.A, r.B)
	same := fmt.Sprintf("%d equal events", r.Events)
	if r.Frames > 0 {
		same += fmt.Sprintf(" and %d equal frames", r.Frames)
	}
	if r.Offset != 0 {
		same += fmt.Sprintf("; a's Wi-Fi driver and timers hold %d bytes of heap more, which do not count", r.Offset)
	}
	if r.Equal {
		fmt.Fprintf(w, "no difference: %s\n", same)
		return
	}
	shown := r.Differences
	if !c.All {
		shown = shown[:1]
	}
	for i, d := range shown {
		if i == 0 {
			fmt.Fprintf(w, "they part at %.6f s: %v", d.At.Seconds(), d)
			continue
		}
		fmt.Fprintf(w, "at %.6f s: %v", d.At.Seconds(), d)
	}
	var counts []string
	for _, aspect := range compare.Aspects() {
		if n := r.Counts[aspect]; n > 0 {
			counts = append(counts, fmt.Sprintf("%s %d", aspect, n))
		}
	}
	more := ""
	switch {
	case r.Cut:
		more = ", and there may be more: not everything was compared"
	case !c.All && len(r.Differences) > 1:
		more = "; --all shows them"
	}
	word := "differences"
	if len(r.Differences) == 1 {
		word = "difference"
	}
	fmt.Fprintf(w, "%d %s: %s; %s%s\n", len(r.Differences), word, strings.Join(counts, ", "), same, more)
}

// recordingKind is the kind of a file of what has run, "" for firmware.
func recordingKind(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl":
		return "trace"
	case ".pcapng", ".pcap":
		return "capture"
	}
	return ""
}

// readRecording reads a trace, a side for each device in it, or a capture.
func readRecording(path, kind string) (sides []compared, err error) {
	defer reads()()
	f, err := openFile(path)
	if err != nil {
		return nil, usagef("%v", err)
	}
	defer f.Close()
	in := io.LimitReader(f, compareMax+1)
	if kind == "capture" {
		frames, err := compare.ReadCapture(in, time.Time{})
		if err != nil {
			return nil, usagef("%s: %v: give a capture that emu8266 wrote (--pcap)", path, err)
		}
		return []compared{{path, compare.Side{Frames: frames}}}, nil
	}
	places := map[string]int{} // of the devices in sides
	err = trace.ReadJSONL(plainText(in), func(device string, e trace.Event) error {
		i, known := places[device]
		if !known {
			i, sides = len(sides), append(sides, compared{name: path + ", " + device})
			places[device] = i
		}
		if len(sides[i].Events) == compareEvents {
			return fmt.Errorf("more than %d events of %s", compareEvents, device)
		}
		sides[i].Events = append(sides[i].Events, e)
		return nil
	})
	if err == nil && len(sides) == 0 {
		err = errors.New("there is no event in it")
	}
	if err != nil {
		return nil, usagef("%s: %v: give a trace, as emu8266 run --trace FILE.jsonl writes it", path, err)
	}
	return sides, nil
}

// stackSDK is the value of --stack for the emulator's own network code.
const stackSDK = "sdk"

// alone is the error of a single file, which is not there or wants something beside it.
func (c compareCmd) alone(give string) error {
	f, err := openFile(c.A)
	if err != nil {
		return usagef("%v", err)
	}
	_ = f.Close()
	return usagef("compare %s with what? Give %s", c.A, give)
}

// isELF tells an ELF file from other firmware; one that cannot be read is none.
func isELF(path string) bool {
	f, err := openFile(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 4)
	_, err = io.ReadFull(f, magic)
	return err == nil && string(magic) == "\x7fELF"
}

// comparedRun is one of the two runs.
type comparedRun struct {
	image  program
	config emulator.Config
	short  emulator.Shortage
	name   string
}

// runs runs both.
func (c compareCmd) runs(con *console, o *compare.Options) (a, b []compared, err error) {
	ctx, stop := interruptible()
	defer stop()
	around, err := c.Plan()
	if err != nil {
		return nil, nil, usagef("%v", err)
	}
	if around.Live() {
		o.Ignore = append(o.Ignore, compare.Time, compare.Frame)
	}
	if c.B == "" && len(c.Profile) < 2 && len(c.Heap) < 2 && len(c.Stack) < 2 {
		if !isELF(c.A) || len(c.Stack) > 0 {
			return nil, nil, c.alone("a second firmware, or two profiles: --profile SDK221,SDK306")
		}
		c.Stack = []string{stackVendor, stackSDK}
	}
	if slices.Contains(c.Stack, stackVendor) {
		o.Libraries = true
	}
	var sides [2][]compared
	for n, path := range []string{c.A, c.B} {
		if path == "" {
			path = c.A
		}
		r, err := c.prepare(path, n, around)
		if err != nil {
			return nil, nil, err
		}
		var side compare.Side
		play := func() (err error) {
			side, err = c.play(ctx, con, r, around)
			return err
		}
		if around.Live() {
			err = play()
		} else {
			err = virtual.Run(play)
		}
		if err = errors.Join(err, r.image.Close()); err != nil {
			return nil, nil, err
		}
		if ctx.Err() != nil {
			fmt.Fprintln(con.err, "emu8266: interrupted")
			return nil, nil, errReported
		}
		sides[n] = []compared{{r.name, side}}
	}
	return sides[0], sides[1], nil
}

// nth is the value for the nth side: one for both, or one for each.
func nth[T any](list []T, n int) (v T, given bool) {
	if len(list) == 0 {
		return v, false
	}
	return list[min(n, len(list)-1)], true
}

// prepare makes the nth run.
func (c compareCmd) prepare(path string, n int, around surroundings.Plan) (r comparedRun, err error) {
	if len(c.Profile) > 2 || len(c.Heap) > 2 || len(c.Stack) > 2 {
		return r, usagef("--profile, --heap and --stack take one value for both, or one for each")
	}
	stack, _ := nth(c.Stack, n)
	if stack != "" && stack != stackSDK && stack != stackVendor {
		return r, usagef("--stack %s: give sdk or vendor", stack)
	}
	if r.short, err = c.shortage(); err != nil {
		return r, err
	}
	if r.image, err = loadProgram(path, stack == stackVendor); err != nil {
		return r, usagef("%v", err)
	}
	fit := r.image.fit()
	profile, heap := fit.profile, fit.heap
	if e, ok := r.image.(elfProgram); ok && slices.Contains(c.Stack, stackVendor) {
		heap = min(e.HeapRoom(), chip.HeapMax) // the same for both
	}
	if name, given := nth(c.Profile, n); given {
		if profile, err = profileByName(name); err != nil {
			return r, errors.Join(err, r.image.Close())
		}
	}
	if bytes, given := nth(c.Heap, n); given {
		if err := checkHeap(bytes); err != nil {
			return r, errors.Join(err, r.image.Close())
		}
		heap = bytes
	}
	r.name = fmt.Sprintf("%s, %s, %d bytes of heap", path, profile.Name, heap)
	if stack == stackVendor {
		r.name = fmt.Sprintf("%s, its own libraries, %d bytes of heap", path, heap)
	}
	r.config = emulator.Config{Name: "device", Profile: profile, HeapFree: heap, Seed: c.Seed}
	around.Configure(&r.config)
	if c.Flash == "" {
		return r, nil
	}
	b, err := readFile(c.Flash, flash.MaxSize)
	if err != nil {
		return r, errors.Join(usagef("--flash: %v", err), r.image.Close())
	}
	if r.config.Flash, err = flash.New(len(b)); err == nil {
		err = r.config.Flash.Write(0, b)
	}
	if err != nil {
		return r, errors.Join(usagef("--flash %s: %v", c.Flash, err), r.image.Close())
	}
	return r, nil
}

// play runs the firmware until its time is over and returns what the device did.
func (c compareCmd) play(ctx context.Context, con *console, r comparedRun, around surroundings.Plan) (side compare.Side, err error) {
	n := &network{net: vnet.New(vnet.Options{Seed: c.Seed, Subnet: around.Subnet})}
	n.gateway = n.net.Gateway(vnet.GatewayConfig{})
	var recorded bytes.Buffer
	full := false
	n.capture, err = n.net.Capture(&cappedWriter{out: &recorded, most: compareMax, full: func() { full = true }})
	if err == nil {
		err = n.surround(ctx, around)
	}
	if err != nil {
		return side, errors.Join(err, n.close())
	}
	if c.Loss > 0 {
		n.net.SetFaults("", "", vnet.Faults{Loss: c.Loss / 100})
	}
	ways := forwards{waiting: around.Forward, n: n, con: con}
	start := time.Now()
	d, err := n.start(r.config, func(e trace.Event) {
		ways.event(e)
		if len(side.Events) < compareEvents {
			side.Events = append(side.Events, e)
		}
	})
	if err != nil {
		return side, errors.Join(err, n.close())
	}
	d.Fail(r.short)
	booted := make(chan error, 1)
	go func() { booted <- d.Boot(r.image.firmware()) }()
	opened, stopOpening := ways.start(ctx, d)
	defer stopOpening()
	end := c.Timeout + virtual.Instant
	for err == nil && ctx.Err() == nil && time.Since(start) < end {
		select {
		case err = <-opened:
		case err = <-booted:
			booted = nil
		case <-time.After(min(pollEvery, end-time.Since(start))):
		}
	}
	d.StopCallback(emulator.CallbackTime, "--timeout "+c.Timeout.String()+" is over")
	if err = errors.Join(err, d.Close(), n.close()); err != nil { // the events are ours now
		return side, fmt.Errorf("%s: %w", r.name, err)
	}
	if full || len(side.Events) == compareEvents {
		return side, usagef("%s does too much in %v: give a shorter --timeout", r.name, c.Timeout)
	}
	side.Frames, err = compare.ReadCapture(&recorded, start)
	return side, err
}
