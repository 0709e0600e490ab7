package boundedtls_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// faultMessagesAxTLS are the messages of a peer of axTLS, which has RSA key exchange alone.
var faultMessagesAxTLS = map[boundedtls.Role][]struct {
	typ  byte
	name string
}{
	boundedtls.Client: {{serverHello, "ServerHello"}, {certificateMessage, "Certificate"}, {certificateRequest, "CertificateRequest"},
		{serverHelloDone, "ServerHelloDone"}, {changeCipherSpec, "ChangeCipherSpec"}, {finished, "Finished"}},
	boundedtls.Server: {{clientHello, "ClientHello"}, {clientKeyExchange, "ClientKeyExchange"}, {changeCipherSpec, "ChangeCipherSpec"},
		{finished, "Finished"}, {certificateMessage, "Certificate"}, {certificateVerify, "CertificateVerify"}},
}

// checksClients marks the cases in which the device asks for the client's certificate: ManualV10 alone does.
const checksClients = "ManualV10"

// inFront puts a handshake message before that of a type.
func inFront(typ byte, message ...byte) edit {
	return at(typ, func(s tlspeer.Step) []tlspeer.Step { return []tlspeer.Step{{Type: 22, Data: message}, s} })
}

// specialFaultsAxTLS are played with a client certificate where the device is the client.
var specialFaultsAxTLS = []specialFault{
	{boundedtls.Client, "ServerHello", "version 3.0", "", 0, 0, set(serverHello, 0, 3, 0)},
	{boundedtls.Client, "ServerHello", "version 2.0", "", 0, 0, set(serverHello, 0, 2, 0)},
	{boundedtls.Client, "ServerHello", "version 3.3", "", 0, 0, set(serverHello, 0, 3, 3)},
	{boundedtls.Client, "ServerHello", "downgrade to TLS 1.0, keys of TLS 1.1", "", 0, 0, set(serverHello, 0, 3, 1)},
	{boundedtls.Client, "ServerHello", "suite C02F in place of 002F", "", 0, 0, set(serverHello, 35, 0xC0, 0x2F)},
	{boundedtls.Client, "ServerHello", "suite 0000 in place of 002F", "", 0, 0, set(serverHello, 35, 0, 0)},
	{boundedtls.Client, "ServerHello", "suite 1301", "", 0, 0, set(serverHello, 35, 0x13, 0x01)},
	{boundedtls.Client, "ServerHello", "suite 0033 (DHE)", "", 0, 0, set(serverHello, 35, 0, 0x33)},
	{boundedtls.Client, "ServerHello", "suite 003C (SHA-256)", "", 0, 0, set(serverHello, 35, 0, 0x3C)},
	{boundedtls.Client, "ServerHello", "compression 1", "", 0, 0, set(serverHello, 37, 1)},
	{boundedtls.Client, "ServerHello", "session id of 33 bytes", "", 0, 0, set(serverHello, 34, 33)},
	{boundedtls.Client, "ServerHello", "renegotiation_info not empty", "", 0, 0, body(serverHello, func(b []byte) []byte {
		return append(b, 0, 6, 0xFF, 1, 0, 2, 1, 0)
	})},
	{boundedtls.Client, "ServerHello", "extension cut off", "", 0, 0, body(serverHello, func(b []byte) []byte {
		return append(b, 0, 5, 0, 23, 0, 9, 0)
	})},
	{boundedtls.Client, "Certificate", "list length one too great", "", 0, 0,
		body(certificateMessage, func(b []byte) []byte { b[2]++; return b })},
	{boundedtls.Client, "Certificate", "element length one too great", "", 0, 0,
		body(certificateMessage, func(b []byte) []byte { b[5]++; return b })},
	{boundedtls.Client, "Certificate", "empty list", "", 0, 0, body(certificateMessage, func([]byte) []byte { return []byte{0, 0, 0} })},
	{boundedtls.Client, "Certificate", "an element of no bytes", "", 0, 0,
		body(certificateMessage, func([]byte) []byte { return []byte{0, 0, 3, 0, 0, 0} })},
	{boundedtls.Client, "Certificate", "no DER", "", 0, 0, set(certificateMessage, 6, 0xFF)},
	{boundedtls.Client, "Certificate", "signature damaged", "", 0, 0, set(certificateMessage, -2, 0xAA, 0x55)},
	{boundedtls.Client, "Certificate", "twice the same in the list", "", 0, 0, body(certificateMessage, func(b []byte) []byte {
		b = append(b, b[3:]...)
		b[0], b[1], b[2] = 0, byte((len(b)-3)>>8), byte(len(b)-3)
		return b
	})},
	{boundedtls.Client, "CertificateRequest", "types beyond the message", "", 0, 0, set(certificateRequest, 0, 0xFF)},
	{boundedtls.Client, "CertificateRequest", "names beyond the message", "", 0, 0, set(certificateRequest, -2, 0, 9)},
	{boundedtls.Client, "ServerHelloDone", "ServerKeyExchange before it", "", 0, 0,
		inFront(serverHelloDone, serverKeyExchange, 0, 0, 1, 0)},
	{boundedtls.Client, "ServerHelloDone", "CertificateStatus before it", "", 0, 0, inFront(serverHelloDone, 22, 0, 0, 1, 1)},
	{boundedtls.Client, "ChangeCipherSpec", "value 2", "", 0, 0, set(changeCipherSpec, 0, 2)},
	{boundedtls.Client, "Finished", "verify data wrong", "", 0, 0, set(finished, 3, 0xAA, 0x55)},
	{boundedtls.Client, "Finished", "MAC wrong", "", 0, 0, inFinished(func(s *tlspeer.Step) { s.BadMAC = true })},
	{boundedtls.Client, "Finished", "padding wrong", "", 0, 0, inFinished(func(s *tlspeer.Step) { s.BadPadding = true })},
	{boundedtls.Client, "Finished", "MAC wrong, TLS 1.0", "", 0, boundedtls.VersionTLS10,
		inFinished(func(s *tlspeer.Step) { s.BadMAC = true })},
	{boundedtls.Client, "Finished", "padding wrong, TLS 1.0", "", 0, boundedtls.VersionTLS10,
		inFinished(func(s *tlspeer.Step) { s.BadPadding = true })},
	{boundedtls.Client, "Finished", "255 bytes of padding", "", 0, 0, inFinished(func(s *tlspeer.Step) { s.Padding = 255 })},
	{boundedtls.Client, "Finished", "NewSessionTicket before ChangeCipherSpec", "", 0, 0,
		inFront(changeCipherSpec, 4, 0, 0, 6, 0, 0, 0, 0, 0, 0)},

	{boundedtls.Server, "ClientHello", "version 3.0", "", 0, 0, set(clientHello, 0, 3, 0)},
	{boundedtls.Server, "ClientHello", "version 2.3", "", 0, 0, set(clientHello, 0, 2, 3)},
	{boundedtls.Server, "ClientHello", "version 3.4, premaster 3.2", "", 0, 0, set(clientHello, 0, 3, 4)},
	{boundedtls.Server, "ClientHello", "version lowered to 3.1 on the way", "", 0, 0, set(clientHello, 0, 3, 1)},
	{boundedtls.Server, "ClientHello", "no common suite", "", 0, 0, set(clientHello, 37, 0xC0, 0x2F)},
	{boundedtls.Server, "ClientHello", "DHE only", "", 0, 0, set(clientHello, 37, 0, 0x33)},
	{boundedtls.Server, "ClientHello", "TLS_FALLBACK_SCSV", "", 0, 0, body(clientHello, func(b []byte) []byte {
		return slices.Concat(b[:35], []byte{0, 4}, b[37:39], []byte{0x56, 0}, b[39:])
	})},
	{boundedtls.Server, "ClientHello", "suites of odd length", "", 0, 0, set(clientHello, 35, 0, 3)},
	{boundedtls.Server, "ClientHello", "no suites", "", 0, 0, body(clientHello, func(b []byte) []byte {
		return slices.Concat(b[:35], []byte{0, 0}, b[39:])
	})},
	{boundedtls.Server, "ClientHello", "no compression", "", 0, 0, body(clientHello, func(b []byte) []byte { return append(b[:39], 0) })},
	{boundedtls.Server, "ClientHello", "session id of 33 bytes", "", 0, 0, set(clientHello, 34, 33)},
	{boundedtls.Server, "ClientHello", "renegotiation_info not empty", "", 0, 0, body(clientHello, func(b []byte) []byte {
		return append(b, 0, 6, 0xFF, 1, 0, 2, 1, 0)
	})},
	{boundedtls.Server, "ClientHello", "extension cut off", "", 0, 0,
		body(clientHello, func(b []byte) []byte { return append(b, 0, 5, 0, 23, 0, 9, 0) })},
	{boundedtls.Server, "ClientKeyExchange", "length field wrong", "", 0, 0, set(clientKeyExchange, 0, 0, 9)},
	{boundedtls.Server, "ClientKeyExchange", "premaster damaged", "", 0, 0, set(clientKeyExchange, 20, 0xAA, 0x55)},
	{boundedtls.Server, "ClientKeyExchange", "premaster above the modulus", "", 0, 0, set(clientKeyExchange, 2, 0xFF, 0xFF, 0xFF, 0xFF)},
	{boundedtls.Server, "ClientKeyExchange", "premaster of zeros", "", 0, 0,
		body(clientKeyExchange, func(b []byte) []byte { clear(b[2:]); return b })},
	{boundedtls.Server, "ClientKeyExchange", "Certificate before it", "", 0, 0,
		inFront(clientKeyExchange, certificateMessage, 0, 0, 3, 0, 0, 0)},
	{boundedtls.Server, "ChangeCipherSpec", "CertificateVerify before it", "", 0, 0,
		inFront(changeCipherSpec, certificateVerify, 0, 0, 2, 0, 0)},
	{boundedtls.Server, "Certificate", "empty list", checksClients, 0, 0,
		body(certificateMessage, func([]byte) []byte { return []byte{0, 0, 0} })},
	{boundedtls.Server, "Certificate", "list length one too great", checksClients, 0, 0,
		body(certificateMessage, func(b []byte) []byte { b[2]++; return b })},
	{boundedtls.Server, "Certificate", "no DER", checksClients, 0, 0, set(certificateMessage, 6, 0xFF)},
	{boundedtls.Server, "Certificate", "signature damaged", checksClients, 0, 0, set(certificateMessage, -2, 0xAA, 0x55)},
	{boundedtls.Server, "CertificateVerify", "signature damaged", checksClients, 0, 0, set(certificateVerify, -2, 0xAA, 0x55)},
	{boundedtls.Server, "CertificateVerify", "signature of no bytes", checksClients, 0, 0,
		body(certificateVerify, func([]byte) []byte { return []byte{0, 0} })},
	{boundedtls.Server, "CertificateVerify", "length field wrong", checksClients, 0, 0, set(certificateVerify, 0, 0, 9)},
	{boundedtls.Server, "CertificateVerify", "signature damaged, TLS 1.0", checksClients, 0, boundedtls.VersionTLS10,
		set(certificateVerify, -2, 0xAA, 0x55)},
	{boundedtls.Server, "ChangeCipherSpec", "value 2", "", 0, 0, set(changeCipherSpec, 0, 2)},
	{boundedtls.Server, "Finished", "verify data wrong", "", 0, 0, set(finished, 3, 0xAA, 0x55)},
	{boundedtls.Server, "Finished", "MAC wrong", "", 0, 0, inFinished(func(s *tlspeer.Step) { s.BadMAC = true })},
	{boundedtls.Server, "Finished", "padding wrong", "", 0, 0, inFinished(func(s *tlspeer.Step) { s.BadPadding = true })},
	{boundedtls.Server, "Finished", "MAC wrong, TLS 1.0", "", 0, boundedtls.VersionTLS10,
		inFinished(func(s *tlspeer.Step) { s.BadMAC = true })},
	{boundedtls.Server, "Finished", "padding wrong, TLS 1.0", "", 0, boundedtls.VersionTLS10,
		inFinished(func(s *tlspeer.Step) { s.BadPadding = true })},
	{boundedtls.Server, "Finished", "255 bytes of padding", "", 0, 0, inFinished(func(s *tlspeer.Step) { s.Padding = 255 })},
}

