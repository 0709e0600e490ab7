// Package frames reads captures and the headers of the frames in them.
package frames

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/bits"
	"time"
)

// ErrNoCapture says that a file is none of the pcapng format (draft-ietf-opsawg-pcapng).
var ErrNoCapture = errors.New("no capture in the pcapng format")

// Numbers of the pcapng format.
const (
	blockInterface = 1
	blockPacket    = 6
	blockSection   = 0x0a0d0d0a
	byteOrderMagic = 0x1a2b3c4d
	linkEthernet   = 1
	optionTSResol  = 9
)

// blockMax bounds what is believed of a block's length. Choice: 256 times the longest frame.
const blockMax = 16 << 20

// reader is at a place of a capture.
type reader struct {
	in     io.Reader
	order  binary.ByteOrder
	links  []link
	buffer []byte
}

// link is an interface of the section.
type link struct {
	ethernet bool
	units    uint64 // of time in a second
}

// Read returns the Ethernet frames of a capture with their times. Those of other links are passed over. A file that is cut off ends where
// it is cut; another fault of it is the last pair's error. The frame is the caller's.
func Read(in io.Reader) iter.Seq2[Captured, error] {
	return func(yield func(Captured, error) bool) {
		r := &reader{in: in}
		for first := true; ; first = false {
			kind, body, err := r.block()
			switch {
			case first && (err != nil || kind != blockSection):
				yield(Captured{}, ErrNoCapture)
				return
			case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
				return
			case err != nil:
				yield(Captured{}, err)
				return
			}
			switch kind {
			case blockSection:
				r.links = nil
			case blockInterface:
				err = r.describe(body)
			case blockPacket:
				var c Captured
				var known bool
				if c, known, err = r.packet(body); err == nil && known && !yield(c, nil) {
					return
				}
			}
			if err != nil {
				yield(Captured{}, err)
				return
			}
		}
	}
}

// Captured is a frame of a capture.
type Captured struct {
	At   time.Time
	Data []byte
}

// block reads a block; its body is lent until the next one.
func (r *reader) block() (kind uint32, body []byte, err error) {
	var head [12]byte
	if _, err := io.ReadFull(r.in, head[:8]); err != nil {
		return 0, nil, err
	}
	read := 0
	if binary.LittleEndian.Uint32(head[:]) == blockSection { // the same in either order
		if _, err := io.ReadFull(r.in, head[8:]); err != nil {
			return 0, nil, err
		}
		read = 4
		switch uint32(byteOrderMagic) {
		case binary.LittleEndian.Uint32(head[8:]):
			r.order = binary.LittleEndian
		case binary.BigEndian.Uint32(head[8:]):
			r.order = binary.BigEndian
		default:
			return 0, nil, ErrNoCapture
		}
	}
	if r.order == nil {
		return 0, nil, ErrNoCapture
	}
	length := r.order.Uint32(head[4:])
	if length < 12+uint32(read) || length%4 != 0 || length > blockMax {
		return 0, nil, fmt.Errorf("%w: a block of %d bytes", ErrNoCapture, length)
	}
	if n := int(length) - 8 - read; cap(r.buffer) < n {
		r.buffer = make([]byte, n)
	} else {
		r.buffer = r.buffer[:n]
	}
	if _, err := io.ReadFull(r.in, r.buffer); err != nil {
		return 0, nil, err
	}
	return r.order.Uint32(head[:]), r.buffer[:len(r.buffer)-4], nil
}

// describe reads the description of an interface: its link and the unit of its times, a microsecond unless an option says another.
func (r *reader) describe(body []byte) error {
	if len(body) < 8 {
		return fmt.Errorf("%w: an interface of %d bytes", ErrNoCapture, len(body))
	}
	l := link{ethernet: r.order.Uint16(body) == linkEthernet, units: 1e6}
	for left := body[8:]; len(left) >= 4; {
		code, n := r.order.Uint16(left), int(r.order.Uint16(left[2:]))
		if code == 0 || 4+n > len(left) {
			break
		}
		if code == optionTSResol && n > 0 {
			v, base := left[4], uint64(10)
			if v&0x80 != 0 {
				v, base = v&0x7f, 2
			}
			l.units = 1
			for range v {
				over, product := bits.Mul64(l.units, base)
				if over != 0 {
					return fmt.Errorf("%w: times finer than 64 bits can tell", ErrNoCapture)
				}
				l.units = product
			}
		}
		left = left[min(len(left), 4+(n+3)&^3):]
	}
	r.links = append(r.links, l)
	return nil
}

// packet reads a frame; known says that it is one of Ethernet.
func (r *reader) packet(body []byte) (c Captured, known bool, err error) {
	const head = 20
	if len(body) < head || uint64(r.order.Uint32(body[12:])) > uint64(len(body)-head) ||
		uint64(r.order.Uint32(body)) >= uint64(len(r.links)) {
		return c, false, fmt.Errorf("%w: a packet of %d bytes that does not fit", ErrNoCapture, len(body))
	}
	l := r.links[r.order.Uint32(body)]
	units := uint64(r.order.Uint32(body[4:]))<<32 | uint64(r.order.Uint32(body[8:]))
	high, low := bits.Mul64(units%l.units, uint64(time.Second))
	nanos, _ := bits.Div64(high, low, l.units)
	c.At = time.Unix(int64(units/l.units), int64(nanos)).UTC()
	c.Data = append([]byte(nil), body[head:head+int(r.order.Uint32(body[12:]))]...)
	return c, l.ethernet, nil
}
