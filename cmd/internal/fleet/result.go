package fleet

import (
	"cmp"
	"slices"
)

// Result is what became of a fleet, or of a shard of one. Its JSON form is described in docs/fleet.md.
type Result struct {
	Fleet Fleet   `json:"fleet"`
	Parts []Part  `json:"parts"` // the processes that it was found by, by shard
	Sums  Sums    `json:"sums"`
	Times Seconds `json:"seconds"`
	// Causes are why something went wrong, the most frequent first; Crashes and Findings the same of firmware that crashed and of
	// misuse of the SDK.
	Causes   []Group `json:"causes"`
	Crashes  []Group `json:"crashes"`
	Findings []Group `json:"findings"`
}

// Fleet is what all shards have in common: only results of one fleet can be merged.
type Fleet struct {
	Version  string  `json:"version"` // of the command
	Firmware string  `json:"firmware"`
	SHA256   string  `json:"firmware_sha256"`
	Devices  int     `json:"devices"`         // in all shards
	Profile  string  `json:"profile"`         // "" with the vendor's stack, which has none
	Stack    string  `json:"stack,omitempty"` // "vendor": the firmware's own libraries
	Against  string  `json:"against"`
	Virtual  bool    `json:"virtual_time"`
	Seed     uint64  `json:"seed"`
	Ramp     float64 `json:"ramp_seconds"`
	For      float64 `json:"run_seconds"` // asked for
	Shards   int     `json:"shards"`
}

// Part is one process.
type Part struct {
	Shard   int     `json:"shard"`
	Devices int     `json:"devices"`
	Seconds float64 `json:"run_seconds"` // the fleet's time that passed
	Real    float64 `json:"real_seconds"`
	CPU     float64 `json:"cpu_seconds"`       // 0: not known on this system
	Memory  int64   `json:"peak_memory_bytes"` // 0: not known on this system
	Stopped bool    `json:"interrupted"`
}

// Sums are numbers of devices and of what happened to them.
type Sums struct {
	Devices     int `json:"devices"`     // switched on
	Joined      int `json:"joined"`      // had an address
	Connected   int `json:"connected"`   // had a connection, at any time
	Answered    int `json:"answered"`    // had data from the other side, at any time
	Up          int `json:"up"`          // had one at the end
	Crashed     int `json:"crashed"`     // devices
	Attempts    int `json:"attempts"`    // calls of espconn_connect and espconn_secure_connect
	Connections int `json:"connections"` // connect callbacks, those of servers on the device included
	Handshakes  int `json:"handshakes"`  // of TLS
	Failed      int `json:"failed"`      // attempts that were refused or came to nothing
	Broken      int `json:"broken"`      // connections that ended with an error
	Closed      int `json:"closed"`      // connections that ended in good order
	Reconnects  int `json:"reconnects"`  // connections of a device that had lost its only one
	Sends       int `json:"sends"`       // calls that were taken
	Receives    int `json:"receives"`
	Received    int `json:"received_bytes"`
}

// Seconds are how long things took, in seconds.
type Seconds struct {
	Join      Times `json:"join"`       // switched on until there is an address
	Connect   Times `json:"connect"`    // the call until the connect callback, with TLS if it is that
	Handshake Times `json:"handshake"`  // TLS alone
	RoundTrip Times `json:"round_trip"` // the last send until the first data behind it
	Sent      Times `json:"sent"`       // a send until its sent callback: the peer's TCP has it
	Reconnect Times `json:"reconnect"`  // the loss of a device's only connection until it has one again
}

// Group are the times that the same thing happened.
type Group struct {
	ID      string  `json:"id"`
	Text    string  `json:"text"` // of the first
	Change  string  `json:"change,omitempty"`
	Times   int     `json:"times"`
	Devices int     `json:"devices"`
	At      float64 `json:"first_seconds"`
	Device  string  `json:"first_device"`
}

// earlier says whether a group's first time came before another's; of the same moment the device's name decides.
func (g *Group) earlier(o *Group) bool {
	return cmp.Or(cmp.Compare(g.At, o.At), cmp.Compare(g.Device, o.Device)) < 0
}

// sortGroups puts the most frequent first.
func sortGroups(all []Group) []Group {
	slices.SortFunc(all, func(a, b Group) int { return cmp.Or(-cmp.Compare(a.Times, b.Times), cmp.Compare(a.ID, b.ID)) })
	return all
}

// OK says whether every device was switched on, had a connection and did not crash, and nobody interrupted that.
func (r *Result) OK() bool {
	on := 0
	for _, p := range r.Parts {
		if p.Stopped {
			return false
		}
		on += p.Devices
	}
	return r.Sums.Crashed == 0 && r.Sums.Connected == on && r.Sums.Devices == on
}
