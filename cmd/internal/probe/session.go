package probe

import (
	"github.com/emu8266/emu8266/cmd/internal/decode"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Session is what a device's trace tells about its last TLS connection.
type Session struct {
	Handshake      bool // TCP was up and the handshake began
	Failure        *boundedtls.Error
	Version, Suite string // "TLSv1.2", "TLS-RSA-WITH-AES-128-CBC-SHA256"; empty before they were negotiated
	RecordMax      int    // greatest record length received, bytes
}

// ReadSession reads the last connection out of a device's events.
func ReadSession(events []trace.Event) Session {
	var s Session
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
			s.Failure = &boundedtls.Error{Code: int(e.Code), Detail: e.Text, Diagnosis: &boundedtls.Diagnosis{What: why.Text, Item: why.Name,
				Bytes: int(why.Value), Limit: int(why.Limit), LeastSize: int(why.Least), Remedy: why.Where}}
			if s.Failure.Reason() != e.Name {
				s.Failure.Text = e.Name
			}
			continue
		case trace.KindRecord:
			if !e.Out {
				s.RecordMax = max(s.RecordMax, int(e.Value))
			}
		case trace.KindState, trace.KindHandshake:
			if e.Suite != 0 { // negotiated
				s.Version, s.Suite = boundedtls.VersionName(e.Version), boundedtls.Suite(e.Suite).String()
			}
		}
		s.Handshake = true
	}
	return s
}

// Explain says why a TLS connection failed: the engine's own diagnosis, or what its code means in general.
func Explain(e *boundedtls.Error) string {
	if e.Diagnosis != nil {
		if text := e.Diagnosis.String(); text != "" {
			return text
		}
	}
	if found, err := decode.Code(e.Reason(), nil); err == nil {
		return "The device gave up because " + found[0].Cause + ". Remedy: " + found[0].Remedy + "."
	}
	return ""
}
