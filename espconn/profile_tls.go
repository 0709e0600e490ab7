package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// TLS is one of the SDK's two TLS libraries and the SDK's layer around it: an MbedTLS or an AxTLS. Both are plain data that
// can be compared with ==. To change a field of a profile's, take it out by type and put it back:
//
//	m := p.TLS.(espconn.MbedTLS)
//	m.ScanLoops = false
//	p.TLS = m
type TLS interface {
	boundedtls.Engine
	// library returns the part of the API that belongs to it.
	library(a *API) library
}

// MbedTLS is mbedTLS, with the layer of SDK 2.2.0 and later: the sockets between it and TCP, the loading of certificates, its
// server. The zero value has neither bugs nor limits, and charges nothing for the TLS message block.
type MbedTLS struct {
	// Engine is the library itself, with switches of its own.
	mbedtls.Engine

	// BlockBytes is what the TLS message block takes of the heap: 1,276 bytes with the early mbedTLS, 1,296 with the late
	// (tls.md 6; the difference is the sum of 6.3).
	BlockBytes uint32
	// EntryLine is the line number printed for each flash entry: 661 or 662 (tls.md 0, 7; manual-profile.md #35).
	EntryLine int
	// ScanLoops: bug: the search for an own certificate in an image whose rest is not erased never ends; the soft
	// watchdog resets the device (tls.md 4.5; manual-profile.md #25).
	ScanLoops bool
	// RingSilent: bug: no memory for the receive ring when TCP is up leaves a client waiting for ever, and damages the
	// heap of a server (oracle/espconn FINDINGS B2, B3; manual-profile.md #27).
	RingSilent bool
	// SocketsUnchecked: bug: a socket whose memory is missing is read through NULL, and a server whose listening PCB is
	// missing is accepted, and nobody ever comes (lwip.md 16; the SDK's lwIPSocket.c).
	SocketsUnchecked bool
	// SendMax is the greatest plaintext of one send in bytes, 0 for 65,535: 1,024 by the manual
	// (manual-profile.md #15, tls.md 5.3).
	SendMax int
	// SendNullCrashes: bug: a NULL pointer with a length is read (tls.md 5.3; manual-profile.md #15).
	SendNullCrashes bool
	// EmptyRecordsStop: bug: two consecutive empty records end one run of the receive pump; what is in the ring waits
	// for the next segment (tls.md 2.7).
	EmptyRecordsStop bool
	// ServerClosed: bug: the server's state is CLOSE from the end of its first connection on (tls.md 5.6;
	// manual-profile.md #33).
	ServerClosed bool
	// ServerDead: bug: after its first connection a server with a socket other than 0 accepts no more (tls.md 5.7).
	ServerDead bool
	// StaleStatus: bug: the status of a failed handshake stays with the server; a later session that ends without a
	// peer's FIN reports it (tls.md 3.1).
	StaleStatus bool
}

// AxTLS is axTLS, with the layer of libssl. The zero value has no bugs.
type AxTLS struct {
	// Engine is the library itself, with switches of its own.
	axtls.Engine

	// SendOnceBug: bug: an accepted connection may send once; every later send gives INPROGRESS (axtls.md 2.3).
	SendOnceBug bool
	// SendEmptyBug: bug: a send of length 0 sends nothing, has no sent callback and makes every later send fail
	// (axtls.md 2.3).
	SendEmptyBug bool
	// RingWraps: bug: a segment that finds no room in the receive ring is counted all the same, and of one that fills it to the last byte
	// a negative number of bytes is copied (axtls.md 2.2).
	RingWraps bool
	// SYNUnchecked: bug: a client whose SYN finds no memory gets 0 and waits for ever (axtls.md 5).
	SYNUnchecked bool
	// SendUnready: bug: a send before TCP is up or after disconnect reads through NULL (axtls.md 2.3).
	SendUnready bool
}

func (m MbedTLS) library(a *API) library { return &mbedtlsLibrary{api: a, rules: m} }

func (x AxTLS) library(a *API) library { return &axtlsLibrary{api: a, rules: x} }
