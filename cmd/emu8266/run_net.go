package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator"
)

// passage is a way between the device and a real address: out for --allow, in for --hostfwd.
type passage struct {
	udp    bool
	device netip.AddrPort // --allow: where the device finds it; --hostfwd: the device's port, without address
	real   string         // HOST:PORT
}

func (p passage) protocol() string {
	if p.udp {
		return "udp"
	}
	return "tcp"
}

// cutProtocol takes "tcp:" or "udp:" off.
func cutProtocol(s string) (rest string, udp bool) {
	if rest, ok := strings.CutPrefix(s, "udp:"); ok {
		return rest, true
	}
	return strings.TrimPrefix(s, "tcp:"), false
}

// port reads a port number of a flag; 0 only where zero is true.
func port(flag, s string, zero bool) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 && !zero {
		return 0, usagef("%s: %q is no port: give a number from 1 to 65535", flag, s)
	}
	return uint16(n), nil
}

// parseAllow takes [udp:][N=]HOST:PORT apart.
func parseAllow(s string) (p passage, err error) {
	flag := "--allow " + s
	rest, udp := cutProtocol(s)
	own, real, mapped := strings.Cut(rest, "=")
	if !mapped {
		real = rest
	}
	host, there, err := net.SplitHostPort(real)
	if err != nil || host == "" {
		return p, usagef("%s: give HOST:PORT, as in broker.example:8883", flag)
	}
	if !mapped {
		own = there
	}
	if _, err := port(flag, there, false); err != nil {
		return p, err
	}
	n, err := port(flag, own, false)
	return passage{udp: udp, device: netip.AddrPortFrom(gatewayAddr, n), real: real}, err
}

// parseForward takes [udp:][ADDR:]PORT=DEVICEPORT apart. Without ADDR only this machine gets in.
func parseForward(s string) (p passage, err error) {
	flag := "--hostfwd " + s
	rest, udp := cutProtocol(s)
	here, own, ok := strings.Cut(rest, "=")
	if !ok {
		return p, usagef("%s: give PORT=DEVICEPORT, as in 8443=443", flag)
	}
	addr, number := "127.0.0.1", here
	if i := strings.LastIndexByte(here, ':'); i >= 0 {
		if addr, number, err = net.SplitHostPort(here); err != nil {
			return p, usagef("%s: %v", flag, err)
		}
		if addr == "" { // which would be every address of this machine
			addr = "127.0.0.1"
		}
	}
	if _, err := port(flag, number, true); err != nil {
		return p, err
	}
	n, err := port(flag, own, false)
	return passage{udp: udp, device: netip.AddrPortFrom(netip.Addr{}, n), real: net.JoinHostPort(addr, number)}, err
}

func parsePassages(list []string, parse func(string) (passage, error)) ([]passage, error) {
	out := make([]passage, len(list))
	for i, s := range list {
		var err error
		if out[i], err = parse(s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// allow opens the ways out. A name is looked up once: whoever controls it cannot lead the device elsewhere during the run.
func (n *network) allow(ctx context.Context, list []passage) error {
	for _, p := range list {
		host, portText, err := net.SplitHostPort(p.real)
		if err != nil {
			return usagef("--allow %s: %v", p.real, err)
		}
		addr, err := lookUp(ctx, host)
		if err != nil {
			return fmt.Errorf("--allow %s: %w", p.real, err)
		}
		real := net.JoinHostPort(addr.String(), portText)
		if !p.udp {
			n.gateway.Allow(p.device, real)
		} else if err := n.gateway.AllowUDP(p.device, real); err != nil {
			return usagef("--allow udp:%s: %v: choose another port with N=HOST:PORT", p.real, err)
		}
	}
	return nil
}

// lookUp finds the address of a host, IPv4 before IPv6.
func lookUp(ctx context.Context, host string) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addrs) == 0 {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			err = errors.New(dns.Err)
		}
		return netip.Addr{}, fmt.Errorf("host %q not found (%v): check the name, or give an address", host, err)
	}
	for _, a := range addrs {
		if a.Unmap().Is4() {
			return a.Unmap(), nil
		}
	}
	return addrs[0], nil
}

// forwards are the ways in. They open when the device has its address.
type forwards struct {
	waiting []passage
	n       *network
	con     *console
}

// start opens them, with the error of the first that cannot be opened, or nil. stop ends the waiting; the device is closed by
// then.
func (f *forwards) start(ctx context.Context, d *emulator.Device) (opened <-chan error, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for len(f.waiting) > 0 && ctx.Err() == nil {
			if addr := d.Addr(); addr.IsValid() {
				result <- f.open(ctx, addr)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(pollEvery):
			}
		}
	}()
	return result, func() {
		cancel()
		<-ended
	}
}

// open opens them to the device's address. They end with ctx.
func (f *forwards) open(ctx context.Context, addr netip.Addr) error {
	for _, p := range f.waiting {
		listen := f.n.gateway.Forward
		if p.udp {
			listen = f.n.gateway.ForwardUDP
		}
		at, err := listen(ctx, p.real, netip.AddrPortFrom(addr, p.device.Port()))
		if err != nil {
			return fmt.Errorf("--hostfwd: %w; choose another port, or 0 for any", err)
		}
		fmt.Fprintf(f.con.err, "%s %s leads to port %d of the device\n", p.protocol(), at, p.device.Port())
	}
	return nil
}
