package fleet

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Goal is what ends a fleet as soon as each of its devices has reached it.
type Goal string

// The goals.
const (
	Never     Goal = ""          // the fleet ends with its time
	Connected Goal = "connected" // each device has had a connection
	Answered  Goal = "answered"  // each device has had data from the other side
)

// DevicesMax bounds a fleet. Choice: as many as there are addresses in 10.0.0.0/16 behind those of servers.
const DevicesMax = 65_000

// firstNumber is the number of the first device in the last two bytes of its hardware address, and in its address behind the gateway's
// DHCP server. Choice: behind the servers' and clients' of scripts.
const firstNumber = 256

// Plan says what a process is to do for a fleet.
type Plan struct {
	Devices  int // in all shards, at most DevicesMax
	Shard    Shard
	Ramp     time.Duration // over which the devices of all shards are switched on, at equal distances
	For      time.Duration // how long the fleet runs, the ramp included
	Until    Goal          // with which the fleet ends before that
	Seed     uint64        // from which the devices' seeds follow; 0 is 1
	Language cause.Language

	// Networks are one for each CellSize devices of the shard: Cells of them. The devices take turns.
	Networks []*vnet.Network
	Config   emulator.Config          // of each device; Name, MAC, Seed, Network and Flash are its own
	Firmware func() emulator.Firmware // makes it for one device
	Flash    *flash.Snapshot          // what a device's flash holds at first; nil: nothing
	Prepare  func(Device) error       // may change that; nil: nobody does. It is called for one device after the other
	Progress func(now Sums, of int)   // is told every Every; nil: nobody. of: the devices of this shard
	Every    time.Duration            // 0: never
}

// CellSize is how many devices share a network. Choice: few enough for broadcasts, which all of them hear, to cost nothing to speak
// of; an access point takes no more either.
const CellSize = 32

// Cells is how many networks the plan's shard needs.
func (p *Plan) Cells() int { return (len(p.numbers()) + CellSize - 1) / CellSize }

// network is where the i-th device of the shard is. Devices that are switched on one after the other are on different networks: all
// devices of a network hear what one that joins broadcasts, and where the machine is busy, in real time, that fills receive rings.
func (p *Plan) network(i int) *vnet.Network { return p.Networks[i%len(p.Networks)] }

// Device is a device that is about to be switched on.
type Device struct {
	Number int // in the whole fleet, from 0 on
	Name   string
	Flash  *flash.Chip
}

// Name is the name of the device of a number.
func Name(number int) string { return fmt.Sprintf("device-%05d", number) }

// numbers are the devices of the plan's shard.
func (p *Plan) numbers() (list []int) {
	for i := p.Shard.Index; i < p.Devices; i += max(p.Shard.Count, 1) {
		list = append(list, i)
	}
	return list
}

// mac is the hardware address of a device.
func mac(number int) netstack.MAC {
	n := number + firstNumber
	return netstack.MAC{2, 0, 10, 0, byte(n >> 8), byte(n)}
}

