package tlspeer

import "time"

// Live is a connection after its handshake, for a caller that decides itself what happens then. Seal and Next are not to
// be called at the same time.
type Live struct{ p *peer }

// Seal makes the bytes of a record, which count as sent.
func (l *Live) Seal(s Step) ([]byte, error) { return l.p.seal(s) }

// Next reads a record and returns its type and plaintext. An error ends the connection.
func (l *Live) Next() (typ byte, plain []byte, err error) {
	return l.p.readRecord(time.Now().Add(liveWait))
}

// liveWait is how long Next waits: for ever, as far as tests in virtual time go.
const liveWait = 365 * 24 * time.Hour
