package espconn

import (
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Why a call was refused: one cause for each reason, sent where it is found. Every code that a function returns for a failure, and
// every false, passes through because, deny and their short forms here; a test looks for others.
const (
	// What the call was given.
	CauseNull       CauseID = "espconn/null"        // Object: what is NULL
	CauseType       CauseID = "espconn/type"        // Have: the espconn's type, Limit: the one that the function takes, Object: its name
	CauseNoProto    CauseID = "espconn/no-proto"    // Object: the struct that is missing, esp_tcp or esp_udp
	CauseNoData     CauseID = "espconn/no-data"     // a send of NULL or of nothing
	CauseTooLong    CauseID = "espconn/too-long"    // Have: bytes, Limit: the most
	CauseRange      CauseID = "espconn/range"       // Have: the number, Least and Limit: the range
	CauseLength     CauseID = "espconn/length"      // Have: bytes, Least and Limit: the range
	CauseLevel      CauseID = "espconn/level"       // Have: the level, Object: those that there are
	CauseSectorZero CauseID = "espconn/sector-zero" // an image in sector 0
	CauseErased     CauseID = "espconn/erased"      // Object: the sector
	CauseObjectType CauseID = "espconn/object-type" // Have: the type of espconn_secure_obj_load
	CauseGroup      CauseID = "espconn/group"       // Object: the address, which is no group that can be joined
	CauseNotMember  CauseID = "espconn/not-member"  // Object: the group

	// What the espconn is used for.
	CauseMixed        CauseID = "espconn/mixed"         // Object: what it is
	CauseNoConnection CauseID = "espconn/no-connection" // it has none
	CauseNotUp        CauseID = "espconn/not-up"        // the connect callback has not come yet
	CauseClosing      CauseID = "espconn/closing"       // the last callback has not come yet
	CauseTCPEnded     CauseID = "espconn/tcp-ended"     // the connection is there, its TCP is not
	CauseNotServer    CauseID = "espconn/not-server"
	CauseNotCreated   CauseID = "espconn/not-created"  // a UDP espconn
	CauseHasClients   CauseID = "espconn/has-clients"  // Have: how many
	CauseNoClients    CauseID = "espconn/no-clients"   // nobody to tell of
	CauseNoKeepalive  CauseID = "espconn/no-keepalive" // the option is not set
	CauseNoRing       CauseID = "espconn/no-ring"      // espconn_recv where data never waits
	CauseOnSecure     CauseID = "espconn/on-secure"    // a plain function on a secure connection

	// What else there is.
	CauseMaxConnections CauseID = "espconn/max-connections" // Have: active ones, Limit: the most
	CausePortActive     CauseID = "espconn/port-active"     // Have: the local port that another one has too
	CauseInUse          CauseID = "espconn/in-use"          // Have: the local port that this espconn has itself, being active
	CauseServerExists   CauseID = "espconn/server-exists"   // one secure server at a time
	CauseNoCertificate  CauseID = "espconn/no-certificate"  // Object: what the server lacks
	CauseSizes          CauseID = "espconn/sizes"           // Have: the client's size, Limit: the server's
	CauseStation        CauseID = "espconn/station"         // Have: the station's status, Limit: that of one with an address
	CauseNoRoute        CauseID = "espconn/no-route"        // Object: the address
	CauseAwaitsSent     CauseID = "espconn/awaits-sent"     // Have: sends without their sent callback, Limit: the most
	CauseAwaitsWrite    CauseID = "espconn/awaits-write"    // the send before waits for write_finish
	CauseOnlySend       CauseID = "espconn/only-send"       // this SDK sends once on such a connection
	CauseQueueFull      CauseID = "espconn/queue-full"      // Have: segments in TCP's queue, Limit: the most
	CauseLookups        CauseID = "espconn/lookups"         // Limit: names that can be looked up at a time
)

// because notes why the call under way is refused, and returns its code.
func (a *API) because(ret Err, why boundedtls.Cause) Err {
	a.why = &why
	return ret
}

// deny is because for functions that return bool.
func (a *API) deny(why boundedtls.Cause) bool {
	a.why = &why
	return false
}

// null refuses a NULL pointer.
func (a *API) null(what string) Err {
	return a.because(ARG, boundedtls.Cause{ID: CauseNull, Object: what})
}

// Objects of null.
const (
	theEspconn = "the espconn"
	theFigure  = "the pointer to the figure"
	theInfo    = "the pointer to the information"
	theAddress = "the pointer to the address"
	theMemory  = "the memory for the data"
)

// Objects of noProto.
const (
	espTCP = "esp_tcp"
	espUDP = "esp_udp"
)

// onPlain refuses a secure call on a plain connection.
func (a *API) onPlain(c Ref) Err {
	return a.because(ARG, boundedtls.Cause{ID: CauseMixed, Object: word(a.uses(c) & anyPlain)})
}

// activePort refuses a local port that an active espconn has: another one, or c itself.
func (a *API) activePort(c Ref, port int) Err {
	why := boundedtls.Cause{ID: CausePortActive, Have: port}
	if a.connOf(c) != nil {
		why.ID = CauseInUse
	}
	return a.because(ISCONN, why)
}

// connected refuses a second secure client.
func (a *API) connected() Err { return a.because(ISCONN, boundedtls.Cause{ID: CauseConnected}) }

// typeNames are the SDK's.
var typeNames = map[Type]string{TypeTCP: "ESPCONN_TCP", TypeUDP: "ESPCONN_UDP"}

// wrongType refuses an espconn of another type than want.
func (a *API) wrongType(f Fields, want Type) Err {
	return a.because(ARG, boundedtls.Cause{ID: CauseType, Have: int(f.Type), Limit: int(want), Object: typeNames[want]})
}

// notTCP refuses NULL and an espconn of another type; OK for a TCP one.
func (a *API) notTCP(c Ref) Err {
	if isNull(c) {
		return a.null(theEspconn)
	}
	if f := c.Load(); f.Type != TypeTCP {
		return a.wrongType(f, TypeTCP)
	}
	return OK
}

// noProto refuses an espconn without esp_tcp or esp_udp.
func (a *API) noProto(what string) Err {
	return a.because(ARG, boundedtls.Cause{ID: CauseNoProto, Object: what})
}

// unconnected refuses an espconn without a connection.
func (a *API) unconnected() Err { return a.because(ARG, boundedtls.Cause{ID: CauseNoConnection}) }

// noMemory refuses for want of heap, unless something more exact was noted in the call already.
func (a *API) noMemory() Err {
	if a.why != nil {
		return MEM
	}
	return a.because(MEM, boundedtls.Cause{ID: CauseNoMemory})
}

// outside refuses a number outside lo..hi.
func (a *API) outside(n, lo, hi int) Err {
	return a.because(ARG, boundedtls.Cause{ID: CauseRange, Have: n, Least: lo, Limit: hi})
}

// length refuses a length of data outside lo..hi.
func (a *API) length(n, lo, hi int) boundedtls.Cause {
	return boundedtls.Cause{ID: CauseLength, Have: n, Least: lo, Limit: hi}
}

// noSend refuses a send on NULL, of too much and of nothing. given is length, 0 for a NULL pointer.
func (a *API) noSend(c Ref, length, given int) Err {
	switch {
	case isNull(c):
		return a.null(theEspconn)
	case length > lengthMax:
		return a.because(ARG, boundedtls.Cause{ID: CauseTooLong, Have: length, Limit: lengthMax})
	case given == 0:
		return a.because(ARG, boundedtls.Cause{ID: CauseNoData})
	}
	return OK
}

// noAddress refuses a connect without an address.
func (a *API) noAddress() Err { return a.because(RTE, boundedtls.Cause{ID: CauseNoAddress}) }

// level refuses a level that is none.
func (a *API) level(level uint8, valid string) bool {
	return a.deny(boundedtls.Cause{ID: CauseLevel, Have: int(level), Object: valid})
}

// awaitsSent refuses a send before the sent callback of those before.
func (a *API) awaitsSent(ret Err, have, most int) Err {
	return a.because(ret, boundedtls.Cause{ID: CauseAwaitsSent, Have: have, Limit: most})
}

// sectorText is a sector in causes.
func sectorText(sector uint32) string { return "0x" + strconv.FormatUint(uint64(sector), 16) }
