package espconn

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// DNSFound is the CallbackKind of a dns_found_callback in events; no struct espconn has it.
const DNSFound = WriteFinish + 1

// Gethostbyname is espconn_gethostbyname. For an IPv4 address in figures it fills addr and returns OK; for a name it
// returns INPROGRESS, and found follows with the address or, after 6 to 14 s, nil; arg is c and may be nil. ARG without
// addr, for an empty name and one of 256 bytes or more; MEM while 4 names are being looked up (espconn.md 5.18). Of
// several lookups at a time only the answer to the most recent query is accepted; the others succeed with their repeats.
func (a *API) Gethostbyname(c *Espconn, hostname string, addr *[4]byte, found func(name string, ip *[4]byte, arg *Espconn)) Err {
	var store func(netip.Addr)
	if addr != nil {
		store = func(ip netip.Addr) { *addr = ip.As4() }
	}
	return a.LookUp(c, hostname, store, func(ip netip.Addr, ok bool) {
		if found == nil {
			return
		}
		if !ok {
			found(hostname, nil, c)
			return
		}
		b := ip.As4()
		found(hostname, &b, c)
	})
}

// LookUp is Gethostbyname for firmware of other kinds: store writes the address of a literal, nil stands for a NULL
// pointer.
func (a *API) LookUp(c Ref, hostname string, store func(netip.Addr), found func(ip netip.Addr, ok bool)) Err {
	const name = "espconn_gethostbyname"
	hostname = strings.Clone(hostname)
	return a.call(name, c, fmt.Sprintf("%q", hostname), func() Err {
		if store == nil {
			return a.null(theAddress)
		}
		ip, err := a.env.Stack().Resolve(hostname, func(ip netip.Addr, why *netstack.Cause) {
			a.resolved(c, hostname, ip, why == nil, found)
		})
		switch {
		case err == nil:
			store(ip)
			return OK
		case errors.Is(err, netstack.ErrInProgress):
			return INPROGRESS // no refusal: the callback follows
		case errors.Is(err, netstack.ErrLookups):
			return a.because(MEM, boundedtls.Cause{ID: CauseLookups, Limit: a.env.Stack().Profile().DNSTable})
		case errors.Is(err, netstack.ErrMem):
			return a.noMemory()
		}
		return a.because(ARG, boundedtls.Cause{ID: CauseNameLength, Have: len(hostname), Least: 1, Limit: netstack.NameMax})
	})
}

// resolved makes the dns_found callback.
func (a *API) resolved(c Ref, hostname string, ip netip.Addr, ok bool, found func(netip.Addr, bool)) {
	conn, text := a.name(c), "NULL"
	if ok {
		text = ip.String()
	}
	a.env.Observe(Event{Kind: EventCallback, Conn: conn, Callback: DNSFound, Name: hostname, Text: text})
	a.depth++
	found(ip, ok)
	a.depth--
	a.env.Observe(Event{Kind: EventCallbackDone, Conn: conn, Callback: DNSFound})
	a.runLater()
}

// DnsSetserver is espconn_dns_setserver: DNS server 0 or 1; DHCP changes them no more. Other numbers and 0.0.0.0 set
// nothing, but keep DHCP away too. nil sets both to 208.67.222.222 and lets DHCP set them again (espconn.md 5.18).
func (a *API) DnsSetserver(numdns uint8, dnsserver *[4]byte) {
	const name = "espconn_dns_setserver"
	text := "NULL"
	if dnsserver != nil {
		text = netip.AddrFrom4(*dnsserver).String()
	}
	a.env.Observe(Event{Kind: EventCall, Name: name, Text: fmt.Sprintf("%d, %s", numdns, text)})
	if dnsserver == nil {
		a.env.Stack().SetDNS(0, netip.Addr{})
	} else {
		a.env.Stack().SetDNS(int(numdns), netip.AddrFrom4(*dnsserver))
	}
	a.env.Observe(Event{Kind: EventReturn, Name: name})
}

// DnsGetserver is espconn_dns_getserver: DNS server 0 or 1, 0.0.0.0 for other numbers and without one (espconn.md 5.18).
func (a *API) DnsGetserver(numdns uint8) [4]byte {
	const name = "espconn_dns_getserver"
	a.env.Observe(Event{Kind: EventCall, Name: name, Text: fmt.Sprint(numdns)})
	ip := a.env.Stack().DNS(int(numdns))
	a.env.Observe(Event{Kind: EventReturn, Name: name, Text: ip.String()})
	return ip.As4()
}
