package netstack

import "net/netip"

const (
	dhcpServerPort = 67
	dhcpClientPort = 68
)

// DHCPLease is what a DHCP client was given; the zero value means it has nothing.
type DHCPLease struct {
	Addr    netip.Prefix
	Gateway netip.Addr
	DNS     [2]netip.Addr
	Server  netip.Addr
	Seconds uint32
}

type dhcpClient struct{ next instant }

func (d *dhcpClient) fire()               { d.next = never }
func (d *dhcpClient) linkUp()             {}
func (d *dhcpClient) arpReply(netip.Addr) {}
func (d *dhcpClient) input([]byte)        {}

// StartDHCP starts the interface's DHCP client (lwip.md 11).
func (i *Interface) StartDHCP(hostname string, changed func(DHCPLease)) {}

// StopDHCP stops it.
func (i *Interface) StopDHCP() {}
