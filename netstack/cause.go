package netstack

// CauseID names why the stack gave something up. The words for it, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID string

// Why a connection ended without its user's doing (TCB.Cause, EventCause).
const (
	CauseSYNUnanswered      CauseID = "netstack/syn-unanswered"      // Len: how often it was sent
	CauseDataUnacknowledged CauseID = "netstack/data-unacknowledged" // Len: how often it was sent
	CauseFINUnacknowledged  CauseID = "netstack/fin-unacknowledged"
	CauseKeepalive          CauseID = "netstack/keepalive" // Len: probes without an answer
	CauseReset              CauseID = "netstack/reset"
	CauseAddressGone        CauseID = "netstack/address-gone"
	CauseMemory             CauseID = "netstack/memory" // it gave way to a new connection
	CauseUnread             CauseID = "netstack/unread" // data came for a receiver that has closed
)

// Cause returns why the connection has ended, "" while it lives and when its user ended it.
func (t *TCB) Cause() CauseID { return t.cause }

// because notes why the connection ends now. n is the figure that belongs to it.
func (t *TCB) because(id CauseID, n int) {
	t.cause = id
	t.s.note(Event{Kind: EventCause, Local: t.local, Remote: t.remote, State: t.state, Cause: id, Len: n})
}

// gaveUp returns why the timer ends the connection, and the figure that belongs to it.
func (t *TCB) gaveUp() (CauseID, int) {
	switch t.state {
	case StateSynSent, StateSynRcvd:
		return CauseSYNUnanswered, t.retries
	case StateEstablished, StateCloseWait:
		if t.keep && t.keepSent >= t.keepMax && t.retries == 0 {
			return CauseKeepalive, t.keepSent
		}
		return CauseDataUnacknowledged, t.retries
	}
	return CauseFINUnacknowledged, t.retries
}
