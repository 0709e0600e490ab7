package espconn

import (
	"errors"
	"fmt"
	"hash/crc32"

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

// Send is espconn_send, for TCP and UDP. TCP takes what fits into its send buffer at once and reads the rest from data as
// the peer acknowledges: data must stay unchanged until the sent callback, which comes once when all of it is
// acknowledged. UDP: see Sendto.
//
// In this order (espconn.md 5.7): ARG for NULL, no data, length 0 and more than 65,535 bytes; ARG for an espconn without a
// connection; ARG before the connect callback, and with COPY before write_finish; MAXNUM before the sent callback of the
// send before, with COPY when TCP's queue of 8 is full; MEM; CONN when TCP is closing; else OK. SDK profiles set the
// state WRITE as soon as the connection is found.
func (a *API) Send(c Ref, data []byte) Err { return a.plainSend("espconn_send", c, data, len(data)) }

// Sent is espconn_sent, the same function by its old name (espconn.md 5.7).
func (a *API) Sent(c Ref, data []byte) Err { return a.plainSend("espconn_sent", c, data, len(data)) }

// SendNull is espconn_send with a NULL data pointer and a length, which only C firmware can do: ARG (espconn.md 5.7).
func (a *API) SendNull(c Ref, length uint16) Err {
	return a.plainSend("espconn_send", c, nil, int(length))
}

func (a *API) plainSend(name string, c Ref, data []byte, length int) Err {
	return a.call(name, c, fmt.Sprintf("%d bytes", length), func() Err {
		if isNull(c) || len(data) == 0 || length > lengthMax {
			return ARG
		}
		first := func() {
			if a.profile.SendStateFirst {
				a.setState(c, StateWrite)
			}
		}
		if u := a.udp(c); u != nil {
			first()
			return u.send(c, data)
		}
		if a.find(c) != nil {
			first()
			a.mixed(c, name, false)
			return ARG
		}
		l := a.link(c)
		if l == nil {
			return ARG
		}
		first()
		e := l.send(c, data)
		if e == OK {
			a.setState(c, StateWrite)
		}
		return e
	})
}

func (l *link) send(c Ref, data []byte) Err {
	a := l.api
	copying := l.options&COPY != 0
	switch {
	case !l.ready:
		return ARG
	case !copying && len(l.sends) >= l.most:
		a.finding(c, RuleSendBeforeSent, "send before the sent callback of the send before")
		return MAXNUM
	case copying && l.tcb != nil && l.tcb.SendQueue() >= queueMax:
		return MAXNUM
	}
	o := &outgoing{data: data, left: len(data), sum: crc32.ChecksumIEEE(data)}
	if o.record = a.env.Heap().Alloc(sendRecord, "espconn send record"); o.record == 0 {
		return MEM
	}
	l.sends = append(l.sends, o)
	if copying {
		l.ready = false
	}
	e := l.push()
	if e == MEM && !a.profile.SendStuck && l.tcb != nil && l.tcb.SendQueue() == 0 {
		l.sends = l.sends[:len(l.sends)-1]
		a.env.Heap().Free(o.record)
		l.ready = true
	}
	return e
}

// push hands the next bytes to TCP: what its send buffer takes, at most two segments. It goes on to the next send when
// one is handed over.
func (l *link) push() Err {
	for _, o := range l.sends {
		if o.next == len(o.data) {
			continue
		}
		t := l.tcb
		if t == nil {
			return CONN
		}
		n := min(len(o.data)-o.next, t.SendBuffer(), 2*t.MSS())
		if n <= 0 {
			return OK
		}
		n, err := writeSome(t, o.data[o.next:o.next+n])
		o.next += n
		t.Output()
		switch {
		case errors.Is(err, netstack.ErrMem):
			return MEM
		case err != nil:
			return CONN
		case o.next < len(o.data):
			return OK
		}
		if l.options&COPY != 0 {
			l.ready = true
			l.api.env.Post(prioPlain, l.writeFinished)
		}
	}
	return OK
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
func (l *link) writeFinished() {
	if l.listed && !l.closing {
		l.api.callback(l.ref, WriteFinish, nil, OK)
	}
}

// Sent counts acknowledged bytes; each send that they complete gets its sent callback, after more data went to TCP
// (espconn.md 5.7).
func (l *link) Sent(_ *netstack.TCB, n int) {
	a := l.api
	l.idle = 0
	for n > 0 && len(l.sends) > 0 && l.tcb != nil {
		o := l.sends[0]
		k := min(n, o.left)
		o.left -= k
		n -= k
		l.push()
		if o.left > 0 {
			return
		}
		l.sends = l.sends[1:]
		a.env.Heap().Free(o.record)
		if crc32.ChecksumIEEE(o.data) != o.sum {
			a.finding(l.ref, RuleSendChanged, "the data of a send was changed before its sent callback")
		}
		l.sentLength = uint16(len(o.data))
		a.setState(l.ref, StateConnect)
		a.callback(l.ref, Sent, nil, OK)
	}
}

// dropSends forgets what was not acknowledged.
func (l *link) dropSends() {
	for _, o := range l.sends {
		l.api.env.Heap().Free(o.record)
	}
	l.sends = nil
}
