package netstack

import "time"

// ISN says how initial sequence numbers are chosen.
type ISN uint8

// Rules for initial sequence numbers.
const (
	ISNTicks ISN = iota // one counter from 6510 to which every request adds the tick counter (lwip.md 3.1)
	ISNHash             // RFC 6528: hash of the four-tuple and a secret plus a 4 us clock
)

// Profile is a stack's behaviour as plain data. Take one from DeviceProfile or HostProfile and change fields; the zero
// Profile in a Config means DeviceProfile. Zero in a limit means "no limit" unless the field says otherwise.
type Profile struct {
	// TCP sizes (lwip.md 1).
	MSS          int // the MSS option in SYNs and the greatest segment sent; bytes, 1..1460
	DefaultMSS   int // the peer's MSS until its option is seen; bytes
	Window       int // receive window; bytes, 1..65535
	WindowUpdate int // growth of the window that is announced at once; bytes
	SendBuffer   int // bytes of unacknowledged and unsent data per connection
	SendQueue    int // segments in the same queue

	// Limits (lwip.md 1, 4.2, 9).
	MaxConnections int // a SYN to a listener is dropped while exactly so many TCBs are ESTABLISHED
	Retries        int // retransmissions of data or FIN; must be at least 1
	SYNRetries     int // retransmissions of an active open's SYN; must be at least 1
	ARPEntries     int
	ARPQueue       int // packets that wait for one unresolved neighbour
	DNSTable       int // names that are being looked up at a time

	// Timers (lwip.md 2). With SlowTick 0 all timers are exact and FastTick, Poll, PollPhase are unused; otherwise
	// TCP's times are counted in slow ticks, which fall on a grid that runs only while a connection exists.
	Poll       time.Duration // period in which the device looks at its timers; all ticks fall on multiples of it
	PollPhase  time.Duration // start of the stack to the origin of that grid, 0..Poll
	FastTick   time.Duration // delayed acknowledgements
	SlowTick   time.Duration // everything else of TCP; twice FastTick
	DelayedACK time.Duration // exact timers only: how long a first segment's acknowledgement waits
	InitialRTO time.Duration
	MinRTO     time.Duration // 0: none
	MaxRTO     time.Duration // greatest interval after back-off; 0: none
	MaxBackoff int           // greatest doubling exponent of the RTO
	PersistMin time.Duration // first zero-window probe, then doubled up to PersistMax
	PersistMax time.Duration
	SynRcvd    time.Duration // life of a half-open passive connection
	FinWait2   time.Duration
	LastAck    time.Duration
	TimeWait   time.Duration
	KeepIdle   time.Duration // defaults of SetKeepalive's values
	KeepIntvl  time.Duration
	KeepCount  int

	// TCP rules.
	ISN             ISN
	EphemeralMin    uint16 // TCP and UDP ports chosen by the stack
	EphemeralMax    uint16
	UDPEphemeralMin uint16
	UDPEphemeralMax uint16
	OutOfOrder      bool // keep segments beyond a gap
	OutOfOrderRTOs  int  // such segments are dropped after so many RTOs without input (lwip.md 6.4); 0: never
	Nagle           bool // on for new connections; SetNagle changes it
	SYNBackoff      bool // double the SYN's interval; the device repeats it at a fixed one (lwip.md 4.1)
	FrozenActivity  bool // state limits count from the last segment before the local close (lwip.md 7.2); otherwise from entering the state
	ReuseAddr       bool // listeners conflict only with listeners; a new SYN beyond a TIME_WAIT's window replaces it
	// TimeResent samples the round trip on resent segments, too, and, for an active open's SYN, only at the first later segment
	// (lwip.md 5.4).
	TimeResent bool
	// PersistInFlight lets the persist timer run, instead of the retransmission timer, also while data is in flight and the next segment
	// does not fit (lwip.md 5.5).
	PersistInFlight bool
	// StaleProbe puts the first byte of the old frame, the destination MAC's, in place of data into the zero-window probe of a segment that
	// was sent before (measured, wire trace data-zerowin-shrink).
	StaleProbe bool
	// StrictInput checks by RFC 9293 what lwIP 1.4 does not check: flags of a SYN, sequence of the handshake's ACK, ACK flag and value on
	// data, MSS option outside SYNs.
	StrictInput bool

	// SNTPNamesOnly asks servers by name alone: an address that was set is cleared before it is asked, and the next server's turn comes
	// whether it is configured or not, as of SDK 2.1.0 to 3.0 (lwip.md 14).
	SNTPNamesOnly bool
	// SNTPLateLookup heeds the end of a lookup after the client was stopped, as before SDK 3.0.4 (lwip.md 14).
	SNTPLateLookup bool
	// SNTPEmptyNames takes an empty name for a server, whose lookup fails at each turn, as SDK 2.0.0 (lwip.md 14).
	SNTPEmptyNames bool
	// ListenerResetsAhead adds one to the sequence number of the reset with which a listener answers a segment with an ACK, as before
	// SDK 2.2.0 (lwip.md 4.2).
	ListenerResetsAhead bool

	// IP rules (lwip.md 8).
	TTL           uint8
	MTU           int
	TCPWithoutDF  bool          // segments leave without the bit don't-fragment, as of SDK 2.0.0 (lwip.md 8)
	ICMPSetsMTU   bool          // any destination-unreachable with a value in bytes 6-7 sets the MTU (lwip.md 8.1)
	EchoOptionSum bool          // a ping with IP options is answered with a header checksum over 20 bytes only (lwip.md 8.1)
	Loopback      bool          // packets to the stack's own addresses are delivered to itself instead of going out
	IGMPSigned    bool          // report delays are drawn as a signed remainder (lwip.md 13)
	IGMPReportAll bool          // the membership of 224.0.0.1 is reported when the interface comes up (lwip.md 13)
	ARPRetry      time.Duration // exact timers only: interval of repeated requests for a pending neighbour; 0: none
}

