// Package secureserver is firmware in the shape of the SDK's web server with SERVER_SSL_ENABLE: certificate and key are
// set, espconn_secure_accept listens on port 443, a request is collected over several packets, the answer goes out piece
// by piece as the sent callbacks come, and the connection is closed from a task.
package secureserver

import (
	"bytes"
	"fmt"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

const (
	requestMax = 2048 // bytes of a request that are kept
	pieceMax   = 1024 // bytes of one espconn_secure_send (manual V2.1 5.6)
)

// Server is the firmware's data, in C its static variables. Set the exported fields before boot; from then on it
// belongs to the device.
type Server struct {
	Certificate []byte // DER or PEM, at most 8,192 bytes: cert.h
	Key         []byte // RSA, DER or PEM, at most 8,192 bytes: private_key.h
	Size        uint16 // TLS buffer, 1 to 8192 bytes
	Page        string // what is served
	CASector    uint32 // flash sector of esp_ca_cert.bin, with which clients are checked; 0: they are not
	Plain       bool   // as the SDK's demo without SERVER_SSL_ENABLE: plain TCP on port 80, of the fields above Page alone counts

	sdk      *emulator.SDK
	listener espconn.Espconn
	tcp      espconn.TCP
	client   *espconn.Espconn // the one client, nil without
	request  []byte
	answer   []byte
}

// Init is user_init.
func (s *Server) Init(sdk *emulator.SDK) {
	s.sdk = sdk
	sdk.SystemOsTask(s.closeTask, 0, make([]chip.OsEvent, 1))
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP {
			sdk.OsPrintf("got ip %s\n", e.IP)
			s.accept()
		}
	})
}

func (s *Server) accept() {
	sdk := s.sdk
	s.tcp = espconn.TCP{}
	s.listener = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &s.tcp}}
	sdk.RegistConnectcb(&s.listener, s.onConnect)
	if s.Plain {
		s.tcp.LocalPort = 80
		ret := sdk.Accept(&s.listener)
		sdk.TcpSetMaxConAllow(&s.listener, 1) // one at a time, as with TLS
		sdk.OsPrintf("listening on port 80: %d\n", ret)
		return
	}
	s.tcp.LocalPort = 443
	sdk.SecureSetSize(2, s.Size)
	sdk.SecureSetDefaultCertificate(s.Certificate) // both must come before accept
	sdk.SecureSetDefaultPrivateKey(s.Key)
	if s.CASector != 0 {
		sdk.SecureCaEnable(2, s.CASector)
	}
	if ret := sdk.SecureAccept(&s.listener); ret != espconn.OK {
		sdk.OsPrintf("espconn_secure_accept failed: %d\n", ret)
		return
	}
	sdk.OsPrintf("listening on port 443, buffer %d bytes\n", s.Size)
}

// The functions of TLS and of TCP must not be mixed (manual V2.1 5): these choose by the one field.

func (s *Server) send(data []byte) espconn.Err {
	if s.Plain {
		return s.sdk.Send(s.client, data)
	}
	return s.sdk.SecureSend(s.client, data)
}

func (s *Server) disconnect() {
	if s.Plain {
		s.sdk.Disconnect(s.client)
	} else {
		s.sdk.SecureDisconnect(s.client)
	}
}

// onConnect gets a new espconn for each client; its callbacks are registered here.
func (s *Server) onConnect(conn *espconn.Espconn) {
	s.sdk.OsPrintf("connect callback, client %d.%d.%d.%d\n", conn.Proto.TCP.RemoteIP[0], conn.Proto.TCP.RemoteIP[1],
		conn.Proto.TCP.RemoteIP[2], conn.Proto.TCP.RemoteIP[3])
	s.client, s.request, s.answer = conn, nil, nil
	s.sdk.RegistRecvcb(conn, s.onRecv)
	s.sdk.RegistSentcb(conn, s.onSent)
	s.sdk.RegistReconcb(conn, s.onReconnect)
	s.sdk.RegistDisconcb(conn, s.onDisconnect)
}

// onRecv collects the request; data is lent for the callback only.
func (s *Server) onRecv(_ *espconn.Espconn, data []byte) {
	if s.answer != nil || len(s.request)+len(data) > requestMax {
		return
	}
	s.request = append(s.request, data...)
	if !bytes.Contains(s.request, []byte("\n\r\n")) && !bytes.Contains(s.request, []byte("\n\n")) {
		return // more is to come; a line may end in a lone LF
	}
	line, _, _ := bytes.Cut(s.request, []byte("\n"))
	s.sdk.OsPrintf("recv callback: %s\n", bytes.TrimSuffix(line, []byte("\r")))
	s.answer = fmt.Appendf(nil, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(s.Page), s.Page)
	s.sendPiece()
}

func (s *Server) sendPiece() {
	n := min(len(s.answer), pieceMax)
	if ret := s.send(s.answer[:n]); ret != espconn.OK {
		s.sdk.OsPrintf("send failed: %d\n", ret)
		return
	}
	s.answer = s.answer[n:]
}

// onSent sends the next piece, or closes: not here, but from a task (manual V2.1 5.7).
func (s *Server) onSent(*espconn.Espconn) {
	s.sdk.OsPrintf("sent callback, %d bytes left\n", len(s.answer))
	if len(s.answer) > 0 {
		s.sendPiece()
		return
	}
	s.sdk.SystemOsPost(0, 0, 0)
}

func (s *Server) closeTask(chip.OsEvent) {
	if s.client != nil {
		s.disconnect()
	}
}

// The two callbacks that end a connection get the listener, not the client's espconn.

func (s *Server) onDisconnect(*espconn.Espconn) {
	s.client = nil
	s.sdk.OsPrintf("disconnect callback\n")
}

func (s *Server) onReconnect(_ *espconn.Espconn, err espconn.Err) {
	s.client = nil
	s.sdk.OsPrintf("reconnect callback, err %d\n", err)
}
