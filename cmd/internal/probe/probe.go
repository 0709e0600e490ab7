package probe

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// DefaultTimeout is the time for one handshake unless a [Probe] says otherwise.
const DefaultTimeout = 15 * time.Second

// DefaultParallel is how many devices may be there at once unless a [Probe] says otherwise. Choice: enough to keep two cores busy, few
// enough for a small broker.
const DefaultParallel = 8

// DefaultSizes returns the buffer sizes that are tried unless the user names others, in bytes.
func DefaultSizes() []int { return []int{2048, 3072, 4096, 5120, 6144, 8192} }

// Probe says what is tried. Network, Server, Profiles and Sizes must be set.
type Probe struct {
	// Network is where the devices and the server are.
	Network *vnet.Network
	// Server is the address to which the devices connect.
	Server netip.AddrPort
	// Flow, if not nil, is what Network's gateway dials the server with.
	Flow *Flow
	// Chain, if not nil, is run as the server, on a host of its own with Server's address.
	Chain *badpeer.Server

	Profiles []espconn.Profile
	Sizes    []int // arguments of espconn_secure_set_size, 1 to 8192
	// Heap is how many bytes of heap are free at boot, a multiple of 8; 0: the device's default.
	Heap uint32
	// CA and Own are encoded certificate images (image.Certs): the CA with which the devices verify the server, and the
	// devices' own certificate and key. nil: none.
	CA, Own []byte
	// Send is text that the device sends after the handshake, in pieces of 1,024 bytes.
	Send string
	// Timeout is the time for one handshake; 0: [DefaultTimeout].
	Timeout time.Duration
	// Parallel is how many devices may be there at once; 0: [DefaultParallel].
	Parallel int

	// Language is that of the report's texts.
	Language cause.Language

	// Device, if not nil, makes the devices; it gets their settings, without network and address, and is called by several
	// goroutines. Default: an address behind the server's, in its /24, and an access point that is joined without delay.
	Device func(emulator.Config) (*emulator.Device, error)
	// Tried, if not nil, gets the number of handshakes made so far; it is called by one goroutine at a time.
	Tried func(n int)
}

// Report is what came of a probe. The names of its JSON fields are stable.
type Report struct {
	Target  string `json:"target"`  // as the user named the server
	Verdict string `json:"verdict"` // in a sentence or two
	// Chain are the server's certificates, its own first; empty if it showed none. CertificateMessage is the length of the message with
	// them, in bytes.
	Chain              []Certificate   `json:"chain"`
	CertificateMessage int             `json:"certificate_message"`
	RecordMax          int             `json:"record_max"` // the server's longest record that any device has met, bytes
	Results            []Result        `json:"results"`    // by profile, then size
	MinSize            map[string]*int `json:"min_size"`   // by profile: the least size that works; nil: none does
	// MinHeap is, by profile, the least number of heap bytes free at boot that works, a multiple of 8, at the size that was
	// tried, or at MinSize if several were; nil: none works. Two handshakes with it have worked, two with 8 bytes less have failed,
	// and those with more have worked.
	MinHeap map[string]*int `json:"min_heap"`
	// MinHeapSize is the size at which it was found: that one, or where MinSize is nil because the heap is too small for all sizes, the
	// least size that works with more.
	MinHeapSize map[string]*int `json:"min_heap_size"`
	// MinHeapAtConnect is what system_get_free_heap_size says at espconn_secure_connect then.
	MinHeapAtConnect map[string]*int `json:"min_heap_at_connect"`
	Handshakes       int             `json:"handshakes"` // that were made in all
	Change           []string        `json:"change"`     // what to do about those that fail, each once

	language cause.Language
	profiles []espconn.Profile
	offline  bool   // the server was made of its certificates
	unfit    string // why the server's own certificate is of no use to it, "" if it is
}