// Figures of the device (lwip.md 1, 2, 5, 7).
const (
	deviceMSS       = 1460
	deviceMSS536    = 536 // liblwip_536
	deviceWindowMSS = 4
	deviceBufferMSS = 2
	firstISN        = 6510 // lwip.md 3.1
)

// DeviceProfile returns the device's stack: lwIP 1.4.0 as the SDK configures it (lwip.md 1; measured on the compiled
// liblwip). Its run-time variables can be changed later by the Stack's setters.
func DeviceProfile() Profile {
	p := Profile{
		MSS: deviceMSS, DefaultMSS: 536,
		SendQueue:      8,
		MaxConnections: 5, Retries: 12, SYNRetries: 6,
		ARPEntries: 10, ARPQueue: 3, DNSTable: 4,
		Poll: 25 * time.Millisecond, FastTick: 125 * time.Millisecond, SlowTick: 250 * time.Millisecond,
		InitialRTO: time.Second, MaxBackoff: 7,
		PersistMin: 750 * time.Millisecond, PersistMax: 30 * time.Second,
		SynRcvd: 20 * time.Second, FinWait2: 20 * time.Second, LastAck: 120 * time.Second, TimeWait: 120 * time.Second,
		KeepIdle: 120 * time.Second, KeepIntvl: 10 * time.Second, KeepCount: 9,
		ISN: ISNTicks, EphemeralMin: 1024, EphemeralMax: 32766, UDPEphemeralMin: 4096, UDPEphemeralMax: 32766,
		OutOfOrder: true, OutOfOrderRTOs: 6, Nagle: true, TimeResent: true, PersistInFlight: true, StaleProbe: true, FrozenActivity: true,
		TTL: 128, MTU: 1500, ICMPSetsMTU: true, EchoOptionSum: true, IGMPSigned: true, IGMPReportAll: true,
	}
	p.setMSS(deviceMSS)
	return p
}

// DeviceProfile536 returns the device's stack in its small variant, liblwip_536 (lwip.md 1). Its IGMP delays are drawn
// without the sign (measured, wire traces lib536-*).
func DeviceProfile536() Profile {
	p := DeviceProfile()
	p.IGMPSigned = false
	p.setMSS(deviceMSS536)
	return p
}

// setMSS sets the MSS and what the SDK derives from it.
func (p *Profile) setMSS(mss int) {
	p.MSS = mss
	p.Window = deviceWindowMSS * mss
	p.WindowUpdate = p.Window / 4
	p.SendBuffer = deviceBufferMSS * mss
}

// HostProfile returns a present-day host for the far side: exact timers, random initial sequence numbers, no limits.
// Choice: figures near those of Linux; no window scaling, SACK or timestamps, which the device would not use either.
func HostProfile() Profile {
	return Profile{
		MSS: 1460, DefaultMSS: 536, Window: 65535, WindowUpdate: 2 * 1460,
		Retries: 15, SYNRetries: 6, ARPQueue: 64, DNSTable: 64,
		DelayedACK: 40 * time.Millisecond,
		InitialRTO: time.Second, MinRTO: 200 * time.Millisecond, MaxRTO: 60 * time.Second, MaxBackoff: 16,
		PersistMin: 500 * time.Millisecond, PersistMax: 60 * time.Second,
		SynRcvd: 63 * time.Second, FinWait2: 60 * time.Second, LastAck: 60 * time.Second, TimeWait: 60 * time.Second,
		KeepIdle: 2 * time.Hour, KeepIntvl: 75 * time.Second, KeepCount: 9,
		ISN: ISNHash, EphemeralMin: 32768, EphemeralMax: 60999, UDPEphemeralMin: 32768, UDPEphemeralMax: 60999,
		OutOfOrder: true, SYNBackoff: true, StrictInput: true, ReuseAddr: true,
		TTL: 64, MTU: 1500, Loopback: true, ARPRetry: time.Second,
	}
}

// normal returns p with unusable values replaced, so that the engine can rely on them.
func (p Profile) normal() Profile {
	clamp := func(v *int, lo, hi int) { *v = min(max(*v, lo), hi) }
	clamp(&p.MSS, 1, 1460)
	clamp(&p.DefaultMSS, 1, 1460)
	clamp(&p.Window, 1, 65535)
	clamp(&p.MTU, 68, 1500)
	clamp(&p.MaxBackoff, 0, 20)
	p.Retries = max(p.Retries, 1)
	p.SYNRetries = max(p.SYNRetries, 1)
	p.KeepCount = max(p.KeepCount, 1)
	if p.WindowUpdate <= 0 {
		p.WindowUpdate = max(p.Window/4, 1)
	}
	positive := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	if p.SlowTick > 0 {
		positive(&p.Poll, 25*time.Millisecond)
		positive(&p.FastTick, p.SlowTick/2)
	}
	positive(&p.InitialRTO, time.Second)
	positive(&p.PersistMin, 500*time.Millisecond)
	p.PersistMax = max(p.PersistMax, p.PersistMin)
	positive(&p.KeepIdle, 2*time.Hour)
	positive(&p.KeepIntvl, time.Second)
	if p.EphemeralMin == 0 || p.EphemeralMax < p.EphemeralMin {
		p.EphemeralMin, p.EphemeralMax = 32768, 60999
	}
	if p.UDPEphemeralMin == 0 || p.UDPEphemeralMax < p.UDPEphemeralMin {
		p.UDPEphemeralMin, p.UDPEphemeralMax = 32768, 60999
	}
	if p.TTL == 0 {
		p.TTL = 64
	}
	return p
}
