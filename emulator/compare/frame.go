package compare

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// framesMax bounds the frames of a capture. Choice: a quarter of a gigabyte of full ones.
const framesMax = 1 << 18

// ReadCapture reads the frames of a capture in the pcapng format, as vnet.Network.Capture writes it, with their times since start. A zero
// start is the time of the first frame.
func ReadCapture(r io.Reader, start time.Time) (frames []Packet, err error) {
	in, err := pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return nil, err
	}
	for {
		data, info, err := in.ReadPacketData()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // also of one that is cut off
			return frames, nil
		}
		if err != nil {
			return nil, err
		}
		if len(frames) == framesMax {
			return nil, fmt.Errorf("more than %d frames", framesMax)
		}
		if start.IsZero() {
			start = info.Timestamp
		}
		frames = append(frames, Packet{At: info.Timestamp.Sub(start), Data: data})
	}
}

// describe tells what a frame is, in one line.
func describe(data []byte) string {
	p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	if a, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		return fmt.Sprintf("ARP %s %v > %v", map[uint16]string{1: "request", 2: "reply"}[a.Operation], ip(a.SourceProtAddress),
			ip(a.DstProtAddress))
	}
	from, to := "", ""
	if i, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4); ok {
		from, to = i.SrcIP.String(), i.DstIP.String()
	}
	switch l := p.TransportLayer().(type) {
	case *layers.TCP:
		return fmt.Sprintf("TCP %s:%d > %s:%d %s seq %d ack %d window %d, %d bytes%s",
			from, l.SrcPort, to, l.DstPort, flags(l), l.Seq, l.Ack, l.Window, len(l.Payload), beginning(l.Payload))
	case *layers.UDP:
		return fmt.Sprintf("UDP %s:%d > %s:%d, %d bytes%s", from, l.SrcPort, to, l.DstPort, len(l.Payload), beginning(l.Payload))
	}
	if l, ok := p.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok {
		return fmt.Sprintf("ICMP %s > %s %v", from, to, l.TypeCode)
	}
	return fmt.Sprintf("%d bytes%s", len(data), beginning(data))
}

func ip(b []byte) string {
	if len(b) != 4 {
		return "?"
	}
	return fmt.Sprintf("%d.%d.%d.%d", b[0], b[1], b[2], b[3])
}

func flags(t *layers.TCP) string {
	var b strings.Builder
	for _, f := range []struct {
		set  bool
		name string
	}{{t.SYN, "SYN"}, {t.FIN, "FIN"}, {t.RST, "RST"}, {t.PSH, "PSH"}, {t.ACK, "ACK"}} {
		if f.set {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			b.WriteString(f.name)
		}
	}
	return b.String()
}

// beginning is the first bytes of a payload.
func beginning(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return fmt.Sprintf(": %x", b[:min(16, len(b))])
}
