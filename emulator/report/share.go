package report

import "github.com/emu8266/emu8266/netstack/vnet"

// share returns what of a capture may be given away, at most limit bytes; cut tells that there was more.
func share(capture []byte, keep Include, limit int) (out []byte, cut bool, err error) {
	return vnet.Redact(capture, vnet.Redaction{Keys: keep.Keys, Payload: keep.Payload}, limit)
}
