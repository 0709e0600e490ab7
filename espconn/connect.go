package espconn

import (
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// SecureConnect is espconn_secure_connect: a TLS connection to the remote address and port in c; the local port is
// ignored. On OK the state is WAIT, and the connect callback follows once the handshake is over, or the disconnect or
// reconnect callback. On any other result nothing was changed and no callback comes. One client at a time: disconnect it before
// the next (manual V2.1 5.5, V1.0 4.6).
//
// ManualV21 checks in this order (manual-profile.md #7): ARG for an espconn in plain use, NULL, another type, no esp_tcp; ISCONN
// for a secure server's and while a client exists (manual-profile.md #37); RTE without an address; MEM for a size over 3,072 with
// cert_req on, for a free heap below size + 14,336, and when a block, a socket or a port is missing. The SDK's order is tls.md 5.1.
func (a *API) SecureConnect(c Ref) Err {
	return a.call("espconn_secure_connect", c, "", func() Err {
		f, e := a.loadTCP(c)
		if e != OK {
			return e
		}
		p := &a.profile
		if p.ClockNeeded && a.env.WallClock() == 0 {
			a.finding(c, RuleClock, "connect while the clock reads 0")
			return a.because(NOCLOCK, boundedtls.Cause{ID: CauseNoClock})
		}
		if !f.HasProto {
			if !p.ConnectNullProto {
				a.fatal(c, CauseLoadProhibited, "espconn_secure_connect: the espconn has no esp_tcp")
			}
			a.finding(c, RuleNotTCP, "the espconn has no esp_tcp")
			return a.noProto(espTCP)
		}
		if a.secureClient() != nil {
			a.finding(c, RuleConnectTwice, "a secure client connection exists already")
			if p.OneClient {
				return a.connected()
			}
		}
		if p.OneUp && a.isUp() {
			return a.connected()
		}
		a.checkWriteFinish(c, f.Registered.Has(WriteFinish))
		a.checkConnect(c, f)
		if e := a.address(f.RemoteIP); e != OK {
			a.finding(c, RuleNoAddress, "connect without an address of the device's own, result %d", e)
			return e
		}
		if e := a.tooLargeForMutual(c, &a.client, a.client.certReqOn); e != OK {
			return e
		}
		if e := a.heapShort(a.client.size); e != OK {
			return e
		}
		return a.connectSecure(c, f)
	})
}

// address checks that an interface with an address is there (tls.md 5.1 rows 2 to 6).
func (a *API) address(remote [4]byte) Err {
	has := func(ifIndex int) bool {
		addr := a.env.IPInfo(ifIndex).Addr()
		return addr.IsValid() && !addr.IsUnspecified()
	}
	switch a.env.OpMode() {
	case stationMode:
		if !has(stationIf) {
			return a.noAddress()
		}
	case softAPMode:
		if !has(softAPIf) {
			return a.noAddress()
		}
	case stationAPMode:
		ap := a.env.IPInfo(softAPIf).Addr()
		if ap.Is4() {
			if own := ap.As4(); own[0] == remote[0] && own[1] == remote[1] && own[2] == remote[2] {
				return OK
			}
		}
		// The SDK asks for the status first, whatever the address (oracle/espconn wifi/secure/both).
		if s := a.env.StationStatus(); a.profile.StatusReturned && s != stationGotIP {
			if s == stationIdle {
				return a.noAddress()
			}
			return a.because(Err(s), boundedtls.Cause{ID: CauseStation, Have: int(s), Limit: stationGotIP})
		}
		if !has(stationIf) {
			return a.noAddress()
		}
	default:
		if !a.profile.StatusReturned {
			return a.noAddress() // manual-profile.md #7: no address. The SDK looks no further in this mode and fails in TCP
		}
	}
	return OK
}

// tooLargeForMutual applies the manual's limit for mutual authentication (manual V2.1 3.2, 4.2).
func (a *API) tooLargeForMutual(c Ref, r *roleSettings, mutual bool) Err {
	if !mutual || r.size <= mutualSizeMax || a.profile.V10 {
		return OK
	}
	a.finding(c, RuleMutualSize, "size %d with mutual authentication, the limit is %d", r.size, mutualSizeMax)
	if a.profile.MutualSizeMax == 0 || r.size <= a.profile.MutualSizeMax {
		return OK
	}
	return a.because(MEM, boundedtls.Cause{ID: CauseMutualSize, Have: int(r.size), Limit: int(a.profile.MutualSizeMax)})
}

// heapShort is the gate of the manual's 22 KB (manual V2.1 3.2, 4.2; tls.md 6.2).
func (a *API) heapShort(size uint16) Err {
	free, least := a.env.Heap().FreeSize(), a.profile.LeastHeap(size)
	if free >= least {
		return OK
	}
	a.finding(nil, RuleHeapShort, "%d bytes of heap are free, size %d needs at least %d", free, size, least)
	return a.because(MEM, boundedtls.Cause{ID: CauseHeapGate, Have: int(free), Limit: int(least), Object: strconv.Itoa(int(size))})
}

// LeastHeap returns how many bytes of heap have to be free for espconn_secure_connect with a TLS buffer of size bytes: the size and
// HeapGate, and one more where that is not enough (GateAtLeast). By the manual profiles espconn_secure_accept wants as many.
func (p Profile) LeastHeap(size uint16) uint32 {
	least := uint32(size) + HeapGate
	if !p.GateAtLeast {
		least++
	}
	return least
}

// Connect is espconn_connect: a TCP connection to the remote address and port in c. On OK the state is WAIT, and the
// connect callback follows, or the disconnect or reconnect callback.
//
// In this order (espconn.md 5.1): ARG for NULL and for another type; ISCONN with as many active TCP connections as
// TcpGetMaxCon; RTE without an address (SDK profiles: a positive station status in mode 3); ISCONN when another active
// connection's espconn has the same local port, 0 included; MEM without memory, which may leave the state at WAIT and the
// connection listed; RTE without a route, with the state at WAIT.
func (a *API) Connect(c Ref) Err {
	return a.call("espconn_connect", c, "", func() Err {
		if e := a.notTCP(c); e != OK {
			return e
		}
		f := c.Load()
		if !f.HasProto {
			return a.nullProto(c, "espconn_connect")
		}
		if n, most := a.activeTCP(), int(a.maxCon()); n >= most {
			return a.because(ISCONN, boundedtls.Cause{ID: CauseMaxConnections, Have: n, Limit: most})
		}
		if e := a.address(f.RemoteIP); e != OK {
			return e
		}
		if a.portActive(f.LocalPort) {
			return a.activePort(c, f.LocalPort)
		}
		return a.connectPlain(c, f)
	})
}

// nullProto is a call on an espconn without esp_tcp or esp_udp: the SDK reads through NULL.
func (a *API) nullProto(c Ref, name string) Err {
	if !a.profile.ConnectNullProto {
		a.fatal(c, CauseLoadProhibited, "%s: the espconn has no esp_tcp or esp_udp", name)
	}
	if c.Load().Type == TypeUDP {
		return a.noProto(espUDP)
	}
	return a.noProto(espTCP)
}
