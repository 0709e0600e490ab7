package scenario

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// nameServer is the gateway's address, which the device asks for names once a script has a dns line.
var nameServer = netip.MustParseAddr("10.0.0.1")

// link takes the access point away at once, or brings it back.
func (r *runner) link(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	if err := oneOf(args[0], "up", "down"); err != nil {
		return err
	}
	r.dev.SetLink(args[0] == "up")
	return nil
}

// path cuts the server off.
func (r *runner) path(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	if err := oneOf(args[0], "cut", "heal"); err != nil {
		return err
	}
	if args[0] == "heal" {
		r.network.Heal()
	} else {
		r.network.Partition([]string{r.server.Name()})
	}
	return nil
}

// answers is what the name server says for each name.
type answers map[string]string

// lookup is the name server's. A name that no line tells does not exist.
func (a answers) lookup(ctx context.Context, name string) (netip.Addr, error) {
	switch what := a[strings.TrimSuffix(name, ".")]; what {
	case "", "none":
		return netip.Addr{}, &net.DNSError{Name: name, IsNotFound: true}
	case "fails":
		return netip.Addr{}, &net.DNSError{Name: name, Err: "server failure"}
	case "silent":
		<-ctx.Done()
		return netip.Addr{}, &net.DNSError{Name: name, IsTimeout: true}
	default:
		return netip.ParseAddr(what)
	}
}

// dns sets what the name server says, and the device to ask it.
func (r *runner) dns(args []string) error {
	if len(args) == 0 {
		return errWords
	}
	said := answers{}
	for _, a := range args {
		name, what, ok := strings.Cut(a, "=")
		if !ok || name == "" {
			return mistake("%q: NAME=ADDR is wanted", a)
		}
		if err := oneOf(what, "none", "fails", "silent"); err != nil {
			if addr, e := netip.ParseAddr(what); e != nil || !addr.Is4() {
				return mistake("%q: an IPv4 address, none, fails or silent is wanted", what)
			}
		}
		said[name] = what
	}
	if r.names != nil {
		return mistake("one line dns with all names is wanted")
	}
	r.names = r.network.Gateway(vnet.GatewayConfig{Lookup: said.lookup})
	addr := nameServer.As4()
	return r.dev.Do(func() { r.sdk.DnsSetserver(0, &addr) })
}

// hear makes the server listen for datagrams.
func (r *runner) hear(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	port, err := number(args[0], 1, sizeMax)
	if err != nil {
		return err
	}
	c, err := r.server.ListenPacket("udp", net.JoinHostPort("0.0.0.0", strconv.FormatUint(port, 10)))
	if err != nil {
		return err
	}
	for _, group := range []netip.Addr{netip.AddrFrom4([4]byte{224, 0, 0, 251}), netip.AddrFrom4([4]byte{239, 255, 255, 250})} {
		if err := r.server.JoinGroup(group); err != nil { // mDNS and SSDP
			return err
		}
	}
	r.keep(c)
	r.work.Go(func() {
		for buf := make([]byte, 2048); ; r.heard.Add(1) {
			if _, _, err := c.ReadFrom(buf); err != nil {
				return
			}
		}
	})
	return nil
}

// phone makes an app tell the device an access point.
func (r *runner) phone(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errWords
	}
	p := wifi.Phone{SSID: args[0], Addr: clientAddr}
	if len(args) > 1 {
		p.Password = args[1]
	}
	if err := r.dev.SmartConfig(p); err != nil {
		return mistake("%v: another phone is wanted", err)
	}
	return nil
}
