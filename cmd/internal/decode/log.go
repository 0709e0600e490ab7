package decode

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// LogMax bounds what is read of a log, and LineMax one of its lines, in bytes; what comes behind is ignored, and the summary
// says so. LinesMax bounds the lines that are explained one by one; the summary counts all.
const (
	LogMax   = 64 << 20
	LineMax  = 4 << 10
	LinesMax = 10_000
)

// Line is one line of a log that says something.
type Line struct {
	Line     int       `json:"line"` // from 1
	Text     string    `json:"text"` // as it stands in the log
	Note     string    `json:"note"` // what it says
	Meanings []Meaning `json:"meanings,omitempty"`
}

// Log is what a device's log tells: its lines that say something, and the whole in sentences. The names of its JSON fields
// are stable.
type Log struct {
	Lines      []Line   `json:"lines"`
	Handshakes int      `json:"handshakes"` // begun
	Worked     int      `json:"worked"`
	Failed     int      `json:"failed"`
	Summary    []string `json:"summary"` // sentences

	size       int    // of the buffer, if the log names it
	heap       int    // the last free heap named; -1: none
	noMemory   int    // E:M lines
	lastBlock  int    // bytes of the last one
	lastNote   string // what the last line said that said something
	more       int    // lines that say something beyond LinesMax
	cut        int    // lines longer than LineMax
	endless    bool   // more than LogMax
	reason     string // the last code
	role       string
	underWay   bool
	resets     int
	restarting bool // the line before said why
	sawErased  string
}

// logRule reads one kind of line.
type logRule struct {
	pattern *regexp.Regexp
	read    func(s *Log, m []string) (note string, found []Meaning)
}

func rule(pattern string, read func(s *Log, m []string) (string, []Meaning)) logRule {
	return logRule{regexp.MustCompile(pattern), read}
}

// note is a rule that only says something.
func note(pattern, text string) logRule {
	return rule(pattern, func(*Log, []string) (string, []Meaning) { return text, nil })
}