// SeedOf is the seed of the device of a number: different for each, and the same whoever runs it (the finaliser of SplitMix64; Steele,
// Lea, Flood 2014).
func (p *Plan) SeedOf(number int) uint64 {
	x := max(p.Seed, 1) + uint64(number+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return max(x^x>>31, 1)
}

// Run switches the devices on, waits until the time is over or ctx ends, and switches them off. The result has no Fleet and no figures of
// the process: those the caller knows.
func (p *Plan) Run(ctx context.Context) (r *Result, err error) {
	if p.Shard.Count == 0 {
		p.Shard = Shard{0, 1}
	}
	if p.Devices < 1 || p.Devices > DevicesMax {
		return nil, fmt.Errorf("fleet: %d devices: 1 to %d are possible", p.Devices, DevicesMax)
	}
	if len(p.Networks) != p.Cells() {
		return nil, fmt.Errorf("fleet: %d networks for %d cells", len(p.Networks), p.Cells())
	}
	numbers := p.numbers()
	t := newTally(p.Language, p.For)
	if p.Until != Never {
		t.goal, t.wanted, t.all = p.Until, len(numbers), make(chan struct{})
	}
	began := time.Now()
	devices := make([]*emulator.Device, 0, len(numbers))
	defer func() { err = errors.Join(err, closeAll(devices)) }()
	stopped := false
	over := time.NewTimer(p.For)
	defer over.Stop()
	var told <-chan time.Time
	if p.Progress != nil && p.Every > 0 {
		ticker := time.NewTicker(p.Every)
		defer ticker.Stop()
		told = ticker.C
	}
	wait := func(until <-chan time.Time) (more bool) {
		for {
			select {
			case <-ctx.Done():
				stopped = true
				return false
			case <-over.C:
				return false
			case <-t.all:
				return false
			case <-told:
				t.mu.Lock()
				now := t.sums
				t.mu.Unlock()
				p.Progress(now, len(numbers))
			case <-until:
				return true
			}
		}
	}
	more := true
	for i, number := range numbers {
		at := time.Duration(float64(p.Ramp) * float64(number) / float64(p.Devices))
		next := time.NewTimer(max(at-time.Since(began), 0))
		more = wait(next.C)
		next.Stop()
		if !more {
			break
		}
		d, err := p.start(t, number, p.network(i), time.Since(began))
		if d != nil {
			devices = append(devices, d)
		}
		if err != nil {
			return nil, err
		}
	}
	if more {
		wait(nil)
	}
	ran := time.Since(began)
	t.mu.Lock() // what the devices do from now on is not counted
	t.over = true
	t.mu.Unlock()
	stopCallbacks(devices)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	r = &Result{Sums: t.sums, Times: t.times, Causes: groupList(t.causes), Crashes: groupList(t.crashes), Findings: groupList(t.findings)}
	r.Parts = []Part{{Shard: p.Shard.Index, Devices: len(numbers), Seconds: ran.Seconds(), Stopped: stopped}}
	return r, nil
}

// start switches a device on. Firmware that crashes while it boots is no error.
func (p *Plan) start(t *tally, number int, n *vnet.Network, began time.Duration) (*emulator.Device, error) {
	fail := func(d *emulator.Device, err error) (*emulator.Device, error) {
		return d, fmt.Errorf("fleet: %s: %w", Name(number), err)
	}
	c := p.Config
	c.Name, c.MAC, c.Seed, c.Network, c.TraceLimit = Name(number), mac(number), p.SeedOf(number), n, -1
	var err error
	if c.Flash, err = p.chip(number); err != nil {
		return fail(nil, err)
	}
	d, err := emulator.New(c)
	if err != nil {
		return fail(nil, err)
	}
	w := newWatcher(t, c.Name, began)
	d.Trace().Follow(w.event)
	t.mu.Lock()
	t.sums.Devices++
	t.mu.Unlock()
	if err := d.Boot(p.Firmware()); err != nil {
		return fail(d, err)
	}
	return d, nil
}

// chip makes the flash of a device.
func (p *Plan) chip(number int) (*flash.Chip, error) {
	var c *flash.Chip
	if p.Flash != nil {
		c = p.Flash.Chip()
	} else {
		var err error
		if c, err = flash.New(emulator.FlashDefault); err != nil {
			return nil, err
		}
	}
	if p.Prepare == nil {
		return c, nil
	}
	return c, p.Prepare(Device{number, Name(number), c})
}

// Trial prepares the flash of the first device, for its error alone.
func (p *Plan) Trial() error {
	_, err := p.chip(0)
	return err
}

// stopCallbacks ends firmware that stands in a callback, so that it is told: all at once, for each is waited for.
func stopCallbacks(devices []*emulator.Device) {
	var work sync.WaitGroup
	for _, d := range devices {
		work.Go(func() { d.StopCallback(emulator.CallbackTime, "the fleet's time is over") })
	}
	work.Wait()
}

// closeAll closes devices, some at once.
func closeAll(devices []*emulator.Device) error {
	var (
		work sync.WaitGroup
		mu   sync.Mutex
		errs []error
		next = make(chan *emulator.Device)
	)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for d := range next {
				if err := d.Close(); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, d := range devices {
		next <- d
	}
	close(next)
	work.Wait()
	return errors.Join(errs...)
}
