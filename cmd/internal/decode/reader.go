package decode

import (
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// reader goes through a log.
type reader struct {
	translator
	log   *Log
	n     int    // the line's number
	text  string // the line
	lower []byte // it, in lower case
	line  Line   // what will be kept of it

	known   map[string]bool    // meanings that the log has
	reasons map[string]*Reason // by name: the first of each
	whole   causes             // of the log
	part    causes             // of the boot

	// What tells the profile (profile.go).
	version     string // of the SDK's line
	versionLine int
	mbed, ax    string // a line that one library alone prints; "": none came
	line661     bool   // the line numbers of SDK 2.2.1 stood in it
	foreign     string // a line of another SDK
	bear        int    // a line of BearSSL, the Arduino core's TLS library; 0: none came

	// The boot.
	depth      int  // how far it has come: depthROM, ...
	crashed    bool // why it ended has been said
	resetBy    int  // the line of a reset reason 2, whose exception has not come; 0: none
	crash      crash
	noFirmware bool        // the boot ROM was last said to run no firmware, by its boot mode
	slot       trace.Event // the loader's: Value its number, Text its address
	calibrates int         // boots that found no RF calibration

	// Wi-Fi and TLS.
	joined    bool // the station is associated
	keys      bool // it is associated by the line aid, and no line has said since how that went on
	addressed bool
	role      trace.Role
	underWay  bool // a handshake has begun and not ended
	connected bool // the last one worked
	tlsEnd    int  // the last line that says that a handshake failed or a connection ended; 0: none
	unsaid    int  // the line of a handshake that failed, whose reason has not come; 0: none
	image     []imageEntry

	// Figures.
	size       int // of the buffer, if the log names it
	heap       int // the last free heap named; -1: none
	noMemory   int // E:M lines
	block      int // bytes of the last one
	blockLine  int // its line
	upgrade    bool
	theirs     string // the last code of a library that is not the SDK's
	atConnects bool   // a command of the AT firmware for a connection has no answer yet

	// What was left out.
	more      int  // lines that say something beyond LinesMax
	leftBoots int  // boots beyond BootsMax
	cut       int  // lines longer than LineMax
	endless   bool // more than LogMax
}

func newReader(l cause.Language) *reader {
	return &reader{translator: translator{l}, log: &Log{Language: l, Boots: []Boot{}, Lines: []Line{}, Meanings: []Meaning{}},
		known: map[string]bool{}, reasons: map[string]*Reason{}, heap: -1}
}

// note says what the line says.
func (r *reader) note(w words, args ...any) { r.line.Note = r.say(w, args...) }

// mean adds readings of the line's code.
func (r *reader) mean(found ...Meaning) {
	for _, m := range found {
		if slices.Contains(r.line.Meanings, m.Name) {
			continue
		}
		r.line.Meanings = append(r.line.Meanings, m.Name)
		if !r.known[m.Name] {
			r.known[m.Name] = true
			r.log.Meanings = append(r.log.Meanings, m)
		}
	}
}

// keep puts the line into the log.
func (r *reader) keep() {
	line := r.line
	r.line = Line{}
	if len(r.log.Lines) >= LinesMax {
		r.more++
		return
	}
	line.Line, line.Text = r.n, kept(r.text)
	r.log.Lines = append(r.log.Lines, line)
}

// boot returns the boot under way.
func (r *reader) boot() *Boot {
	if len(r.log.Boots) == 0 {
		r.log.Boots = append(r.log.Boots, Boot{Line: r.n, Steps: []Step{}})
	}
	return &r.log.Boots[len(r.log.Boots)-1]
}

// step adds a step to the boot. One that came among the last few is counted there.
func (r *reader) step(stage Stage, w words, args ...any) {
	b, text := r.boot(), kept(r.say(w, args...))
	for i := len(b.Steps) - 1; i >= max(0, len(b.Steps)-12); i-- {
		if s := &b.Steps[i]; s.Stage == stage && s.Text == text {
			s.Times++
			return
		}
	}
	if len(b.Steps) < StepsMax {
		b.Steps = append(b.Steps, Step{r.n, stage, text, 1})
	}
}

// reach is how much must work again until a failure has passed.
type reach int

const (
	reachWiFi      reach = iota + 1
	reachAddress         // the station has an address
	reachConnect         // TCP
	reachHandshake       // TLS
	reachNothing         // nothing that comes later undoes it
)

// causes keeps of the failures the one that began it all, and the last.
type causes struct {
	first  *Reason // of those that have not passed
	reach  reach   // the highest of those
	passed *Reason // the first of those that have
	last   *Reason
}

func (c *causes) fail(why *Reason, reach reach) {
	if c.first == nil {
		c.first = why
	}
	c.reach = max(c.reach, reach)
	c.last = why
}

func (c *causes) works(reach reach) {
	if c.first == nil || reach < c.reach {
		return
	}
	if c.passed == nil {
		c.passed = c.first
	}
	c.first, c.reach = nil, 0
}

// told returns the first cause and the last reason, and whether the first has passed.
func (c *causes) told() (first, last *Reason, passed bool) {
	if c.first == nil {
		return c.passed, c.last, c.passed != nil
	}
	return c.first, c.last, false
}

// reasonsMax bounds the failures that are told apart by their names.
const reasonsMax = 1000

// fail takes a failure that the line names.
func (r *reader) fail(reach reach, name string, why, remedy words) *Reason {
	return r.failed(reach, name, r.say(why), r.say(remedy))
}

// failed takes a failure in words of the reader's language.
func (r *reader) failed(reach reach, name, why, remedy string) *Reason {
	one := r.reasons[name+why]
	if one == nil {
		one = &Reason{Line: r.n, Name: name, Cause: why, Remedy: remedy}
		if len(r.reasons) < reasonsMax {
			r.reasons[name+why] = one
		}
	}
	one.Times++
	r.boot()
	r.whole.fail(one, reach)
	here := one
	if b := r.boot(); one.Line < b.Line { // an earlier boot had it first
		here = &Reason{Line: r.n, Name: name, Cause: why, Remedy: remedy, Times: 1}
	}
	r.part.fail(here, reach)
	return one
}

// ended notes a crash.
func (r *reader) ended(why *Reason) *Reason {
	if r.log.Crash == nil {
		r.log.Crash = why
	}
	return why
}

// works takes what works: failures that reach no further have passed.
func (r *reader) works(reach reach) {
	r.whole.works(reach)
	r.part.works(reach)
}

// isFailing reports whether a failure has not passed.
func (r *reader) isFailing() bool { return r.whole.first != nil }

// end takes the end of the log.
func (r *reader) end() {
	r.saidNothing()
	r.noException()
	r.endBoot()
	r.log.First, r.log.Last, r.log.Recovered = r.whole.told()
}

// endBoot ends the boot under way, if there is one.
func (r *reader) endBoot() {
	if len(r.log.Boots) > 0 {
		b := r.boot()
		b.First, b.Last, _ = r.part.told()
	}
	r.part = causes{}
}

// word returns the n-th group without blanks around it.
func word(m []string, n int) string { return strings.TrimSpace(m[n]) }
