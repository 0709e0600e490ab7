package soc

import (
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/espconn"
)

// whose says whose code a function is.
type whose uint8

const (
	theirs   whose = iota // the firmware's, or a library's that it uses
	ours                  // the emulator's
	standard              // Go's
)

// owner tells whose a function is by its source file.
func owner(function, file string) whose {
	switch {
	case strings.HasPrefix(function, "runtime.") || inStandardLibrary(file):
		return standard
	case espconn.Emulator(file):
		return ours
	}
	return theirs
}

// standardFolder is where Go's own source files lie, "" in a program that was built with -trimpath.
var standardFolder = func() string {
	pc := reflect.ValueOf(strings.Repeat).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return strings.TrimSuffix(file, "strings/strings.go")
}()

// mainModule is the first element of the program's module path.
var mainModule = func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(info.Main.Path, "/")
	return first
}()

func inStandardLibrary(file string) bool {
	if standardFolder != "" {
		return strings.HasPrefix(file, standardFolder)
	}
	first, _, _ := strings.Cut(file, "/")
	return !strings.Contains(first, ".") && first != mainModule
}

// goFrame is a function under way.
type goFrame struct {
	function, file string
	line           int
}

func (f goFrame) owner() whose  { return owner(f.function, f.file) }
func (f goFrame) place() string { return f.file + ":" + strconv.Itoa(f.line) }

// String is a function as a crash tells it.
func (f goFrame) String() string {
	return f.function[strings.LastIndexByte(f.function, '/')+1:] + " " + f.place()
}

// stackMost bounds how many functions are looked at. Choice.
const stackMost = 256

// ownStack returns the functions under way on the goroutine that asks, innermost first, up to the loop's guard.
func ownStack() (all []goFrame) {
	pcs := make([]uintptr, stackMost)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "/soc.(*System).guard") {
			return all
		}
		all = append(all, goFrame{f.Function, f.File, f.Line})
		if !more {
			return all
		}
	}
}

// firmwareStack returns the functions from the innermost one of the firmware's, or of Go's that it calls, outwards to its outermost
// one; called is the function of the emulator that the firmware has called, if one is under way. Without firmware it returns nil.
func firmwareStack(all []goFrame) (stack []goFrame, called string) {
	first, last := -1, -1
	for i, f := range all {
		switch f.owner() {
		case theirs:
			if last = i; first < 0 {
				first = i
			}
		case ours:
			if first < 0 {
				called = f.function[strings.LastIndexByte(f.function, '.')+1:]
			}
		}
	}
	if last < 0 {
		return nil, ""
	}
	for called == "" && first > 0 && all[first-1].owner() == standard && !strings.HasPrefix(all[first-1].function, "runtime.") {
		first--
	}
	return all[first : last+1], called
}

// goroutine is what runtime.Stack says of one.
type goroutine struct {
	state  string // "running", "sleep", "chan receive"
	frames []goFrame
	made   string // file and line of its go statement, "" if there is none
}

var (
	goroutineHead = regexp.MustCompile(`^goroutine \d+(?: gp=\S+ m=\S+)? \[([^,\]]*)`)
	goroutineLine = regexp.MustCompile(`^\t(.*):(\d+)(?: \+0x|$)`)
	loopDigit     = regexp.MustCompile(`/soc\.digit([0-9A-F])\(`)
)

// parseGoroutine reads one section of runtime.Stack.
func parseGoroutine(text string) (g goroutine) {
	lines := strings.Split(text, "\n")
	if m := goroutineHead.FindStringSubmatch(lines[0]); m != nil {
		g.state = strings.TrimSuffix(m[1], " (durable)")
	}
	for i := 1; i+1 < len(lines); i += 2 {
		m := goroutineLine.FindStringSubmatch(lines[i+1])
		if m == nil {
			i-- // "...additional frames elided..."
			continue
		}
		if strings.HasPrefix(lines[i], "created by ") {
			g.made = m[1] + ":" + m[2]
			break
		}
		line, _ := strconv.Atoi(m[2])
		function := lines[i]
		if at := strings.LastIndexByte(function, '('); at > 0 { // of its arguments
			function = function[:at]
		}
		g.frames = append(g.frames, goFrame{function, m[1], line})
	}
	return g
}

// stackBytes bounds what is read of all goroutines. Choice.
const stackBytes = 4 << 20

// loopGoroutine finds the goroutine of a loop among all of the process.
func loopGoroutine(loop uint32) (goroutine, bool) {
	b := make([]byte, 64<<10)
	n := runtime.Stack(b, true)
	for n == len(b) && len(b) < stackBytes {
		b = make([]byte, 4*len(b))
		n = runtime.Stack(b, true)
	}
	for text := range strings.SplitSeq(string(b[:n]), "\n\n") {
		number, digits := uint32(0), 0
		for _, m := range loopDigit.FindAllStringSubmatch(text, loopDigits) {
			digit, _ := strconv.ParseUint(m[1], 16, 8)
			number, digits = number<<4|uint32(digit), digits+1
		}
		if digits == loopDigits && number == loop {
			return parseGoroutine(text), true
		}
	}
	return goroutine{}, false
}

// innermost returns the frame that decides whose fault something is: the first one that is not Go's own.
func (g goroutine) innermost() (f goFrame, ok bool) {
	for _, f := range g.frames {
		if f.owner() != standard {
			return f, true
		}
	}
	return f, false
}

// madeAt returns the place of the go statement of the goroutine that asks.
func madeAt() string {
	b := make([]byte, 64<<10)
	return parseGoroutine(string(b[:runtime.Stack(b, false)])).made
}

// texts are frames as a crash tells them.
func texts(frames []goFrame) []string {
	out := make([]string, len(frames))
	for i, f := range frames {
		out[i] = fmt.Sprint(f)
	}
	return out
}
