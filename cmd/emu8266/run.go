package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/flash"
)

// runCmd runs C firmware on a device.
type runCmd struct {
	Firmware    string         `arg:"" optional:"" help:"Firmware to run: an image of emu8266 build, the ELF file that the LX106's toolchain made, or an image for the chip with its ELF file (--elf). Default: what emu8266.toml says, built first; with --flash and --elf what lies in the flash."`
	Engine      string         `help:"Engine to build the project of emu8266.toml for." placeholder:"wasm|lx106"`
	Flash       string         `help:"Flash chip in FILE, 4 MB; it is made if it does not exist. Default: a blank chip that is forgotten." placeholder:"FILE"`
	Seed        uint64         `help:"Seed of the network and the device: the same seed, the same run. Default: another one each time." placeholder:"N"`
	Limit       *time.Duration `name:"timeout" help:"End after this much of the device's time; 0 never. Default: 1m, and never with --interactive or --uart." placeholder:"TIME"`
	TimeoutExit int            `name:"timeout-exit-code" help:"Exit code when the time is over and a text that was expected has not come." default:"42" placeholder:"N"`
	ExpectText  []string       `help:"End well when the device has printed TEXT (all of them, if given more than once)." placeholder:"TEXT" sep:"none"`
	FailText    []string       `help:"Fail when the device prints TEXT." placeholder:"TEXT" sep:"none"`
	Input       string         `help:"Type what is in FILE (- is stdin) to the device's UART." placeholder:"FILE"`
	UARTScript  string         `name:"uart-script" help:"Type what FILE says: lines of wait TEXT, send TEXT, pause TIME." placeholder:"FILE"`
	Reboot      bool           `help:"Go on after a crash, as the chip does: it boots again."`
	Leaks       bool           `help:"At the end list the heap blocks that were not freed, with file and line and bytes."`
	Cover       string         `help:"Write which lines of C ran to FILE, in lcov's format: of a WebAssembly image that was built with --test, or of an ELF file with debug information." placeholder:"FILE"`
	VCD         string         `name:"vcd" help:"Write the levels of the pins and what UART0 sends to FILE (value change dump), for GTKWave, PulseView and sigrok-cli." placeholder:"FILE"`
	imageFlag
	stackFlag
	deviceFlags
	shortageFlag
	surroundings.Settings
	uartFlags
	resultFlags
	reportFlags
	checksFlag
	languageFlag
	outputs
}

// Help is shown by --help.
func (runCmd) Help() string {
	return `Examples:
  emu8266 run
  emu8266 run firmware.wasm --expect-text 'got ip'
  emu8266 run firmware.wasm --allow localhost:8883 --pcap run.pcapng --keys --timeout 10s
  emu8266 run server.wasm --hostfwd 8443=443 --timeout 0
  emu8266 run product.wasm --any-ap --allow api.example.com:80=localhost:8080
  emu8266 run shell.wasm --input - --hostfwd 0=23 --timeout 0
  emu8266 run shell.wasm --interactive
  emu8266 run app.out --stack vendor --allow localhost:8883
  emu8266 run user1.4096.new.6.bin --elf app.out
  emu8266 run --flash chip.bin --elf app1.out --elf app2.out
  emu8266 run blink.wasm --vcd pins.vcd --timeout 2s

An image for the chip (.bin) goes to its place in the flash, and the loader boots what its parameters name; the ELF file of which it was
made has to be given, or to stand beside it.

The device has a private network with DHCP, DNS and SNTP at 10.0.0.1 and an open access point "emu8266" in its saved configuration.
Without --allow, --hostfwd, --uart and --interactive it runs in virtual time: a minute takes milliseconds, and begins on
2000-01-01. Published firmware wants more: its own access point (--ap, --any-ap), names (--dns), servers (--allow), an address (--static). What it asked for and
did not get is told at the end, with the flag that puts it there.

What the device prints goes to stdout, all else to stderr: resets, misuse of the SDK with its line of C and what to change, a
crash with the C functions under way, the outcome, and why the last connection, lookup or call failed, if it did (but not
where all texts that were expected came).

Exit codes; the first that happens counts:
  0   all texts expected were printed, or, with none, the time is over or Ctrl-C was pressed
  1   a text of --fail-text was printed; --checks fail found something; Ctrl-C came before a text that was expected, or the
      device stood still without it; a file could not be written
  2   wrong usage, or a file that cannot be read
  3   the firmware crashed, or was in a callback that never returned
  42  the time is over, and a text of --expect-text has not come, or the script of --uart-script has not come to its end
      (--timeout-exit-code)
SIGTERM, and a reader of stdout that goes away, do what Ctrl-C does; a second Ctrl-C ends the command at once.

A script for the UART waits for texts that the device prints and types texts, with \r and \n where they are wanted:
  wait login:
  send root\r\n
  pause 500ms
--input types from the start. Bytes arrive at the baud rate that the firmware has set.`
}

