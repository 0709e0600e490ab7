package main

import (
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// session is what a device's trace tells about its last TLS connection.
type session struct {
	handshake      bool // TCP was up and the handshake began
	failure        *failure
	version, suite string // "TLSv1.2", "TLS-RSA-WITH-AES-128-CBC-SHA256"; empty before they were negotiated
	recordMax      int    // greatest record length received, bytes
}

func readSession(events []trace.Event) session {
	var s session
	var why trace.Event // the cause that comes before the end
	for _, e := range events {
		if e.Source != trace.SourceTLS {
			continue
		}
		switch e.Kind {
		case trace.KindCause:
			why = e
			continue
		case trace.KindEnded:
			s.failure = &failure{e.Name, cause.Of(why, cause.English), int(why.Least)}
			continue
		case trace.KindRecord:
			if !e.Out {
				s.recordMax = max(s.recordMax, int(e.Value))
			}
		case trace.KindState, trace.KindHandshake:
			if e.Suite != 0 { // negotiated
				s.version, s.suite = boundedtls.VersionName(e.Version), boundedtls.Suite(e.Suite).String()
			}
		}
		s.handshake = true
	}
	return s
}

// failure is why a TLS connection ended.
type failure struct {
	code  string // as the device prints it
	cause cause.Text
	least int // the least size that would have done, 0 when none helps
}

// explain returns the cause and what to change.
func (f *failure) explain() string {
	if f.cause.Remedy == "" {
		return f.cause.Sentence
	}
	return f.cause.Sentence + "; " + f.cause.Remedy
}
