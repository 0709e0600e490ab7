package engines_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn/badpeer"
)

// scenario is what a generated run is made of: what testdata/firmware/driver.c does, and what is around it. Its JSON form is that of
// recorded cases.
type scenario struct {
	Seed     uint64    `json:"seed"`
	Heap     uint32    `json:"heap,omitempty"` // bytes free at boot; 0: as usual
	Seconds  int       `json:"seconds"`        // that it takes
	Loss     float64   `json:"loss,omitempty"`
	Double   float64   `json:"double,omitempty"`
	Reorder  float64   `json:"reorder,omitempty"`
	Steps    []step    `json:"steps,omitempty"`
	Servers  []server  `json:"servers,omitempty"`
	Visitors []visitor `json:"visitors,omitempty"`
	Queries  []int     `json:"queries,omitempty"` // ms since the start at which somebody asks by mDNS who offers the device's services
	Fail     *shortage `json:"fail,omitempty"`
}

// shortage is an allocation that finds no memory.
type shortage struct {
	At  int `json:"at"`  // ms since the start
	Nth int `json:"nth"` // the first one from then on, the second one...
}

// step is one line of the driver's script.
type step struct {
	When when   `json:"when,omitempty"`
	From uint8  `json:"from,omitempty"` // the slot that had the callback
	Nth  uint16 `json:"nth"`            // its number; of atTime 10 ms
	Call call   `json:"call"`
	Slot uint8  `json:"slot,omitempty"`
	A    uint16 `json:"a,omitempty"`
	B    uint32 `json:"b,omitempty"`
	C    uint32 `json:"c,omitempty"`
}

// when is what a step waits for.
type when uint8

// As in driver.c.
const (
	atTime when = iota
	onIP
	onConnect
	onReconnect
	onDisconnect
	onRecv
	onSent
	onDNS
)

// call is what a step does.
type call uint8

// As in driver.c.
const (
	doConnect call = iota + 1
	doAccept
	doSend
	doDisconnect
	doAbort
	doDelete
	doCreate
	doSendto
	doRegistTime
	doSetOpt
	doClearOpt
	doSetKeepalive
	doGetKeepalive
	doHold
	doUnhold
	doSetMaxCon
	doGetMaxCon
	doSetAllow
	doGetAllow
	doLookup
	doSetSize
	doGetSize
	doSecureConnect
	doSecureAccept
	doSecureSend
	doSecureDisconnect
	doVerify
	doNoVerify
	doHeap
	doMalloc
	doFree
	doPacketInfo
	doConnectionInfo
	doLeave
	doJoin
	doState
	doSNTPName
	doSNTPInit
	doSNTPStop
	doSNTPTime
	doMdnsInit
	doMdnsClose
	doMdnsEnable
	doMdnsDisable
	doMdnsRegister
	doMdnsUnregister
)

// callLast is the last one.
const callLast = doMdnsUnregister

// Of driver.c: where the script lies, the greatest number of steps, the first client of a server.
const (
	scriptAt    = 0x200000
	stepsMax    = 64
	firstClient = 8
)

// script is what driver.c reads.
func (s scenario) script() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x31565244)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.Steps)))
	for _, x := range s.Steps {
		b = append(b, byte(x.When), x.From)
		b = binary.LittleEndian.AppendUint16(b, x.Nth)
		b = append(b, byte(x.Call), x.Slot)
		b = binary.LittleEndian.AppendUint16(b, x.A)
		b = binary.LittleEndian.AppendUint32(b, x.B)
		b = binary.LittleEndian.AppendUint32(b, x.C)
	}
	return b
}

// server is a listener of the peer 10.0.0.7, at port 1000 and its place in the list; UDP servers are at the same ports.
type server struct {
	Kind  kind  `json:"kind"`
	Bytes int   `json:"bytes,omitempty"` // that it sends by itself
	Delay int   `json:"delay,omitempty"` // ms before it does something
	TLS   *peer `json:"tls,omitempty"`   // nil: plain
	UDP   bool  `json:"udp,omitempty"`
}

// kind is what a server does with a connection.
type kind string

// The kinds. Of UDP servers echo and talk have a meaning.
const (
	echo     kind = "echo"    // sends back what comes
	talks    kind = "talk"    // sends Bytes, then echoes
	hangUp   kind = "hang up" // closes after it has got something
	reset    kind = "reset"   // resets then
	deaf     kind = "deaf"    // reads nothing
	farewell kind = "bye"     // sends Bytes and closes
	half     kind = "half"    // sends Bytes, ends its direction, reads on
	clock    kind = "clock"   // of UDP: tells the time, at SNTP's port
)

// peer says how a TLS server behaves.
type peer struct {
	Chain    int              `json:"chain,omitempty"` // bytes of its certificate message, 0: as it comes
	Behavior badpeer.Behavior `json:"behavior"`
}

// visitor is a client of the device.
type visitor struct {
	At    int    `json:"at"` // ms since the start
	Port  uint16 `json:"port"`
	Sends []int  `json:"sends,omitempty"` // bytes; half a second between them
	Stay  int    `json:"stay,omitempty"`  // ms until it leaves
	Reset bool   `json:"reset,omitempty"` // leaves with a reset
}

// length is the time that a scenario takes. It ends between two ticks of the device's timers.
func (s scenario) length() time.Duration { return time.Duration(s.Seconds)*time.Second + 1234567 }

// size is how much there is in a scenario: what shrinking makes less.
func (s scenario) size() int {
	return len(s.Steps) + len(s.Servers) + len(s.Visitors) + len(strings.Trim(fmt.Sprint(s.Heap, s.Loss, s.Double, s.Reorder), "0 []")) +
		len(s.Queries) + map[bool]int{true: 1}[s.Fail != nil]
}
