package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
)

// probeCmd measures which buffer sizes and SDK versions can connect to a TLS server.
type probeCmd struct {
	Target   string        `arg:"" optional:"" name:"host:port" help:"The TLS server."`
	Chain    string        `help:"Instead of a server: its certificates, as it sends them (PEM or DER). No private key is needed." placeholder:"FILE"`
	Records  string        `help:"How --chain is sent: each handshake message in its own record (separate), or all in one (coalesced)." default:"separate" enum:"separate,coalesced"`
	Profile  []string      `help:"Profiles to try (default: ManualV21,SDK221,SDK301,SDK306; ManualV10 and SDK306SSL when named)." placeholder:"NAME"`
	Size     []int         `help:"Buffer sizes to try, 1 to 8192 (default: 2048,3072,4096,5120,6144,8192)." placeholder:"N"`
	Heap     uint32        `help:"Heap bytes free at boot." default:"49152"`
	CA       string        `name:"ca" help:"CA certificate (PEM or DER): the device verifies the server." placeholder:"FILE"`
	Cert     string        `help:"The device's own certificate (PEM or DER)." placeholder:"FILE"`
	Key      string        `help:"The key of --cert (PEM or DER)." placeholder:"FILE"`
	RawCerts bool          `help:"Give the files to the device as they are, unchecked."`
	Send     string        `help:"Text to send after the handshake, in pieces of 1024 bytes." placeholder:"TEXT"`
	Timeout  time.Duration `help:"Time for one handshake." default:"15s"`
	JSON     bool          `help:"Print the result as JSON."`
	outputs
}

// Help is shown by --help.
func (probeCmd) Help() string {
	return `Example:
  emu8266 probe broker.example:8883
  emu8266 probe --profile ManualV21 --size 2048,4096 --ca ca.pem 127.0.0.1:8443
  emu8266 probe --chain server-chain.pem --records coalesced

Each try is a real handshake with an emulated device as the client; no other address is reached. The device sends no
server name (SNI): a host that serves several names may show another certificate than a browser sees.
Exit code 0 if at least one size of each profile works, 1 if not, 2 for wrong usage.`
}

var defaultSizes = []int{2048, 3072, 4096, 5120, 6144, 8192}

// probeReport is what --json prints; the field names are stable.
type probeReport struct {
	Target  string          `json:"target"`
	Results []probeResult   `json:"results"`
	MinSize map[string]*int `json:"min_size"`

	heapFree map[string]int // that connect wants free at the least size, by profile
}

// probeResult is one handshake.
type probeResult struct {
	Profile   string  `json:"profile"`
	Size      int     `json:"size"`
	OK        bool    `json:"ok"`
	Stage     string  `json:"stage"` // set_size, call, tcp, handshake, data, done
	Code      *string `json:"code"`
	Callback  *string `json:"callback"`
	Err       *int    `json:"err"`
	Reason    string  `json:"reason"`
	Version   *string `json:"version"`
	Cipher    *string `json:"cipher"`
	RecordMax int     `json:"record_max"`
	HeapPeak  uint32  `json:"heap_peak"`
	Explain   string  `json:"explain"`

	least     int // the diagnosis' least size, 0 none
	effective int // what espconn_secure_get_size says: SDK 2.2 raises small sizes
}

