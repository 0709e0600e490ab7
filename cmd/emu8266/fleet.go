package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/fleet"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
)

// fleetCmd runs fleets and puts their results together.
type fleetCmd struct {
	Run   fleetRunCmd   `cmd:"" default:"withargs" help:"Run firmware on many devices at once (may be left out)."`
	Merge fleetMergeCmd `cmd:"" help:"Add the results of a fleet's shards up."`
}

// fleetRunCmd runs one firmware on many devices.
type fleetRunCmd struct {
	Firmware string         `arg:"" optional:"" help:"Firmware to run: an image of emu8266 build, or the ELF file that the LX106's toolchain made. Default: what emu8266.toml says, built first."`
	Devices  int            `short:"n" help:"How many devices, in all shards." default:"100" placeholder:"N"`
	Against  string         `help:"The real server, at 10.0.0.1:PORT and by the name HOST, or where the part before = says, as --allow has it. Time is real. One that is not on this machine is to be named by --allow HOST:PORT as well." placeholder:"[WHERE=]HOST:PORT"`
	Script   string         `help:"Instead of a real server: the network of a script, in virtual time; its lines are those about the network." placeholder:"FILE"`
	Take     string         `help:"The take of --script. Default: the first." placeholder:"NAME"`
	Ramp     time.Duration  `help:"Switch the devices on over this time, at equal distances." default:"10s" placeholder:"TIME"`
	Limit    *time.Duration `name:"timeout" help:"End after this much of the fleet's time. Default: 30s after the ramp." placeholder:"TIME"`
	Until    string         `help:"End before that, as soon as each device has had a connection (connected), or data from the server (answered)." default:"" enum:",connected,answered" placeholder:"connected|answered"`
	Seed     uint64         `help:"The devices' seeds follow from this one." default:"1" placeholder:"N"`
	Shard    string         `help:"Run a part of the fleet: INDEX from 0 on, of COUNT; or COUNT, with the index that JOB_COMPLETION_INDEX says (Kubernetes)." placeholder:"INDEX/COUNT"`
	Flash    string         `help:"What the flash of each device holds at first: an image, which is not changed." placeholder:"FILE"`
	CA       string         `name:"client-ca" help:"Give each device a certificate of its own, with its name, signed by this CA." placeholder:"FILE"`
	CAKey    string         `name:"client-ca-key" help:"The key of --client-ca." placeholder:"FILE"`
	Bits     int            `name:"client-bits" help:"Bits of the devices' RSA key, which they share; OpenSSL and Mosquitto take none below 2048." default:"2048" placeholder:"N"`
	Sector   *uint32        `name:"client-sector" help:"Sector of the flash for certificate and key, as espconn_secure_cert_req_enable names it." placeholder:"N"`
	surroundings.Reachable
	Reboot bool `help:"Devices go on after a crash, as the chip does: they boot again."`
	Quiet  bool `short:"q" help:"Say nothing on stderr but what went wrong."`
	stackFlag
	deviceFlags
	fleetOutput
	languageFlag
}

// Help is shown by --help.
func (fleetRunCmd) Help() string {
	return `Examples:
  emu8266 fleet mqtt-client.wasm -n 500 --against localhost:8883
  emu8266 fleet product.elf -n 5000 --against broker.example:8883 --allow broker.example:8883 --ramp 2m --timeout 10m --json
  emu8266 fleet mqtt-client.wasm -n 1000 --script outage.txtar --timeout 10m
  emu8266 fleet mqtt-client.wasm -n 5000 --against localhost:8883 --shard 0/4 -o part0.json
  emu8266 fleet merge part*.json

Devices are named device-00000 and so on. Name, hardware address, seed and the moment at which it is switched on follow from a
device's number in the whole fleet, whatever shard it is in. docs/fleet.md says what is measured, and what a script may hold.

Load is a server's owner's to order: a server that is not on this machine is reached only if --allow names it too.

Exit codes: 0 every device has had a connection and none has crashed; 1 some have not, or Ctrl-C came before the end; 2 wrong usage,
or a file that cannot be read; 3 firmware that computes for ever.`
}

// fleetOutput are the flags of a result.
type fleetOutput struct {
	JSON   bool   `help:"Print the result as JSON."`
	Output string `short:"o" help:"Write the result as JSON to FILE too." placeholder:"FILE"`
}