// pollEvery is how often a run in virtual time looks for Ctrl-C, in the device's time. Choice.
const pollEvery = 100 * time.Millisecond

// runPlan is a checked runCmd.
type runPlan struct {
	runCmd
	Timeout  time.Duration    // 0: none
	project  *project.Project // nil: a firmware was named that is none of a project
	image    program
	programs elf.Programs // those that may lie in the flash
	linked   []*elf.Image // those of --elf, or beside the image
	device   emulator.Config
	around   surroundings.Plan
	dialog   *dialog   // nil without --uart-script
	input    io.Reader // nil without --input
	finished []func() error
	fit      string       // what the firmware's file has decided, "" for nothing
	passed   atomic.Int64 // of the device's time, for those who watch
	firmware atomic.Value // progressing: what runs
}

// Run runs the firmware.
func (c runCmd) Run(con *console) (err error) {
	ctx, stop := interruptible()
	defer stop()
	p := &runPlan{runCmd: c}
	if p.project, err = p.fromProject(ctx, con); err != nil {
		return err
	}
	defer func() {
		for _, f := range p.finished {
			err = errors.Join(err, f())
		}
	}()
	if err := p.check(); err != nil {
		return err
	}
	if p.fit != "" {
		fmt.Fprintf(p.said(con), "emu8266: %s\n", p.fit)
	}
	sayMissing(p.said(con), p.image)
	defer p.watchProgress(ctx, con)()
	if p.live() {
		err = p.play(ctx, con)
	} else {
		err = virtual.Run(func() error { return p.play(ctx, con) })
	}
	return errors.Join(err, p.writeCover(con))
}

// inputs are the files that the run reads, and those that it writes apart from the capture and the trace.
func (c runCmd) inputs() []inputFile {
	in := []inputFile{{"the firmware", c.Firmware}, {"--uart-script", c.UARTScript}}
	if c.Input != "-" {
		in = append(in, inputFile{"--input", c.Input})
	}
	for _, path := range c.ELF {
		in = append(in, inputFile{"--elf", path})
	}
	return append(in, imageFiles("--flash", c.Flash)...)
}

// live says that time is real, because others have a part in it.
func (p *runPlan) live() bool { return p.around.Live() || p.uartFlags.live() }

