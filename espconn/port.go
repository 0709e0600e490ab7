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

// Port is espconn_port: a random number 1024..49999, not the same twice in a row. By the manual profiles the port is free, as the
// manuals say (V2.1 5, V1.0 4; manual-profile.md #38): no connection, TIME_WAIT included, no server and no UDP espconn has it. The
// SDK does not look (espconn.md 5.17).
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
		if port != a.lastPort && !a.portInUse(port) {
			return port
		}
	}
	// A source of randomness that fails or repeats itself: the next port.
	for port = a.lastPort + 1; ; port++ {
		if port < portLeast || port >= portSpan {
			port = portLeast
		}
		if port == a.lastPort || !a.portInUse(port) { // the last one again only if no other is free
			return port
		}
	}
}

// portInUse reports whether espconn_port has to pass a port over.
func (a *API) portInUse(port uint32) bool {
	return a.profile.FreePort && (a.env.Stack().PortInUse(uint16(port)) || a.portActive(int(port)))
}
