package espconn

// Profile is what differs between the manuals and the SDK releases, as plain data. Copy one of ManualV21, SDK301,
// SDK221 and SDK306 and change a field to see what that rule does. A field whose doc names a bug is false where the
// device works.
type Profile struct {
	// Name is the profile's name, "ManualV21".
	Name string
	// TLS is the TLS library with what only its side of the SDK has: an MbedTLS or an AxTLS. Nil is ManualV21's.
	TLS TLS

	// SizeMin is the least size in bytes that espconn_secure_set_size takes: 1 by the manual, 2,048 in the SDK
	// (manual-profile.md #2, tls.md 5.5).
	SizeMin uint16
	// SizeRaise: smaller sizes are raised to this one before the check, 0 for none. SDK 2.2.x raises to 4,096
	// (tls.md 0; manual-profile.md #4).
	SizeRaise uint16
	// SizePerRole: client and server have a size each; otherwise one is shared (manual-profile.md #3, tls.md 2.1).
	SizePerRole bool
	// SizeLive: TLS asks for the size at each check, so set_size acts on a live connection (tls.md 2.1).
	// Otherwise a connection keeps the size it began with (manual-profile.md #5).
	SizeLive bool
	// MutualSizeMax is the greatest size with which mutual authentication is accepted, 0 for any: 3,072 by the manual,
	// never checked by the SDK (manual-profile.md #7, #10; tls.md 6.2).
	MutualSizeMax uint16

	// ConnectNullProto: a proto pointer of NULL is refused with ARG; the SDK reads through it (manual-profile.md #7).
	ConnectNullProto bool
	// OneClient: a second secure client gets ISCONN; the SDK allows as many as sockets and heap last
	// (manual-profile.md #7, #8; tls.md 5.1).
	OneClient bool
	// StatusReturned: with station and soft-AP on and no address, connect returns the station's status as a positive
	// number instead of RTE (tls.md 5.1 row 6; manual-profile.md #7).
	StatusReturned bool

	// GateAtLeast: a free heap of exactly size + HeapGate is enough: 8 KB need "at least" 22 KB by the manual (V2.1 3.2, 4.2). The
	// SDK wants more (manual-profile.md #39, tls.md 6.2).
	GateAtLeast bool

	// AcceptAgain is what a second espconn_secure_accept returns: ISCONN by the manual, INPROGRESS in the SDK; OK: it
	// listens too (manual-profile.md #10, tls.md 5.2, axtls.md 5).
	AcceptAgain Err
	// AcceptChecks: accept refuses without certificate and key (ARG) and with too little heap (MEM). The SDK accepts
	// and crashes at the first client (manual-profile.md #10; tls.md 4.5, 5.2).
	AcceptChecks bool
	// SecondRefused: a second client's connection is reset after TCP's handshake. The SDK leaves it open, acknowledges
	// its bytes and drops them (manual-profile.md #12; tls.md 5.7).
	SecondRefused bool
	// DeleteCrashes: bug: delete with neither certificate nor key set reads through NULL (tls.md 4.5).
	DeleteCrashes bool

	// SendStateFirst: bug: send sets the state WRITE before it checks anything, also when it fails (tls.md 5.3;
	// manual-profile.md #15). With axTLS espconn_send alone.
	SendStateFirst bool
	// SendStuck: bug: a plain send that returns MEM stays queued; with nothing in flight no acknowledgement ever sends it
	// on, and every later send is refused (oracle/espconn FINDINGS A7).
	SendStuck bool
	// DanglingPCB: bug: espconn_disconnect before TCP is up frees the connection's PCB, and its disconnect event writes
	// into it. Where a connection was begun in between, that memory is in use and the heap is damaged: the device's fatal
	// exception here (oracle/espconn FINDINGS B1).
	DanglingPCB bool

	// OneUse: connect, accept and create are refused on an espconn that is in use by the other stack, plain or secure, with ARG,
	// and the secure ones with ISCONN on one that is in use in the other role. The SDK looks at neither (manual-profile.md #37).
	OneUse bool
	// MixedWorks: plain calls on a secure connection have the effect they have on the SDK, which is a crash for some, and
	// secure calls on a plain connection crash (oracle/espconn FINDINGS B8). Otherwise ARG (manual-profile.md #32).
	MixedWorks bool

	// NameDash: the station's host name and the soft-AP's SSID are ESP-XXXXXX until the firmware sets others, as from SDK 3.0.1 on;
	// before, ESP_XXXXXX (sdk-surface.md, wifi_station_set_hostname).
	NameDash bool

	// SavesAgain: bug: system_param_save_with_protect writes what is in force already, and wifi_station_set_config finds no remembered
	// network to be the one it is given unless threshold.rssi is negative, so that it saves at every call: the SDKs up to 3.0.1
	// (sdk-surface.md, Flash).
	SavesAgain bool

	// RecordBytes is what the SDK's record of a plain espconn takes of the heap, without the allocator's header: 104 bytes before
	// SDK 3.0.6, 108 there (lwip.md 16). 0: 108.
	RecordBytes uint32

	// HeapHeader is what the allocator has before each block, in bytes: 8 before SDK 3.0, 16 from there on (lwip.md 16). 0: 16.
	// Deviation: 8 as well where a program before 3.0 defines check_memleak_debug_enable, which makes it 16.
	HeapHeader uint32

	// NarrowFaults: a program in C that reads bytes or half words of code or flash ends with exception 3, as before SDK 3.0, which
	// has a handler that reads them by words (lx106.md 10.3). A program with an SDK in it has that SDK's.
	NarrowFaults bool

	// TCPWithoutDF: TCP leaves without the IP header's bit don't-fragment, as of SDK 2.0.0 alone (lwip.md 8).
	TCPWithoutDF bool
	// FrameCrashes: bug: a frame that comes in and finds no memory is exception 29, a store through NULL, and an ARP request whose answer
	// finds none is exception 28, a load through it (lwip.md 16). Deviation: SDK 2.0.0 and 2.1.0 lose the answer. Otherwise frame or answer
	// is lost. Choice.
	FrameCrashes bool
	// LineCrashes: bug: a line whose format is in the flash, as the SDK's are, and finds no memory for its copy, though enough is free, is
	// exception 29, as the copy is written to address 0 (lwip.md 16). Otherwise the line is printed. Choice.
	LineCrashes bool
	// AcceptCrashes: bug: a plain server whose client finds no memory for its espconn ends with exception 29, a store through NULL, and
	// for its esp_tcp with exception 28, once the client has been reset (espconn.md 5.2); so does espconn_secure_accept of mbedTLS, with
	// exception 29, without memory for its record. Otherwise the client is reset, and the call returns MEM. Choice.
	AcceptCrashes bool

	// SNTPNamesOnly: bug: the SNTP client clears the address that sntp_setserver set before it asks, so only servers by name are ever
	// asked, as of SDK 2.1.0 to 3.0 (lwip.md 14).
	SNTPNamesOnly bool
	// SNTPLateLookup: bug: the answer of a lookup that comes after sntp_stop is taken, and the request that follows crashes, as before
	// SDK 3.0.4 (lwip.md 14).
	SNTPLateLookup bool

	// PingEndsLate: ping_start tells its end a period after the last request, as before SDK 3.0.1. Otherwise it does with the last answer,
	// or when that was waited for in vain (sdk-surface.md, ping.h).
	PingEndsLate bool

	// SNTPEmptyNames: bug: the SNTP client takes an empty name for a server, which has its turn in vain, as of SDK 2.0.0 (lwip.md 14).
	// Deviation: SDK 2.0.0 takes NULL for none, and here it is an empty name.
	SNTPEmptyNames bool
	// ListenerResetsAhead: bug: the reset for a segment that belongs to no connection of a listening port has a sequence number of one too
	// many, so its peer does not take it, as before SDK 2.2.0 (lwip.md 4.2).
	ListenerResetsAhead bool
	// NoManualRecv: the option MANUALRECV is set and means nothing, as before SDK 2.2.0, which has no such option (espconn.md 5.16).
	NoManualRecv bool

	// DefaultAnyLength: espconn_secure_set_default_certificate and _private_key take any length for which there is memory. Otherwise 8,192
	// bytes are the most (tls.md 5.5; axtls.md 4).
	DefaultAnyLength bool

	// FreePort: espconn_port gives a port that nothing on the device has; the SDK any random one (manual-profile.md #38,
	// espconn.md 5.17).
	FreePort bool

	// DisconnectLater: a disconnect inside a callback is carried out after it (manual-profile.md #18). The SDK closes
	// at once, which inside a recv callback turns into reconnect(-69) (tls.md 5.4).
	DisconnectLater bool
	// DisconnectByState: bug: "already closing" is read from the espconn's state, which another connection of the same
	// espconn or the firmware may have set; a send after a disconnect fails the connection with -69
	// (oracle/espconn FINDINGS B5, B10).
	DisconnectByState bool

	// CertReqClientOnly: espconn_secure_cert_req_* takes level 1 only (manual-profile.md #23, tls.md 5.5).
	CertReqClientOnly bool
	// DefaultEmpty: set_default_* takes length 0; the manual profile refuses it (tls.md 4.5; manual-profile.md #26).
	DefaultEmpty bool
	// DefaultLeaks: bug: a second set_default_* leaks the first copy (tls.md 4.5; manual-profile.md #26).
	DefaultLeaks bool
	// CAEntries is the number of entries of a CA image that are loaded: two by the manual V1.0, one with mbedTLS
	// (manual-profile.md #21, tls.md 4.5).
	CAEntries int

	// FlightCut: bug: what does not fit into TCP's send buffer is lost although it counts as written (tls.md 2.5;
	// manual-profile.md #31).
	FlightCut bool
	// AckCountBug: bug: the sent callback waits until the acknowledged bytes since the send equal the last record's
	// length. An unacknowledged handshake flight, a close_notify answered meanwhile or a split record make it miss, and
	// then no send works any more (tls.md 5.6; oracle/espconn FINDINGS B15).
	AckCountBug bool
	// DataWithFinished: bug: application data in the segment of the last handshake bytes waits for the next segment,
	// and is lost if that is a FIN (tls.md 2.7).
	DataWithFinished bool

	// CloseStays: bug: no memory for the FIN leaves the TCP connection open for ever (oracle/espconn FINDINGS B4).
	// Otherwise it is reset. Choice.
	CloseStays bool
	// StateNeedsCallback: bug: a callback that is not registered leaves the state unchanged (tls.md 5.6).
	StateNeedsCallback bool
	// RegistCrashes: bug: registering on an espconn without esp_tcp writes through NULL (espconn.md 5.10). Otherwise
	// ARG. Choice.
	RegistCrashes bool

	// V10: the functions are those of the manual V1.0: others work, each use with a finding, and a CA sector has 16 bits
	// (manual-profile.md, last paragraph).
	V10 bool
	// ClockNeeded: connect returns NOCLOCK while the device's clock reads 0 (axtls.md 5). The manual names no such
	// result. Choice.
	ClockNeeded bool
	// OneUp: connect returns ISCONN while any TLS connection, also an accepted one, is past TCP's handshake; several
	// that are not may start (axtls.md 5).
	OneUp bool
	// SizesDiffer is what get_size(3) returns when the roles' sizes differ, OK for the client's size and a finding
	// (axtls.md 2.1; manual-profile.md #6).
	SizesDiffer Err
	// DisconnectTwice: bug: a second disconnect gives 0, a second disconnect callback and a double free (axtls.md 5).
	DisconnectTwice bool
}
