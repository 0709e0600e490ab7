package espconn

import (
	"fmt"
	"hash/crc32"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Send is espconn_send, for TCP and UDP. TCP takes what fits into its send buffer at once and reads the rest from data as
// the peer acknowledges: data must stay unchanged until the sent callback, which comes once when all of it is
// acknowledged. UDP: see Sendto.
//
// In this order (espconn.md 5.7): ARG for NULL, no data, length 0 and more than 65,535 bytes; ARG for an espconn without a
// connection; ARG before the connect callback, and with COPY before write_finish; MAXNUM before the sent callback of the
// send before, with COPY when TCP's queue of 8 is full; MEM; CONN when TCP is closing; else OK. SDK profiles set the
// state WRITE as soon as the connection is found.
func (a *API) Send(c Ref, data []byte) Err { return a.sendPlain("espconn_send", c, data, len(data)) }

// Sent is espconn_sent, the same function by its old name (espconn.md 5.7).
func (a *API) Sent(c Ref, data []byte) Err { return a.sendPlain("espconn_sent", c, data, len(data)) }

// SendNull is espconn_send with a NULL data pointer and a length, which only C firmware can do: ARG (espconn.md 5.7).
func (a *API) SendNull(c Ref, length uint16) Err {
	return a.sendPlain("espconn_send", c, nil, int(length))
}

func (a *API) sendPlain(name string, c Ref, data []byte, length int) Err {
	return a.call(name, c, fmt.Sprintf("%d bytes", length), func() Err {
		if isNull(c) || len(data) == 0 || length > lengthMax {
			return ARG
		}
		k := a.connOf(c)
		if k == nil {
			return ARG
		}
		if a.profile.SendStateFirst {
			a.setState(c, StateWrite)
		}
		return k.plainSend(name, c, data)
	})
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
	return a.sendSecure("espconn_secure_send", c, data, len(data), false)
}

// SecureSent is espconn_secure_sent, the same function by its old name (manual-profile.md #36).
func (a *API) SecureSent(c Ref, data []byte) Err {
	return a.sendSecure("espconn_secure_sent", c, data, len(data), false)
}

// SecureSendNull is espconn_secure_send with a NULL data pointer and a length, which only C firmware can do: ARG by the
// manual profile, a crash in the SDK when length is not 0 (manual-profile.md #15, tls.md 5.3).
func (a *API) SecureSendNull(c Ref, length uint16) Err {
	return a.sendSecure("espconn_secure_send", c, nil, int(length), true)
}

func (a *API) sendSecure(name string, c Ref, data []byte, length int, null bool) Err {
	return a.call(name, c, fmt.Sprintf("%d bytes", length), func() Err {
		if isNull(c) || length > lengthMax {
			return ARG
		}
		p := &a.profile
		if p.SendStateFirst {
			a.setState(c, StateWrite)
		}
		sc := a.secureOf(c)
		if sc == nil {
			a.secureOnPlain(c, name)
		}
		if sc != nil && p.Engine.Traits().Library == boundedtls.AxTLS {
			return sc.sendX(c, name, data, length, null)
		}
		if sc == nil || !p.DisconnectByState && (sc.closing || sc.leaving) {
			a.checkUnconnected(c)
			return ARG
		}
		if sc.phase != phaseUp {
			a.finding(c, RuleSendBeforeSent, "send before the connect callback")
			return INPROGRESS
		}
		if sc.tx.busy {
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
		sc.tx.busy, sc.tx.data, sc.tx.next = true, data, 0
		sc.tx.sum = crc32.ChecksumIEEE(data)
		sc.sendChunk()
		return OK
	})
}

// Sizes of sending in bytes.
const (
	recordMax = 1460  // plaintext of one record, TCP's MSS (tls.md 2.7)
	lengthMax = 65535 // espconn_secure_send takes a uint16
)
