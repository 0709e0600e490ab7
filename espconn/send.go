package espconn

import "strconv"

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
	return a.call(name, c, bytesText(length), func() Err {
		if e := a.noSend(c, length, len(data)); e != OK {
			return e
		}
		k := a.connOf(c)
		if k == nil {
			return a.unconnected()
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
// Results of ManualV21 (manual V2.1 5.6; manual-profile.md #15): ARG for NULL, for an espconn without a connection, for a server and
// for more than 1,024 bytes; INPROGRESS before the connect callback and before the sent callback of the send before.
// The SDK: tls.md 5.3. OK also when writing fails: that shows in the reconnect callback. More than 65,535 bytes: ARG,
// the SDK's length has 16 bits.
func (a *API) SecureSend(c Ref, data []byte) Err {
	return a.sendSecure("espconn_secure_send", c, data, len(data))
}

// SecureSent is espconn_secure_sent, the same function by its name in V1.0 (manual V1.0 4.7; manual-profile.md #36), where nothing
// limits a send to 1,024 bytes.
func (a *API) SecureSent(c Ref, data []byte) Err {
	return a.sendSecure("espconn_secure_sent", c, data, len(data))
}

// SecureSendNull is espconn_secure_send with a NULL data pointer and a length, which only C firmware can do: ARG by the
// manual profile, a crash in the SDK when length is not 0 (manual-profile.md #15, tls.md 5.3).
func (a *API) SecureSendNull(c Ref, length uint16) Err {
	return a.sendSecure("espconn_secure_send", c, nil, int(length))
}

// bytesText is how a number of bytes reads in events.
func bytesText(n int) string {
	var b [24]byte
	return string(append(strconv.AppendInt(b[:0], int64(n), 10), " bytes"...))
}

// sendSecure is all of them. length is greater than len(data) only for a NULL pointer with a length.
func (a *API) sendSecure(name string, c Ref, data []byte, length int) Err {
	return a.call(name, c, bytesText(length), func() Err {
		first := a.profile.SendStateFirst && !isNull(c)
		if first && a.library.onPCB() { // libssl looks at NULL alone before it (axtls.md 2.3)
			a.setState(c, StateWrite)
		}
		if e := a.noSend(c, length, max(1, len(data))); e != OK { // a secure one may be empty
			return e
		}
		if first {
			a.setState(c, StateWrite)
		}
		sc := a.secureOf(c)
		if sc == nil {
			a.secureOnPlain(c, name)
			a.checkUnconnected(c)
			if a.plainOf(c) != nil {
				return a.onPlain(c)
			}
			return a.unconnected()
		}
		return sc.driver.send(c, name, data, length)
	})
}

// lengthMax is the most that one send takes, in bytes: the SDK's length is a uint16.
const lengthMax = 65535
