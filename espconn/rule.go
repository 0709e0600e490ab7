package espconn

// Rule is one API check: misuse that the device would not report, or not in time.
type Rule struct {
	ID     string // stable, for --fail-on and for reading
	Manual string // where the manuals say so
	Device string // what the device does about it
}

// The rules' ids, as Event.Name of a finding.
const (
	RuleSendBeforeSent       = "send-before-sent"
	RuleSendTooLong          = "send-too-long"
	RuleSendChanged          = "send-data-changed"
	RuleDisconnectInCallback = "disconnect-in-callback"
	RuleSetWhileUsed         = "set-while-used"
	RuleSizesDiffer          = "sizes-differ"
	RuleConnectTwice         = "connect-twice"
	RuleAcceptTwice          = "accept-twice"
	RuleNoCertificate        = "accept-without-certificate"
	RuleMutualSize           = "mutual-size"
	RuleWriteFinish          = "secure-write-finish"
	RuleSector               = "sector-not-free"
	RuleCAEntries            = "ca-entries"
	RuleFlight               = "flight-too-long"
	RuleDeleteConnected      = "delete-connected"
	RuleMixed                = "mixed-calls"
	RuleDeafServer           = "accept-port-taken"
	RuleFatal                = "sdk-crash"
)

var rules = []Rule{
	{RuleSendBeforeSent, "V2.1 5.6", "refuses the send with ESPCONN_INPROGRESS"},
	{RuleSendTooLong, "V2.1 5.6", "sends it in records of 1,460 bytes, reading the firmware's memory late"},
	{RuleSendChanged, "V2.1 5.6", "sends whatever stands there when it reads"},
	{RuleDisconnectInCallback, "V2.1 5.7", "closes at once; inside a recv callback reconnect(-69) comes instead of the disconnect callback"},
	{RuleSetWhileUsed, "V2.1 5.3, 5.8 to 5.11", "moves the limits of the live connection without moving its buffer"},
	{RuleSizesDiffer, "V2.1 5.4", "has one size for both roles"},
	{RuleConnectTwice, "V2.1 5.5", "makes a second connection while sockets and heap last"},
	{RuleAcceptTwice, "V2.1 5.1", "refuses it with ESPCONN_INPROGRESS"},
	{RuleNoCertificate, "V2.1 5.1", "accepts, and crashes at the first client"},
	{RuleMutualSize, "V2.1 3.2, 4.2", "tries, and runs out of heap or send buffer"},
	{RuleWriteFinish, "V2.1 5", "never calls it"},
	{RuleSector, "V2.1 5.10", "reads whatever stands there as certificates"},
	{RuleCAEntries, "V1.0 3.1", "loads the first entries and ignores the others"},
	{RuleFlight, "tls.md 2.5", "loses what exceeds its 2,920-byte send buffer; the handshake hangs"},
	{RuleDeleteConnected, "V2.1 5.2", "refuses it with ESPCONN_INPROGRESS"},
	{RuleMixed, "V2.1 5", "works for some calls and crashes in others"},
	{RuleDeafServer, "espconn.md 5.2", "returns 0 and listens on no port"},
	{RuleFatal, "tls.md 5, 8", "reads or writes through a bad pointer and resets"},
}

// Rules returns all API checks of this package.
func Rules() []Rule { return append([]Rule(nil), rules...) }
