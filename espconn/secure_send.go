package espconn

import (
	"errors"
	"hash/crc32"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// codeTCPRefused is what TLS is told when TCP has no room (tls.md 3.2).
const codeTCPRefused = -1

// sending is the state of a connection's output.
type sending struct {
	busy   bool
	data   []byte // the firmware's memory, read as the records are made
	next   int    // bytes of data that are in records already
	sum    uint32 // of data, to find a change before the sent callback
	record int    // length on the wire of the last record made, alerts included
	acked  int    // bytes acknowledged since the last chunk, as the SDK counts

	written uint64 // bytes given to TCP or waiting for it
	end     uint64 // written when the last chunk was
	done    uint64 // bytes acknowledged
	waiting []byte // bytes that TCP's send buffer has no room for yet
	over    bool   // the flight's finding was made
}

// begin starts a send that has passed the library's checks.
func (sc *secureConn) begin(c Ref, data []byte) {
	sc.api.setState(c, StateWrite)
	sc.tx.busy, sc.tx.data, sc.tx.next = true, data, 0
	sc.tx.sum = crc32.ChecksumIEEE(data)
	sc.sendChunk()
}

// sendChunk makes the next record, or the next two where the library splits (tls.md 0). The chunk after it waits for TCP's
// acknowledgement.
func (sc *secureConn) sendChunk() {
	if sc.tcb == nil {
		sc.failed(&boundedtls.Error{Code: codeNoSocket, Cause: &boundedtls.Cause{ID: CauseSendAfterClose}})
		return
	}
	tx := &sc.tx
	tx.acked = 0
	chunk := tx.data[tx.next:min(tx.next+sc.api.traits.MaxWrite, len(tx.data))]
	for first := true; first || len(chunk) > 0; first = false {
		k, err := sc.tls.Write(chunk)
		sc.flush()
		if err == nil {
			err = sc.tls.Err()
		}
		if err != nil {
			sc.failed(err)
			return
		}
		tx.next += k
		chunk = chunk[k:]
		if k == 0 {
			break
		}
	}
	tx.end = tx.written
	sc.output()
}

// flush gives all records of TLS to TCP.
func (sc *secureConn) flush() {
	for rec := sc.tls.Output(); rec != nil; rec = sc.tls.Output() {
		if sc.tcb == nil {
			continue
		}
		sc.tx.record = len(rec)
		if sc.api.profile.FlightCut {
			sc.writeCut(rec)
		} else {
			sc.writeAll(rec)
		}
	}
}

// writeCut writes as the SDK does: what exceeds the send buffer is lost but counts as written, a full queue is an error
// (tls.md 2.5). After a refusal only a part counts as written, so that TLS gives the rest once more.
func (sc *secureConn) writeCut(rec []byte) {
	for len(rec) > 0 {
		k, ok := sc.writeCounted(rec)
		if !ok {
			sc.tls.Refused(codeTCPRefused)
			return
		}
		rec = rec[k:]
	}
}

// writeCounted writes as much of rec as the send buffer takes, and returns how much counts as written: rec's length, halved after each
// refusal, while what is written stays as long as it was (lwip.md 16).
func (sc *secureConn) writeCounted(rec []byte) (counts int, ok bool) {
	t := sc.tcb
	fits := min(len(rec), max(t.SendBuffer(), 0))
	if fits < len(rec) {
		sc.flightFinding(len(rec) - fits)
	}
	if fits == 0 {
		return len(rec), true
	}
	for counts = len(rec); ; counts /= 2 {
		err := t.Write(rec[:fits])
		if err == nil {
			sc.tx.written += uint64(fits)
			return counts, true
		}
		if !errors.Is(err, netstack.ErrMem) || counts/2 <= 1 {
			sc.tx.written += uint64(fits)
			return 0, false
		}
	}
}

// writeAll writes rec whole; what TCP has no room for follows as it acknowledges (manual-profile.md #31).
func (sc *secureConn) writeAll(rec []byte) {
	tx := &sc.tx
	tx.written += uint64(len(rec))
	ok := true
	if len(tx.waiting) > 0 {
		tx.waiting = append(tx.waiting, rec...)
		ok = sc.drain()
	} else if rest := rec[sc.give(rec):]; len(rest) > 0 {
		tx.waiting = append(tx.waiting, rest...)
		ok = sc.tcb.SendQueue() > 0
	}
	if !ok {
		tx.waiting = nil
		sc.tls.Refused(codeTCPRefused)
	}
	if len(tx.waiting) > 0 {
		sc.flightFinding(len(tx.waiting))
	}
}

// drain moves waiting bytes to TCP. False: TCP refuses them although nothing is in flight, so that no acknowledgement
// would ever bring them on.
func (sc *secureConn) drain() bool {
	tx := &sc.tx
	if tx.waiting = tx.waiting[sc.give(tx.waiting):]; len(tx.waiting) > 0 {
		return sc.tcb.SendQueue() > 0
	}
	tx.waiting = nil
	return true
}

// give writes as much of p as TCP takes, and returns how much that was.
func (sc *secureConn) give(p []byte) (n int) {
	for n < len(p) {
		k := min(len(p)-n, max(sc.tcb.SendBuffer(), 0))
		if k == 0 || sc.tcb.Write(p[n:n+k]) != nil {
			break
		}
		n += k
	}
	return n
}

func (sc *secureConn) flightFinding(excess int) {
	if sc.tx.over || sc.phase == phaseUp {
		return
	}
	sc.tx.over = true
	sc.api.finding(sc.ref, RuleFlight, "the handshake flight exceeds TCP's send buffer by %d bytes", excess)
}

// output lets TCP transmit; while a segment is processed the stack does so itself at the end.
func (sc *secureConn) output() {
	if sc.tcb != nil {
		sc.tcb.Output()
	}
}

// drained moves waiting bytes to TCP; false: the connection has failed.
func (sc *secureConn) drained() bool {
	if len(sc.tx.waiting) == 0 || sc.drain() {
		return true
	}
	sc.tls.Refused(codeTCPRefused)
	if err := sc.tls.Err(); err != nil {
		sc.failed(err)
	}
	return false
}

// Sent counts acknowledged bytes: the end of a handshake that waits for it, the next record, or the sent callback
// (tls.md 2.7, 5.6; axtls.md 2.3, 5).
func (sc *secureConn) Sent(t *netstack.TCB, k int) {
	tx := &sc.tx
	sc.silent = 0
	tx.done += uint64(k)
	if sc.closing || sc.failing || sc.tls == nil {
		return
	}
	if sc.driver.acked(t); !sc.drained() {
		return
	}
	if sc.finishing {
		if tx.done >= tx.end {
			sc.established()
		}
		return
	}
	if sc.phase != phaseUp || !tx.busy {
		return
	}
	tx.acked += k
	if sc.api.profile.AckCountBug {
		if tx.acked != tx.record {
			return
		}
	} else if tx.done < tx.end {
		return
	}
	if tx.next < len(tx.data) {
		sc.sendChunk()
		return
	}
	switch {
	case crc32.ChecksumIEEE(tx.data) == tx.sum:
	case poisoned(tx.data) && len(tx.data) <= sc.api.traits.MaxWrite:
		// An echo from the recv callback: all of it was in a record before the callback ended.
	default:
		sc.api.finding(sc.ref, RuleSendChanged, "the data of a send was changed before its sent callback")
	}
	tx.busy, tx.data = false, nil
	sc.api.entered(sc.ref, Sent, StateConnect)
	sc.api.callback(sc.ref, Sent, nil, OK)
}