// check makes the plan of what the flags say.
func (p *runPlan) check() error {
	if err := p.stackFlag.check(p.deviceFlags); err != nil {
		return err
	}
	if _, err := p.shortage(); err != nil {
		return err
	}
	if p.TimeoutExit < 0 || p.TimeoutExit > 255 {
		return usagef("--timeout-exit-code %d: give a number from 0 to 255", p.TimeoutExit)
	}
	p.Timeout = time.Minute
	if p.uartFlags.live() {
		p.Timeout = 0
	}
	if p.Limit != nil {
		p.Timeout = *p.Limit
	}
	if p.Timeout < 0 {
		return usagef("--timeout %v: give a time such as 30s, or 0 for no end", p.Timeout)
	}
	var err error
	if p.around, err = p.Settings.Plan(); err != nil {
		return usagef("%v", err)
	}
	if !p.inFlash() {
		if p.image, err = p.stackFlag.load(p.Firmware); err != nil {
			return err
		}
		p.finished = append(p.finished, p.image.Close)
	}
	if err := p.loadPrograms(); err != nil {
		return err
	}
	chip, err := p.chip()
	if err == nil && chip == nil && p.project != nil && p.project.FlashMap != nil {
		chip, err = mappedChip(*p.project.FlashMap)
	}
	if err != nil {
		return err
	}
	if chip != nil {
		p.finished = append(p.finished, chip.Close)
	}
	if p.inFlash() {
		if chip, err = p.burn(chip); err != nil {
			return err
		}
	}
	fit, err := p.deviceFlags.over(p.image.fit())
	if err != nil {
		return err
	}
	p.fit = fit.why
	if p.dialog, p.input, err = p.runCmd.dialog(p.live()); err != nil {
		return err
	}
	if p.Cover != "" {
		if err := p.image.count(); err != nil {
			return usagef("--cover: %v", err)
		}
		if err := checkOutput("--cover", p.Cover, p.inputs()...); err != nil {
			return err
		}
	}
	if p.JUnit != "" {
		if err := checkOutput("--junit", p.JUnit, p.inputs()...); err != nil {
			return err
		}
	}
	if err := p.checkReport(p.inputs()...); err != nil {
		return err
	}
	if err := p.uartFlags.check(); err != nil {
		return err
	}
	if slices.Contains(p.ExpectText, "") || slices.Contains(p.FailText, "") {
		return usagef("--expect-text and --fail-text: the text is empty, which everything has: give what the device prints")
	}
	if p.Interactive && (p.JSON || p.Input != "" || p.UARTScript != "") {
		return usagef("--interactive is for a person: leave out --json, --input and --uart-script")
	}
	if p.JSON && p.Timestamps {
		return usagef("--json has what the device printed as it is: leave out --timestamps")
	}
	programs := &wasm.Programs{} // what an upgrade puts into the flash
	p.finished = append(p.finished, programs.Close)
	p.device = emulator.Config{Name: "device", Profile: fit.profile, HeapFree: fit.heap, Flash: chip, Seed: p.Seed, AutoReboot: p.Reboot,
		Checks: p.checksFlag.config(), Patience: -1, // the command has its own
		Program: func(program []byte) (emulator.Firmware, error) {
			f, err := programs.Load(program)
			p.note(f)
			return f, err
		},
		Image: func(chip *flash.Chip, at uint32) (emulator.Firmware, error) {
			f, err := p.programs.Load(chip, at)
			p.note(f)
			return f, err
		}}
	p.around.Configure(&p.device)
	return nil
}

// chip opens the chip of --flash; nil without it.
func (c runCmd) chip() (*flash.Chip, error) {
	if c.Flash == "" {
		return nil, nil
	}
	size := emulator.FlashDefault
	if _, err := os.Stat(c.Flash); !errors.Is(err, fs.ErrNotExist) {
		size = 0 // an image that exists says itself how large it is
	}
	chip, err := flash.Open(c.Flash, size)
	switch {
	case err != nil && size != 0: // it could not be made
		return nil, fmt.Errorf("--flash: %w", err)
	case err != nil:
		return nil, usagef("--flash: %v", err)
	}
	return chip, nil
}

// writeCover writes the coverage of the run, which has ended.
func (p *runPlan) writeCover(con *console) error {
	if p.Cover == "" {
		return nil
	}
	c, err := p.image.coverage()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := c.WriteLCOV(&b); err != nil {
		return err
	}
	if err := writeFile("--cover", p.Cover, b.Bytes(), p.inputs()...); err != nil {
		return err
	}
	all, ran := c.Lines()
	fmt.Fprintf(con.err, "emu8266: %d of %d lines ran: %s\n", ran, all, p.Cover)
	return nil
}