// write tells a result, and fails if it is not good.
func (o fleetOutput) write(con *console, r *fleet.Result, inputs ...inputFile) error {
	b, err := fleetJSON(r)
	if err != nil {
		return err
	}
	if o.Output != "" {
		if err := writeFile("--output", o.Output, b, inputs...); err != nil {
			return err
		}
	}
	if o.JSON {
		if _, err := con.out.Write(b); err != nil {
			return err
		}
	} else {
		printFleet(con.out, r)
	}
	if !r.OK() {
		return errReported
	}
	return nil
}

// fleetRun is a checked fleetRunCmd.
type fleetRun struct {
	fleetRunCmd
	plan    fleet.Plan
	about   fleet.Fleet
	image   program
	around  surroundings.Plan
	script  *scenario.Scenario // nil: in real time
	take    int
	profile espconn.Profile
	busy    busyFirmware
}

// Run runs the fleet.
func (c fleetRunCmd) Run(con *console) (err error) {
	ctx, stop := interruptible()
	defer stop()
	f := &fleetRun{fleetRunCmd: c}
	if err := f.fromProject(ctx, con); err != nil {
		return err
	}
	if err := f.check(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.image.Close()) }()
	sayMissing(con.err, f.image)
	defer f.busy.watch(ctx, con)()
	var r *fleet.Result
	began := time.Now()
	if f.script == nil {
		r, err = f.real(ctx, con)
	} else {
		err = virtual.Run(func() (err error) {
			r, err = f.virtual(ctx, con)
			return err
		})
	}
	if err != nil {
		return err
	}
	r.Fleet = f.about
	p := &r.Parts[0]
	p.Real = time.Since(began).Seconds()
	cpu, memory := fleet.Usage()
	p.CPU, p.Memory = cpu.Seconds(), memory
	return f.write(con, r, f.inputs()...)
}

// inputs are the files that the command reads.
func (c fleetRunCmd) inputs() []inputFile {
	return append([]inputFile{{"the firmware", c.Firmware}, {"--script", c.Script}, {"--client-ca", c.CA}, {"--client-ca-key", c.CAKey}},
		imageFiles("--flash", c.Flash)...)
}

// check makes the plan of what the flags say.
func (f *fleetRun) check(ctx context.Context) (err error) {
	if f.Devices < 1 || f.Devices > fleet.DevicesMax {
		return usagef("-n %d: give a number from 1 to %d", f.Devices, fleet.DevicesMax)
	}
	if (f.Against == "") == (f.Script == "") {
		return usagef("give --against HOST:PORT, a real server, or --script FILE, servers in virtual time")
	}
	if f.Script != "" && len(f.Allow) > 0 {
		return usagef("--allow leads to real servers, and time is virtual with --script: give --against in its place")
	}
	if f.Take != "" && f.Script == "" {
		return usagef("--take %s: give --script FILE, whose take it is", f.Take)
	}
	p := &f.plan
	if p.Shard, err = fleet.ParseShard(f.Shard, os.Getenv); err != nil {
		return usagef("--shard %v", err)
	}
	if p.Shard.Count > f.Devices {
		return usagef("--shard %s: there are %d devices: give at most as many shards", f.Shard, f.Devices)
	}
	p.For = f.Ramp + 30*time.Second
	if f.Limit != nil {
		p.For = *f.Limit
	}
	if f.Ramp < 0 || p.For <= 0 || f.Ramp > p.For {
		return usagef("--ramp %v within --timeout %v: give times such as 30s, with a ramp that ends before", f.Ramp, p.For)
	}
	if err := f.checkDevice(); err != nil {
		return err
	}
	if err := f.checkCerts(); err != nil {
		return err
	}
	if f.Output != "" {
		if err := checkOutput("--output", f.Output, f.inputs()...); err != nil {
			return err
		}
	}
	against := f.Script
	if f.Script == "" {
		against = f.Against
		err = f.checkTarget(ctx)
	} else {
		err = f.checkScript()
	}
	if err != nil {
		return errors.Join(err, f.image.Close())
	}
	p.Devices, p.Ramp, p.Until, p.Seed, p.Language = f.Devices, f.Ramp, fleet.Goal(f.Until), f.Seed, f.language()
	p.Firmware = func() emulator.Firmware { return f.busy.note(f.image.firmware()) }
	f.about.Version, f.about.Firmware, f.about.Devices, f.about.Profile = version(), filepath.Base(f.Firmware), f.Devices, f.profile.Name
	if f.stackFlag.Stack == stackVendor {
		f.about.Profile, f.about.Stack = "", stackVendor
	}
	f.about.Against, f.about.Virtual, f.about.Seed, f.about.Shards = filepath.ToSlash(against), f.script != nil, f.Seed, p.Shard.Count
	f.about.Ramp, f.about.For = f.Ramp.Seconds(), p.For.Seconds()
	return nil
}

