package compare

import (
	"regexp"
	"strings"

	"github.com/emu8266/emu8266/emulator/trace"
)

// sharedSteps are the events that two stacks have to have in common, where one of them is seen from outside alone:
//
//   - not TCP, ARP, DHCP and DNS as a stack sees them, no misuse, and of the causes those of TLS alone: there nothing tells the rest;
//   - the states of an espconn as they are when a call returns or a callback begins: what is between is not seen there;
//   - not each block of the heap, for each stack names and orders its own, but all that is held, at calls and callbacks;
//   - not the lines of the vendor's DHCP client and server, which the emulator does not print (Deviation), not that
//     a line is the SDK's own, and not the port that is drawn;
//   - not that a call of Wi-Fi was refused: where the function is the program's own, its result alone is seen.
func sharedSteps(events []trace.Event, ignored func(Aspect) bool) (steps []step) {
	held, fresh := int64(0), true
	states := map[string]trace.Event{} // changes that are not told yet, by espconn
	keep := func(e trace.Event, whole *trace.Event) {
		aspect := aspectOf(e)
		counted := e.Source == trace.SourceAPI || e.Source == trace.SourceCallback
		if !ignored(aspect) {
			e.Seq, e.At, e.Where = 0, 0, ""
			steps = append(steps, step{at: whole.At, aspect: aspect, event: e, whole: whole, free: -held, counted: counted,
				fresh: counted && fresh})
			fresh = fresh && !counted
		}
	}
	for i := range events {
		e := events[i]
		switch aspect := aspectOf(e); {
		case e.Source == trace.SourceHeap:
			switch {
			case below.MatchString(e.Name):
			case e.Kind == trace.KindAlloc:
				held += e.Value
			case e.Kind == trace.KindFree:
				held -= e.Value
			}
			continue
		case aspect == State:
			if before, ok := states[e.Conn]; ok {
				e.Old = before.Old
			}
			states[e.Conn] = e
			continue
		case e.Source == trace.SourceLog, e.Kind == trace.KindEnded, aspect == Heap, aspect == Net, aspect == Finding,
			aspect == Cause && e.Source != trace.SourceTLS, isChatter(e),
			e.Source == trace.SourceAPI && strings.HasPrefix(e.Name, "wifi_"):
			continue
		case aspect == WiFi:
			fresh = true // its driver's blocks are other ones from now on
		case e.Kind == trace.KindBoot:
			e.Name, e.Text, e.Value, e.Limit = "", "", 0, 0
		case e.Kind == trace.KindReturn && e.Name == "espconn_port":
			e.Text, e.Value = "", 0
		}
		if s, ok := states[e.Conn]; ok && (e.Kind == trace.KindReturn || e.Source == trace.SourceCallback) {
			delete(states, e.Conn)
			if s.At = e.At; s.Old != s.State {
				s.Remote = trace.Addr{}
				keep(s, &s)
			}
		}
		keep(e, &events[i])
	}
	return steps
}

// sharedFrames are the frames as far as two stacks have them in common.
func sharedFrames(frames []Packet) (steps []step) {
	w := newWire()
	for _, f := range frames {
		if text := w.tell(f.Data); text != "" {
			steps = append(steps, step{at: f.At, aspect: Frame, frame: text, text: text})
		}
	}
	return steps
}

// isChatter tells a line that the vendor's DHCP client or server prints.
func isChatter(e trace.Event) bool {
	return e.Kind == trace.KindLine && dhcpLine.MatchString(e.Text)
}

// TimerRecord tells a block that is the record of one of lwIP's timers. The libraries take and give back such records all the time, the
// emulator only that of TCP's: where allocations of both are counted, they are left out.
func TimerRecord(block string) bool { return timers.MatchString(block) }

var timers = regexp.MustCompile(`^(sys_timeout|timers\.c:[0-9]+|(tcp|dns|sntp) timer)$`)

// below are blocks of the Wi-Fi driver, one of which names nobody, and of lwIP's timers: what runs below the network API,
// and when, is not the program's business.
var below = regexp.MustCompile(`^(sys_timeout|timers\.c:[0-9]+|(tcp|sntp) timer|user_interface\.c:.*|eagle_lwip_if\.c:.*|pvPortCalloc)$`)

var dhcpLine = regexp.MustCompile(`^(dhcp client start\.\.\.|(dhcp server start:\()?ip:[0-9.]+,mask:[0-9.]+,gw:[0-9.]+\)?)$`)