// The lines are those of tls.md 7, axtls.md 1.4, the SDK's start-up, and what applications usually print.
var logRules = []logRule{
	rule(`(client|server) handshake start`, func(s *Log, m []string) (string, []Meaning) {
		s.Handshakes++
		s.role, s.underWay = m[1], true
		return "TCP is up, the " + m[1] + "'s handshake begins", nil
	}),
	rule(`(client|server) handshake ok`, func(s *Log, m []string) (string, []Meaning) {
		s.Worked++
		s.underWay = false
		return "the handshake is over, the connect callback follows", nil
	}),
	rule(`(client|server) handshake failed`, func(s *Log, m []string) (string, []Meaning) {
		s.Failed++
		s.underWay = false
		return "the handshake failed; the next line says why", nil
	}),
	rule(`(client|server)'s data invalid protocol`, func(s *Log, m []string) (string, []Meaning) {
		return "the connection ended after the handshake; the next line says why", nil
	}),
	rule(`Reason:\[-0x ?([0-9a-fA-F]+)\]`, func(s *Log, m []string) (string, []Meaning) {
		n, err := strconv.ParseInt(m[1], 16, 64)
		if err != nil {
			return "", nil
		}
		s.reason = "-0x" + strings.ToLower(m[1])
		return "code of the TLS library", byLibraryCode(n)
	}),
	rule(`Error: SSL error (\d+)`, func(s *Log, m []string) (string, []Meaning) {
		s.reason = "the peer's alert " + m[1]
		return "the peer sent an alert (axTLS); 40 is no common suite, 42 to 48 a certificate it does not accept, " +
			"70 a version, 3 or 0 a close", nil
	}),
	rule(`Error: (.+?)\s*$`, func(s *Log, m []string) (string, []Meaning) {
		found := byName(m[1])
		if found != nil {
			s.reason = "Error: " + m[1]
		}
		return "reason of the axTLS library", found
	}),
	rule(`\bE:M (\d+)`, func(s *Log, m []string) (string, []Meaning) {
		n := digits(m[1])
		s.noMemory++
		s.lastBlock = n
		return fmt.Sprintf("no memory for a block of %d bytes (the request and 16 bytes, rounded up to 8)%s", n, likely(n)), nil
	}),
	rule(`heap_size (\d+) (\d+)`, func(s *Log, m []string) (string, []Meaning) {
		s.heap = digits(m[1])
		s.size = max(0, digits(m[2])-espconn.HeapGate)
		return fmt.Sprintf("%s bytes are free, the connection wants more than %s: size %d and %d", m[1], m[2],
			s.size, espconn.HeapGate), nil
	}),
	rule(`(?:get|set)_size\D{0,12}(\d{3,5})`, func(s *Log, m []string) (string, []Meaning) {
		s.size = digits(m[1])
		return "the TLS buffer's size, bytes", nil
	}),
	rule(`(?i)free[ _]?heap\D{0,12}(\d{3,6})`, func(s *Log, m []string) (string, []Meaning) {
		s.heap = digits(m[1])
		return "free heap, bytes", nil
	}),
	rule(`type\[([^\]]*)\],length\[(\d+)\]`, func(s *Log, m []string) (string, []Meaning) {
		if m[2] == "65535" {
			s.sawErased = "a certificate image ends or is missing: its sector is erased at that place"
			return "the end of the certificate image: erased flash", nil
		}
		return fmt.Sprintf("certificate image: entry %q of %s bytes", m[1], m[2]), nil
	}),
	rule(`(?i)(?:with error|reconnect\w*(?: callback)?[ ,:]*(?:err(?:or)?)?|\berr(?:or)?(?: code)?)\s*[:=]?\s*(-?\d{1,5})\b`, func(s *Log, m []string) (string, []Meaning) {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return "", nil
		}
		found := byValue(n)
		if len(found) == 0 {
			return "", nil
		}
		if s.reason == "" {
			s.reason = m[1]
		}
		return "value of the reconnect callback or of a call", found
	}),
	rule(`Fatal exception \(?(\d+)`, func(s *Log, m []string) (string, []Meaning) {
		s.restarts(true)
		why, remedy := inException(m[1], 0)
		return why + "; the device restarts: " + remedy, nil
	}),
	rule(`epc1=0x([0-9a-fA-F]{1,8})\b`, func(s *Log, m []string) (string, []Meaning) {
		epc1, err := strconv.ParseUint(m[1], 16, 32)
		if err != nil || !chip.DividesByZero(0, uint32(epc1)) {
			return "", nil
		}
		why, remedy := inException("0", uint32(epc1))
		if n := len(s.Lines); n > 0 && strings.HasSuffix(s.Lines[n-1].Text, exceptionZero) { // what its line alone could not tell
			s.Lines[n-1].Note = why + "; the device restarts: " + remedy
			return "epc1 is the ROM's division: the divisor was 0", nil
		}
		return why + ": " + remedy, nil
	}),
	rule(`epc1=.*excvaddr=0x([0-9a-fA-F]+)`, func(s *Log, m []string) (string, []Meaning) {
		if addr, err := strconv.ParseUint(m[1], 16, 32); err == nil && addr < 0x1000 {
			return "epc1 is the instruction (xtensa-lx106-elf-addr2line finds its line), excvaddr a NULL pointer and an offset", nil
		}
		return "epc1 is the instruction (xtensa-lx106-elf-addr2line finds its line), excvaddr the address it used", nil
	}),
	rule(`(?i)(?:soft )?wdt reset`, func(s *Log, m []string) (string, []Meaning) {
		if !strings.HasPrefix(s.lastNote, boots) { // the boot ROM says it behind its own line
			s.restarts(true)
		}
		return "the watchdog reset the device: a loop or a long computation did not return to the SDK", nil
	}),
	rule(`rst cause:(\d)`, func(s *Log, m []string) (string, []Meaning) {
		s.restarts(false)
		if why := resetCauses[m[1]]; why != "" {
			return boots + ": " + why, nil
		}
		return boots, nil
	}),
	note(`^ip:\d+\.\d+\.\d+\.\d+,mask:`, "the station has an address: from here on connect works"),
	note(`Create Socket Failed!`, "no socket of three, or no memory for it: espconn_secure_connect or _accept returned ESPCONN_MEM"),
	note(`(?:Client|Server) Bind Port Failed!`, "the port is in use: the call returned ESPCONN_MEM"),
	note(`Can Not Connect To!`, "TCP could not begin: no route, or no memory; the call returned ESPCONN_MEM"),
	note(`Please load (?:authenticate|request) certificate`, "axTLS: verification or cert_req is on and no entry of the image can be used"),
	note(`is undefined\.`, "axTLS: an entry of the certificate image cannot be read"),
	note(`DHCP timeout`, "no address from the DHCP server"),
	note(`state: \d+ -> 0 \(`, "the station left the access point"),
}

