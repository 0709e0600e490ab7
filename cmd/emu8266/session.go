package main

import (
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// session is what a device's trace tells about its last TLS connection.
type session struct {
	handshake      bool // TCP was up and the handshake began
	failure        *boundedtls.Error
	version, suite string // "TLSv1.2", "TLS-RSA-WITH-AES-128-CBC-SHA256"; empty before they were negotiated
	recordMax      int    // greatest record length received, bytes
}

func readSession(events []emulator.Event) session {
	var s session
	for _, e := range events {
		if e.API == nil {
			continue
		}
		switch e.API.Kind {
		case espconn.EventFailure:
			s.failure = e.API.TLSError
		case espconn.EventTLS:
			t := e.API.TLS
			s.handshake = true
			switch t.Kind {
			case boundedtls.EventRecord:
				if !t.Out {
					s.recordMax = max(s.recordMax, t.Length)
				}
			case boundedtls.EventState, boundedtls.EventHandshake:
				if t.Suite == 0 {
					break // not negotiated yet
				}
				s.version, s.suite = boundedtls.VersionName(t.Version), t.Suite.String()
			}
		}
	}
	return s
}
