package espconn

import (
	"hash/crc32"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// sendX is a send with engine X, after the checks that all engines share (axtls.md 2.3).
func (n *node) sendX(c Ref, name string, data []byte, length int, null bool) Err {
	a, p := n.api, &n.api.profile
	if n.phase != phaseUp || n.closing || n.leaving {
		a.finding(c, RuleSendBeforeSent, "send before the connect callback, or after disconnect")
		if p.SendUnready {
			a.fatal(c, CauseLoadProhibited, "%s: the connection has no TLS part", name)
		}
		if n.closing || n.leaving {
			return ARG
		}
		return INPROGRESS
	}
	if !n.may {
		a.finding(c, RuleSendBeforeSent, "send before the sent callback of the send before, or a second one of a server")
		return INPROGRESS
	}
	if null && length > 0 {
		return ARG // Choice: what the library does with NULL and a length was not measured
	}
	a.setState(c, StateWrite)
	n.may = false
	if length == 0 && p.SendEmptyBug {
		return OK // nothing is sent, and nothing will ever set the flag again
	}
	n.tx.busy, n.tx.data, n.tx.next = true, data, 0
	n.tx.sum = crc32.ChecksumIEEE(data)
	n.sendRecordX()
	return OK
}

// sendRecordX makes the next record, at most 1,024 bytes; the one after it waits for TCP's acknowledgement.
func (n *node) sendRecordX() {
	tx := &n.tx
	k, err := n.tls.Write(tx.data[tx.next:min(tx.next+boundedtls.MaxWriteX, len(tx.data))])
	n.flush()
	if err == nil {
		err = n.tls.Err()
	}
	if err != nil {
		n.failedX(err)
		return
	}
	tx.next += k
	tx.end = tx.written
	n.output()
}

// sentX is the end of a send. With the bug only a client may send again (axtls.md 2.3).
func (n *node) sentX() {
	a, tx := n.api, &n.tx
	if crc32.ChecksumIEEE(tx.data) != tx.sum {
		a.finding(n.ref, RuleSendChanged, "the data of a send was changed before its sent callback")
	}
	tx.busy, tx.data = false, nil
	n.may = n.lst == nil || !a.profile.SendOnceBug
	a.entered(n.ref, Sent, StateConnect)
	a.callback(n.ref, Sent, nil, OK)
}

// drained moves waiting bytes to TCP; false: the connection has failed.
func (n *node) drained() bool {
	if len(n.tx.waiting) == 0 || n.drain() {
		return true
	}
	n.tls.Refused(codeTCPRefused)
	if err := n.tls.Err(); err != nil {
		n.failedX(err)
	}
	return false
}