// boots begins the note of the boot ROM's line.
const boots = "the device boots"

// resetCauses are those that the boot ROM prints.
var resetCauses = map[string]string{
	"1": "power on", "2": "the reset pin, or the end of a deep sleep", "3": "a restart by software", "4": "the watchdog",
}

// restarts counts a restart once: the line that says why, and the boot ROM's after it. The first line of a log is no
// restart.
func (s *Log) restarts(why bool) {
	if why || !s.restarting && s.lastNote != "" {
		s.resets++
	}
	s.restarting = why
}

// times is "once", "2 times".
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// exceptionZero ends the line before the one with the addresses.
const exceptionZero = "Fatal exception (0):"

// inException returns the catalogue's words for an exception of the CPU, epc1 being 0 if it is not known.
func inException(number string, epc1 uint32) (why, remedy string) {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		n = math.MaxInt64 // longer than any
	}
	t := cause.Of(trace.Event{Name: string(cause.OfException(n, epc1)), Value: n}, cause.English)
	return t.Sentence, t.Remedy
}

// likely names the block that a size of an E:M line most likely was (tls.md 6.1).
func likely(n int) string {
	switch n {
	case 1816:
		return ": the handshake's parameters, or the output buffer after the handshake (SDK 2.2.0 to 3.0.1)"
	case 1480:
		return ": the receive buffer of 1,461 bytes"
	case 2944:
		return ": a connection's receive ring"
	case 1312, 1296:
		return ": a connection's TLS block"
	case 648:
		return ": the certificate holder"
	case 328:
		return ": a certificate"
	case 544, 560:
		return ": a number of an RSA-2048 operation"
	}
	for _, size := range []int{2048, 3072, 4096, 5120, 6144, 7168, 8192} {
		if n == (size+349+7)&^7 {
			return fmt.Sprintf(": a TLS buffer of size %d", size)
		}
	}
	return ""
}