// Result is one handshake. The names of its JSON fields are stable; what is not known is null.
type Result struct {
	Profile   string  `json:"profile"`
	Size      int     `json:"size"` // argument of espconn_secure_set_size
	Heap      uint32  `json:"heap"` // bytes free at boot
	OK        bool    `json:"ok"`
	Stage     string  `json:"stage"`    // how far it came: set_size, call, tcp, handshake, data, done
	Code      *string `json:"code"`     // of the TLS library, as the device prints it: "-0x7200"
	Callback  *string `json:"callback"` // the last one: connect, reconnect, disconnect
	Err       *int    `json:"err"`      // what the reconnect callback got
	Reason    string  `json:"reason"`   // in a line
	Version   *string `json:"version"`
	Cipher    *string `json:"cipher"`
	RecordMax int     `json:"record_max"` // the server's longest record, taken or refused, bytes
	HeapPeak  uint32  `json:"heap_peak"`  // most heap in use from connect on, bytes
	// HeapAtConnect is what system_get_free_heap_size says at espconn_secure_connect; 0: it was not called.
	HeapAtConnect uint32 `json:"heap_at_connect"`
	Explain       string `json:"explain"` // why, and what to do; empty if it worked

	least     int    // the diagnosis' least size, 0 none
	effective int    // what espconn_secure_get_size says: SDK 2.2 raises small sizes
	heapLeast uint32 // the least that was free during the connection
	starved   bool   // memory was asked for that was not there
	cause     string // in a sentence
	causeID   cause.ID
	change    []string // what to do
}

// connected tells whether the handshake came to its end.
func (r *Result) connected() bool { return r.Stage == "data" || r.Stage == "done" }

// Works tells whether at least one size works under each profile of the report.
func (r *Report) Works() bool {
	works := map[string]bool{}
	for _, x := range r.Results {
		works[x.Profile] = works[x.Profile] || x.OK
	}
	for _, ok := range works {
		if !ok {
			return false
		}
	}
	return true
}

// Run tries every profile and size, then looks for the least size of each profile. target is the server's name for the
// report. Errors: of the context, and of devices that cannot be made; a handshake that fails is a result.
func (p *Probe) Run(ctx context.Context, target string) (*Report, error) {
	if p.Chain == nil {
		if p.Flow != nil {
			p.Flow.measure(ctx)
		}
		return p.matrix(ctx, target)
	}
	host := p.Network.Host("chain", p.Server.Addr())
	l, err := host.Listen("tcp", p.Server.String())
	if err != nil {
		host.Close()
		return nil, err
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = p.Chain.Serve(l) // until l is closed
	}()
	report, err := p.matrix(ctx, target)
	err = errors.Join(err, l.Close())
	host.Close()
	<-served
	return report, err
}

