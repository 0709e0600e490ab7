package probe

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// DefaultTimeout is the time for one handshake unless a [Probe] says otherwise.
const DefaultTimeout = 15 * time.Second

// DefaultSizes returns the buffer sizes that are tried unless the user names others, in bytes.
func DefaultSizes() []int { return []int{2048, 3072, 4096, 5120, 6144, 8192} }

// Probe says what is tried. Network, Server, Profiles and Sizes must be set.
type Probe struct {
	// Network is where the devices and the server are.
	Network *vnet.Network
	// Server is the address to which the devices connect.
	Server netip.AddrPort
	// Chain, if not nil, is run as the server, on a host of its own with Server's address.
	Chain *badpeer.Server

	Profiles []espconn.Profile
	Sizes    []int // arguments of espconn_secure_set_size, 1 to 8192
	// Heap is how many bytes of heap are free at boot; 0: the device's default.
	Heap uint32
	// CA and Own are encoded certificate images (image.Certs): the CA with which the devices verify the server, and the
	// devices' own certificate and key. nil: none.
	CA, Own []byte
	// Send is text that the device sends after the handshake, in pieces of 1,024 bytes.
	Send string
	// Timeout is the time for one handshake; 0: [DefaultTimeout].
	Timeout time.Duration

	// Device, if not nil, makes the devices; it gets their settings, without network and address. Default: the address
	// behind the server's, in its /24, and an access point that is joined without delay.
	Device func(emulator.Config) (*emulator.Device, error)
	// Tried, if not nil, gets each result of the matrix as it comes.
	Tried func(Result)
}

// Report is what came of a probe. The names of its JSON fields are stable.
type Report struct {
	Target  string          `json:"target"`   // as the user named the server
	Results []Result        `json:"results"`  // by profile, then size
	MinSize map[string]*int `json:"min_size"` // by profile: the least size that works; nil: none does

	heapFree map[string]int // that connect wants free at the least size, by profile
}

// Result is one handshake. The names of its JSON fields are stable; what is not known is null.
type Result struct {
	Profile   string  `json:"profile"`
	Size      int     `json:"size"` // argument of espconn_secure_set_size
	OK        bool    `json:"ok"`
	Stage     string  `json:"stage"`    // how far it came: set_size, call, tcp, handshake, data, done
	Code      *string `json:"code"`     // of the TLS library, as the device prints it: "-0x7200"
	Callback  *string `json:"callback"` // the last one: connect, reconnect, disconnect
	Err       *int    `json:"err"`      // what the reconnect callback got
	Reason    string  `json:"reason"`   // in a line
	Version   *string `json:"version"`
	Cipher    *string `json:"cipher"`
	RecordMax int     `json:"record_max"` // the longest record received, bytes
	HeapPeak  uint32  `json:"heap_peak"`  // most heap in use from connect on, bytes
	Explain   string  `json:"explain"`    // why, and what to do; empty if it worked

	least     int // the diagnosis' least size, 0 none
	effective int // what espconn_secure_get_size says: SDK 2.2 raises small sizes
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

func (p *Probe) matrix(ctx context.Context, target string) (*Report, error) {
	report := &Report{Target: target, MinSize: map[string]*int{}, heapFree: map[string]int{}}
	for _, profile := range p.Profiles {
		var tried []Result
		for _, size := range p.Sizes {
			r, err := p.handshake(ctx, profile, size)
			if err != nil {
				return nil, err
			}
			if p.Tried != nil {
				p.Tried(r)
			}
			tried = append(tried, r)
		}
		least, err := p.leastSize(ctx, profile, tried)
		if err != nil {
			return nil, err
		}
		report.MinSize[profile.Name] = nil
		if least != nil {
			report.MinSize[profile.Name] = &least.Size
			report.heapFree[profile.Name] = least.effective + espconn.HeapGate
		}
		report.Results = append(report.Results, tried...)
	}
	return report, nil
}

// device makes a device with the secrets that a chain without key needs.
func (p *Probe) device(cfg emulator.Config) (*emulator.Device, error) {
	if p.Chain != nil {
		cfg.KeyLog = p.Chain.KeyLog()
	}
	if p.Device != nil {
		return p.Device(cfg)
	}
	cfg.Network, cfg.Association = p.Network, -1
	cfg.Address = netip.PrefixFrom(p.Server.Addr().Next(), 24)
	return emulator.New(cfg)
}

func (p *Probe) timeout() time.Duration {
	if p.Timeout == 0 {
		return DefaultTimeout
	}
	return p.Timeout
}
