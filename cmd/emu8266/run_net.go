package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// surround puts names and ways out onto the network. A host's name is looked up once: whoever controls it cannot lead the device elsewhere
// during the run.
func (n *network) surround(ctx context.Context, p surroundings.Plan) error {
	for _, name := range p.Names {
		n.gateway.SetName(name.Name, name.Addr)
	}
	for _, p := range p.Allow {
		host, portText, err := net.SplitHostPort(p.Real)
		if err != nil {
			return usagef("%s: %v", p.Flag, err)
		}
		addr, err := lookUp(ctx, host)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Flag, err)
		}
		real := net.JoinHostPort(addr.String(), portText)
		if !p.UDP {
			n.gateway.Allow(p.Device, real)
		} else if err := n.gateway.AllowUDP(p.Device, real); err != nil {
			return usagef("%s: %v: choose another port with N=HOST:PORT", p.Flag, err)
		}
	}
	return nil
}

// lookUp finds the address of a host, IPv4 before IPv6.
func lookUp(ctx context.Context, host string) (netip.Addr, error) {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") { // also where there is no file that says so (RFC 6761, 6.3)
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
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

// stationPatience is how long the ways in wait for the station of firmware that is an access point as well. Choice: an attempt to join
// takes a second, and one that fails is told within three.
const stationPatience = 4 * time.Second

// forwards are the ways in. They open when the device can be reached: its station has an address, or its access point is on and its station
// has none and does not get one soon. Then another station joins the access point, and connections come from there.
type forwards struct {
	waiting []surroundings.Passage
	n       *network
	con     *console

	mu     sync.Mutex // guards what follows: the device tells, the waiting looks
	softap time.Time  // since when the access point is on; zero: off
	status int64      // of the station
}

// event hears of the access point and of the station; it is called on the device goroutine.
func (f *forwards) event(e trace.Event) {
	if e.Source != trace.SourceWiFi {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case e.Kind == trace.KindSoftAP && e.Text == "on" && f.softap.IsZero():
		f.softap = time.Now()
	case e.Kind == trace.KindSoftAP && e.Text == "off":
		f.softap = time.Time{}
	case e.Kind == trace.KindStatus:
		f.status = e.Value
	}
}

// viaSoftAP says that the device is to be reached through its access point.
func (f *forwards) viaSoftAP() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.softap.IsZero() {
		return false
	}
	trying := f.status == int64(wifi.StationConnecting) || f.status == int64(wifi.StationGotIP)
	return !trying && time.Since(f.softap) > time.Second || time.Since(f.softap) > stationPatience
}

// start opens them, with the error of the first that cannot be opened. stop ends the waiting; the device is closed by then.
func (f *forwards) start(ctx context.Context, d *emulator.Device) (failed <-chan error, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for len(f.waiting) > 0 && ctx.Err() == nil {
			addr := d.Addr()
			switch {
			case addr.IsValid():
				if err := f.open(ctx, f.n.gateway.Host(), addr, "the device"); err != nil {
					result <- err
				}
				return
			case f.viaSoftAP():
				if err := f.join(ctx); err != nil {
					result <- err
					return
				}
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

// join makes a station of the device's access point and opens the ways from there until the access point ends that. An access point that
// cannot be joined now is tried again.
func (f *forwards) join(ctx context.Context) error {
	cells := f.n.net.Cells([6]byte{})
	if len(cells) == 0 {
		return nil
	}
	cell := cells[0]
	h, err := f.n.net.Join(ctx, "visitor", vnet.Membership{SSID: cell.SSID, Password: cell.Password, BSSID: cell.BSSID})
	if err != nil {
		return nil
	}
	defer h.Close()
	inside, leave := context.WithCancel(ctx)
	defer leave()
	if err := f.open(inside, h, h.Gateway(), fmt.Sprintf("the device, over its access point %q", cell.SSID)); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-h.Gone():
	}
	return nil
}

// open opens them from a host to the device's address. They end with ctx.
func (f *forwards) open(ctx context.Context, from *vnet.Host, addr netip.Addr, whom string) error {
	for i, p := range f.waiting {
		listen := f.n.gateway.ForwardFrom
		if p.UDP {
			listen = f.n.gateway.ForwardUDPFrom
		}
		at, err := listen(ctx, from, p.Real, netip.AddrPortFrom(addr, p.Device.Port()))
		if err != nil {
			return fmt.Errorf("--hostfwd: %w; choose another port, or 0 for any", err)
		}
		f.waiting[i].Real = at.String() // the same when it is opened again
		fmt.Fprintf(f.con.err, "%s %s leads to port %d of %s\n", p.Protocol(), at, p.Device.Port(), whom)
	}
	return nil
}
