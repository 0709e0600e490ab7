package scenario

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/emu8266/emu8266/netstack/vnet"
)

// air is the network's links: it counts the frames of the device by kind and loses those that it is told to.
type air struct {
	mu     sync.Mutex // guards what follows; held within the network's
	device string
	counts map[string]int // what the device sent since the last line that looked
	orders []loss
	link   vnet.Faults // what a line network has set
}

// loss is a frame to lose.
type loss struct {
	kind string
	to   bool // to the device; else from it
	n    int  // how many are left until it
}

func newAir() *air { return &air{counts: map[string]int{}} }

func (a *air) setDevice(name string) {
	a.mu.Lock()
	a.device = name
	a.mu.Unlock()
}

func (a *air) faults() vnet.Faults {
	f := a.link
	f.Filter = a.filter
	return f
}

// filter sees each frame, with the network's lock held.
func (a *air) filter(f vnet.Frame) vnet.Verdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.From != a.device && f.To != a.device {
		return vnet.Pass
	}
	to, kinds := f.To == a.device, frameKinds(f.Data)
	verdict := vnet.Pass
	for _, k := range kinds {
		if !to {
			a.counts[k]++
		}
		for i := 0; i < len(a.orders); i++ {
			o := &a.orders[i]
			if o.kind != k || o.to != to {
				continue
			}
			if o.n--; o.n == 0 {
				verdict = vnet.Drop
				a.orders = append(a.orders[:i], a.orders[i+1:]...)
				i--
			}
		}
	}
	return verdict
}

// frameWords are the kinds of frames. One frame can be of several: a SYN is tcp, syn.
var frameWords = []string{"any", "arp", "icmp", "udp", "dhcp", "dns", "mdns", "sntp", "tcp", "syn", "fin", "rst", "data"}

// frameKinds says of which kinds a frame is.
func frameKinds(b []byte) []string {
	kinds := []string{"any"}
	if len(b) < 14 {
		return kinds
	}
	switch binary.BigEndian.Uint16(b[12:]) {
	case 0x0806:
		return append(kinds, "arp")
	case 0x0800:
	default:
		return kinds
	}
	ip := b[14:]
	if len(ip) < 20 {
		return kinds
	}
	head, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if head < 20 || total < head || len(ip) < total {
		return kinds
	}
	body := ip[head:total]
	switch ip[9] {
	case 1:
		return append(kinds, "icmp")
	case 17:
		kinds = append(kinds, "udp")
		if len(body) < 8 {
			return kinds
		}
		for port, word := range map[uint16]string{67: "dhcp", 53: "dns", 5353: "mdns", 123: "sntp"} {
			if binary.BigEndian.Uint16(body) == port || binary.BigEndian.Uint16(body[2:]) == port {
				kinds = append(kinds, word)
			}
		}
	case 6:
		kinds = append(kinds, "tcp")
		if len(body) < 20 {
			return kinds
		}
		for bit, word := range map[byte]string{1: "fin", 2: "syn", 4: "rst"} {
			if body[13]&bit != 0 {
				kinds = append(kinds, word)
			}
		}
		if offset := int(body[12]>>4) * 4; len(body) > offset {
			kinds = append(kinds, "data")
		}
	}
	return kinds
}

// lose loses a frame of a kind: lose from|to KIND [N].
func (r *runner) lose(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errWords
	}
	if err := oneOf(args[0], "from", "to"); err != nil {
		return err
	}
	if err := oneOf(args[1], frameWords...); err != nil {
		return err
	}
	n := uint64(1)
	if len(args) > 2 {
		var err error
		if n, err = number(args[2], 1, countMax); err != nil {
			return err
		}
	}
	r.air.mu.Lock()
	r.air.orders = append(r.air.orders, loss{args[1], args[0] == "to", int(n)})
	r.air.mu.Unlock()
	return nil
}

// expectFrames checks how many frames of a kind the device has sent.
func (r *runner) expectFrames(kind, want string) error {
	if err := oneOf(kind, frameWords...); err != nil {
		return err
	}
	fits, err := compared(want)
	if err != nil {
		return err
	}
	r.air.mu.Lock()
	got := r.air.counts[kind]
	r.air.counts[kind] = 0
	r.air.mu.Unlock()
	if !fits(uint64(got)) {
		return fmt.Errorf("the device sent %d", got)
	}
	return nil
}

// compared reads N, <N or >N.
func compared(word string) (func(uint64) bool, error) {
	digits := strings.TrimLeft(word, "<>")
	n, err := strconv.ParseUint(digits, 0, 64)
	if err != nil || len(word)-len(digits) > 1 {
		return nil, mistake("%q: N, <N or >N is wanted", word)
	}
	return func(got uint64) bool {
		switch word[0] {
		case '<':
			return got < n
		case '>':
			return got > n
		}
		return got == n
	}, nil
}

// quality sets the links: loss=PERCENT, latency=DURATION, and so on.
func (r *runner) quality(args []string) error {
	o, err := options(args, "loss", "latency", "jitter", "duplicate", "corrupt", "reorder")
	if err != nil {
		return err
	}
	if len(o) == 0 {
		return errWords
	}
	for k, v := range o {
		switch k {
		case "latency", "jitter":
			d, err := duration(v)
			if err != nil {
				return err
			}
			if k == "latency" {
				r.air.link.Latency = d
			} else {
				r.air.link.Jitter = d
			}
		default:
			n, err := strconv.ParseFloat(strings.TrimSuffix(v, "%"), 64)
			if err != nil || !(n >= 0 && n <= 100) {
				return mistake("%q: per cent from 0 to 100 is wanted", v)
			}
			*map[string]*float64{"loss": &r.air.link.Loss, "duplicate": &r.air.link.Duplicate, "corrupt": &r.air.link.Corrupt,
				"reorder": &r.air.link.Reorder}[k] = n / 100
		}
	}
	r.network.SetFaults("", "", r.air.faults())
	return nil
}
