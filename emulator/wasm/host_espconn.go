package wasm

import "github.com/emu8266/emu8266/espconn"

// espconnFunctions are espconn.h.
var espconnFunctions = map[string]hostFunction{
	"espconn_port": {"", func(g *guest, _ args) uint32 { return g.sdk.Port() }},

	"espconn_regist_connectcb":    {"pf", regist(espconn.Connect)},
	"espconn_regist_reconcb":      {"pf", regist(espconn.Reconnect)},
	"espconn_regist_disconcb":     {"pf", regist(espconn.Disconnect)},
	"espconn_regist_recvcb":       {"pf", regist(espconn.Recv)},
	"espconn_regist_sentcb":       {"pf", regist(espconn.Sent)},
	"espconn_regist_write_finish": {"pf", regist(espconn.WriteFinish)},

	"espconn_secure_connect":    {"p", func(g *guest, a args) uint32 { return code(g.sdk.SecureConnect(g.conn(a.u32(0)))) }},
	"espconn_secure_accept":     {"p", func(g *guest, a args) uint32 { return code(g.sdk.SecureAccept(g.conn(a.u32(0)))) }},
	"espconn_secure_delete":     {"p", func(g *guest, a args) uint32 { return code(g.sdk.SecureDelete(g.conn(a.u32(0)))) }},
	"espconn_secure_disconnect": {"p", func(g *guest, a args) uint32 { return code(g.sdk.SecureDisconnect(g.conn(a.u32(0)))) }},
	"espconn_secure_send":       {"ppi", send((*espconn.API).SecureSend)},
	"espconn_secure_sent":       {"ppi", send((*espconn.API).SecureSent)},

	"espconn_secure_set_size": {"ii", func(g *guest, a args) uint32 { return number(g.sdk.SecureSetSize(a.u8(0), a.u16(1))) }},
	"espconn_secure_get_size": {"i", func(g *guest, a args) uint32 { return uint32(int32(g.sdk.SecureGetSize(a.u8(0)))) }},
	"espconn_secure_ca_enable": {"ii", func(g *guest, a args) uint32 {
		return number(g.sdk.SecureCaEnable(a.u8(0), a.u32(1)))
	}},
	"espconn_secure_ca_disable": {"i", func(g *guest, a args) uint32 { return number(g.sdk.SecureCaDisable(a.u8(0))) }},
	"espconn_secure_cert_req_enable": {"ii", func(g *guest, a args) uint32 {
		return number(g.sdk.SecureCertReqEnable(a.u8(0), a.u32(1)))
	}},
	"espconn_secure_cert_req_disable": {"i", func(g *guest, a args) uint32 { return number(g.sdk.SecureCertReqDisable(a.u8(0))) }},
	"espconn_secure_set_default_certificate": {"pi", func(g *guest, a args) uint32 {
		return number(g.sdk.SecureSetDefaultCertificate(g.object(a)))
	}},
	"espconn_secure_set_default_private_key": {"pi", func(g *guest, a args) uint32 {
		return number(g.sdk.SecureSetDefaultPrivateKey(g.object(a)))
	}},
}

// code is a sint8 as C returns it.
func code(e espconn.Err) uint32 { return uint32(int32(e)) }

func regist(k espconn.CallbackKind) func(*guest, args) uint32 {
	return func(g *guest, a args) uint32 {
		r := g.conn(a.u32(0))
		return code(g.sdk.Board().Espconn().Regist(r, k, func() {
			c := r.(conn) // Regist stores only if there is one
			if at := c.place(k); at != 0 {
				g.setU32(at, a.u32(1))
			}
		}))
	}
}

// send is espconn_secure_send: the API reads guest memory, not a copy, as the device does.
func send(fn func(*espconn.API, espconn.Ref, []byte) espconn.Err) func(*guest, args) uint32 {
	return func(g *guest, a args) uint32 {
		c, p, n := g.conn(a.u32(0)), a.u32(1), a.u16(2)
		if p == 0 && n > 0 {
			return code(g.sdk.Board().Espconn().SecureSendNull(c, n))
		}
		return code(fn(g.sdk.Board().Espconn(), c, g.read(p, uint32(n))))
	}
}

// object returns a certificate or key; nil for NULL.
func (g *guest) object(a args) []byte {
	switch p, n := a.u32(0), uint32(a.u16(1)); {
	case p == 0:
		return nil
	case n == 0:
		return []byte{}
	default:
		return g.read(p, n)
	}
}