func faultCasesAxTLS() (list []faultCase) {
	for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
		for _, m := range faultMessagesAxTLS[role] {
			engines := ""
			if role == boundedtls.Server && (m.typ == certificateMessage || m.typ == certificateVerify) {
				engines = checksClients
			}
			for _, f := range generalFaults {
				first := m.typ == certificateMessage && engines == checksClients && f.name == "before its predecessor"
				if !first && (f.leave == nil || !f.leave(m.typ)) {
					list = append(list, faultCase{role, m.name, f.name, engines, 0, 0, f.make(m.typ), false})
				}
			}
			for _, f := range specialFaultsAxTLS {
				if f.role == role && f.message == m.name {
					list = append(list, faultCase{f.role, f.message, f.name, f.engines, 0, f.version, f.edit, false})
				}
			}
		}
	}
	return list
}

// faultsAxTLS plays the faults against axTLS and returns its part of docs/tables/tls-faults.md, "" when -run left cases out.
func faultsAxTLS(t *testing.T) string {
	cases := faultCasesAxTLS()
	results := make([][2]string, len(cases))
	t.Run("cases axTLS", func(t *testing.T) {
		for i, c := range cases {
			for j, eng := range []axtls.Engine{axtls.Libssl(), axtls.Libssl().WithoutBugs()} {
				if c.engines == checksClients && eng.NoClientCheckBug {
					results[i][j] = "-"
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s/%d", c.role, c.message, c.name, j), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { results[i][j], _ = playFaultAxTLS(t, c, eng) })
				})
			}
		}
	})
	var b strings.Builder
	b.WriteString("\n# axTLS\n\nThe same for axTLS under size 2048 and TLS 1.1, with RSA key exchange and as a client with its own " +
		"certificate. " +
		"Column libssl is the library of SDK 2.0.0 to 3.0.6 with its bugs, the other one that of ManualV10 where it differs. " +
		"Libssl never asks for a client's certificate; ManualV10 does with the server's CA check on, as in the tables with no libssl. " +
		"A cell is the " +
		"reason that the device logs, " +
		"the callback, and the alert that the peer could read (axtls.md 1.3, 1.4, 7).\n")
	group := ""
	for i, c := range cases {
		if g := fmt.Sprintf("%s: %s", c.role, c.message); g != group {
			group = g
			fmt.Fprintf(&b, "\n## axTLS as %s, faults of %s\n\n| fault | libssl | ManualV10 |\n|---|---|---|\n", c.role, c.message)
		}
		if results[i][0] == "" || results[i][1] == "" {
			return ""
		}
		manual := results[i][1]
		if manual == results[i][0] {
			manual = ""
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.name, results[i][0], manual)
	}
	return b.String()
}