// matrix tries all profiles and sizes beside each other and looks for the least size of each; then for the least heap, one after the other.
func (p *Probe) matrix(ctx context.Context, target string) (*Report, error) {
	report := &Report{Target: target, language: p.Language, profiles: p.Profiles, offline: p.Chain != nil,
		Change: []string{}, MinSize: map[string]*int{}, MinHeap: map[string]*int{}, MinHeapSize: map[string]*int{},
		MinHeapAtConnect: map[string]*int{}}
	pool := newPool(ctx, p)
	all := make([]found, len(p.Profiles))
	err := each(len(p.Profiles), func(i int) (err error) {
		all[i], err = p.sizes(pool, p.Profiles[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, profile := range p.Profiles {
		f := &all[i]
		if err := f.again(len(p.Profiles)*len(p.Sizes) > 1); err != nil {
			return nil, err
		}
		if f.heap, err = p.leastHeap(f); err != nil {
			return nil, err
		}
		report.Results = append(report.Results, f.tried...)
		name := profile.Name
		report.MinSize[name], report.MinHeap[name], report.MinHeapSize[name], report.MinHeapAtConnect[name] = nil, nil, nil, nil
		if f.size != nil {
			report.MinSize[name] = &f.size.Size
		}
		if f.heap != nil {
			heap, at := int(f.heap.Heap), int(f.heap.HeapAtConnect)
			report.MinHeap[name], report.MinHeapSize[name], report.MinHeapAtConnect[name] = &heap, &f.heap.Size, &at
		}
	}
	report.Handshakes = pool.made()
	p.finish(ctx, report)
	return report, nil
}

// finish adds what is known when all handshakes are over.
func (p *Probe) finish(ctx context.Context, report *Report) {
	var chain [][]byte
	switch {
	case p.Chain != nil:
		chain = p.Chain.Chain
	case report.triedTLS():
		chain = p.look(ctx)
	}
	if report.Chain = describe(chain); len(chain) > 0 {
		report.CertificateMessage = certificateMessage(chain)
	}
	var all remedies
	for _, r := range report.Results {
		report.RecordMax = max(report.RecordMax, r.RecordMax)
		if r.OK || r.starved && report.MinHeap[r.Profile] != nil { // moreHeap says it better
			continue
		}
		all.add(r)
	}
	report.Change = append(report.Change, all.texts()...)
	if more := report.moreHeap(); more != "" {
		report.Change = append(report.Change, more)
	}
	report.judgeLeaf(chain)
	report.Verdict = report.verdict()
}

// found is what came of one profile.
type found struct {
	search     *search
	tried      []Result
	size, heap *Result // the handshakes with the least of each; nil: none works
}

func (p *Probe) sizes(pool *pool, profile espconn.Profile) (found, error) {
	f := found{search: &search{probe: p, pool: pool, profile: profile, known: map[try]*outcomes{}}}
	tries := make([]try, len(p.Sizes))
	for i, size := range p.Sizes {
		tries[i] = try{size: size, heap: p.heap(), answer: true}
	}
	var err error
	if f.tried, err = f.search.make(tries...); err != nil {
		return f, err
	}
	if slices.ContainsFunc(f.tried, func(r Result) bool { return r.Stage != "tcp" }) { // otherwise it is no matter of size
		f.size, err = f.search.leastSize(p.heap(), f.tried)
	}
	return f, err
}

// againMax bounds the handshakes of a profile that are made again. Choice: a second.
const againMax = 50

// again makes those once more, alone, that failed for want of memory beside others: what the device needs depends a little on when
// frames come (see leastHeap).
func (f *found) again(beside bool) error {
	if !beside {
		return nil
	}
	n := 0
	for i, r := range f.tried {
		if r.OK || !r.starved || r.Stage == "call" || n == againMax {
			continue
		}
		n++
		alone, err := f.search.alone(try{size: r.Size, heap: r.Heap, answer: true})
		if err != nil {
			return err
		}
		if alone.OK {
			f.tried[i] = alone
		}
	}
	return nil
}

// leastHeap looks for the least heap at the size that was tried, or, if several were, at the least one that works; if none works for want
// of memory, at the least one that works with the largest heap.
func (p *Probe) leastHeap(f *found) (*Result, error) {
	switch {
	case len(p.Sizes) == 1:
		return f.search.leastHeap(p.Sizes[0])
	case f.size != nil:
		return f.search.leastHeap(f.size.Size)
	case slices.ContainsFunc(f.tried, func(r Result) bool { return r.starved }):
		least, err := f.search.leastSize(chip.HeapMax, nil)
		if least == nil || err != nil {
			return nil, err
		}
		return f.search.leastHeap(least.Size)
	}
	return nil, nil
}

// device makes a device with the secrets that a chain without key needs.
func (p *Probe) device(cfg emulator.Config, place int) (*emulator.Device, error) {
	if p.Chain != nil {
		cfg.KeyLog = p.Chain.KeyLog()
	}
	if p.Device != nil {
		return p.Device(cfg)
	}
	cfg.Network, cfg.Association = p.Network, -1
	address := p.Server.Addr()
	for range place + 1 {
		address = address.Next()
	}
	cfg.Address = netip.PrefixFrom(address, 24)
	return emulator.New(cfg)
}

func (p *Probe) heap() uint32 {
	if p.Heap == 0 {
		return chip.HeapDefault
	}
	return p.Heap
}

func (p *Probe) parallel() int {
	if p.Parallel == 0 {
		return DefaultParallel
	}
	return p.Parallel
}

func (p *Probe) timeout() time.Duration {
	if p.Timeout == 0 {
		return DefaultTimeout
	}
	return p.Timeout
}
