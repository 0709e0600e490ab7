package compare

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/internal/frames"
)

// framesMax bounds the frames of a capture. Choice: a quarter of a gigabyte of full ones.
const framesMax = 1 << 18

// ReadCapture reads the frames of a capture in the pcapng format, as vnet.Network.Capture writes it, with their times since start. A zero
// start is the time of the first frame.
func ReadCapture(r io.Reader, start time.Time) (list []Packet, err error) {
	for c, err := range frames.Read(r) {
		if err != nil {
			return nil, err
		}
		if len(list) == framesMax {
			return nil, fmt.Errorf("more than %d frames", framesMax)
		}
		if start.IsZero() {
			start = c.At
		}
		list = append(list, Packet{At: c.At.Sub(start), Data: c.Data})
	}
	return list, nil
}

// describe tells what a frame is, in one line.
func describe(data []byte) string {
	f := frames.Parse(data)
	switch {
	case f.ARP != nil:
		return fmt.Sprintf("ARP %s %v > %v", map[uint16]string{1: "request", 2: "reply"}[f.ARP.Operation], f.ARP.Sender, f.ARP.Target)
	case f.TCP != nil:
		t := f.TCP
		return fmt.Sprintf("TCP %v > %v %s seq %d ack %d window %d, %d bytes%s",
			t.From, t.To, flags(t), t.Seq, t.Ack, t.Window, len(t.Payload), beginning(t.Payload))
	case f.UDP != nil:
		return fmt.Sprintf("UDP %v > %v, %d bytes%s", f.UDP.From, f.UDP.To, len(f.UDP.Payload), beginning(f.UDP.Payload))
	case f.IP != nil && f.IP.Protocol == frames.ProtocolICMP && len(f.IP.Payload) >= 2:
		return fmt.Sprintf("ICMP %v > %v %s", f.IP.From, f.IP.To, message(f.IP.Payload[0], f.IP.Payload[1]))
	}
	return fmt.Sprintf("%d bytes%s", len(data), beginning(data))
}

// message names a message of ICMP (RFC 792).
func message(kind, code byte) string {
	switch {
	case kind == 0:
		return "echo reply"
	case kind == 8:
		return "echo request"
	case kind == 3 && code == 2:
		return "protocol unreachable"
	case kind == 3 && code == 3:
		return "port unreachable"
	}
	return fmt.Sprintf("type %d code %d", kind, code)
}

func flags(t *frames.TCP) string {
	var set []string
	for _, f := range []struct {
		bit  byte
		name string
	}{{frames.SYN, "SYN"}, {frames.FIN, "FIN"}, {frames.RST, "RST"}, {frames.PSH, "PSH"}, {frames.ACK, "ACK"}} {
		if t.Has(f.bit) {
			set = append(set, f.name)
		}
	}
	return strings.Join(set, ",")
}

// beginning is the first bytes of a payload.
func beginning(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return fmt.Sprintf(": %x", b[:min(16, len(b))])
}