// play runs the firmware until its end and prints the outcome.
func (p *runPlan) play(ctx context.Context, con *console) error {
	n, err := makeNetwork(con, p.outputs, p.around.Subnet, p.Seed, append(p.inputs(), inputFile{"--cover", p.Cover})...)
	if err != nil {
		return err
	}
	if err := n.surround(ctx, p.around); err != nil {
		return errors.Join(err, n.close())
	}
	rec, err := p.record(n)
	if err != nil {
		return errors.Join(err, n.close())
	}
	err = errors.Join(p.run(ctx, con, n, rec), n.close())
	return errors.Join(err, rec.write(con, p.language(), append(p.inputs(), inputFile{"--pcap", p.Pcap}, inputFile{"--trace", p.Trace})...))
}

func (p *runPlan) run(ctx context.Context, con *console, n *network, rec *recording) (err error) {
	said := p.said(con)
	out, err := p.serial(con, p.OutputMax, append(p.inputs(), inputFile{"--pcap", p.Pcap}, inputFile{"--trace", p.Trace})...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	around, err := p.sit(con, append(p.inputs(), inputFile{"--pcap", p.Pcap}, inputFile{"--trace", p.Trace},
		inputFile{"--serial-log", p.SerialLog})...)
	defer func() { err = errors.Join(err, around.close()) }()
	if err != nil {
		return err
	}
	w := newRunWatch(out.out, p.ExpectText, p.FailText)
	p.device.UART = around.output(w)
	if p.dialog != nil {
		p.device.UART = around.output(io.MultiWriter(w, p.dialog))
	}
	reports := &resets{out: said, reboot: p.Reboot}
	found := &findingLog{out: said, language: p.language()}
	if p.Checks == "fail" {
		found.fail = func() { w.finish(endFinding) }
	}
	asked := &wishes{plan: p.around}
	ways := forwards{waiting: p.around.Forward, n: n, con: con}
	d, err := n.start(p.device, func(e trace.Event) {
		reports.event(e)
		found.event(e)
		asked.event(e)
		ways.event(e)
		switch {
		case e.Source != trace.SourceDevice || e.Kind != trace.KindHalt:
		case e.Text != "":
			w.unbootable(e.Text)
		default:
			w.finish(endHalt)
		}
	})
	if err != nil {
		return err
	}
	start := time.Now()
	around.begin(d)
	short, err := p.shortage()
	if err != nil {
		return errors.Join(err, d.Close())
	}
	d.Fail(short)
	firmware := p.image.firmware()
	p.note(firmware)
	booted := make(chan error, 1)
	go func() { booted <- d.Boot(firmware) }()
	opened, stopOpening := ways.start(ctx, d)
	defer stopOpening()
	typing := false
	end := func(err error) error { return errors.Join(err, d.Close()) }
	why, over := "", false
	for why == "" {
		wait, last := pollEvery, false
		if left := p.Timeout - time.Since(start); p.Timeout > 0 && left <= wait {
			wait, last = max(left, 0)+virtual.Instant, true
		}
		select {
		case <-w.done:
			why = "what the run waited for has happened"
		case err := <-opened:
			return end(err)
		case err := <-booted:
			if err != nil {
				return end(err)
			}
			booted = nil
		case <-time.After(wait):
			if last {
				why, over = fmt.Sprintf("--timeout %v is over", p.Timeout), true
			}
		}
		around.look()
		p.passed.Store(int64(time.Since(start)))
		select {
		case <-around.quit:
			why, around.quit = "Ctrl-] was pressed", nil
		default:
		}
		if ctx.Err() != nil {
			why = "interrupted"
			fmt.Fprintln(con.err, "emu8266: interrupted")
		}
		if !typing {
			typing = true
			p.typeInto(d)
		}
	}
	took := time.Since(start).Round(time.Microsecond)
	if booted != nil {
		select {
		case err := <-booted: // it is the reason why the firmware has ended
			if err != nil {
				return end(err)
			}
		default:
		}
	}
	d.StopCallback(emulator.CallbackTime, why) // else nothing more is heard of the device
	crash := d.Crash()
	if p.Leaks {
		fmt.Fprint(con.err, leakText(d.HeapBlocks()))
	}
	around.end(took)
	all := explain.All(d.Trace().Events(), p.language())
	story := explain.Explain(d.Trace().Events(), p.language())
	err = d.Close() // the watch is ours now
	rec.device(d)
	found.sum()
	r := p.outcome(w, crash, took, over, ctx.Err() != nil)
	r.Profile, r.Findings, r.Causes = p.device.Profile.Name, story.Findings, causesOf(all)
	if story.Outcome != explain.OutcomeIdle {
		r.Explanation = &story
	}
	if r.Verdict != verdictOK {
		said = con.err
	}
	con.outcome(said, r.Verdict == verdictOK, r.Message)
	if last, failed := explain.LastFailed(all); failed && !story.Outcome.Bad() && story.Outcome != explain.OutcomeConnected &&
		(story.Subject != explain.SubjectConnection || story.Outcome == explain.OutcomeWaiting) {
		story = last // what it tries again, or did before it began anew
	}
	unasked := len(r.Expected) == 0 && story.Outcome.Bad() // nobody has said what shall come
	if crash == nil && r.Verdict != verdictFinding && story.Cause != "" && (r.Verdict != verdictOK || unasked) {
		fmt.Fprint(said, story)
	}
	if a := p.image.advice(); a != "" {
		fmt.Fprintf(said, "emu8266: %s\n", a)
	}
	r.Denied = asked.lines(n.gateway.Denials(), p.language())
	for _, line := range r.Denied {
		fmt.Fprintf(said, "emu8266: %s\n", line)
	}
	var failed error
	if r.ExitCode != exitOK {
		failed = exitCode(r.ExitCode)
	}
	return errors.Join(failed, err, p.tell(con, r, out, p.inputs()...))
}

// typeInto begins to type to the device.
func (p *runPlan) typeInto(d *emulator.Device) {
	if p.dialog != nil {
		go p.dialog.play(d.UART())
	} else if p.input != nil {
		go func() { _, _ = io.Copy(d.UART(), p.input) }() // ends with the device
	}
}

// outcome is how the run ended. over says that the time was, stopped that somebody has interrupted.
func (p *runPlan) outcome(w *runWatch, crash *chip.Crash, took time.Duration, over, stopped bool) *runResult {
	var left *step
	if p.dialog != nil {
		left = p.dialog.stop()
	}
	late, lateCode := verdictStopped, exitFailed
	switch {
	case over:
		late, lateCode = verdictTimeout, p.TimeoutExit
	case stopped:
		late = verdictInterrupted
	}
	why, missing, text := w.result()
	r := &runResult{Version: version(), Firmware: p.Firmware, Seconds: took.Seconds(),
		Expected: append([]string{}, p.ExpectText...), Missing: append([]string{}, missing...)}
	end := func(v verdict, code int, format string, args ...any) *runResult {
		r.Verdict, r.ExitCode, r.Message = v, code, fmt.Sprintf(format, args...)
		return r
	}
	crashed := crash != nil && (!p.Reboot || crash.Cause == chip.CauseStuck)
	if crashed && (why == endNone || why == endHalt) {
		r.Crash = crashOf(crash)
	}
	ran := chip.Span(took)
	switch {
	case why == endExpected:
		return end(verdictOK, exitOK, "ok after %s: the device printed %s", ran, quoted(p.ExpectText))
	case why == endText:
		return end(verdictFailText, exitFailed, "failed after %s: the device printed %q", ran, text)
	case why == endFinding:
		return end(verdictFinding, exitFailed, "failed after %s: the SDK was misused (--checks fail)", ran)
	case why == endBoot:
		return end(verdictStopped, exitFailed, "failed after %s: the device cannot boot: %s", ran, text)
	case crashed:
		return end(verdictCrash, exitCrash, "crash after %s: %v", ran, crash)
	case len(missing) > 0:
		return end(late, lateCode, "failed: the device did not print %s within %s", quoted(missing), ran)
	case left != nil:
		return end(late, lateCode, "failed: --uart-script has come to line %d only, %v, within %s", left.line, left, ran)
	}
	return end(verdictOK, exitOK, "ok: the device ran for %s", ran)
}

func quoted(texts []string) string {
	q := make([]string, len(texts))
	for i, t := range texts {
		q[i] = strconv.Quote(t)
	}
	return strings.Join(q, ", ")
}
