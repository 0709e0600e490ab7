package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
)

// axRing is the receive ring of axTLS's layer (axtls.md 2.2). TLS has the bytes; the ring only counts as the device's does.
type axRing struct {
	end    int  // where the next segment goes, from the ring's begin
	unread int  // bytes that TLS has not asked for yet
	lost   bool // a segment found no room: its bytes are counted, and are not there
}

// codeLost is the library's result when bytes that were counted are not there.
const codeLost = -256

// feed puts a segment into the ring. A ring that is full to its last byte gives a negative length to copy.
func (d *axtlsDriver) feed(data []byte) bool {
	r, sc := &d.ring, d.sc
	if r.unread == 0 {
		r.end = 0
	}
	switch end := r.end + len(data); {
	case end < ringBytes-1 || !d.rules.RingWraps:
		r.end = end
		sc.tls.Feed(data)
	case end > ringBytes-1:
		r.lost = true
	default:
		sc.api.fatal(sc.ref, CauseLoadProhibited, "the receive ring of TLS is full to its last byte: the SDK copies 4 GB out of it")
		sc.abandon()
		return false
	}
	sc.api.env.Stack().ReleaseFrame() // with its segment (oracle/axtls H, the traces of the allocator)
	return true
}

// receive gives each record of application data whole to the recv callback, also an empty one. Without one a record ends the reading: what
// is behind it waits for the next segment. Behind the peer's FIN one record is read. The state is READ from the first record on, and
// CONNECT when a callback has returned before the FIN (axtls.md 2.2).
func (d *axtlsDriver) receive() {
	sc := d.sc
	buf := make([]byte, SizeMax+1)
	for more := true; more && !sc.closing; {
		sc.api.setState(sc.ref, StateRead)
		k, st := sc.tls.Read(buf[:SizeMax])
		sc.flush()
		if st == boundedtls.Failed {
			sc.failed(sc.tls.Err())
			break
		}
		if st != boundedtls.Done {
			d.ring.unread = 0
			if d.ring.lost {
				d.bytesLost()
			}
			break
		}
		d.ring.unread = sc.tls.State().Buffered
		if k > 0 && !sc.ref.Has(Recv) {
			break
		}
		sc.deliver(buf, k)
		more = (d.ring.unread > 0 || d.ring.lost) && sc.up()
	}
	sc.output()
}

// bytesLost is the end of a connection whose bytes found no room.
func (d *axtlsDriver) bytesLost() {
	text, status := axtls.ErrorText(codeLost, true)
	d.sc.failed(&boundedtls.Error{Code: codeLost, Text: text, Status: status,
		Cause: &boundedtls.Cause{ID: boundedtls.CauseOther, Object: text}})
}
