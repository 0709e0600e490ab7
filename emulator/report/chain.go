package report

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/emu8266/emu8266/emulator/trace"
)

// Bounds of what is read of a capture for the servers' certificates. Choice: many times what servers send to a device.
const (
	streamMax  = 64 << 10 // bytes of one direction
	streamsMax = 256      // directions of connections
	chainMax   = 32       // certificates of a chain
)

// chain is what a TLS server sent as its certificates, as far as it came.
type chain struct {
	server  netip.AddrPort
	message int // bytes of the Certificate message with its header, as announced
	certs   []certificate
}

// certificate is one of a chain.
type certificate struct {
	bytes   int // as it stands in the message, without its length of 3 bytes
	subject string
	key     string
	signed  string
	own     bool // signed with its own key: a root, which a client has already
	whole   bool // all of it came
}

// chainsOf finds the certificates of TLS 1.0 to 1.2 servers in a capture: they are sent in the clear. Each server counts once. A
// capture that cannot be read to its end is read as far as it goes.
func chainsOf(capture []byte) (out []chain) {
	r, err := pcapgo.NewNgReader(bytes.NewReader(capture), pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return nil
	}
	type direction struct{ from, to netip.AddrPort }
	type stream struct {
		next uint32
		data []byte
	}
	streams := map[direction]*stream{}
	var order []direction
	for {
		frame, _, err := r.ReadPacketData()
		if err == io.EOF || err != nil {
			break
		}
		p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
		ip, _ := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
		tcp, _ := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if ip == nil || tcp == nil {
			continue
		}
		from, _ := netip.AddrFromSlice(ip.SrcIP.To4())
		to, _ := netip.AddrFromSlice(ip.DstIP.To4())
		d := direction{netip.AddrPortFrom(from, uint16(tcp.SrcPort)), netip.AddrPortFrom(to, uint16(tcp.DstPort))}
		s := streams[d]
		switch {
		case tcp.SYN && (s == nil && len(streams) < streamsMax || s != nil && len(s.data) == 0):
			if s == nil {
				order = append(order, d)
			}
			streams[d] = &stream{next: tcp.Seq + 1}
		case s != nil && tcp.Seq == s.next && len(s.data) < streamMax:
			s.data = append(s.data, tcp.Payload...)
			s.next += uint32(len(tcp.Payload))
		}
	}
	for _, d := range order {
		known := slices.ContainsFunc(out, func(c chain) bool { return c.server == d.from })
		if c, ok := certificatesIn(streams[d].data); ok && !known {
			c.server = d.from
			out = append(out, c)
		}
	}
	return out
}

// certificatesIn reads the handshake messages of one direction up to the Certificate message of a server.
func certificatesIn(data []byte) (chain, bool) {
	var hello []byte // the handshake messages without their records
	for len(data) >= 5 && data[0] == 22 && data[1] == 3 {
		n := int(binary.BigEndian.Uint16(data[3:]))
		body := data[5:]
		hello = append(hello, body[:min(n, len(body))]...)
		if n > len(body) {
			break
		}
		data = body[n:]
	}
	if len(hello) < 4 || hello[0] != 2 { // ServerHello
		return chain{}, false
	}
	for len(hello) >= 4 {
		n := length24(hello[1:])
		if hello[0] == 11 {
			return chain{message: 4 + n, certs: listed(hello[4:min(4+n, len(hello))])}, true
		}
		if 4+n > len(hello) {
			break
		}
		hello = hello[4+n:]
	}
	return chain{}, false
}

func length24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

// listed reads the body of a Certificate message, as far as there is something.
func listed(body []byte) (out []certificate) {
	if len(body) < 3 {
		return nil
	}
	body = body[3:]
	for len(body) >= 3 && len(out) < chainMax {
		n := length24(body)
		rest := body[3:]
		c := certificate{bytes: n, whole: n <= len(rest)}
		if c.whole {
			c.read(rest[:n])
		}
		out = append(out, c)
		body = rest[min(n, len(rest)):]
	}
	return out
}

// read takes what people want to know of a certificate; one that cannot be read keeps its length.
func (c *certificate) read(der []byte) {
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	c.subject = x.Subject.String()
	c.signed = x.SignatureAlgorithm.String()
	c.key = x.PublicKeyAlgorithm.String()
	switch k := x.PublicKey.(type) {
	case *rsa.PublicKey:
		c.key += fmt.Sprintf(" %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		c.key += " " + k.Curve.Params().Name
	}
	c.own = bytes.Equal(x.RawSubject, x.RawIssuer)
}

// peers are the addresses that a device's connections led to.
func peers(events []trace.Event) map[trace.Addr]bool {
	out := map[trace.Addr]bool{}
	for _, e := range events {
		if e.Remote != (trace.Addr{}) {
			out[e.Remote] = true
		}
	}
	return out
}
