package vnet

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Bounds of what a capture keeps back for secrets that are still to come.
const (
	// maxHandshake is how long a handshake's frames wait for its secrets. Choice: longer than the chip needs for RSA with 4,096 bits and
	// a flight that is lost three times.
	maxHandshake = time.Minute
	// maxHeld is how many bytes of blocks wait. Choice: a thousand handshakes with chains of 8 KB at once.
	maxHeld = 16 << 20
	// maxHello is how much of a connection's start is looked at, in bytes: the random of a ClientHello ends at byte 43, later only if
	// the client cuts it into many small records.
	maxHello = 512
)

// Numbers of TLS that the search for a ClientHello needs (RFC 5246 6.2.1, 7.4.1.2).
const (
	tlsRecordHeader  = 5
	tlsHandshake     = 22
	tlsMajor         = 3
	tlsClientHello   = 1
	tlsRandomAt      = 6 // in the message: type, length, version
	tlsRandomLen     = 32
	tlsRandomEnds    = tlsRandomAt + tlsRandomLen
	secretRandomText = 2 * tlsRandomLen // of a key log line, in hexadecimal digits
)

type tlsRandom [tlsRandomLen]byte

// handshakes follows the TLS handshakes in a capture: which have shown their ClientHello, and not yet their secrets. A server learns the
// secrets from the very flight that ends with the client's first encrypted record, so they come when that frame has been seen already.
type handshakes struct {
	starts  map[connKey]*tlsStart
	known   map[tlsRandom]bool // whose secrets have come
	waiting []tlsWaiting       // in the order in which they began
}

// tlsStart is a connection whose client has not said enough yet to tell whether it speaks TLS.
type tlsStart struct {
	client uint64 // its address and port as in passing
	next   uint32 // sequence number of what comes next
	stream []byte
}

// tlsWaiting is a handshake whose secrets are still to come.
type tlsWaiting struct {
	random tlsRandom
	began  time.Time
	at     int // where its ClientHello's block begins in what the capture keeps back
}

func newHandshakes() *handshakes {
	return &handshakes{starts: make(map[connKey]*tlsStart), known: make(map[tlsRandom]bool)}
}

// learn notes that a line of a key log has come: a label, the client's random, a secret.
func (h *handshakes) learn(line string) {
	fields := strings.Fields(line)
	if len(fields) < 2 || len(fields[1]) != secretRandomText {
		return
	}
	if b, err := hex.DecodeString(fields[1]); err == nil {
		h.known[tlsRandom(b)] = true
	}
}

// frame looks at a frame whose block will begin at byte at of what is kept back.
func (h *handshakes) frame(now time.Time, frame []byte, at int) {
	s, ok := readSegment(frame)
	if !ok {
		return
	}
	if s.flags&(wire.SYN|wire.ACK) == wire.SYN {
		h.begin(s)
	}
	start := h.starts[s.key]
	if start == nil || start.client != s.from {
		return
	}
	if s.flags&wire.RST != 0 {
		delete(h.starts, s.key)
		return
	}
	if skip := start.next - s.seq; skip < uint32(len(s.data)) { // what came before is passed over, a gap is not filled
		start.stream = append(start.stream, s.data[skip:]...)
		start.next = s.seq + uint32(len(s.data))
	}
	random, state := findClientRandom(start.stream)
	if state == helloUnfinished {
		return
	}
	delete(h.starts, s.key)
	if state == helloFound && !h.known[random] {
		h.waiting = append(h.waiting, tlsWaiting{random, now, at})
	}
}

func (h *handshakes) begin(s passing) {
	if len(h.starts) >= maxTracked {
		clear(h.starts) // a flood of connections that say nothing: who speaks only now is not waited for
	}
	h.starts[s.key] = &tlsStart{client: s.from, next: s.seq + 1}
}

// release returns how many of the held bytes no longer need to wait.
func (h *handshakes) release(now time.Time, held int) int {
	n := 0
	for _, w := range h.waiting {
		if !h.known[w.random] && now.Sub(w.began) <= maxHandshake {
			h.waiting[n] = w
			n++
		}
	}
	h.waiting = h.waiting[:n]
	for len(h.waiting) > 0 && held-h.waiting[0].at > maxHeld {
		h.waiting = h.waiting[1:]
	}
	if len(h.waiting) == 0 {
		return held
	}
	free := h.waiting[0].at
	for i := range h.waiting {
		h.waiting[i].at -= free
	}
	return free
}

// helloState is what the start of a stream says.
type helloState int

const (
	helloUnfinished helloState = iota
	helloFound
	helloNone // the stream begins otherwise
)

// findClientRandom looks for the random of a ClientHello at the start of a stream, however it is cut into records.
func findClientRandom(stream []byte) (tlsRandom, helloState) {
	var message []byte
	for rest := stream; len(rest) > 0; {
		if rest[0] != tlsHandshake || len(rest) > 1 && rest[1] != tlsMajor {
			return tlsRandom{}, helloNone
		}
		if len(rest) < tlsRecordHeader {
			break
		}
		body := rest[tlsRecordHeader:]
		n := min(int(binary.BigEndian.Uint16(rest[3:])), len(body))
		message = append(message, body[:n]...)
		rest = body[n:]
	}
	switch {
	case len(message) > 0 && message[0] != tlsClientHello:
		return tlsRandom{}, helloNone
	case len(message) >= tlsRandomEnds:
		return tlsRandom(message[tlsRandomAt:tlsRandomEnds]), helloFound
	case len(stream) > maxHello:
		return tlsRandom{}, helloNone
	}
	return tlsRandom{}, helloUnfinished
}