// checkDevice makes the configuration of the devices.
func (f *fleetRun) checkDevice() error {
	if err := f.stackFlag.check(f.deviceFlags); err != nil {
		return err
	}
	if f.Flash != "" {
		var err error
		if f.plan.Flash, err = flash.LoadImage(f.Flash); err != nil {
			return usagef("--flash: %v", err)
		}
	}
	b, err := readProgram(f.Firmware)
	if err != nil {
		return usagef("%v", err)
	}
	sum := sha256.Sum256(b)
	f.about.SHA256 = hex.EncodeToString(sum[:])
	if f.image, err = parseProgram(f.Firmware, b, f.Stack == stackVendor); err != nil {
		return usagef("%v", err)
	}
	fit, err := f.deviceFlags.over(f.image.fit())
	if err != nil {
		return err
	}
	f.profile = fit.profile
	f.plan.Config = emulator.Config{Profile: fit.profile, HeapFree: fit.heap, AutoReboot: f.Reboot, Patience: -1}
	return nil
}

// checkCerts makes who signs the devices' certificates.
func (f *fleetRun) checkCerts() error {
	if f.CA == "" && f.CAKey == "" && f.Sector == nil {
		return nil
	}
	if f.CA == "" || f.CAKey == "" || f.Sector == nil {
		return usagef("a certificate for each device wants all of --client-ca FILE, --client-ca-key FILE and --client-sector N")
	}
	if f.Bits < 1024 || f.Bits > 4096 || f.Bits%2 != 0 {
		return usagef("--client-bits %d: give an even number from 1024 to 4096", f.Bits)
	}
	cert, err := readFile(f.CA, textMax)
	if err != nil {
		return usagef("--client-ca: %v", err)
	}
	key, err := readFile(f.CAKey, textMax)
	if err != nil {
		return usagef("--client-ca-key: %v", err)
	}
	issuer, err := fleet.NewIssuer(cert, key, f.Bits)
	if err != nil {
		return usagef("--client-ca %s, --client-ca-key %s: %v: give the certificate of a CA and its key, in PEM or DER form",
			f.CA, f.CAKey, err)
	}
	sector := *f.Sector
	f.plan.Prepare = func(d fleet.Device) error { return issuer.Burn(d, f.plan.SeedOf(d.Number), sector) }
	if err := f.plan.Trial(); err != nil {
		return usagef("--client-sector %d: %v", sector, err)
	}
	return nil
}

// checkTarget finds the real servers. Each name is looked up once: whoever controls it cannot lead the devices elsewhere.
func (f *fleetRun) checkTarget(ctx context.Context) (err error) {
	s := surroundings.Settings{Reachable: f.Reachable}
	s.Allow = append([]string{f.Against}, f.Allow...)
	if f.around, err = s.Plan(); err != nil {
		return usagef("%v", strings.Replace(err.Error(), "--allow "+f.Against, "--against "+f.Against, 1))
	}
	_, target, mapped := strings.Cut(f.Against, "=")
	if !mapped {
		target = f.Against
	}
	allowed := slices.ContainsFunc(f.Allow, func(a string) bool { return a == target || strings.HasSuffix(a, "="+target) })
	known := map[string]netip.Addr{}
	for i := range f.around.Allow {
		way := &f.around.Allow[i]
		if way.Flag == "--allow "+f.Against {
			way.Flag = "--against " + f.Against
		}
		host, port, err := net.SplitHostPort(way.Real)
		if err != nil {
			return usagef("%s: %v", way.Flag, err)
		}
		addr, ok := known[host]
		if !ok {
			if addr, err = lookUp(ctx, host); err != nil {
				return fmt.Errorf("%s: %w", way.Flag, err)
			}
			known[host] = addr
		}
		if way.Real == target && !addr.IsLoopback() && !allowed {
			return usagef("--against %s is not on this machine: if its owner wants %d devices there, say so with --allow %s too",
				f.Against, f.Devices, target)
		}
		way.Real = net.JoinHostPort(addr.String(), port)
	}
	own := (f.Devices + f.plan.Shard.Count - 1) / f.plan.Shard.Count
	if most := fleet.Descriptors(); most > 0 && uint64(own)+descriptorsOwn > most {
		return usagef("%d devices want as many sockets, and this process may have %d open files: ulimit -n %d first, or more shards "+
			"(--shard)", own, most, own+descriptorsOwn)
	}
	return nil
}

