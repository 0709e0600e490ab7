package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// receiveBytes is the receive pump's buffer: one piece and the NUL behind it (tls.md 2.7).
const receiveBytes = recordMax + 1

// poison is what a lent slice holds after the callback (design of the API checks: keeping the slice is a mistake).
const poison = 0xA5

// Received is a segment's data: it opens the window again, and TLS reads it (tls.md 2.7).
func (sc *secureConn) Received(t *netstack.TCB, data []byte) {
	t.Recved(len(data))
	if sc.closing || sc.tls == nil {
		return
	}
	sc.tls.Feed(data)
	if sc.phase == phaseUp {
		sc.receive()
	} else {
		sc.handshake()
	}
}

// receive is the pump: it gives all plaintext that is there to the recv callback, in pieces of at most 1,460 bytes that
// never span records.
func (sc *secureConn) receive() {
	a := sc.api
	heap := a.env.Heap()
	block := heap.Alloc(receiveBytes, "receive buffer")
	if block == 0 {
		sc.failed(a.profile.Engine.NoMemory("the receive buffer", true))
		return
	}
	err := sc.pump()
	heap.Free(block)
	if err != nil {
		sc.failed(err)
	}
	sc.output()
}

// pump reads until input is missing. It returns why the connection ended, nil if it did not.
func (sc *secureConn) pump() *boundedtls.Error {
	a := sc.api
	buf := make([]byte, receiveBytes)
	for {
		k, st := sc.tls.Read(buf[:recordMax])
		sc.flush()
		switch st {
		case boundedtls.Done:
			if k == 0 {
				if a.profile.EmptyRecordsStop {
					return nil
				}
				continue
			}
			sc.deliver(buf, k)
			if sc.closing && a.profile.DisconnectLater {
				return nil
			}
			if sc.closing { // the SDK reads on from its dead socket (tls.md 5.4)
				return &boundedtls.Error{Code: codeNoSocket, Cause: &boundedtls.Cause{ID: CauseClosedInRecv}}
			}
		case boundedtls.CloseNotified:
			sc.tls.CloseNotify() // answered; nothing else happens until the FIN (tls.md 3.2)
			sc.flush()
		case boundedtls.Failed:
			return sc.tls.Err()
		default:
			return nil
		}
	}
}

// deliver makes one recv callback with the k bytes in buf.
func (sc *secureConn) deliver(buf []byte, k int) {
	a := sc.api
	buf[k] = 0
	a.entered(sc.ref, Recv, StateRead)
	a.callback(sc.ref, Recv, buf[:k:k+1], OK)
	for i := range buf[:k+1] {
		buf[i] = poison
	}
	if !sc.closing {
		a.entered(sc.ref, Recv, StateConnect)
	}
}
