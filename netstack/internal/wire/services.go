package wire

// DNS (RFC 1035).
const (
	DNSPort       = 53
	DNSHeaderLen  = 12
	DNSMessageMax = 512 // bytes of a message over UDP
)

// SNTP (RFC 4330).
const (
	SNTPPort   = 123
	SNTPLen    = 48
	SNTPClient = 3          // mode, the low three bits of byte 0
	SNTPServer = 4          // likewise
	SNTPEpoch  = 2208988800 // seconds from 1900 to 1970
)
