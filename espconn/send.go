package espconn

import (
	"fmt"
	"hash/crc32"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Sizes of sending in bytes.
const (
	recordMax = 1460  // plaintext of one record, TCP's MSS (tls.md 2.7)
	lengthMax = 65535 // espconn_secure_send takes a uint16
)

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

// SecureSend is espconn_secure_send: data goes out as TLS records, the next one of at most 1,460 bytes when the one
// before is acknowledged, and the sent callback comes once at the end. data must stay unchanged until then. Length 0
// sends an empty record.
//
// Results of ManualV21 (manual-profile.md #15): ARG for NULL, for an espconn without a connection, for a listener and
// for more than 1,024 bytes; INPROGRESS before the connect callback and before the sent callback of the send before.
// The SDK: tls.md 5.3. OK also when writing fails: that shows in the reconnect callback. More than 65,535 bytes: ARG,
// the SDK's length has 16 bits.
func (a *API) SecureSend(c Ref, data []byte) Err {
	return a.send("espconn_secure_send", c, data, len(data), false)
}

// SecureSent is espconn_secure_sent, the same function by its old name (manual-profile.md #36).
func (a *API) SecureSent(c Ref, data []byte) Err {
	return a.send("espconn_secure_sent", c, data, len(data), false)
}

// SecureSendNull is espconn_secure_send with a NULL data pointer and a length, which only C firmware can do: ARG by the
// manual profile, a crash in the SDK when length is not 0 (manual-profile.md #15, tls.md 5.3).
func (a *API) SecureSendNull(c Ref, length uint16) Err {
	return a.send("espconn_secure_send", c, nil, int(length), true)
}

func (a *API) send(name string, c Ref, data []byte, length int, null bool) Err {
	return a.call(name, c, fmt.Sprintf("%d bytes", length), func() Err {
		if isNull(c) || length > lengthMax {
			return ARG
		}
		p := &a.profile
		if p.SendStateFirst {
			a.setState(c, StateWrite)
		}
		n := a.find(c)
		if n == nil {
			a.mixedSecure(c, name)
		}
		if n != nil && p.Engine.AxTLS {
			return n.sendX(c, name, data, length, null)
		}
		if n == nil || !p.DisconnectByState && (n.closing || n.leaving) {
			a.checkUnconnected(c)
			return ARG
		}
		if n.phase != phaseUp {
			a.finding(c, RuleSendBeforeSent, "send before the connect callback")
			return INPROGRESS
		}
		if n.tx.busy {
			a.finding(c, RuleSendBeforeSent, "send before the sent callback of the send before")
			return INPROGRESS
		}
		if null && length > 0 {
			a.finding(c, RuleSendNull, "NULL data with length %d", length)
			if p.SendNullCrashes {
				a.fatal(c, CauseLoadProhibited, "%s: NULL data with length %d", name, length)
			}
			return ARG
		}
		if length > sendMax {
			a.finding(c, RuleSendTooLong, "%d bytes in one send, the manual allows %d", length, sendMax)
			if p.SendMax != 0 && length > p.SendMax {
				return ARG
			}
		}
		if poisoned(data) {
			a.finding(c, RuleRecvKept, "%d bytes that a recv callback had lent are sent after its end", length)
		}
		a.setState(c, StateWrite)
		n.tx.busy, n.tx.data, n.tx.next = true, data, 0
		n.tx.sum = crc32.ChecksumIEEE(data)
		n.sendChunk()
		return OK
	})
}

// sendChunk makes the next record. An engine that splits makes two (tls.md 0).
func (n *node) sendChunk() {
	if n.sock == nil {
		n.failed(&boundedtls.Error{Code: codeNoSocket, Detail: "write on a closed socket",
			Diagnosis: &boundedtls.Diagnosis{What: "send after disconnect", Remedy: "do not send after espconn_secure_disconnect"}})
		return
	}
	tx := &n.tx
	tx.acked = 0
	chunk := tx.data[tx.next:min(tx.next+recordMax, len(tx.data))]
	for first := true; first || len(chunk) > 0; first = false {
		k, err := n.tls.Write(chunk)
		n.flush()
		if err == nil {
			err = n.tls.Err()
		}
		if err != nil {
			n.failed(err)
			return
		}
		tx.next += k
		chunk = chunk[k:]
		if k == 0 {
			break
		}
	}
	tx.end = tx.written
	n.output()
}

// flush gives all records of the engine to TCP.
func (n *node) flush() {
	for rec := n.tls.Output(); rec != nil; rec = n.tls.Output() {
		if n.sock == nil {
			continue
		}
		n.tx.record = len(rec)
		if n.api.profile.FlightCut {
			n.writeCut(rec)
		} else {
			n.writeAll(rec)
		}
	}
}

// writeCut writes as the SDK does: what exceeds the send buffer is lost but counts as written, a full queue is an error
// (tls.md 2.5).
func (n *node) writeCut(rec []byte) {
	t := n.sock.tcb
	fits := min(len(rec), max(t.SendBuffer(), 0))
	if fits < len(rec) {
		n.flightFinding(len(rec) - fits)
	}
	if fits == 0 {
		return
	}
	n.tx.written += uint64(fits)
	if t.Write(rec[:fits]) != nil {
		n.tls.Refused(codeTCPRefused)
	}
}

// writeAll writes rec whole; what TCP has no room for follows as it acknowledges (manual-profile.md #31).
func (n *node) writeAll(rec []byte) {
	tx := &n.tx
	tx.written += uint64(len(rec))
	tx.waiting = append(tx.waiting, rec...)
	if !n.drain() {
		tx.waiting = nil
		n.tls.Refused(codeTCPRefused)
	}
	if len(tx.waiting) > 0 {
		n.flightFinding(len(tx.waiting))
	}
}

// drain moves waiting bytes to TCP. False: TCP refuses them although nothing is in flight, so that no acknowledgement
// would ever bring them on.
func (n *node) drain() bool {
	tx, t := &n.tx, n.sock.tcb
	for len(tx.waiting) > 0 {
		k := min(len(tx.waiting), max(t.SendBuffer(), 0))
		if k == 0 || t.Write(tx.waiting[:k]) != nil {
			return t.SendQueue() > 0
		}
		tx.waiting = tx.waiting[k:]
	}
	tx.waiting = nil
	return true
}

func (n *node) flightFinding(excess int) {
	if n.tx.over || n.phase == phaseUp {
		return
	}
	n.tx.over = true
	n.api.finding(n.ref, RuleFlight, "the handshake flight exceeds TCP's send buffer by %d bytes", excess)
}

// output lets TCP transmit; while a segment is processed the stack does so itself at the end.
func (n *node) output() {
	if n.sock != nil && n.sock.tcb != nil {
		n.sock.tcb.Output()
	}
}

// Sent counts acknowledged bytes: next record, or sent callback (tls.md 2.7, 5.6).
func (n *node) Sent(_ *netstack.TCB, k int) {
	tx := &n.tx
	tx.done += uint64(k)
	if n.closing || n.tls == nil {
		return
	}
	if len(tx.waiting) > 0 && !n.drain() {
		n.tls.Refused(codeTCPRefused)
		if err := n.tls.Err(); err != nil {
			n.failed(err)
		}
		return
	}
	if n.phase != phaseUp || !tx.busy {
		return
	}
	tx.acked += k
	if n.api.profile.AckCountBug {
		if tx.acked != tx.record {
			return
		}
	} else if tx.done < tx.end {
		return
	}
	if tx.next < len(tx.data) {
		n.sendChunk()
		return
	}
	switch {
	case crc32.ChecksumIEEE(tx.data) == tx.sum:
	case poisoned(tx.data) && len(tx.data) <= recordMax:
		// An echo from the recv callback: all of it was in a record before the callback ended.
	default:
		n.api.finding(n.ref, RuleSendChanged, "the data of a send was changed before its sent callback")
	}
	tx.busy, tx.data = false, nil
	n.api.entered(n.ref, Sent, StateConnect)
	n.api.callback(n.ref, Sent, nil, OK)
}
