package espconn

import (
	"encoding/binary"
	"io"
	"strconv"
)

// Range of espconn_port (espconn.md 5.17).
const (
	portSpan    = 50000
	portLeast   = 1024
	portRetries = 64 // Choice: a bound on the repeats; the chance to need it is nil
)

// Port is espconn_port: a random number 1024..49999, not the same twice in a row. It does not look whether the port is
// in use (espconn.md 5.17).
func (a *API) Port() uint32 {
	const name = "espconn_port"
	a.env.Observe(Event{Kind: EventCall, Name: name})
	a.lastPort = a.nextPort()
	a.env.Observe(Event{Kind: EventReturn, Name: name, Text: strconv.Itoa(int(a.lastPort))})
	return a.lastPort
}

func (a *API) nextPort() uint32 {
	var port uint32
	for range portRetries {
		var b [4]byte
		if _, err := io.ReadFull(a.env.Rand(), b[:]); err != nil {
			break
		}
		port = binary.LittleEndian.Uint32(b[:]) % portSpan
		if port < portLeast {
			port += portLeast
		}
		if port != a.lastPort {
			break
		}
	}
	if port < portLeast || port == a.lastPort { // a source of randomness that fails or repeats itself
		port = max(a.lastPort+1, portLeast)
		if port >= portSpan {
			port = portLeast
		}
	}
	return port
}
