package trace

// Kind says what happened. One kind can come from several sources; docs/trace.md lists which, with the fields they use.
// Its text form is the word in String.
type Kind uint8

// The kinds.
const (
	_ Kind = iota

	// Of SourceDevice.
	KindBoot    // firmware begins. Name: the profile; Text: the device's name; Value: the reset reason; Limit: the heap that is free
	KindLoader  // the boot loader took another program than it was told. Text
	KindHalt    // the firmware ends, and nothing boots by itself. Text: why it cannot, "" if it does not
	KindRestart // the firmware ends and boots again
	KindSleep   // the firmware ends for deep sleep
	KindFatal   // a crash. Name: where; Value: the exception's cause, -1 the software watchdog, -2 the hardware's; Text: why
	KindContext // of a crash that comes next. Name: callback (what ran; Value: for how many µs), call (the last; when), local (a variable)
	KindFrame   // a function that was under way at the crash. Text
	KindError   // something that should have worked did not. Name, Text

	// Of SourceHeap. Name: the block; Value: bytes as charged; Limit: free afterwards.
	KindAlloc
	KindFree
	KindFailed  // no memory
	KindBadFree // the address is not a live block's

	// Of SourceFlash. Address, Value: bytes; Count: erasures of the sector; Lost.
	KindErase
	KindWrite    // also of SourceI2C
	KindPowerCut // power failed. Text: when
	KindRefused  // a table or image that the SDK does not take. Name, Text

	// Of SourceWiFi.
	KindEvent       // the SDK's event. Name; Value: its number; Text
	KindStatus      // the station's status changed. Value
	KindSoftAP      // the soft-AP. Name: SSID; Value: the channel; Text: on, off
	KindSmartConfig // Value: the status
	KindSet         // a setting of the radio. Name: the function; Value

	// Of SourceUART, SourceUART1 and SourceLog. Text.
	KindLine

	// Of SourcePin. Name: the pin; Value: 1 high, 0 low; Text: the level.
	KindOutput
	KindInput

	// Of SourcePWM. Name: the pin; Value: duty in 45 ns; Limit: the duty that is always high; Text.
	KindStart

	// Of SourceI2C, with KindWrite. Name: the address; Value: bytes; Text: in hexadecimal.
	KindRead

	// Of SourceCPU. Name: the operation; Value: microseconds; Text.
	KindBusy

	// Of SourceAPI.
	KindCall   // Name: the function; Text: arguments
	KindReturn // Name; Text: the result as C prints it; Value: the code of functions that return one
	KindState  // Old, State. Also of SourceNet, and of SourceTLS: Name is the handshake's state there, Text the library

	// Of SourceCallback.
	KindConnect
	KindReconnect // Value: the code
	KindDisconnect
	KindRecv // Value: bytes
	KindSent
	KindWriteFinish
	KindDNSFound // Name: the host's name; Text: its address, or NULL
	KindReturned // the callback returned. Name: which

	// Of SourceTLS, with KindState and KindHeap.
	KindRecord    // Name: its type; Out, Record, Version, Value: bytes on the wire; Plain, Fill, Limit
	KindMessage   // Name; Out; Value: bytes; Limit
	KindAlert     // Name; Out, Level; Value: its description, 0 is close_notify
	KindHeap      // Name: the stage reached; Value: bytes held; Limit: the most so far
	KindFailure   // the engine gives up. Name: the code as the device prints it; Code; Text: what it found
	KindHandshake // the handshake is over. Version, Suite; Name: the suite's name; Text: the version's
	KindVerify    // the peer's chain was checked. Flags; Code: 0 when it is trusted
	KindEnded     // the connection ended. Name, Code as of KindFailure; Status. Of SourceAPI: not by TLS; the fields of KindCause

	// Of SourceNet, with KindState. Name: the interface; Local, Remote; Text.
	KindRetransmit // Sequence, Value: bytes; Count: retries
	KindProbe      // Sequence, Ack
	KindDrop
	KindReset // an RST was sent. Sequence, Ack
	KindARP   // MAC
	KindDHCP
	KindDNS
	KindMemory // Value: bytes
	KindHang
	KindLost  // State; Value: bytes
	KindClock // SNTP has set the clock. Value: seconds since 1970; Text: the server

	// Of SourceFinding. Name: the rule; Text; Where.
	KindFinding

	// Of any source: why something was refused, dropped or given up. Name: the cause's id; Value, Limit, Least, Took; Code; Local, Remote;
	// Text: the object.
	KindCause
)

var kinds = [...]string{"",
	"boot", "loader", "halt", "restart", "sleep", "fatal", "context", "frame", "error",
	"alloc", "free", "failed", "bad free",
	"erase", "write", "power cut", "refused",
	"event", "status", "softap", "smartconfig", "set",
	"line",
	"output", "input",
	"start",
	"read",
	"busy",
	"call", "return", "state",
	"connect", "reconnect", "disconnect", "recv", "sent", "write_finish", "dns_found", "returned",
	"record", "message", "alert", "heap", "failure", "handshake", "verify", "ended",
	"retransmit", "probe", "drop", "reset", "arp", "dhcp", "dns", "memory", "hang", "lost", "clock",
	"finding",
	"cause",
}

// Kinds returns all kinds.
func Kinds() []Kind { return all[Kind](len(kinds)) }

// String returns the kind's word, "bad free" for KindBadFree; "" for 0 and "?" for a value that has none.
func (k Kind) String() string { return word(kinds[:], int(k)) }

// MarshalText returns the kind's word.
func (k Kind) MarshalText() ([]byte, error) { return marshal("kind", kinds[:], int(k)) }

// UnmarshalText takes a word of String.
func (k *Kind) UnmarshalText(text []byte) error {
	i, err := unmarshal("kind", kinds[:], text)
	*k = Kind(i)
	return err
}
