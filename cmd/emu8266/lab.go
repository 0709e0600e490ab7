package main

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
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
}

var (
	labSubnet  = netip.MustParsePrefix("10.0.0.0/16")
	labGateway = netip.MustParseAddr("10.0.0.1")
)

// lab is the private network on which a command runs its devices: real time, one gateway that lets out what the command
// allows and nothing else.
type lab struct {
	network *vnet.Network
	gateway *vnet.Gateway
	capture *vnet.Capture
	keys    bool
	devices int

	files []*os.File
	jsonl *trace.Writer // nil: the trace is not wanted as JSON lines
	text  io.Writer     // nil: the trace is not wanted as text
	mu    sync.Mutex    // guards text, which several devices may write to, and err
	err   error         // the first failed write of the text
}

// newLab makes the network, opens the output files, and allows real under the address virtual.
func newLab(con *console, o outputs, virtual netip.AddrPort, real string) (*lab, error) {
	if o.Keys && o.Pcap == "" {
		return nil, usagef("--keys goes into the capture: give --pcap FILE too")
	}
	l := &lab{keys: o.Keys}
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails
	l.network = vnet.New(vnet.Options{Seed: binary.LittleEndian.Uint64(seed[:]), Subnet: labSubnet})
	l.gateway = l.network.Gateway(vnet.GatewayConfig{})
	if real != "" {
		l.gateway.Allow(virtual, real)
	}
	if err := l.open(o); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *lab) open(o outputs) error {
	if o.Pcap != "" {
		f, err := os.Create(o.Pcap)
		if err != nil {
			return usagef("--pcap: %v", err)
		}
		l.files = append(l.files, f)
		if l.capture, err = l.network.Capture(f); err != nil {
			return fmt.Errorf("--pcap: %w", err)
		}
	}
	if o.Trace != "" {
		f, err := os.Create(o.Trace)
		if err != nil {
			return usagef("--trace: %v", err)
		}
		l.files = append(l.files, f)
		if strings.EqualFold(filepath.Ext(o.Trace), ".jsonl") {
			l.jsonl = trace.NewWriter(f)
		} else {
			l.text = f
		}
	}
	return nil
}

// device makes a device with a fixed address that joins without delay. What it prints goes to log, line by line.
func (l *lab) device(cfg emulator.Config, log io.Writer) (*emulator.Device, error) {
	l.devices++
	cfg.Association = -1
	cfg.Address = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(1 + l.devices>>8), byte(l.devices)}), labSubnet.Bits())
	cfg.UART = &lineWriter{out: log, prefix: cfg.Name + ": "}
	return l.start(cfg, nil)
}

// start makes a device on the lab's network. watch, if not nil, gets its events on the device goroutine.
func (l *lab) start(cfg emulator.Config, watch func(trace.Event)) (*emulator.Device, error) {
	cfg.Network = l.network
	if l.keys && cfg.KeyLog != nil {
		cfg.KeyLog = io.MultiWriter(cfg.KeyLog, secretsWriter{l.capture})
	} else if l.keys {
		cfg.KeyLog = secretsWriter{l.capture}
	}
	d, err := emulator.New(cfg)
	if err != nil {
		return nil, err
	}
	if l.jsonl != nil || l.text != nil || watch != nil {
		d.Trace().Follow(func(e trace.Event) {
			if l.jsonl != nil {
				l.jsonl.Write(d.Name(), e)
			}
			if l.text != nil {
				l.write(d.Name(), e)
			}
			if watch != nil {
				watch(e)
			}
		})
	}
	return d, nil
}

func (l *lab) write(device string, e trace.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := fmt.Fprintf(l.text, "%s %s\n", device, e); l.err == nil {
		l.err = err
	}
}

// close ends the network and the files and returns what went wrong while they were written.
func (l *lab) close() error {
	var errs []error
	if l.capture != nil {
		errs = append(errs, l.capture.Close())
	}
	errs = append(errs, l.network.Close())
	l.mu.Lock()
	errs = append(errs, l.err)
	l.mu.Unlock()
	if l.jsonl != nil {
		errs = append(errs, l.jsonl.Err())
	}
	for _, f := range l.files {
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
