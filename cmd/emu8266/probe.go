package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/probe"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// parallelMax bounds --parallel. Choice.
const parallelMax = 64

// probeCmd measures which buffer sizes and SDK versions can connect to a TLS server.
type probeCmd struct {
	Target   string        `arg:"" optional:"" name:"host:port" help:"The TLS server."`
	Chain    string        `help:"Instead of a server: its certificates, as it sends them (PEM or DER). No private key is needed." placeholder:"FILE"`
	Records  string        `help:"How --chain is sent: each handshake message in its own record (separate), or all in one (coalesced)." default:"separate" enum:"separate,coalesced"`
	Profile  []string      `help:"Profiles to try (default: ManualV21,SDK221,SDK301,SDK306; ManualV10 and SDK306SSL when named)." placeholder:"NAME"`
	Size     []int         `help:"Buffer sizes to try, 1 to 8192 (default: 2048,3072,4096,5120,6144,8192)." placeholder:"N"`
	Heap     uint32        `help:"Heap bytes free at boot, from 1024 to 81920, in eights." default:"49152"`
	CA       string        `name:"ca" help:"CA certificate (PEM or DER): the device verifies the server." placeholder:"FILE"`
	Cert     string        `help:"The device's own certificate (PEM or DER)." placeholder:"FILE"`
	Key      string        `help:"The key of --cert (PEM or DER)." placeholder:"FILE"`
	RawCerts bool          `help:"Give the files to the device as they are, unchecked."`
	Send     string        `help:"Text to send after the handshake, in pieces of 1024 bytes." placeholder:"TEXT"`
	Timeout  time.Duration `help:"Time for one handshake." default:"15s"`
	Parallel int           `help:"How many devices may be there at once, 1 to 64." default:"8"`
	JSON     bool          `help:"Print the result as JSON."`
	Report   string        `help:"Write the result to FILE too: a page (.html) or text for a ticket (.md)." placeholder:"FILE"`
	Quiet    bool          `short:"q" help:"No progress on stderr."`
	languageFlag
	outputs
}

// Help is shown by --help.
func (probeCmd) Help() string {
	return `Example:
  emu8266 probe broker.example:8883
  emu8266 probe --profile ManualV21 --size 2048,4096 --ca ca.pem 127.0.0.1:8443
  emu8266 probe --chain server-chain.pem --records coalesced
  emu8266 probe broker.example:8883 --report broker.html

Each try is a real handshake with an emulated device as the client; no other address is reached. The device sends no
server name (SNI): a host that serves several names may show another certificate than a browser sees. When all is tried,
the server is asked for its certificates, in one to three connections. The least heap is searched at the size that was given, or,
with several, at the least one that works.
Exit code 0 if at least one size of each profile works, 1 if not, 2 for wrong usage.`
}

