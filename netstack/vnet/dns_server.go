package vnet

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Numbers of the DNS protocol (RFC 1035).
const (
	dnsTTL          = 300 // seconds. Choice
	dnsTypeA        = 1
	dnsTypeAny      = 255
	dnsClassIN      = 1
	dnsFlagResponse = 0x8000
	dnsFlagOpcode   = 0x7800
	dnsFlagAuth     = 0x0400
	dnsFlagRecurse  = 0x0100 // wanted; copied from the query
	dnsFlagOffered  = 0x0080 // recursion available
	dnsOK           = 0
	dnsFormat       = 1
	dnsFailed       = 2
	dnsNoName       = 3
	dnsNotDone      = 4
	dnsQuestionName = 0xc000 | wire.DNSHeaderLen // pointer to the question's name
)

// canonicalName is the form in which names are compared.
func canonicalName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// answerDNS builds the reply to a query, nil if it deserves none. The question is repeated as it came, byte for byte: the device compares
// names with case (lwip.md 12). Names that exist have an A record and nothing else; others do not exist.
func answerDNS(query []byte, lookup func(name string) (netip.Addr, bool)) []byte {
	if len(query) < wire.DNSHeaderLen || len(query) > wire.DNSMessageMax {
		return nil
	}
	flags := binary.BigEndian.Uint16(query[2:])
	if flags&dnsFlagResponse != 0 {
		return nil
	}
	reply := make([]byte, wire.DNSHeaderLen, wire.DNSMessageMax)
	copy(reply, query[:2]) // the id
	code := func(rcode uint16) {
		binary.BigEndian.PutUint16(reply[2:], dnsFlagResponse|flags&(dnsFlagOpcode|dnsFlagRecurse)|dnsFlagAuth|dnsFlagOffered|rcode)
	}
	if flags&dnsFlagOpcode != 0 {
		code(dnsNotDone)
		return reply
	}
	name, end := questionName(query[wire.DNSHeaderLen:])
	if binary.BigEndian.Uint16(query[4:]) != 1 || end == 0 || len(query) < wire.DNSHeaderLen+end+4 {
		code(dnsFormat)
		return reply
	}
	question := query[wire.DNSHeaderLen : wire.DNSHeaderLen+end+4]
	kind, class := binary.BigEndian.Uint16(question[end:]), binary.BigEndian.Uint16(question[end+2:])
	reply[5] = 1
	reply = append(reply, question...)
	addr, ok := lookup(name)
	switch {
	case !ok || class != dnsClassIN:
		code(dnsNoName)
	case kind != dnsTypeA && kind != dnsTypeAny:
		code(dnsOK) // the name exists, without a record of this type
	default:
		code(dnsOK)
		reply[7] = 1
		reply = binary.BigEndian.AppendUint16(reply, dnsQuestionName)
		reply = binary.BigEndian.AppendUint16(reply, dnsTypeA)
		reply = binary.BigEndian.AppendUint16(reply, dnsClassIN)
		reply = binary.BigEndian.AppendUint32(reply, dnsTTL)
		reply = binary.BigEndian.AppendUint16(reply, 4)
		reply = append(reply, addr.AsSlice()...)
	}
	return reply
}

// questionName reads the uncompressed name at the start of b, in canonical form, and returns its length in b; 0: it is not one.
func questionName(b []byte) (name string, end int) {
	var labels []string
	for end < len(b) && end < 255 {
		n := int(b[end])
		if n == 0 {
			return canonicalName(strings.Join(labels, ".")), end + 1
		}
		if n > 63 || end+1+n > len(b) {
			return "", 0
		}
		labels = append(labels, string(b[end+1:end+1+n]))
		end += 1 + n
	}
	return "", 0
}
