package trace

import "time"

// Event is one observable step of a device. Fields that a kind does not use are zero; docs/trace.md lists the kinds with the
// fields they use. Lengths are in bytes.
type Event struct {
	Seq uint64        `json:"seq"` // counts from 1 since the device was made; set by Trace.Add
	At  time.Duration `json:"at"`  // since the device was made, in its own time; set by Trace.Add

	Conn  string `json:"conn,omitempty"`  // "espconn 1", numbered in order of appearance; "" when none is concerned
	Name  string `json:"name,omitempty"`  // of the function, block, message, alert, state, interface, rule, cause
	Text  string `json:"text,omitempty"`  // a line, arguments, a result, details: see the kinds
	Where string `json:"where,omitempty"` // file:line in the firmware, "" when unknown
	Value int64  `json:"value,omitempty"` // the figure that belongs to the kind: bytes, a code, a status
	Limit int64  `json:"limit,omitempty"` // what Value was held against: the buffer's size, the free heap; 0 if nothing

	Source Source `json:"source,omitempty"`
	Kind   Kind   `json:"kind,omitempty"`

	// Of the connection's states: before and after.
	Old   State `json:"old,omitempty"`
	State State `json:"state,omitempty"`

	// Of TLS events.
	Role    Role   `json:"role,omitempty"`
	Out     bool   `json:"out,omitempty"`         // sent by the device
	Record  uint8  `json:"record_type,omitempty"` // content type: 20 change cipher spec, 21 alert, 22 handshake, 23 application data
	Level   uint8  `json:"level,omitempty"`       // of an alert: 1 warning, 2 fatal
	Version uint16 `json:"version,omitempty"`     // of a record or negotiated: 0x0303 is TLS 1.2
	Suite   uint16 `json:"suite,omitempty"`       // negotiated cipher suite, IANA's number
	Status  int16  `json:"status,omitempty"`      // what the application is told when the connection ends; 0: the disconnect callback

	// Of TCP and ARP.
	Local  Addr `json:"local,omitzero"`
	Remote Addr `json:"remote,omitzero"`
	MAC    MAC  `json:"mac,omitzero"`

	Took  time.Duration `json:"took,omitempty"`  // of a cause: over how long
	Flags uint32        `json:"flags,omitempty"` // of a chain check
	Code  int32         `json:"code,omitempty"`  // the TLS library's code: negative; 0 none
	Plain int32         `json:"plain,omitempty"` // plaintext in a TLS record
	Fill  int32         `json:"fill,omitempty"`  // what a TLS record takes of the buffer, with what lies before it
	Least int32         `json:"least,omitempty"` // of a cause: the least limit that would have done, 0 when none helps

	Sequence uint32 `json:"sequence,omitempty"` // TCP's numbers
	Ack      uint32 `json:"ack,omitempty"`
	Count    uint32 `json:"count,omitempty"` // retries of a segment, erasures of a flash sector

	// Of flash.
	Address uint32 `json:"address,omitempty"` // the first byte
	Lost    uint32 `json:"lost,omitempty"`    // bytes of a write that do not hold what was written
}
