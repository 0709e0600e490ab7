package vnet

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// flowIdle is how long a flow may be silent before its counter is forgotten. Choice: longer than any frame stays on the way.
const flowIdle = 5 * time.Minute

// flowKey names the flow that a frame belongs to: for TCP the sending port and the two addresses and ports of the segment, for anything
// else the sending port and the protocol. Frames of one flow have one sender and keep its order.
type flowKey struct {
	port  uint64 // key of the sending port of the switch
	addrs uint64 // source and destination address of a TCP segment; 0: not TCP
	rest  uint64 // TCP: 1<<32 and the ports. Otherwise EtherType<<8 and the protocol
}

func (k flowKey) compare(o flowKey) int {
	if k.port != o.port {
		return cmp.Compare(k.port, o.port)
	}
	if k.addrs != o.addrs {
		return cmp.Compare(k.addrs, o.addrs)
	}
	return cmp.Compare(k.rest, o.rest)
}

// flowOf reads the flow of a frame. A frame too short for what it claims to be belongs to the flow of what could be read.
func flowOf(port uint64, data []byte) flowKey {
	key := flowKey{port: port}
	if len(data) < wire.EthernetLen {
		return key
	}
	etherType := uint64(binary.BigEndian.Uint16(data[12:]))
	key.rest = etherType << 8
	ip := data[wire.EthernetLen:]
	if etherType != wire.EtherTypeIPv4 || len(ip) < 20 {
		return key
	}
	key.rest |= uint64(ip[9])
	header := int(ip[0]&0x0f) * 4
	fragmentOffset := binary.BigEndian.Uint16(ip[6:]) & 0x1fff
	if ip[9] != wire.ProtocolTCP || header < 20 || len(ip) < header+4 || fragmentOffset != 0 {
		return key
	}
	key.addrs = binary.BigEndian.Uint64(ip[12:20])
	key.rest = 1<<32 | uint64(binary.BigEndian.Uint32(ip[header:]))
	return key
}

// flow counts the frames of a flow. Flows form a list roughly by last use, so that old ones can be forgotten.
type flow struct {
	key        flowKey
	seq        uint64           // frames sent so far
	used       int64            // instant of the last frame
	listed     int64            // instant at which it came to the front of the list
	last       map[uint64]int64 // latest delivery to each receiver, while links jitter
	prev, next *flow
}

// flowTable holds the flows of a network, those used last towards the front. What is forgotten depends on frames and virtual time only.
type flowTable struct {
	byKey map[flowKey]*flow
	list  flow // sentinel of the ring
}

func (t *flowTable) init() {
	t.byKey = make(map[flowKey]*flow)
	t.list.prev, t.list.next = &t.list, &t.list
}

// use returns the flow of a frame sent at now.
func (t *flowTable) use(key flowKey, now int64) *flow {
	f := t.byKey[key]
	if f == nil {
		for range 2 { // two out for one in: the table shrinks back after a burst
			if old := t.list.prev; old != &t.list && now-old.used > int64(flowIdle) {
				old.unlink()
				delete(t.byKey, old.key)
			}
		}
		f = &flow{key: key}
		t.byKey[key] = f
	} else if f.used = now; now-f.listed < int64(flowIdle)/4 {
		return f // near enough to the front: moving it would touch its neighbours' memory
	} else {
		f.unlink()
	}
	f.used, f.listed = now, now
	f.prev, f.next = &t.list, t.list.next
	f.prev.next, f.next.prev = f, f
	return f
}

func (f *flow) unlink() { f.prev.next, f.next.prev = f.next, f.prev }

// hashName turns a port's name into its key, so that order and randomness do not depend on the order of attaching.
func hashName(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum64()
}
