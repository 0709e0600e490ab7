package wire

// Ports of DHCP.
const (
	DHCPServerPort = 67
	DHCPClientPort = 68
)

// The fixed part of a DHCP message (RFC 2131): positions of its fields, and what stands in them.
const (
	DHCPFlags      = 10
	DHCPClientAddr = 12
	DHCPYourAddr   = 16
	DHCPServerAddr = 20
	DHCPRelayAddr  = 24
	DHCPHardware   = 28
	DHCPCookie     = 236
	DHCPOptions    = 240 // the first option

	DHCPBootRequest = 1          // byte 0 of a client's message
	DHCPBootReply   = 2          // byte 0 of a server's message
	DHCPBroadcast   = 0x8000     // in DHCPFlags
	DHCPMagic       = 0x63825363 // in DHCPCookie
)

// Options (RFC 2132).
const (
	DHCPOptPad       = 0
	DHCPOptMask      = 1
	DHCPOptRouter    = 3
	DHCPOptDNS       = 6
	DHCPOptHostname  = 12
	DHCPOptMTU       = 26
	DHCPOptBroadcast = 28
	DHCPOptSearch    = 31
	DHCPOptVendor    = 43
	DHCPOptRequested = 50
	DHCPOptLease     = 51
	DHCPOptOverload  = 52
	DHCPOptKind      = 53
	DHCPOptServer    = 54
	DHCPOptList      = 55
	DHCPOptMaxSize   = 57
	DHCPOptT1        = 58
	DHCPOptT2        = 59
	DHCPOptClass     = 60
	DHCPOptEnd       = 255
)

// Kinds of messages, the values of DHCPOptKind.
const (
	DHCPDiscover = 1
	DHCPOffer    = 2
	DHCPRequest  = 3
	DHCPDecline  = 4
	DHCPACK      = 5
	DHCPNAK      = 6
	DHCPRelease  = 7
	DHCPInform   = 8
)
