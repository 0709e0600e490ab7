package surroundings

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// Reachable is what a device finds, text by text: what the user says of it. The fields' tags are those of the command line.
type Reachable struct {
	AP    []string `help:"Put an access point into range, in place of the open \"emu8266\". A colon in the SSID is written \\:." placeholder:"SSID[:PASSWORD]" sep:"none"`
	AnyAP bool     `name:"any-ap" help:"Put whatever access point the firmware asks for into range, with the firmware's password."`
	DNS   []string `name:"dns" help:"Let NAME exist, with an address of its own or ADDR." placeholder:"NAME[=ADDR]" sep:"none"`
	Allow []string `help:"Let the device reach the real HOST:PORT: at 10.0.0.1:PORT and by the name HOST, or where the part before = says: a port of 10.0.0.1, or an address or name with its port. Time is real then." placeholder:"[udp:][WHERE=]HOST:PORT" sep:"none"`
}

// Settings are all that surrounds a device: what it finds, who finds it, and the addresses that it gives itself.
type Settings struct {
	Reachable
	Hostfwd []string `help:"Let others reach DEVICEPORT of the device at PORT of this machine, 0 for any. Only this machine may, unless ADDR says otherwise. Firmware that is an access point is reached by a station that joins it. Time is real then." placeholder:"[udp:][ADDR:]PORT=DEVICEPORT" sep:"none"`
	Static  []string `help:"Make the network fit an address that the firmware gives itself (wifi_set_ip_info); BITS are 24 unless said. The router is the first address there." placeholder:"ADDR[/BITS]" sep:"none"`
}

// Passage is a way between the device and a real address.
type Passage struct {
	UDP    bool
	Device netip.AddrPort // Allow: where the device finds it; Hostfwd: the device's port, without address
	Real   string         // HOST:PORT
	Flag   string         // what the user said, for messages
}

// Protocol is tcp or udp.
func (p Passage) Protocol() string {
	if p.UDP {
		return "udp"
	}
	return "tcp"
}

// Name is a name that exists.
type Name struct {
	Name string
	Addr netip.Addr
}

// Plan is what Settings mean.
type Plan struct {
	AccessPoints []wifi.AccessPoint // none: the default one
	AnyAP        bool
	Names        []Name
	Allow        []Passage
	Forward      []Passage
	Subnet       netip.Prefix // of the network
	Static       []netip.Addr
}

// subnet is that of a network that nobody gives another one.
var subnet = netip.MustParsePrefix("10.0.0.0/16")

// named is the range of names without an address of their own, from its second address on.
var named = netip.MustParsePrefix("198.51.100.0/24")

// Live says that time is real, because others have a part in it.
func (p Plan) Live() bool { return len(p.Allow) > 0 || len(p.Forward) > 0 }

// Gateway is the first address of the network: its router.
func (p Plan) Gateway() netip.Addr { return p.Subnet.Addr().Next() }

// Configure puts the access points into a device's configuration.
func (p Plan) Configure(c *emulator.Config) {
	c.AnyAccessPoint = p.AnyAP
	if len(p.AccessPoints) > 0 {
		c.AccessPoint, c.Neighbors = p.AccessPoints[0], p.AccessPoints[1:]
	}
}

// Over are these settings with what others, those of a file, have besides: ways out and in are added, and access points, names and
// addresses count where these have none.
func (s Settings) Over(file Settings) Settings {
	for _, list := range []struct{ own, other *[]string }{{&s.AP, &file.AP}, {&s.DNS, &file.DNS}, {&s.Static, &file.Static}} {
		if len(*list.own) == 0 {
			*list.own = *list.other
		}
	}
	s.AnyAP = s.AnyAP || file.AnyAP
	s.Allow = append(append([]string{}, s.Allow...), file.Allow...)
	s.Hostfwd = append(append([]string{}, s.Hostfwd...), file.Hostfwd...)
	return s
}

// Plan checks the settings. Of two ways out at one place the first counts. Its error begins with the flag and says what to give instead.
func (s Settings) Plan() (Plan, error) {
	p := Plan{AnyAP: s.AnyAP, Subnet: subnet}
	for _, text := range s.AP {
		ap, err := accessPoint(text)
		if err != nil {
			return p, fmt.Errorf("--ap %s: %w", text, err)
		}
		p.AccessPoints = append(p.AccessPoints, ap)
	}
	for _, text := range s.Static {
		if err := p.static(text); err != nil {
			return p, fmt.Errorf("--static %s: %w", text, err)
		}
	}
	for _, text := range s.DNS {
		name, addr, given := strings.Cut(text, "=")
		if err := p.name(name, addr, given); err != nil {
			return p, fmt.Errorf("--dns %s: %w", text, err)
		}
	}
	for _, text := range s.Allow {
		if err := p.allow(text); err != nil {
			return p, fmt.Errorf("--allow %s: %w", text, err)
		}
	}
	for _, text := range s.Hostfwd {
		way, err := forward(text)
		if err != nil {
			return p, fmt.Errorf("--hostfwd %s: %w", text, err)
		}
		p.Forward = append(p.Forward, way)
	}
	return p, nil
}

