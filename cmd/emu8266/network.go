package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// outputs are the flags of every command that runs devices.
type outputs struct {
	Pcap  string `help:"Write all frames to FILE (pcapng)." placeholder:"FILE"`
	Keys  bool   `help:"Put the TLS keys into the --pcap file, so that Wireshark decrypts it."`
	Trace string `help:"Write the devices' traces to FILE (text; JSON lines if it ends in .jsonl)." placeholder:"FILE"`
	outputMax
}

// outputMax is the flag that bounds such files.
type outputMax struct {
	OutputMax byteCount `help:"Let --pcap and --trace become no larger than SIZE each; what would come after that is left out." default:"256M" placeholder:"SIZE"`
}

// byteCount is a number of bytes: 512K, 256M, 2G.
type byteCount int64

// UnmarshalText reads 4096, 512K, 256M, 256MB, 2G.
func (c *byteCount) UnmarshalText(b []byte) error {
	text := strings.TrimSuffix(strings.ToUpper(string(b)), "B")
	unit := int64(1)
	for i, suffix := range []string{"K", "M", "G"} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			text, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is no size: give 4096, 512K, 256M or 2G", b)
	}
	*c = byteCount(int64(n) * unit)
	return nil
}

// capped is the file of an output up to its largest size, which is told when it is reached.
func capped(con *console, o *outputFile, most byteCount) io.Writer {
	return &cappedWriter{out: o.file, most: int64(most), full: func() {
		fmt.Fprintf(con.err, "emu8266: %s %s has its largest size, the rest is left out: --output-max gives it more\n", o.flag, o.path)
	}}
}

var (
	subnet      = netip.MustParsePrefix("10.0.0.0/16")
	gatewayAddr = netip.MustParseAddr("10.0.0.1")
)

// network is the private one on which a command runs its devices: real time, one gateway that lets out what the command
// allows and nothing else.
type network struct {
	net     *vnet.Network
	gateway *vnet.Gateway
	capture *vnet.Capture
	keys    bool
	also    io.Writer // gets the TLS keys too; nil: nobody

	files []*os.File
	jsonl *trace.Writer // nil: the trace is not wanted as JSON lines
	text  io.Writer     // nil: the trace is not wanted as text

	mu      sync.Mutex // guards text, which several devices may write to, and what follows
	devices int        // made so far
	err     error      // the first failed write of the text
}

// dialFunc makes a connection on the real side.
type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// newNetwork makes the network, opens the output files, which must not be inputs, and allows real under the address virtual.
func newNetwork(con *console, o outputs, virtual netip.AddrPort, real string, inputs ...inputFile) (*network, error) {
	return newNetworkDialling(con, o, nil, virtual, real, inputs...)
}

// newNetworkDialling is newNetwork with a dial of its own for the real side, that of vnet.GatewayConfig.
func newNetworkDialling(con *console, o outputs, dial dialFunc, virtual netip.AddrPort, real string, inputs ...inputFile,
) (*network, error) {
	n, err := makeNetworkDialling(con, o, dial, subnet, 0, inputs...)
	if err == nil && real != "" {
		n.gateway.Allow(virtual, real)
	}
	return n, err
}

// makeNetwork makes a network with an address range and a seed, 0 for any, and opens the output files, which must not be inputs.
func makeNetwork(con *console, o outputs, subnet netip.Prefix, seed uint64, inputs ...inputFile) (*network, error) {
	return makeNetworkDialling(con, o, nil, subnet, seed, inputs...)
}

