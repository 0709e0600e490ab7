package cabi

import "github.com/emu8266/emu8266/espconn"

// secureFunctions are the functions of espconn.h for secure connections, and those that register callbacks.
var secureFunctions = map[string]Function{
	"espconn_port": {"", func(s *SDK, _ *Args) uint32 { return s.sdk.Port() }},

	"espconn_regist_connectcb":    {"pf", regist(espconn.Connect)},
	"espconn_regist_reconcb":      {"pf", regist(espconn.Reconnect)},
	"espconn_regist_disconcb":     {"pf", regist(espconn.Disconnect)},
	"espconn_regist_recvcb":       {"pf", regist(espconn.Recv)},
	"espconn_regist_sentcb":       {"pf", regist(espconn.Sent)},
	"espconn_regist_write_finish": {"pf", regist(espconn.WriteFinish)},

	"espconn_secure_connect": keepsConn("espconn_secure_connect", func(s *SDK, a *Args) uint32 {
		return code(s.sdk.SecureConnect(s.conn(a.u32(0))))
	}),
	"espconn_secure_accept": keepsConn("espconn_secure_accept", func(s *SDK, a *Args) uint32 {
		return code(s.sdk.SecureAccept(s.conn(a.u32(0))))
	}),
	"espconn_secure_delete":     {"p", func(s *SDK, a *Args) uint32 { return code(s.sdk.SecureDelete(s.conn(a.u32(0)))) }},
	"espconn_secure_disconnect": {"p", func(s *SDK, a *Args) uint32 { return code(s.sdk.SecureDisconnect(s.conn(a.u32(0)))) }},
	"espconn_secure_send":       {"ppi", send((*espconn.API).SecureSend)},
	"espconn_secure_sent":       {"ppi", send((*espconn.API).SecureSent)},

	"espconn_secure_set_size": {"ii", func(s *SDK, a *Args) uint32 { return number(s.sdk.SecureSetSize(a.u8(0), a.u16(1))) }},
	"espconn_secure_get_size": {"i", func(s *SDK, a *Args) uint32 { return uint32(int32(s.sdk.SecureGetSize(a.u8(0)))) }},
	"espconn_secure_ca_enable": {"ii", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.SecureCaEnable(a.u8(0), a.u32(1)))
	}},
	"espconn_secure_ca_disable": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.SecureCaDisable(a.u8(0))) }},
	"espconn_secure_cert_req_enable": {"ii", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.SecureCertReqEnable(a.u8(0), a.u32(1)))
	}},
	"espconn_secure_cert_req_disable": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.SecureCertReqDisable(a.u8(0))) }},
	"espconn_secure_set_default_certificate": {"pi", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.SecureSetDefaultCertificate(s.object(a)))
	}},
	"espconn_secure_set_default_private_key": {"pi", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.SecureSetDefaultPrivateKey(s.object(a)))
	}},
}

// code is a sint8 as C returns it.
func code(e espconn.Err) uint32 { return uint32(int32(e)) }

func regist(k espconn.CallbackKind) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		r := s.conn(a.u32(0))
		return code(s.board.Espconn().Regist(r, k, func() {
			c := r.(conn) // Regist stores only if there is one
			if at := c.place(k); at != 0 {
				s.setU32(at, a.u32(1))
			}
		}))
	}
}

// send is espconn_secure_send: the API reads guest memory, not a copy, as the device does.
func send(fn func(*espconn.API, espconn.Ref, []byte) espconn.Err) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		c, p, n := s.conn(a.u32(0)), a.u32(1), a.u16(2)
		if p == 0 && n > 0 {
			return code(s.board.Espconn().SecureSendNull(c, n))
		}
		return code(fn(s.board.Espconn(), c, s.read(p, uint32(n))))
	}
}

// object returns a certificate or key; nil for NULL.
func (s *SDK) object(a *Args) []byte {
	switch p, n := a.u32(0), uint32(a.u16(1)); {
	case p == 0:
		return nil
	case n == 0:
		return []byte{}
	default:
		return s.read(p, n)
	}
}