// accessPoint takes SSID[:PASSWORD] apart.
func accessPoint(text string) (wifi.AccessPoint, error) {
	const colon = "\x00"
	ssid, password, secret := strings.Cut(strings.ReplaceAll(text, `\:`, colon), ":")
	ap := wifi.AccessPoint{SSID: strings.ReplaceAll(ssid, colon, ":"), Password: strings.ReplaceAll(password, colon, ":")}
	switch {
	case ap.SSID == "" || len(ap.SSID) > 32:
		return ap, fmt.Errorf("an SSID has 1 to 32 bytes: give SSID or SSID:PASSWORD")
	case secret && (len(ap.Password) < 8 || len(ap.Password) > 64):
		return ap, fmt.Errorf("a password has 8 to 64 bytes: give SSID:PASSWORD, or SSID alone for an open access point")
	}
	return ap, nil
}

// static makes the network one in which an address is.
func (p *Plan) static(text string) error {
	addr, err := netip.ParseAddr(text)
	prefix := netip.PrefixFrom(addr, 24)
	switch {
	case err == nil && len(p.Static) > 0 && p.Subnet.Contains(addr), err == nil && len(p.Static) == 0 && subnet.Contains(addr):
		prefix = netip.PrefixFrom(addr, p.Subnet.Bits())
	case err != nil:
		if prefix, err = netip.ParsePrefix(text); err != nil {
			return fmt.Errorf("give an IPv4 address, as in 192.168.1.100 or 192.168.1.100/24")
		}
	}
	if addr = prefix.Addr(); !addr.Is4() || prefix.Bits() < 8 || prefix.Bits() > 29 {
		return fmt.Errorf("give an IPv4 address with 8 to 29 bits of network, as in 192.168.1.100/24")
	}
	net := prefix.Masked()
	switch {
	case len(p.Static) > 0 && net != p.Subnet:
		return fmt.Errorf("the addresses are in two networks, %v and %v: the device has one", p.Subnet, net)
	case addr == net.Addr() || addr == net.Addr().Next():
		return fmt.Errorf("%v is the network's own or its router's: give the firmware's address", addr)
	}
	p.Subnet = net
	p.Static = append(p.Static, addr)
	return nil
}

// name lets a name exist.
func (p *Plan) name(name, addr string, given bool) error {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err := checkName(name); err != nil {
		return err
	}
	var a netip.Addr
	_, known := p.addrOf(name)
	switch {
	case given:
		var err error
		if a, err = netip.ParseAddr(addr); err != nil || !a.Is4() {
			return fmt.Errorf("%q is no IPv4 address: give NAME=ADDR, as in broker.example=10.0.0.1", addr)
		}
		if known {
			return fmt.Errorf("the name has an address already")
		}
	case known:
		return nil
	default:
		a = named.Addr().Next()
		for p.taken(a) {
			a = a.Next()
		}
		if !named.Contains(a.Next()) {
			return fmt.Errorf("there is room for %d names without an address of their own", 253)
		}
	}
	p.Names = append(p.Names, Name{name, a})
	return nil
}

func (p *Plan) taken(a netip.Addr) bool {
	for _, n := range p.Names {
		if n.Addr == a {
			return true
		}
	}
	return false
}

func (p *Plan) addrOf(name string) (netip.Addr, bool) {
	for _, n := range p.Names {
		if n.Name == name {
			return n.Addr, true
		}
	}
	return netip.Addr{}, false
}

// NameOf returns the name that leads to an address; "" if none does.
func (p Plan) NameOf(a netip.Addr) string {
	for _, n := range p.Names {
		if n.Addr == a {
			return n.Name
		}
	}
	return ""
}

// checkName says whether DNS has room for a name.
func checkName(name string) error {
	for _, label := range strings.Split(name, ".") {
		if label == "" || len(label) > 63 || len(name) > 253 {
			return fmt.Errorf("%q is no name: give one as in broker.example", name)
		}
	}
	if strings.ContainsAny(name, " :/=") {
		return fmt.Errorf("%q is no name: give one without scheme, port and path, as in broker.example", name)
	}
	return nil
}

