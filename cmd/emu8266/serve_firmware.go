package main

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/cmd/internal/probe"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// sendPiece is the most bytes that one espconn_secure_send takes (manual V2.1 5.6).
const sendPiece = 1024

// echoBacklog bounds what the echo server keeps for a client that sends faster than it reads, in bytes.
const echoBacklog = 64 << 10

// serveFirmware is a secure server in the shape of the SDK's IoT_Demo: certificate and key, accept, one client at a
// time, a new send only after the sent callback.
type serveFirmware struct {
	cmd    serveCmd
	cfg    serveConfig
	device *emulator.Device
	ready  chan error
	ended  chan served

	sdk      *emulator.SDK
	listener espconn.Espconn
	conn     *espconn.Espconn // the client, nil without one
	current  served
	seen     uint64 // trace events before this belong to earlier connections
	out      []byte // to be sent
	in       []byte // of the HTTP request
	sending  bool
	closing  bool
}

func (s *serveFirmware) init(sdk *emulator.SDK) {
	s.sdk = sdk
	sdk.SystemOsTask(func(chip.OsEvent) {
		if s.conn != nil {
			sdk.SecureDisconnect(s.conn)
		}
	}, 0, make([]chip.OsEvent, 1))
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP {
			s.ready <- s.accept()
		}
	})
}

func (s *serveFirmware) accept() error {
	if !s.sdk.SecureSetSize(2, uint16(s.cmd.Size)) {
		return usagef("serve: espconn_secure_set_size(2, %d) returned false: %s takes sizes from %d to 8192", s.cmd.Size,
			s.cfg.profile.Name, probe.LeastAccepted(s.cfg.profile))
	}
	if s.cfg.ca {
		s.sdk.SecureCaEnable(2, probe.CASector)
	}
	if !s.sdk.SecureSetDefaultCertificate(s.cfg.cert) || !s.sdk.SecureSetDefaultPrivateKey(s.cfg.key) {
		return fmt.Errorf("serve: certificate or key refused: the device takes at most 8192 bytes each, and %d bytes of heap are free",
			s.sdk.SystemGetFreeHeapSize())
	}
	s.listener = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: devicePort}}}
	s.sdk.RegistConnectcb(&s.listener, s.connected)
	s.sdk.RegistReconcb(&s.listener, func(_ *espconn.Espconn, err espconn.Err) {
		v := int(err)
		s.current.Err = &v
		s.over("reconnect")
	})
	s.sdk.RegistDisconcb(&s.listener, func(*espconn.Espconn) { s.over("disconnect") })
	s.sdk.RegistRecvcb(&s.listener, s.received)
	s.sdk.RegistSentcb(&s.listener, func(*espconn.Espconn) { s.sent() })
	if ret := s.sdk.SecureAccept(&s.listener); ret != espconn.OK {
		return fmt.Errorf("serve: espconn_secure_accept: %w", ret.Err())
	}
	return nil
}

func (s *serveFirmware) connected(conn *espconn.Espconn) {
	s.conn = conn
	s.current.Stage = "data"
}

func (s *serveFirmware) received(_ *espconn.Espconn, data []byte) {
	s.current.Received += len(data)
	if !s.cmd.HTTP {
		s.out = append(s.out, data...)
		if len(s.out) > echoBacklog {
			s.sdk.OsPrintf("the client does not read: closing\n")
			s.close()
			return
		}
		s.send()
		return
	}
	if s.in = append(s.in, data...); len(s.in) > echoBacklog {
		s.close()
		return
	}
	if requestComplete(s.in) && !s.closing {
		line, _, _ := bytes.Cut(s.in, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		body := fmt.Sprintf("<!doctype html><title>emu8266</title><p>An emulated ESP8266, %d bytes of heap free.\n",
			s.sdk.SystemGetFreeHeapSize())
		s.sdk.OsPrintf("%s\n", line)
		s.out = fmt.Appendf(nil, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			len(body), body)
		s.closing = true
		s.send()
	}
}

// requestComplete tells whether the empty line behind the headers has come. A line may end in a lone LF (RFC 9112 2.2).
func requestComplete(b []byte) bool {
	return bytes.Contains(b, []byte("\n\r\n")) || bytes.Contains(b, []byte("\n\n"))
}

// send sends the next piece of what waits: at most 1,024 bytes, and only when the last piece was acknowledged (manual
// V2.1 5.6).
func (s *serveFirmware) send() {
	if s.sending || s.conn == nil || len(s.out) == 0 {
		return
	}
	n := min(len(s.out), sendPiece)
	piece := append([]byte(nil), s.out[:n]...)
	if ret := s.sdk.SecureSend(s.conn, piece); ret != espconn.OK {
		s.sdk.OsPrintf("espconn_secure_send: %d\n", ret)
		return
	}
	s.sending = true
	s.out = s.out[n:]
	s.current.Sent += n
}

func (s *serveFirmware) sent() {
	s.sending = false
	if len(s.out) > 0 {
		s.send()
	} else if s.closing {
		s.close()
	}
}

// close disconnects from a task, never inside a callback (manual V2.1 5.7).
func (s *serveFirmware) close() { s.sdk.SystemOsPost(0, 0, 0) }

// over is called when the listener's connection has ended; it reports and clears up for the next client.
func (s *serveFirmware) over(callback string) {
	r := s.current
	r.Callback = callback
	if r.Stage == "" {
		r.Stage = "handshake"
	}
	var mine []trace.Event
	for _, e := range s.device.Trace().Events() {
		if e.Seq > s.seen {
			mine = append(mine, e)
			s.seen = e.Seq
		}
	}
	x := explain.Explain(mine, cause.English)
	r.Version, r.Cipher = x.Version, x.Cipher
	r.ByClient = slices.ContainsFunc(mine, func(e trace.Event) bool {
		return e.Source == trace.SourceTLS && e.Code == boundedtls.CodePeerClosed
	})
	stale := x.CauseID == cause.ID(espconn.CauseStaleStatus) // the end was orderly; the callback says otherwise
	r.OK = r.Stage == "data" && (callback == "disconnect" || stale)
	if stale {
		r.Explain = x.Advice()
	}
	if r.OK {
		r.Stage = "done"
	} else if x.Code != "" {
		r.Code, r.Explain = &x.Code, x.Advice()
	}
	s.conn, s.current, s.out, s.in, s.sending, s.closing = nil, served{}, nil, nil, false, false
	select {
	case s.ended <- r:
	default: // nobody reads reports any more
	}
}