// Run probes and reports.
func (c probeCmd) Run(con *console) error {
	p, err := c.check()
	if err != nil {
		return err
	}
	inputs := []inputFile{{"--chain", c.Chain}, {"--ca", c.CA}, {"--cert", c.Cert}, {"--key", c.Key}}
	if err := c.checkReport(inputs); err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	target, real := c.Chain, ""
	if p.Chain == nil {
		target = c.Target
		if p.Server, real, err = resolve(ctx, c.Target); err != nil {
			return err
		}
	}
	p.Flow = &probe.Flow{Server: real}
	n, err := newNetworkDialling(con, c.outputs, p.Flow.Dial, p.Server, real, inputs...)
	if err != nil {
		return err
	}
	p.Network = n.net
	p.Device = func(cfg emulator.Config) (*emulator.Device, error) { return n.device(cfg, io.Discard, nil) }
	if !c.Quiet {
		p.Tried = told(con)
	}
	report, err := p.Run(ctx, target)
	if e := n.close(); err == nil {
		err = e
	}
	if err == nil && c.Report != "" {
		err = c.writeReport(report, append(inputs, inputFile{"--pcap", c.Pcap}, inputFile{"--trace", c.Trace}))
	}
	switch {
	case err != nil:
		return err
	case c.JSON:
		enc := json.NewEncoder(con.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	default:
		if _, err := io.WriteString(con.out, report.String()); err != nil {
			return err
		}
	}
	if !report.Works() {
		return errReported
	}
	return nil
}

// toldEvery is how often progress is told. Choice.
const toldEvery = 2 * time.Second

// told tells now and then how many handshakes were made, if somebody is watching.
func told(con *console) func(int) {
	last := time.Now()
	return func(n int) {
		if now := time.Now(); now.Sub(last) >= toldEvery {
			last = now
			con.progress("%d handshakes so far", n)
		}
	}
}

// checkReport refuses what writeReport could not write. Errors are wrong usage.
func (c probeCmd) checkReport(inputs []inputFile) error {
	switch strings.ToLower(filepath.Ext(c.Report)) {
	case ".html", ".htm", ".md":
		return checkOutput("--report", c.Report, inputs...)
	case "":
		if c.Report == "" {
			return nil
		}
	}
	return usagef("probe: --report %s: give a name that ends in .html or .md", c.Report)
}

// writeReport writes the report in the form that its name says.
func (c probeCmd) writeReport(r *probe.Report, inputs []inputFile) error {
	made := r.Made(version(), c.line())
	text := r.HTML(made)
	if strings.EqualFold(filepath.Ext(c.Report), ".md") {
		text = r.Markdown(made)
	}
	return writeFile("--report", c.Report, []byte(text), inputs...)
}

// line is the command in one line, without what does not change the result.
func (c probeCmd) line() string {
	words := []string{"emu8266 probe"}
	add := func(flag, value string) {
		if value != "" {
			words = append(words, flag, value)
		}
	}
	add("--profile", strings.Join(c.Profile, ","))
	var sizes []string
	for _, s := range c.Size {
		sizes = append(sizes, strconv.Itoa(s))
	}
	add("--size", strings.Join(sizes, ","))
	if c.Heap != chip.HeapDefault {
		add("--heap", strconv.FormatUint(uint64(c.Heap), 10))
	}
	add("--ca", c.CA)
	add("--cert", c.Cert)
	add("--key", c.Key)
	if c.RawCerts {
		words = append(words, "--raw-certs")
	}
	if c.Send != "" {
		add("--send", strconv.Quote(c.Send))
	}
	if c.Chain != "" {
		add("--chain", c.Chain)
		add("--records", c.Records)
	} else {
		words = append(words, c.Target)
	}
	return strings.Join(words, " ")
}

// check makes the probe of the flags and their files.
func (c probeCmd) check() (*probe.Probe, error) {
	p := &probe.Probe{Heap: c.Heap, Send: c.Send, Timeout: c.Timeout, Parallel: c.Parallel, Language: c.language()}
	for _, s := range c.Size {
		if !slices.Contains(p.Sizes, s) {
			p.Sizes = append(p.Sizes, s)
		}
	}
	if len(p.Sizes) == 0 {
		p.Sizes = probe.DefaultSizes()
	}
	for _, s := range p.Sizes {
		if s < 1 || s > 8192 {
			return nil, usagef("probe: --size %d: a TLS buffer has 1 to 8192 bytes (SSL User Manual V2.1, 5.3)", s)
		}
	}
	if err := checkHeap(c.Heap); err != nil {
		return nil, err
	}
	if (c.Target == "") == (c.Chain == "") {
		return nil, usagef("probe: give either HOST:PORT or --chain FILE")
	}
	if c.Parallel < 1 || c.Parallel > parallelMax {
		return nil, usagef("probe: --parallel %d: give a number from 1 to %d", c.Parallel, parallelMax)
	}
	if c.Timeout <= 0 {
		return nil, usagef("probe: --timeout %v: give a time above 0, such as 15s", c.Timeout)
	}
	var err error
	if p.Profiles, err = profiles(c.Profile); err != nil {
		return nil, err
	}
	if p.CA, err = caImage(c.CA, c.RawCerts); err != nil {
		return nil, err
	}
	if p.Own, err = ownImage(c.Cert, c.Key, c.RawCerts); err != nil {
		return nil, err
	}
	if c.Chain != "" {
		p.Server = chainAddr
		if p.Chain, err = newChainServer(c.Chain, c.Records, p.Own != nil, c.RawCerts); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// profiles finds the named profiles, all if none is named.
func profiles(names []string) ([]espconn.Profile, error) {
	if len(names) == 0 {
		return espconn.Profiles(), nil
	}
	var out []espconn.Profile
	seen := map[string]bool{}
	for _, n := range names {
		p, err := profileByName(n)
		if err != nil {
			return nil, err
		}
		if !seen[p.Name] {
			seen[p.Name] = true
			out = append(out, p)
		}
	}
	return out, nil
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
	addr, err := lookUp(ctx, host)
	if err != nil {
		return virtual, "", fmt.Errorf("probe: %w", err)
	}
	real = netip.AddrPortFrom(addr, uint16(port)).String()
	seen := addr
	if !addr.Is4() || addr.IsLoopback() || subnet.Contains(addr) {
		seen = gatewayAddr
	}
	return netip.AddrPortFrom(seen, uint16(port)), real, nil
}
