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
func (n *node) Received(t *netstack.TCB, data []byte) {
	t.Recved(len(data))
	if n.closing || n.tls == nil {
		return
	}
	n.tls.Feed(data)
	if n.phase == phaseUp {
		n.receive()
	} else {
		n.handshake()
	}
}

// receive is the pump: it gives all plaintext that is there to the recv callback, in pieces of at most 1,460 bytes that
// never span records.
func (n *node) receive() {
	a := n.api
	heap := a.env.Heap()
	block := heap.Alloc(receiveBytes, "receive buffer")
	if block == 0 {
		n.failed(&boundedtls.Error{Code: codeTCPRefused, Detail: "no memory for the receive buffer",
			Diagnosis: &boundedtls.Diagnosis{What: "no memory for the receive buffer", Remedy: "free heap in the firmware"}})
		return
	}
	err := n.pump()
	heap.Free(block)
	if err != nil {
		n.failed(err)
	}
	n.output()
}

// pump reads until input is missing. It returns why the connection ended, nil if it did not.
func (n *node) pump() *boundedtls.Error {
	a := n.api
	buf := make([]byte, receiveBytes)
	for {
		k, st := n.tls.Read(buf[:recordMax])
		n.flush()
		switch st {
		case boundedtls.Done:
			if k == 0 {
				if a.profile.EmptyRecordsStop {
					return nil
				}
				continue
			}
			n.deliver(buf, k)
			if n.closing && a.profile.DisconnectLater {
				return nil
			}
			if n.closing { // the SDK reads on from its dead socket (tls.md 5.4)
				return &boundedtls.Error{Code: codeNoSocket, Detail: "read on a socket closed in the recv callback",
					Diagnosis: &boundedtls.Diagnosis{What: "espconn_secure_disconnect inside the recv callback",
						Remedy: "disconnect from a task (system_os_post)"}}
			}
		case boundedtls.CloseNotified:
			n.tls.CloseNotify() // answered; nothing else happens until the FIN (tls.md 3.2)
			n.flush()
		case boundedtls.Failed:
			return n.tls.Err()
		default:
			return nil
		}
	}
}

// deliver makes one recv callback with the k bytes in buf.
func (n *node) deliver(buf []byte, k int) {
	a := n.api
	buf[k] = 0
	a.entered(n.ref, Recv, StateRead)
	a.callback(n.ref, Recv, buf[:k:k+1], OK)
	for i := range buf[:k+1] {
		buf[i] = poison
	}
	if !n.closing {
		a.entered(n.ref, Recv, StateConnect)
	}
}