// descriptorsOwn are files besides the devices' sockets. Choice.
const descriptorsOwn = 64

// checkScript reads the script and finds its take.
func (f *fleetRun) checkScript() error {
	var err error
	s := surroundings.Settings{Reachable: f.Reachable}
	if f.around, err = s.Plan(); err != nil {
		return usagef("%v", err)
	}
	if len(f.DNS) > 0 {
		return usagef("--dns is for real servers: the script says names with lines dns NAME=ADDR")
	}
	all, err := readScripts(f.Script, f.language())
	if err != nil {
		return err
	}
	f.script = all[0]
	f.script.Seed = f.Seed
	if f.Take == "" {
		return nil
	}
	for _, s := range all {
		for i := range s.Takes {
			if s.Takes[i].Name == f.Take {
				f.script, f.take = s, i
				s.Seed = f.Seed
				return nil
			}
		}
	}
	return usagef("--take %q: %s has no take of that name", f.Take, f.Script)
}

// real runs the fleet against real servers.
func (f *fleetRun) real(ctx context.Context, con *console) (r *fleet.Result, err error) {
	for range f.plan.Cells() {
		n, wrong := makeNetwork(con, outputs{}, f.around.Subnet, f.Seed)
		if wrong != nil {
			return nil, wrong
		}
		defer func() { err = errors.Join(err, n.close()) }()
		if err := n.surround(ctx, f.around); err != nil {
			return nil, err
		}
		f.plan.Networks = append(f.plan.Networks, n.net)
	}
	f.around.Configure(&f.plan.Config)
	f.plan.Every, f.plan.Progress = 2*time.Second, f.progress(con)
	return f.plan.Run(ctx)
}

// virtual runs the fleet against the servers of a script, of which each network has its own.
func (f *fleetRun) virtual(ctx context.Context, con *console) (r *fleet.Result, err error) {
	f.around.Configure(&f.plan.Config)
	var all []*scenario.Machines
	for range f.plan.Cells() {
		m, wrong := f.script.Machines(f.take)
		if wrong != nil {
			return nil, scriptError(f.Script, wrong)
		}
		defer func() { err = errors.Join(err, m.Close()) }()
		m.Configure(&f.plan.Config)
		f.plan.Networks = append(f.plan.Networks, m.Network())
		all = append(all, m)
	}
	inside, stop := inVirtualTime(ctx)
	defer stop()
	playing, end := context.WithCancel(inside)
	played := make(chan error, len(all))
	for _, m := range all {
		go func() { played <- m.Play(playing) }()
	}
	f.plan.Every, f.plan.Progress = f.plan.For/20, f.progress(con)
	r, err = f.plan.Run(inside)
	end()
	for range all {
		if wrong := <-played; wrong != nil && err == nil {
			err = scriptError(f.Script, wrong)
		}
	}
	return r, err
}

// inVirtualTime is a context for virtual time that ends soon after ctx, which is outside: time would stand still while it is waited for.
func inVirtualTime(ctx context.Context) (inside context.Context, stop func()) {
	inside, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			select {
			case <-inside.Done():
				return
			case <-time.After(pollEvery):
			}
		}
		cancel()
	}()
	return inside, func() {
		cancel()
		<-ended
	}
}

// scriptError is a line of the script that cannot be carried out.
func scriptError(script string, err error) error {
	var at *scenario.LineError
	if errors.As(err, &at) {
		return usagef("%s:%d: %s: %v", script, at.Line, at.Text, at.Err)
	}
	return err
}

// progress tells somebody who watches how far the fleet is.
func (f *fleetRun) progress(con *console) func(now fleet.Sums, of int) {
	if f.Quiet {
		return nil
	}
	began := time.Now()
	return func(now fleet.Sums, of int) {
		con.progress("emu8266: %v: %d of %d devices on, %d connected; %d connections, %d failed, %d broken",
			time.Since(began).Round(time.Second), now.Devices, of, now.Up, now.Connections, now.Failed, now.Broken)
	}
}
