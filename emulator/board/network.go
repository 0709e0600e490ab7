package board

import (
	"net/netip"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/machine"
	"github.com/emu8266/emu8266/emulator/internal/radio"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// Espconn returns the device's espconn API over the Go network stack, making both on first use.
func (b *Board) Espconn() *espconn.API { return b.machine().Espconn() }

// Conns makes and frees the espconn of accepted connections where the firmware's other espconns live.
type Conns interface {
	// NewConn makes a struct espconn with its esp_tcp in the device's heap; without memory it is nil, and the error is
	// espconn.ErrNoEspconn or espconn.ErrNoTCP.
	NewConn() (espconn.Ref, error)
	// FreeConn gives one back.
	FreeConn(espconn.Ref)
}

// SetConns says who makes the espconn of accepted connections. Without it they are Go structs.
func (b *Board) SetConns(c Conns) { b.machine().SetConns(c) }

// SNTP returns the SNTP client of the Go network stack, making that on first use.
func (b *Board) SNTP() *netstack.SNTP { return b.machine().SNTP() }

// PingHooks are what a ping asks and tells. Recv and Sent report whether the firmware has a function for it; the SDK prints
// a line otherwise.
type PingHooks struct {
	IP         func() netip.Addr
	Recv, Sent func(chip.PingResp) bool
}

// Ping is ping_start wherever the struct ping_option lies. 0 for count and seconds mean 4 and 1. False without memory.
func (b *Board) Ping(count, seconds uint32, h PingHooks) bool {
	return b.machine().Ping(count, seconds, machine.PingHooks(h))
}

// NIC is the device's network interface: Ethernet frames in and out.
type NIC radio.NIC

// NIC returns the network interface for firmware that brings its own network stack. Taking it before anything made the
// Go stack keeps the Go stack from being made: the firmware then sees every frame and Wi-Fi only reports the link.
func (b *Board) NIC() *NIC { return (*NIC)(b.machine().Radio().NIC()) }

// OwnStack reports whether the firmware has taken the NIC for a network stack of its own.
func (b *Board) OwnStack() bool { return b.machine().Radio().OwnStack() }

// MAC returns the station's address.
func (n *NIC) MAC() netstack.MAC { return (*radio.NIC)(n).MAC() }

// Send puts one Ethernet frame on the wire; it is copied. It is lost while the access point is out of range.
func (n *NIC) Send(frame []byte) { (*radio.NIC)(n).Send(frame) }

// TrySend is Send for a driver that has to wait for one of the radio's eight transmit buffers: false, and nothing is sent, if all of them
// are taken. They are free again when the callback under way has returned.
func (n *NIC) TrySend(frame []byte) bool { return (*radio.NIC)(n).TrySend(frame) }

// SoftAP says that the firmware's own stack has an interface for the soft-AP: link is called when the soft-AP's cell is open, and when it
// is closed, receive with each frame that a station sends, both on the device goroutine. Without it such firmware has no soft-AP.
func (n *NIC) SoftAP(link func(up bool), receive func(frame []byte)) {
	(*radio.NIC)(n).SoftAP(link, receive)
}

// SoftAPMAC returns the soft-AP's address.
func (n *NIC) SoftAPMAC() netstack.MAC { return (*radio.NIC)(n).SoftAPMAC() }

// TrySendSoftAP is TrySend for a frame to the soft-AP's stations.
func (n *NIC) TrySendSoftAP(frame []byte) bool { return (*radio.NIC)(n).TrySendSoftAP(frame) }

// StationAddressed says that the firmware's own DHCP server has given a station of the soft-AP an address; 0.0.0.0 takes it back.
func (n *NIC) StationAddressed(mac netstack.MAC, ip netip.Addr) {
	(*radio.NIC)(n).StationAddressed(mac, ip)
}

// Waiting returns how many frames wait in the radio's receive ring.
func (n *NIC) Waiting() int { return (*radio.NIC)(n).Waiting() }

// Static returns the address that the station has without DHCP, Config.Address; the zero value if there is none.
func (n *NIC) Static() netip.Prefix { return (*radio.NIC)(n).Static() }

// Link sets what is called when the station has joined an access point (true), and when it has left or lost it, on the device goroutine.
func (n *NIC) Link(fn func(up bool)) { (*radio.NIC)(n).Link(fn) }

// Addressed says that the firmware's own stack has an address on the station: the station's status becomes StationGotIP, and the handler
// of Wi-Fi events is told.
func (n *NIC) Addressed(info wifi.IPInfo) { (*radio.NIC)(n).Addressed(info) }

// DHCPTimeout says that the firmware's own DHCP client has given up: the handler of Wi-Fi events is told.
func (n *NIC) DHCPTimeout() { (*radio.NIC)(n).DHCPTimeout() }

// Receive sets what gets each frame that arrives, on the device goroutine. The frame is the callee's to keep.
func (n *NIC) Receive(fn func(frame []byte)) { (*radio.NIC)(n).Receive(fn) }
