// Code generated from package espconn by go test ./emulator/sdk -update; DO NOT EDIT.

package sdk

import (
	"github.com/emu8266/emu8266/espconn"
)

// MdnsClose is espconn_mdns_close: the responder ends without a word; the group stays joined (espconn.md 5.20).
func (s *SDK) MdnsClose() { s.board.Espconn().MdnsClose() }

// MdnsDisable is espconn_mdns_disable: questions are not answered any more (espconn.md 5.20).
func (s *SDK) MdnsDisable() { s.board.Espconn().MdnsDisable() }

// MdnsEnable is espconn_mdns_enable, which only has an effect before the first init: a disabled responder stays so until
// the next init (espconn.md 5.20).
func (s *SDK) MdnsEnable() { s.board.Espconn().MdnsEnable() }

// MdnsGetHostname is espconn_mdns_get_hostname (espconn.md 5.20).
func (s *SDK) MdnsGetHostname() string { return s.board.Espconn().MdnsGetHostname() }

// MdnsGetServername is espconn_mdns_get_servername: the service, such as _http._tcp.local (espconn.md 5.20).
func (s *SDK) MdnsGetServername() string { return s.board.Espconn().MdnsGetServername() }

// MdnsInit is espconn_mdns_init: the responder joins 224.0.0.251, listens on UDP port 5353, announces its service four
// times, a second apart, and answers questions for it. Without an address it prints a line and does nothing. As on the
// device only the first init after boot announces (espconn.md 5.20).
//
// The instance is <host>.<service>, its target <host>.local, with the host's name of this call; messages have id 0.
func (s *SDK) MdnsInit(info *espconn.MdnsInfo) { s.board.Espconn().MdnsInit(info) }

// MdnsServerRegister is espconn_mdns_server_register: it joins the group (espconn.md 5.20).
func (s *SDK) MdnsServerRegister() { s.board.Espconn().MdnsServerRegister() }

// MdnsServerUnregister is espconn_mdns_server_unregister: it leaves the group (espconn.md 5.20).
func (s *SDK) MdnsServerUnregister() { s.board.Espconn().MdnsServerUnregister() }

// MdnsSetHostname is espconn_mdns_set_hostname; empty stands for NULL and means Espressif (espconn.md 5.20).
func (s *SDK) MdnsSetHostname(name string) { s.board.Espconn().MdnsSetHostname(name) }

// MdnsSetServername is espconn_mdns_set_servername; empty stands for NULL and means Espressif (espconn.md 5.20).
func (s *SDK) MdnsSetServername(name string) { s.board.Espconn().MdnsSetServername(name) }
