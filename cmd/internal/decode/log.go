package decode

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emu8266/emu8266/emulator/cause"
)

// LogMax bounds what is read of a log, and LineMax one of its lines, in bytes; what comes behind is ignored, and the summary
// says so. LinesMax bounds the lines that are explained one by one, TextMax the bytes that are kept of each; the summary counts
// all. BootsMax and StepsMax bound the course.
const (
	LogMax   = 64 << 20
	LineMax  = 4 << 10
	LinesMax = 10_000
	TextMax  = 256
	BootsMax = 100
	StepsMax = 60
)

// Line is one line of a log that says something.
type Line struct {
	Line     int      `json:"line"`               // from 1
	Text     string   `json:"text"`               // as it stands in the log, at most TextMax bytes
	Note     string   `json:"note"`               // what it says
	Meanings []string `json:"meanings,omitempty"` // names of the Log's Meanings: the readings of its code
}

// Reason is a failure that a log names.
type Reason struct {
	Line   int    `json:"line"`             // where the log names it
	Name   string `json:"name"`             // as the log has it: "-0x7200", "Wi-Fi reason 2", "exception 28"
	Cause  string `json:"cause"`            // why it happens
	Remedy string `json:"remedy,omitempty"` // what to change; "" when there is nothing general to say
	Times  int    `json:"times"`            // how often the log names it
}

// Step is one step of a device's way, from boot to the end of its connection.
type Step struct {
	Line  int    `json:"line"`
	Stage Stage  `json:"stage"`
	Text  string `json:"text"`
	Times int    `json:"times"` // a step that comes again soon is told once
}

// Stage is a part of that way.
type Stage string

// The stages in the order in which a device passes them; those behind StageEnded may come at any time.
const (
	StageBoot      Stage = "boot"
	StageWiFi      Stage = "wifi"
	StageAddress   Stage = "address"
	StageConnect   Stage = "connect"
	StageHandshake Stage = "handshake"
	StageEnded     Stage = "ended"
	StageMemory    Stage = "memory"
	StageUpgrade   Stage = "upgrade"
	StageCrash     Stage = "crash"
)

// Boot is what a log tells from one boot to the next. A log that begins in the middle has a boot that is not seen to begin.
type Boot struct {
	Line  int     `json:"line"`            // its first line
	Reset string  `json:"reset,omitempty"` // why the device booted, if that was seen
	SDK   string  `json:"sdk,omitempty"`   // the version of its line `SDK ver:`
	Steps []Step  `json:"steps"`
	First *Reason `json:"first,omitempty"` // as in Log, of this boot alone
	Last  *Reason `json:"last,omitempty"`
}

// Profile is the one whose codes are told.
type Profile struct {
	Name    string `json:"name"`              // "SDK221"; "" if nothing tells: then every reading of a code is told
	Library string `json:"library,omitempty"` // of TLS: "mbedTLS", "axTLS"
	Why     string `json:"why"`               // what it was taken from
}

// Log is what a device's log tells: its lines that say something, the course of its boots, and the whole in sentences. The names
// of its JSON fields are stable (docs/decode.md).
type Log struct {
	Language cause.Language `json:"language"`
	Profile  Profile        `json:"profile"`

	// First is the first cause: of the failures after which nothing worked again, the one named first; of those that passed, if
	// all did (Recovered). Last is the failure that the log names last. Both are nil if it names none.
	First     *Reason `json:"first,omitempty"`
	Last      *Reason `json:"last,omitempty"`
	Recovered bool    `json:"recovered"`
	Crash     *Reason `json:"crash,omitempty"` // the first exception or reset by a watchdog, if there was one

	Handshakes int       `json:"handshakes"` // begun
	Worked     int       `json:"worked"`
	Failed     int       `json:"failed"`
	Restarts   int       `json:"restarts"`
	Boots      []Boot    `json:"boots"`
	Lines      []Line    `json:"lines"`
	Meanings   []Meaning `json:"meanings"` // each once, in the order of the lines
	Summary    []string  `json:"summary"`  // sentences
}

// Errors of [ReadLog], for errors.Is.
var (
	ErrEmpty   = errors.New("an empty log")
	ErrSilent  = errors.New("the log says nothing about the network")
	ErrProfile = errors.New("there is no such profile")
)

// ReadLog explains a device's log line by line and then as a whole, in language l. Of codes it tells what a device with the profile
// of that name can mean; for "" the profile is taken from the log. Errors: ErrEmpty; ErrProfile; ErrSilent, wrapped with the
// count of lines, if no line says anything; those of in.
func ReadLog(in io.Reader, profile string, l cause.Language) (*Log, error) {
	if _, ok := ForProfile(profile); !ok {
		return nil, fmt.Errorf("decode: %s: %w", profile, ErrProfile)
	}
	r := newReader(l)
	limited := &io.LimitedReader{R: in, N: LogMax}
	lines := bufio.NewReaderSize(limited, LineMax)
	for {
		line, long, err := lines.ReadLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		r.n++
		r.read(line)
		for rest := long; rest && err == nil; { // the rest of a long line; line is gone
			_, rest, err = lines.ReadLine()
		}
		if long {
			r.cut++
		}
	}
	if limited.N == 0 {
		_, err := io.ReadFull(in, make([]byte, 1))
		r.endless = err == nil
	}
	if r.n == 0 {
		return nil, ErrEmpty
	}
	r.end()
	if len(r.log.Lines) == 0 {
		return nil, silentError(r.n)
	}
	r.choose(profile)
	r.summarize()
	return r.log, nil
}

// silentError is ErrSilent with the count of lines.
type silentError int

func (n silentError) Error() string {
	return fmt.Sprintf("decode: none of the %d lines says anything about the network", int(n))
}

func (silentError) Unwrap() error { return ErrSilent }

// kept is the text of a line as far as it is kept.
func kept(text string) string {
	if len(text) > TextMax {
		text = text[:TextMax]
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}
