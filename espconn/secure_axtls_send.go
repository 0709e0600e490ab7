package espconn

import (
	"hash/crc32"

	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
)

// sendX is a send with axTLS, after the checks that both libraries share (axtls.md 2.3).
func (sc *secureConn) sendX(c Ref, name string, data []byte, length int, null bool) Err {
	a, p := sc.api, &sc.api.profile
	if sc.phase != phaseUp || sc.closing || sc.leaving {
		a.finding(c, RuleSendBeforeSent, "send before the connect callback, or after disconnect")
		if p.SendUnready {
			a.fatal(c, CauseLoadProhibited, "%s: the connection has no TLS part", name)
		}
		if sc.closing || sc.leaving {
			return ARG
		}
		return INPROGRESS
	}
	if !sc.may {
		a.finding(c, RuleSendBeforeSent, "send before the sent callback of the send before, or a second one of a server")
		return INPROGRESS
	}
	if null && length > 0 {
		return ARG // Choice: what the library does with NULL and a length was not measured
	}
	a.setState(c, StateWrite)
	sc.may = false
	if length == 0 && p.SendEmptyBug {
		return OK // nothing is sent, and nothing will ever set the flag again
	}
	sc.tx.busy, sc.tx.data, sc.tx.next = true, data, 0
	sc.tx.sum = crc32.ChecksumIEEE(data)
	sc.sendRecordX()
	return OK
}

// sendRecordX makes the next record, at most 1,024 bytes; the one after it waits for TCP's acknowledgement.
func (sc *secureConn) sendRecordX() {
	tx := &sc.tx
	k, err := sc.tls.Write(tx.data[tx.next:min(tx.next+axtls.MaxWrite, len(tx.data))])
	sc.flush()
	if err == nil {
		err = sc.tls.Err()
	}
	if err != nil {
		sc.failedX(err)
		return
	}
	tx.next += k
	tx.end = tx.written
	sc.output()
}

// sentX is the end of a send. With the bug only a client may send again (axtls.md 2.3).
func (sc *secureConn) sentX() {
	a, tx := sc.api, &sc.tx
	if crc32.ChecksumIEEE(tx.data) != tx.sum {
		a.finding(sc.ref, RuleSendChanged, "the data of a send was changed before its sent callback")
	}
	tx.busy, tx.data = false, nil
	sc.may = sc.server == nil || !a.profile.SendOnceBug
	a.entered(sc.ref, Sent, StateConnect)
	a.callback(sc.ref, Sent, nil, OK)
}

// drained moves waiting bytes to TCP; false: the connection has failed.
func (sc *secureConn) drained() bool {
	if len(sc.tx.waiting) == 0 || sc.drain() {
		return true
	}
	sc.tls.Refused(codeTCPRefused)
	if err := sc.tls.Err(); err != nil {
		sc.failedX(err)
	}
	return false
}