// makeNetworkDialling is makeNetwork with a dial of its own for the real side.
func makeNetworkDialling(con *console, o outputs, dial dialFunc, subnet netip.Prefix, seed uint64, inputs ...inputFile,
) (*network, error) {
	if o.Keys && o.Pcap == "" {
		return nil, usagef("--keys goes into the capture: give --pcap FILE too")
	}
	n := &network{keys: o.Keys}
	if seed == 0 {
		var any [8]byte
		_, _ = rand.Read(any[:]) // never fails
		seed = binary.LittleEndian.Uint64(any[:])
	}
	n.net = vnet.New(vnet.Options{Seed: seed, Subnet: subnet})
	n.gateway = n.net.Gateway(vnet.GatewayConfig{Dial: dial, Trouble: func(err error) {
		fmt.Fprintf(con.err, "emu8266: clients have to wait: %v\n", err)
	}})
	if err := n.open(con, o, inputs); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *network) open(con *console, o outputs, inputs []inputFile) error {
	pcap, text := &outputFile{flag: "--pcap", path: o.Pcap}, &outputFile{flag: "--trace", path: o.Trace}
	if err := openOutputs(inputs, pcap, text); err != nil {
		return err
	}
	for _, f := range []*outputFile{pcap, text} {
		if f.file != nil {
			n.files = append(n.files, f.file)
		}
	}
	if pcap.file != nil {
		var err error
		if n.capture, err = n.net.Capture(capped(con, pcap, o.OutputMax)); err != nil {
			return fmt.Errorf("--pcap: %w", err)
		}
		if o.Keys {
			n.capture.AwaitSecrets()
		}
	}
	switch out := capped(con, text, o.OutputMax); {
	case text.file == nil:
	case strings.EqualFold(filepath.Ext(o.Trace), ".jsonl"):
		n.jsonl = trace.NewWriter(out)
	default:
		n.text = out
	}
	return nil
}

// device makes a device with a fixed address that joins without delay. What it prints goes to log, line by line; watch, if not nil,
// gets its events as that of start.
func (n *network) device(cfg emulator.Config, log io.Writer, watch func(trace.Event)) (*emulator.Device, error) {
	n.mu.Lock()
	n.devices++
	number := n.devices
	n.mu.Unlock()
	cfg.Association = -1
	cfg.Address = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(1 + number>>8), byte(number)}), subnet.Bits())
	cfg.UART = &lineWriter{out: log, prefix: cfg.Name + ": "}
	return n.start(cfg, watch)
}

// start makes a device on the network. watch, if not nil, gets its events on the device goroutine.
func (n *network) start(cfg emulator.Config, watch func(trace.Event)) (*emulator.Device, error) {
	cfg.Network = n.net
	if n.keys && cfg.KeyLog != nil {
		cfg.KeyLog = io.MultiWriter(cfg.KeyLog, secretsWriter{n.capture})
	} else if n.keys {
		cfg.KeyLog = secretsWriter{n.capture}
	}
	if n.also != nil && cfg.KeyLog != nil {
		cfg.KeyLog = io.MultiWriter(cfg.KeyLog, n.also)
	} else if n.also != nil {
		cfg.KeyLog = n.also
	}
	d, err := emulator.New(cfg)
	if err != nil {
		return nil, err
	}
	if n.jsonl != nil || n.text != nil || watch != nil {
		d.Trace().Follow(func(e trace.Event) {
			if n.jsonl != nil {
				n.jsonl.Write(d.Name(), e)
			}
			if n.text != nil {
				n.write(d.Name(), e)
			}
			if watch != nil {
				watch(e)
			}
		})
	}
	return d, nil
}

func (n *network) write(device string, e trace.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := fmt.Fprintf(n.text, "%s %s\n", device, e); n.err == nil {
		n.err = err
	}
}

// close ends the network and the files and returns what went wrong while they were written.
func (n *network) close() error {
	var errs []error
	if n.capture != nil {
		errs = append(errs, n.capture.Close())
	}
	errs = append(errs, n.net.Close())
	n.mu.Lock()
	errs = append(errs, n.err)
	n.mu.Unlock()
	if n.jsonl != nil {
		errs = append(errs, n.jsonl.Err())
	}
	for _, f := range n.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// secretsWriter passes key log lines to a capture.
type secretsWriter struct{ c *vnet.Capture }

func (w secretsWriter) Write(p []byte) (int, error) {
	w.c.Secrets(p)
	return len(p), nil
}

// lineWriter writes whole lines with a prefix, so that the logs of several devices stay apart.
type lineWriter struct {
	out    io.Writer
	prefix string
	part   []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.part = append(w.part, p...)
	for {
		i := bytes.IndexByte(w.part, '\n')
		if i < 0 {
			return len(p), nil
		}
		if _, err := fmt.Fprintf(w.out, "%s%s\n", w.prefix, w.part[:i]); err != nil {
			return 0, err
		}
		w.part = append(w.part[:0], w.part[i+1:]...)
	}
}