// Run probes and reports.
func (c probeCmd) Run(con *console) error {
	t, err := c.target()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if t.chain == nil {
		if t.virtual, t.real, err = resolve(ctx, c.Target); err != nil {
			return err
		}
	}
	t.log = con.err
	if t.lab, err = newLab(con, c.outputs, t.virtual, t.real); err != nil {
		return err
	}
	report, err := t.probeTarget(ctx, con)
	if e := t.lab.close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(con.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else {
		report.print(con.out)
	}
	if !report.everyProfileWorks(t.profiles) {
		return errReported
	}
	return nil
}

// prober is a checked probeCmd.
type prober struct {
	target       string
	virtual      netip.AddrPort
	real         string
	profiles     []espconn.Profile
	sizes        []int
	heap         uint32
	ca, ownImage []byte // flash images, nil: none
	send         string
	timeout      time.Duration
	chain        *badpeer.Server // --chain; nil: a real server
	lab          *lab
	log          io.Writer // the devices' UARTs
}

// target checks the flags before anything is opened.
func (c probeCmd) target() (*prober, error) {
	t := &prober{target: c.Target, heap: c.Heap, send: c.Send, timeout: c.Timeout, sizes: c.Size}
	if len(t.sizes) == 0 {
		t.sizes = defaultSizes
	}
	for _, s := range t.sizes {
		if s < 1 || s > 8192 {
			return nil, usagef("probe: --size %d: a TLS buffer has 1 to 8192 bytes (SSL User Manual V2.1, 5.3)", s)
		}
	}
	if c.Heap < 1024 || c.Heap > chip.HeapMax || c.Heap%8 != 0 {
		return nil, usagef("probe: --heap %d: give a multiple of 8 from 1024 to %d", c.Heap, chip.HeapMax)
	}
	if (c.Target == "") == (c.Chain == "") {
		return nil, usagef("probe: give either HOST:PORT or --chain FILE")
	}
	if c.Timeout <= 0 {
		return nil, usagef("probe: --timeout %v: give a time above 0, such as 15s", c.Timeout)
	}
	var err error
	if t.profiles, err = profiles(c.Profile); err != nil {
		return nil, err
	}
	if t.ca, err = caImage(c.CA, c.RawCerts); err != nil {
		return nil, err
	}
	if t.ownImage, err = ownImage(c.Cert, c.Key, c.RawCerts); err != nil {
		return nil, err
	}
	if c.Chain != "" {
		t.target = c.Chain
		t.virtual = chainAddr
		if t.chain, err = newChainServer(c.Chain, c.Records, t.ownImage != nil, c.RawCerts); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// profiles finds the named profiles, all if none is named.
func profiles(names []string) ([]espconn.Profile, error) {
	if len(names) == 0 {
		return espconn.Profiles(), nil
	}
	var out []espconn.Profile
	seen := map[string]bool{}
	for _, n := range names {
		p, ok := espconn.ProfileByName(n)
		if !ok {
			return nil, usagef("no profile %q: there are %s", n, profileNames())
		}
		if !seen[p.Name] {
			seen[p.Name] = true
			out = append(out, p)
		}
	}
	return out, nil
}

func profileNames() string {
	var names []string
	for _, p := range espconn.AllProfiles() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// resolve finds the real address of target and the one under which the device sees it. The device speaks IPv4; this
// machine's own loopback, and a host with IPv6 addresses only, appear to it under the gateway's address.
func resolve(ctx context.Context, target string) (virtual netip.AddrPort, real string, err error) {
	host, portText, err := net.SplitHostPort(target)
	if err != nil || host == "" {
		return virtual, "", usagef("probe: %q: give HOST:PORT, such as broker.example:8883", target)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return virtual, "", usagef("probe: %q: the port is a number from 1 to 65535", target)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addrs) == 0 {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			err = errors.New(dns.Err)
		}
		return virtual, "", fmt.Errorf("probe: host %q not found (%v): check the name, or give an address", host, err)
	}
	addr := addrs[0].Unmap()
	for _, a := range addrs {
		if a.Unmap().Is4() {
			addr = a.Unmap()
			break
		}
	}
	real = netip.AddrPortFrom(addr, uint16(port)).String()
	seen := addr
	if !addr.Is4() || addr.IsLoopback() || labSubnet.Contains(addr) {
		seen = labGateway
	}
	return netip.AddrPortFrom(seen, uint16(port)), real, nil
}

// probe runs every profile and size, then looks for the least size of each profile.
func (t *prober) probe(ctx context.Context, con *console) (*probeReport, error) {
	report := &probeReport{Target: t.target, MinSize: map[string]*int{}, heapFree: map[string]int{}}
	for _, p := range t.profiles {
		var tried []probeResult
		for _, size := range t.sizes {
			r, err := t.handshake(ctx, p, size)
			if err != nil {
				return nil, err
			}
			con.progress("%s %d: %s", p.Name, size, r.verdict())
			tried = append(tried, r)
		}
		least, err := t.minSize(ctx, p, tried)
		if err != nil {
			return nil, err
		}
		report.MinSize[p.Name] = nil
		if least != nil {
			report.MinSize[p.Name] = &least.Size
			report.heapFree[p.Name] = least.effective + espconn.HeapGate
		}
		report.Results = append(report.Results, tried...)
	}
	return report, nil
}

// minSizeTries bounds the search: each failed handshake names the next record that does not fit, and a handshake has
// fewer flights and messages than this.
const minSizeTries = 12

// minSize finds the least argument of espconn_secure_set_size with which set_size is true and the handshake works: it
// starts at the least size that the profile accepts (or that a failure has named) and follows the diagnosis of each
// failure upwards. Where one names no size, it halves the way to the least size that was tried and works. The result is
// confirmed by a handshake at that size and one at a byte less. nil: no size works.
func (t *prober) minSize(ctx context.Context, p espconn.Profile, tried []probeResult) (*probeResult, error) {
	size := 1
	works := 0 // the least of the sizes tried that works
	for _, r := range tried {
		switch {
		case r.handshakeOK():
			if works == 0 || r.Size < works {
				works = r.Size
			}
		case r.least > size && r.least <= 8192:
			size = r.least // needed for certain: this record does not fit into less
		}
	}
	known := map[int]probeResult{}
	try := func(size int) (probeResult, error) {
		if r, ok := known[size]; ok {
			return r, nil
		}
		r, err := t.handshake(ctx, p, size)
		known[size] = r
		return r, err
	}
	for range minSizeTries {
		r, err := try(size)
		if err != nil {
			return nil, err
		}
		switch {
		case r.Stage == "set_size" && size < minSize(p):
			size = minSize(p)
		case r.handshakeOK():
			if size > 1 { // a byte less must fail
				below, err := try(size - 1)
				if err != nil {
					return nil, err
				}
				if below.handshakeOK() {
					size--
					continue
				}
			}
			return &r, nil
		case r.least > size && r.least <= 8192:
			size = r.least
		case works > size: // too small for the ClientHello that the server wants, say: no diagnosis names a size
			return halve(try, size, works)
		default:
			return nil, nil
		}
	}
	return nil, nil
}

// halve finds the least size that works between fails, which does not, and works, which does.
func halve(try func(size int) (probeResult, error), fails, works int) (*probeResult, error) {
	for works-fails > 1 {
		size := (fails + works) / 2
		r, err := try(size)
		if err != nil {
			return nil, err
		}
		if r.handshakeOK() {
			works = size
		} else {
			fails = max(size, min(r.least, works)-1)
		}
	}
	r, err := try(works)
	return &r, err
}

func (r *probeResult) handshakeOK() bool { return r.Stage == "data" || r.Stage == "done" }

func (r *probeReport) everyProfileWorks(ps []espconn.Profile) bool {
	for _, p := range ps {
		ok := false
		for _, x := range r.Results {
			ok = ok || x.Profile == p.Name && x.OK
		}
		if !ok {
			return false
		}
	}
	return true
}
