package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/trace"
)

// Aspect is the part of what a device does that a difference concerns. Its value is the word that commands print and take.
type Aspect string

// The aspects.
const (
	Call     Aspect = "call"     // a call of the network API, with its arguments
	Code     Aspect = "code"     // what a call returned, or why a connection ended
	Callback Aspect = "callback" // a callback of the network API
	State    Aspect = "state"    // the state of a struct espconn
	TLS      Aspect = "tls"      // records, messages, alerts and states of a TLS connection
	Line     Aspect = "line"     // what the firmware or the SDK printed
	Net      Aspect = "net"      // TCP, ARP, DHCP and DNS as the device's stack sees them
	Frame    Aspect = "frame"    // a frame on the network
	Heap     Aspect = "heap"     // blocks, and bytes free
	WiFi     Aspect = "wifi"     // the station and the access point
	Flash    Aspect = "flash"    // erasures and writes
	Pin      Aspect = "pin"      // pins, PWM and I2C
	Device   Aspect = "device"   // boots, restarts, crashes, and the CPU
	Finding  Aspect = "finding"  // misuse of the SDK
	Cause    Aspect = "cause"    // why something was refused, dropped or given up
	Order    Aspect = "order"    // the same steps, one before the other
	Time     Aspect = "time"     // the same step at another time
)

var aspects = []Aspect{Call, Code, Callback, State, TLS, Line, Net, Frame, Heap, WiFi, Flash, Pin, Device, Finding, Cause, Order, Time}

// Aspects returns all aspects.
func Aspects() []Aspect { return slices.Clone(aspects) }

// ParseAspects reads words of aspects, separated by commas. The empty text has none.
func ParseAspects(text string) (list []Aspect, err error) {
	if text == "" {
		return nil, nil
	}
	for _, word := range strings.Split(text, ",") {
		a := Aspect(strings.ToLower(strings.TrimSpace(word)))
		if !slices.Contains(aspects, a) {
			var all []string
			for _, a := range aspects {
				all = append(all, string(a))
			}
			return nil, fmt.Errorf("%q is no part of a trace: %s", word, strings.Join(all, ", "))
		}
		list = append(list, a)
	}
	return list, nil
}

// aspectOf is what an event belongs to.
func aspectOf(e trace.Event) Aspect {
	switch {
	case e.Kind == trace.KindCause:
		return Cause
	case e.Kind == trace.KindHeap, e.Kind == trace.KindMemory, e.Source == trace.SourceHeap:
		return Heap
	case e.Kind == trace.KindReturn, e.Kind == trace.KindEnded, e.Kind == trace.KindFailure:
		return Code
	case e.Source == trace.SourceAPI && e.Kind == trace.KindState:
		return State
	}
	switch e.Source {
	case trace.SourceAPI:
		return Call
	case trace.SourceCallback:
		return Callback
	case trace.SourceTLS:
		return TLS
	case trace.SourceUART, trace.SourceUART1, trace.SourceLog:
		return Line
	case trace.SourceNet:
		return Net
	case trace.SourceWiFi:
		return WiFi
	case trace.SourceFlash:
		return Flash
	case trace.SourcePin, trace.SourcePWM, trace.SourceI2C:
		return Pin
	case trace.SourceFinding:
		return Finding
	}
	return Device
}
