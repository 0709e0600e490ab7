// Code generated from package espconn by go test ./emulator/sdk -update; DO NOT EDIT.

package sdk

import (
	"github.com/emu8266/emu8266/espconn"
)

// MdnsClose is espconn_mdns_close: the responder ends without a word; the group stays joined. The SDK leaves the timer of the
// announcements running: if there are some to come, the next is made of freed memory, which crashes (espconn.md 5.20).
func (s *SDK) MdnsClose() { s.board.Espconn().MdnsClose() }

// MdnsDisable is espconn_mdns_disable: questions are not answered any more. After MdnsClose it crashes, because there is no socket
// (espconn.md 5.20).
func (s *SDK) MdnsDisable() { s.board.Espconn().MdnsDisable() }

// MdnsEnable is espconn_mdns_enable: nothing once an init went through: a disabled responder stays so until the next init. Before
// it crashes, because there is no socket (espconn.md 5.20).
func (s *SDK) MdnsEnable() { s.board.Espconn().MdnsEnable() }

// MdnsGetHostname is espconn_mdns_get_hostname: MdnsNameDefault if none or an empty one was set (espconn.md 5.20).
func (s *SDK) MdnsGetHostname() string { return s.board.Espconn().MdnsGetHostname() }

// MdnsGetServername is espconn_mdns_get_servername: the service, such as _http._tcp.local. If none was set the first call returns
// NULL, here empty, and later ones _Espressif._tcp._local (espconn.md 5.20).
func (s *SDK) MdnsGetServername() string { return s.board.Espconn().MdnsGetServername() }

// MdnsInit is espconn_mdns_init: the responder joins 224.0.0.251, listens on UDP port 5353, announces its service four
// times, a second apart, and answers questions for it. Without an address it prints a line and does nothing. As on the
// device only the first init after boot announces, and one without MdnsClose before it finds the port taken: its names are told
// from another port, and the questions are answered with the texts of the init before (espconn.md 5.20).
//
// The instance is <host>.<service>, its target <host>.local, with the host's name of this call; messages have id 0.
func (s *SDK) MdnsInit(info *espconn.MdnsInfo) { s.board.Espconn().MdnsInit(info) }

// MdnsServerRegister is espconn_mdns_server_register: it joins the group. Before the first init there is none (espconn.md 5.20).
func (s *SDK) MdnsServerRegister() { s.board.Espconn().MdnsServerRegister() }

// MdnsServerUnregister is espconn_mdns_server_unregister: it leaves the group (espconn.md 5.20).
func (s *SDK) MdnsServerUnregister() { s.board.Espconn().MdnsServerUnregister() }

// MdnsSetHostname is espconn_mdns_set_hostname, of which 68 bytes are kept. NULL stands for MdnsNameDefault (espconn.md 5.20).
func (s *SDK) MdnsSetHostname(name string) { s.board.Espconn().MdnsSetHostname(name) }

// MdnsSetServername is espconn_mdns_set_servername: it makes the service _name._tcp.local, of which 55 bytes are kept. NULL stands for
// MdnsNameDefault (espconn.md 5.20).
func (s *SDK) MdnsSetServername(name string) { s.board.Espconn().MdnsSetServername(name) }
