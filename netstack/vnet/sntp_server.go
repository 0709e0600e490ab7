package vnet

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// answerSNTP tells a client the network's time: package time's, so in a synctest bubble a time after the start of the year 2000.
func (g *Gateway) answerSNTP(u *netstack.UDP, from netip.AddrPort, request []byte) {
	if reply := answerSNTP(request, g.host.net.time(g.host.net.now)); reply != nil {
		_ = u.SendTo(reply, from)
	}
}

// answerSNTP builds the reply of a stratum 1 server, nil if the request is not a client's.
func answerSNTP(request []byte, now time.Time) []byte {
	if len(request) < wire.SNTPLen || request[0]&7 != wire.SNTPClient {
		return nil
	}
	reply := make([]byte, wire.SNTPLen)
	reply[0] = request[0]&0x38 | wire.SNTPServer // no leap second, the client's version
	reply[1] = 1                                 // stratum
	reply[2] = request[2]                        // poll interval
	reply[3] = 0xec                              // precision 2^-20 s
	copy(reply[12:], "LOCL")                     // reference: a clock of its own (RFC 4330 4)
	stamp := sntpTime(now)
	binary.BigEndian.PutUint64(reply[16:], stamp) // reference
	copy(reply[24:32], request[40:48])            // originate: what the client sent
	binary.BigEndian.PutUint64(reply[32:], stamp) // receive
	binary.BigEndian.PutUint64(reply[40:], stamp) // transmit
	return reply
}

// sntpTime returns seconds since 1900 (modulo 2^32) and their fraction.
func sntpTime(t time.Time) uint64 {
	fraction := uint64(t.Nanosecond()) << 32 / uint64(time.Second)
	return uint64(uint32(t.Unix()+wire.SNTPEpoch))<<32 | fraction
}