// playFaultAxTLS runs one case and says what the device did, and why.
func playFaultAxTLS(t *testing.T, c faultCase, eng axtls.Engine) (string, boundedtls.CauseID) {
	version := c.version
	if version == 0 {
		version = boundedtls.VersionTLS11
	}
	key, err := tlspeer.ParseKey(axFile(t, "leaf2048.key.pem"))
	require.NoError(t, err)
	script := tlspeer.Script{Edit: c.edit, Linger: time.Second} // it reads what the device sends before its end
	suite := uint16(boundedtls.RSAWithAES128CBCSHA)
	run := (&tlspeer.Server{Version: version, Suite: suite, Chain: tlspeer.ParseChain(axFile(t, "leaf2048.pem")), Key: key,
		Request: &tlspeer.CertificateRequest{Types: []byte{1}}, Script: script}).Serve
	verify := c.role == boundedtls.Client || c.engines == checksClients
	if c.role == boundedtls.Server {
		client := &tlspeer.Client{HelloVersion: version, Suites: []uint16{suite}, Key: key, Script: script}
		if verify {
			client.Chain = tlspeer.ParseChain(axFile(t, "leaf2048.pem"))
		}
		run = client.Run
	}
	near, far := net.Pipe()
	done := make(chan *tlspeer.Report)
	go func() { done <- run(far) }()
	heap := newCountingHeap()
	conn := eng.New(boundedtls.Config{Role: c.role, Verify: verify, Heap: heap, Rand: tlspeer.NewRand(7),
		Size: func() int { return faultSize }, Now: stopped(axClock)})
	require.Nil(t, conn.OwnKey(axFile(t, "leaf2048.key.der")))
	require.Nil(t, conn.OwnCert(axFile(t, "own2048.der")))
	if verify {
		require.Nil(t, conn.CA(axFile(t, "ca.der")))
	}
	require.Nil(t, conn.Setup())
	result := playDevice(t, conn, near)
	id := causeOf(conn)
	if ended, ok := strings.CutSuffix(result, ", then SSL error 3"); ok {
		result = ended // the peer's close_notify
	} else if err := conn.Err(); err != nil {
		kind, status := err.Callback()
		switch {
		case err.Crash:
			result = "exception"
		case kind == boundedtls.Disconnect:
			result += ", disconnect"
		default:
			result += fmt.Sprintf(", reconnect(%d)", status)
		}
	}
	_ = near.Close()
	time.Sleep(time.Minute)
	report := <-done
	conn.Close()
	require.Zero(t, heap.now, "heap balance")
	for _, a := range report.Alerts {
		switch {
		case a.Level == 2:
			result += fmt.Sprintf(", alert %d", a.Description)
		case !strings.HasPrefix(result, "connects"):
			result += ", close_notify"
		}
	}
	return result, id
}
