package espconn

import (
	"errors"
	"hash/crc32"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// outgoing is one espconn_send.
type outgoing struct {
	data   []byte // the firmware's memory, read as TCP takes it
	next   int    // bytes that TCP has
	left   int    // bytes not acknowledged
	sum    uint32 // of data, to find a change before the sent callback
	record uint32 // heap
}

// plainSend is espconn_send on a plain connection.
func (pc *plainConn) plainSend(_ string, c Ref, data []byte) Err {
	e := pc.send(c, data)
	if e == OK {
		pc.api.setState(c, StateWrite)
	}
	return e
}

func (pc *plainConn) send(c Ref, data []byte) Err {
	a := pc.api
	copying := pc.options.set&COPY != 0
	switch {
	case !pc.ready && copying && len(pc.sends) > 0:
		return a.because(ARG, boundedtls.Cause{ID: CauseAwaitsWrite})
	case !pc.ready:
		return a.because(ARG, boundedtls.Cause{ID: CauseNotUp})
	case !copying && len(pc.sends) >= pc.most:
		a.finding(c, RuleSendBeforeSent, "send before the sent callback of the send before")
		return a.awaitsSent(MAXNUM, len(pc.sends), pc.most)
	case copying && pc.tcb != nil && pc.tcb.SendQueue() >= queueMax:
		return a.because(MAXNUM, pc.queueFull())
	}
	o := &outgoing{data: data, left: len(data), sum: crc32.ChecksumIEEE(data)}
	if o.record = a.env.Heap().Alloc(sendRecord, "espconn send record"); o.record == 0 {
		return a.noMemory()
	}
	pc.sends = append(pc.sends, o)
	if copying {
		pc.ready = false
	}
	e := pc.push()
	if e == MEM && !a.profile.SendStuck && pc.tcb != nil && pc.tcb.SendQueue() == 0 {
		pc.sends = pc.sends[:len(pc.sends)-1]
		a.env.Heap().Free(o.record)
		pc.ready = true
	}
	return e
}

// push hands the next bytes to TCP, two segments at a time, until its send buffer is full or its queue takes no more. It goes
// on to the next send when one is handed over (oracle/wire data-seg-mss536-4000, accept-mss-100). Each piece leaves before the
// next is handed over, so the line of an allocation that fails comes behind the frames of the pieces before it
// (espconn_tcp_sent of SDK 3.0.6).
func (pc *plainConn) push() Err {
	t := pc.tcb
	for _, o := range pc.sends {
		for o.next < len(o.data) {
			if t == nil {
				return pc.api.because(CONN, boundedtls.Cause{ID: CauseTCPEnded})
			}
			n := min(len(o.data)-o.next, t.SendBuffer(), 2*t.MSS())
			if n <= 0 {
				return OK
			}
			n, err := writeSome(t, o.data[o.next:o.next+n])
			o.next += n
			switch {
			case err == nil:
				t.Output()
			case !errors.Is(err, netstack.ErrMem):
				return pc.api.because(CONN, boundedtls.Cause{ID: CauseTCPEnded})
			case t.SendQueue() >= queueMax:
				return pc.api.because(MEM, pc.queueFull())
			default:
				return pc.api.noMemory()
			}
			if o.next == len(o.data) && pc.options.set&COPY != 0 {
				pc.ready = true
				pc.api.env.Post(prioPlain, pc.writeFinished)
			}
		}
	}
	return OK
}

// queueFull says that TCP's queue has no room.
func (pc *plainConn) queueFull() boundedtls.Cause {
	return boundedtls.Cause{ID: CauseQueueFull, Have: pc.tcb.SendQueue(), Limit: queueMax}
}

// writeSome writes p, or half of it, a quarter and so on while there is no memory (espconn.md 5.7 row 9).
func writeSome(t *netstack.TCB, p []byte) (int, error) {
	for {
		err := t.Write(p)
		if err == nil {
			return len(p), nil
		}
		if p = p[:len(p)/2]; len(p) == 0 || !errors.Is(err, netstack.ErrMem) {
			return 0, err
		}
	}
}

// writeFinished is the event of write_finish (espconn.md 5.7).
func (pc *plainConn) writeFinished() {
	if pc.listed && !pc.closing {
		pc.api.callback(pc.ref, WriteFinish, nil, OK)
	}
}

// Sent counts acknowledged bytes; each send that they complete gets its sent callback, after more data went to TCP
// (espconn.md 5.7). So it goes on when one of the callbacks has closed the connection: the next finds the state ESPCONN_CONNECT, and
// so does the disconnect callback.
func (pc *plainConn) Sent(_ *netstack.TCB, n int) {
	a := pc.api
	pc.idle = 0
	pc.packet.SentLength = uint16(n)
	for n > 0 && len(pc.sends) > 0 {
		o := pc.sends[0]
		k := min(n, o.left)
		o.left -= k
		n -= k
		if pc.tcb != nil {
			pc.push()
		}
		if o.left > 0 {
			return
		}
		pc.sends = pc.sends[1:]
		a.env.Heap().Free(o.record)
		if crc32.ChecksumIEEE(o.data) != o.sum {
			a.finding(pc.ref, RuleSendChanged, "the data of a send was changed before its sent callback")
		}
		pc.packet.SentLength = uint16(len(o.data))
		a.setState(pc.ref, StateConnect)
		a.callback(pc.ref, Sent, nil, OK)
		pc.packet.SentLength = uint16(n)
	}
}

// dropSends forgets what was not acknowledged.
func (pc *plainConn) dropSends() {
	for _, o := range pc.sends {
		pc.api.env.Heap().Free(o.record)
	}
	pc.sends = nil
}