// cutProtocol takes "tcp:" or "udp:" off.
func cutProtocol(s string) (rest string, udp bool) {
	if rest, ok := strings.CutPrefix(s, "udp:"); ok {
		return rest, true
	}
	return strings.TrimPrefix(s, "tcp:"), false
}

// port reads a port number; 0 only where zero is true.
func port(s string, zero bool) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 && !zero {
		return 0, fmt.Errorf("%q is no port: give a number from 1 to 65535", s)
	}
	return uint16(n), nil
}

// allow takes [udp:][WHERE=]HOST:PORT apart.
func (p *Plan) allow(text string) error {
	rest, udp := cutProtocol(text)
	where, real, mapped := strings.Cut(rest, "=")
	if !mapped {
		where, real = "", rest
	}
	host, there, err := net.SplitHostPort(real)
	if err != nil || host == "" {
		return fmt.Errorf("give HOST:PORT, as in broker.example:8883")
	}
	n, err := port(there, false)
	if err != nil {
		return err
	}
	open := func(addr netip.Addr, port uint16) {
		if p.allowed(udp, netip.AddrPortFrom(addr, port)) {
			return
		}
		p.Allow = append(p.Allow, Passage{udp, netip.AddrPortFrom(addr, port), real, "--allow " + text})
	}
	if mapped {
		addr, n, err := p.where(where)
		if err == nil {
			open(addr, n)
		}
		return err
	}
	open(p.Gateway(), n)
	switch addr, err := netip.ParseAddr(host); {
	case err == nil && addr.Is4() && !addr.IsLoopback() && addr != p.Gateway():
		open(addr, n)
	case err != nil && host != "localhost" && checkName(host) == nil:
		if err := p.name(host, "", false); err != nil {
			return err
		}
		addr, _ := p.addrOf(strings.ToLower(strings.TrimSuffix(host, ".")))
		open(addr, n)
	}
	return nil
}

func (p *Plan) allowed(udp bool, at netip.AddrPort) bool {
	for _, a := range p.Allow {
		if a.UDP == udp && a.Device == at {
			return true
		}
	}
	return false
}

// where is the place at which the device finds a server: PORT of the gateway, ADDR:PORT, NAME:PORT.
func (p *Plan) where(text string) (netip.Addr, uint16, error) {
	host, number, err := net.SplitHostPort(text)
	if err != nil {
		n, err := port(text, false)
		if err != nil && strings.ContainsAny(text, ".:") {
			err = fmt.Errorf("%q is no place: give PORT, ADDR:PORT or NAME:PORT before the =", text)
		}
		return p.Gateway(), n, err
	}
	n, err := port(number, false)
	if err != nil {
		return netip.Addr{}, 0, err
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		for _, s := range p.Static {
			if s == addr {
				return addr, n, fmt.Errorf("%v is the device's own address (--static)", addr)
			}
		}
		if !addr.Is4() {
			return addr, n, fmt.Errorf("the device speaks IPv4 only: give ADDR:PORT or NAME:PORT before the =")
		}
		return addr, n, nil
	}
	if err := p.name(host, "", false); err != nil {
		return netip.Addr{}, 0, err
	}
	addr, _ := p.addrOf(strings.ToLower(strings.TrimSuffix(host, ".")))
	return addr, n, nil
}

// forward takes [udp:][ADDR:]PORT=DEVICEPORT apart. Without ADDR only this machine gets in.
func forward(text string) (Passage, error) {
	p := Passage{Flag: "--hostfwd " + text}
	rest, udp := cutProtocol(text)
	here, own, ok := strings.Cut(rest, "=")
	if !ok {
		return p, fmt.Errorf("give PORT=DEVICEPORT, as in 8443=443")
	}
	addr, number := "127.0.0.1", here
	if i := strings.LastIndexByte(here, ':'); i >= 0 {
		var err error
		if addr, number, err = net.SplitHostPort(here); err != nil {
			return p, fmt.Errorf("%w: give [ADDR:]PORT=DEVICEPORT", err)
		}
		if addr == "" { // which would be every address of this machine
			addr = "127.0.0.1"
		}
	}
	if _, err := port(number, true); err != nil {
		return p, err
	}
	n, err := port(own, false)
	p.UDP, p.Device, p.Real = udp, netip.AddrPortFrom(netip.Addr{}, n), net.JoinHostPort(addr, number)
	return p, err
}
