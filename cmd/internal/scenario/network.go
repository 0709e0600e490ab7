package scenario

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack/vnet"
)

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
		var servers []string
		for _, h := range r.hosts {
			servers = append(servers, h.Name())
		}
		for at := range r.peers {
			if at.Addr() == r.addr(gatewayNumber) {
				servers = append(servers, r.gateway.Host().Name())
				break
			}
		}
		r.network.Partition(servers)
	}
	return nil
}

// inRange takes the access point out of range, or brings it back.
func (r *runner) inRange(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	if err := oneOf(args[0], "out", "in"); err != nil {
		return err
	}
	return r.dev.SetAccessPointInRange(args[0] == "in")
}

// dns sets what the name server says, and the built-in client to ask it.
func (r *runner) dns(args []string) error {
	if len(args) == 0 {
		return errWords
	}
	said := map[string]string{}
	for _, a := range args {
		name, what, ok := strings.Cut(a, "=")
		if !ok || name == "" {
			return mistake("%q: NAME=ADDR is wanted", a)
		}
		if !slices.Contains([]string{"none", "fails", "silent"}, what) {
			if addr, e := netip.ParseAddr(what); e != nil || !addr.Is4() {
				return mistake("%q: an IPv4 address, none, fails or silent is wanted", what)
			}
		}
		said[name] = what
	}
	r.world.mu.Lock()
	if r.world.names == nil {
		r.world.names = map[string]string{}
	}
	maps.Copy(r.world.names, said)
	r.world.mu.Unlock()
	if r.gateway != nil {
		return nil
	}
	r.gateway = r.network.Gateway(vnet.GatewayConfig{Lookup: r.world.lookup})
	addr := r.addr(gatewayNumber).As4()
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
	server := r.host(r.serverAddr().Addr())
	c, err := server.ListenPacket("udp", net.JoinHostPort("0.0.0.0", strconv.FormatUint(port, 10)))
	if err != nil {
		return err
	}
	for _, group := range []netip.Addr{netip.AddrFrom4([4]byte{224, 0, 0, 251}), netip.AddrFrom4([4]byte{239, 255, 255, 250})} {
		if err := server.JoinGroup(group); err != nil { // mDNS and SSDP
			return err
		}
	}
	r.keep(c)
	r.listenTo(c)
	return nil
}

// listenTo counts and notes the datagrams that come.
func (r *runner) listenTo(c net.PacketConn) {
	r.work.Go(func() {
		for buf := make([]byte, 2048); ; r.heard.Add(1) {
			n, _, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			r.world.mu.Lock()
			if len(r.world.datagrams) < topicsMax {
				r.world.datagrams = append(r.world.datagrams, string(buf[:n]))
			}
			r.world.mu.Unlock()
		}
	})
}

// phone makes an app tell the device an access point.
func (r *runner) phone(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errWords
	}
	p := wifi.Phone{SSID: args[0], Addr: r.addr(clientNumber)}
	if len(args) > 1 {
		p.Password = args[1]
	}
	if err := r.dev.SmartConfig(p); err != nil {
		return mistake("%v: another phone is wanted", err)
	}
	return nil
}

// answerPort is whence the client sends datagrams, and where it hears what comes back. Choice.
const answerPort = 5000

// datagram sends a datagram to the device: datagram PORT TEXT [to=ADDR]. What comes back is heard.
func (r *runner) datagram(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	port, err := number(args[0], 1, sizeMax)
	if err != nil {
		return err
	}
	t, err := text(args[1])
	if err != nil {
		return err
	}
	o, err := options(args[2:], "to")
	if err != nil {
		return err
	}
	to := r.dev.Addr()
	if v := o["to"]; v != "" {
		if to, err = netip.ParseAddr(v); err != nil || !to.Is4() {
			return mistake("%q: an IPv4 address is wanted", v)
		}
	}
	if !to.IsValid() {
		return errNoAddress
	}
	if r.socket == nil {
		if r.socket, err = r.outside.ListenPacket("udp", net.JoinHostPort("", strconv.Itoa(answerPort))); err != nil {
			return err
		}
		r.keep(r.socket)
		r.listenTo(r.socket)
	}
	_, err = r.socket.WriteTo([]byte(t), net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, uint16(port))))
	return err
}