func digits(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// Errors of [ReadLog], for errors.Is.
var (
	ErrEmpty  = errors.New("an empty log")
	ErrSilent = errors.New("the log says nothing about the network")
)

// ReadLog explains a device's log line by line, with the meanings that pass the filter, and then as a whole. Errors:
// ErrEmpty; ErrSilent, wrapped with the count of lines, if no line says anything; those of r.
func ReadLog(r io.Reader, keep Filter) (*Log, error) {
	s := &Log{heap: -1}
	limited := &io.LimitedReader{R: r, N: LogMax}
	lines := bufio.NewReaderSize(limited, LineMax)
	n := 0
	for {
		line, long, err := lines.ReadLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		n++
		text := strings.TrimRight(string(line), "\r")
		for rest := long; rest && err == nil; { // the rest of a long line
			_, rest, err = lines.ReadLine()
		}
		if long {
			s.cut++
		}
		s.read(n, text, keep)
	}
	if limited.N == 0 {
		_, err := io.ReadFull(r, make([]byte, 1))
		s.endless = err == nil
	}
	if n == 0 {
		return nil, ErrEmpty
	}
	if len(s.Lines) == 0 {
		return nil, silentError(n)
	}
	s.summarize()
	return s, nil
}

// silentError is ErrSilent with the count of lines.
type silentError int

func (n silentError) Error() string {
	return fmt.Sprintf("decode: none of the %d lines says anything about the network", int(n))
}

func (silentError) Unwrap() error { return ErrSilent }

// String returns the lines with their notes, causes and remedies, an empty line, and the summary, each line ended.
func (s *Log) String() string {
	var out strings.Builder
	for _, l := range s.Lines {
		fmt.Fprintf(&out, "%d: %s\n   %s\n", l.Line, l.Text, l.Note)
		for _, m := range l.Meanings {
			fmt.Fprintf(&out, "   %s: %s\n", m.Name, m.Cause)
			if m.Remedy != "" {
				fmt.Fprintf(&out, "     remedy: %s\n", m.Remedy)
			}
		}
	}
	fmt.Fprintln(&out)
	for _, line := range s.Summary {
		fmt.Fprintln(&out, line)
	}
	return out.String()
}

func (s *Log) read(n int, text string, keep Filter) {
	for _, r := range logRules {
		m := r.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		say, found := r.read(s, m)
		if say == "" {
			continue
		}
		s.lastNote = say
		if len(s.Lines) >= LinesMax {
			s.more++
			return
		}
		s.Lines = append(s.Lines, Line{n, text, say, keep.of(found)})
		return
	}
}

// summarize tells the whole from the lines.
func (s *Log) summarize() {
	say := func(format string, args ...any) { s.Summary = append(s.Summary, fmt.Sprintf(format, args...)) }
	if s.Handshakes > 0 {
		begun := "1 handshake"
		if s.Handshakes > 1 {
			begun = fmt.Sprintf("%d handshakes", s.Handshakes)
		}
		say("%s begun, %d worked, %d failed.", begun, s.Worked, s.Failed)
	}
	if s.underWay {
		say("The last handshake neither worked nor failed in this log: the device waits for its peer, without limit (SDK with mbedTLS).")
	}
	if s.reason != "" {
		say("The last reason is %s.", s.reason)
	}
	memory := s.reason == "-0x7f00" || s.reason == "-0x4290" || s.reason == "-0x4310" || s.reason == "-0x2880" || s.reason == "-0x5180"
	if s.noMemory > 0 {
		say("Memory ran out %s; the last block wanted %d bytes. Free heap before the connection, or set a smaller size.",
			times(s.noMemory), s.lastBlock)
	} else if memory && s.sawErased != "" {
		say("%s. Burn the image to the sector that the firmware names, times 4096.", upper(s.sawErased))
	}
	if s.size > 0 {
		say("The buffer has %d bytes.", s.size)
		if s.reason == "-0x7200" && s.size < boundedtls.MaxSize {
			say("A record longer than that ended the connection: raise the size (at most %d), or shorten the peer's chain; "+
				"emu8266 probe finds the least size.", boundedtls.MaxSize)
		}
	} else if s.reason == "-0x7200" || s.reason == "-114" {
		say("A record longer than the TLS buffer (2,048 bytes unless espconn_secure_set_size was called) ended the connection: " +
			"raise the size; emu8266 probe finds the least one.")
	}
	if s.heap >= 0 && s.size > 0 && s.heap <= s.size+espconn.HeapGate {
		say("%d bytes of free heap are too few: espconn_secure_connect wants more than %d.", s.heap, s.size+espconn.HeapGate)
	}
	if s.resets > 0 {
		say("The device restarted %s.", times(s.resets))
	}
	if len(s.Summary) == 0 {
		say("Nothing in this log failed.")
	}
	if s.more > 0 {
		say("%d more lines say something; the first %d are explained.", s.more, LinesMax)
	}
	if s.cut > 0 {
		say("Lines longer than %d bytes: %d; only their beginning was read.", LineMax, s.cut)
	}
	if s.endless {
		say("The log has more than %d bytes; what comes behind was not read.", LogMax)
	}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
