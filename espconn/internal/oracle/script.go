package oracle

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

const (
	rawPause    = 400 * time.Millisecond // "then FIN after 400 ms"
	notifyPause = 60 * time.Millisecond  // "close_notify, 60 ms later"
	helloPause  = 80 * time.Millisecond  // "HelloRequest, 80 ms later"
)

// script turns what a case says about the peer's behaviour beside the handshake
// into steps. with goes out together with the server's Finished.
func (c *Case) script() (s tlspeer.Script, with []tlspeer.Step, err error) {
	switch {
	case c.noted(clientHelloNote):
		return tlspeer.Script{At: tlspeer.GotClientHello, End: tlspeer.FIN}, nil, nil
	case c.Peer.Kind == "openssl s_server":
		return tlspeer.Script{End: tlspeer.Open}, nil, nil
	case c.dataWithFinished():
		s, with, err = c.withFinished()
		return s, with, err
	case c.Peer.Behaviour != "":
		s, err = c.behaviour()
		return s, nil, err
	}
	s.Steps = dataSteps(&c.Peer)
	if total := sum(c.Send); total > 0 {
		s.Steps = append(s.Steps, tlspeer.Step{Op: tlspeer.Expect, Count: total})
	}
	return s, nil, nil
}

func sum(ns []int) (total int) {
	for _, n := range ns {
		total += n
	}
	return total
}

var (
	withFinished = regexp.MustCompile(`^the server sends ChangeCipherSpec, Finished and one application record of (\d+) bytes in a ` +
		`single TCP write(?:; (\d+) ms later a second application record of (\d+) bytes)?$`)
	sameThenFIN = regexp.MustCompile(`^same, but (\d+) ms later FIN$`)
)

// sameAgain is the length of the record that "same" in a note means.
const sameAgain = 50

// dataWithFinished tells that application data comes in one write with the server's Finished.
func (c *Case) dataWithFinished() bool {
	return withFinished.MatchString(c.Peer.Note) || sameThenFIN.MatchString(c.Peer.Note)
}

func (c *Case) withFinished() (s tlspeer.Script, with []tlspeer.Step, err error) {
	number := func(text string) int {
		n, bad := strconv.Atoi(text)
		if bad != nil || n > maxLength {
			err = fmt.Errorf("figure %s", text)
			return 0
		}
		return n
	}
	later := func(text string) time.Duration { return time.Duration(number(text)) * time.Millisecond }
	first := sameAgain
	if m := sameThenFIN.FindStringSubmatch(c.Peer.Note); m != nil {
		s.Steps, s.End = []tlspeer.Step{tlspeer.RawStep(nil).After(later(m[1]))}, tlspeer.FIN
	} else if m := withFinished.FindStringSubmatch(c.Peer.Note); m != nil {
		first = number(m[1])
		if m[2] != "" {
			s.Steps = []tlspeer.Step{tlspeer.DataStep(Payload(first, number(m[3]))).After(later(m[2]))}
		}
	}
	return s, []tlspeer.Step{tlspeer.DataStep(Payload(0, first))}, err
}

var (
	alertFirst = regexp.MustCompile(`^(fatal|warning) alert (\d+) (instead of ServerHello|after ServerHelloDone)`)
	closeAt    = regexp.MustCompile(`^TCP (FIN|RST) at (\w+)$`)
	emptyFirst = regexp.MustCompile(`^after the handshake: (\d+) empty application records, then 10 bytes$`)
	alertLater = regexp.MustCompile(`^after the handshake: (fatal|warning) alert (\d+)(, then 10 bytes of application data)?$`)
)

// behaviour reads the texts of group G.
func (c *Case) behaviour() (tlspeer.Script, error) {
	text := c.Peer.Behaviour
	read := tlspeer.Step{Op: tlspeer.Read, Wait: rawPause}
	if m := alertFirst.FindStringSubmatch(text); m != nil {
		at := tlspeer.GotClientHello
		if m[3] == "after ServerHelloDone" {
			at = tlspeer.GotServerHelloDone
		}
		return tlspeer.Script{At: at, Steps: []tlspeer.Step{alert(m[1], m[2]), read}, End: tlspeer.FIN}, nil
	}
	if m := closeAt.FindStringSubmatch(text); m != nil {
		if m[1] == "RST" { // which would discard what is still queued
			return tlspeer.Script{At: tlspeer.Stage(m[2]), Steps: []tlspeer.Step{tlspeer.RawStep(nil).After(dataDelay)}, End: tlspeer.RST},
				nil
		}
		return tlspeer.Script{At: tlspeer.Stage(m[2]), End: tlspeer.FIN}, nil
	}
	first := func(b []byte) tlspeer.Script {
		return tlspeer.Script{At: tlspeer.GotClientHello, Steps: []tlspeer.Step{tlspeer.RawStep(b), read}, End: tlspeer.FIN}
	}
	switch text {
	case "raw bytes instead of ServerHello, then FIN after 400 ms":
		b, err := hex.DecodeString(c.Peer.RawHex)
		return first(b), err
	case "alert with level 3, description 40":
		return first([]byte{21, 3, 3, 0, 2, 3, 40}), nil
	case "alert record of one byte":
		return first([]byte{21, 3, 3, 0, 1, 2}), nil
	case "warning alert unrecognized_name(112) before ServerHello, then a normal handshake":
		return tlspeer.Script{At: tlspeer.GotClientHello, Steps: []tlspeer.Step{tlspeer.AlertStep(1, 112)}}, nil
	case "TCP FIN without close_notify after the handshake":
		return tlspeer.Script{Steps: []tlspeer.Step{tlspeer.RawStep(nil).After(dataDelay)}, End: tlspeer.FIN}, nil
	case "half an application record, then FIN":
		half := tlspeer.DataStep(Payload(0, 10)).After(dataDelay)
		half.Half = true
		return tlspeer.Script{Steps: []tlspeer.Step{half}, End: tlspeer.FIN}, nil
	}
	steps, err := afterHandshake(text)
	if err == nil && len(steps) > 0 {
		steps[0].Wait = dataDelay
	}
	return tlspeer.Script{Steps: steps}, err
}

// afterHandshake reads the behaviours of an established connection.
func afterHandshake(text string) ([]tlspeer.Step, error) {
	ten := tlspeer.DataStep(Payload(0, 10))
	if m := emptyFirst.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if n > maxLength {
			return nil, fmt.Errorf("%d empty records", n)
		}
		var steps []tlspeer.Step
		for range n {
			steps = append(steps, tlspeer.DataStep(nil))
		}
		return append(steps, ten), err
	}
	if m := alertLater.FindStringSubmatch(text); m != nil {
		if m[3] == "" {
			return []tlspeer.Step{alert(m[1], m[2])}, nil
		}
		return []tlspeer.Step{alert(m[1], m[2]), ten}, nil
	}
	helloRequest := tlspeer.Step{Type: 22, Data: []byte{0, 0, 0, 0}}
	text, _ = strings.CutPrefix(text, "after the handshake: ")
	switch text {
	case "application record of 10 bytes with a bad MAC":
		ten.BadMAC = true
		return []tlspeer.Step{ten}, nil
	case "HelloRequest":
		return []tlspeer.Step{helloRequest}, nil
	case "HelloRequest, 80 ms later 10 bytes of application data":
		return []tlspeer.Step{helloRequest, ten.After(helloPause)}, nil
	case "an encrypted ClientHello message":
		hello := append([]byte{1, 0, 0, 41, 3, 3}, make([]byte, 32)...)
		hello = append(hello, 0, 0, 2, 0, 0x2f, 1, 0)
		return []tlspeer.Step{{Type: 22, Data: hello}}, nil
	case "close_notify, 60 ms later 10 bytes of application data":
		return []tlspeer.Step{tlspeer.AlertStep(1, 0), ten.After(notifyPause)}, nil
	case "one TCP write: application record of 10 bytes and close_notify":
		ten.Join = true
		return []tlspeer.Step{ten, tlspeer.AlertStep(1, 0)}, nil
	case "a ChangeCipherSpec record (encrypted)":
		return []tlspeer.Step{{Type: 20, Data: []byte{1}}}, nil
	case "plaintext HTTP bytes":
		return []tlspeer.Step{tlspeer.RawStep(httpRequest)}, nil
	case "record of type 99 (encrypted)":
		return []tlspeer.Step{{Type: 99, Data: Payload(0, 10)}}, nil
	case "record header version 0x0301 on a TLS 1.2 connection":
		ten.HeaderVersion = 0x0301
		return []tlspeer.Step{ten}, nil
	case "application record with a body of 16 bytes":
		return []tlspeer.Step{tlspeer.RawStep(append([]byte{23, 3, 3, 0, 16}, make([]byte, 16)...))}, nil
	case "second application record sent before the first":
		ten.Swap = true
		return []tlspeer.Step{ten, tlspeer.DataStep(Payload(10, 10))}, nil
	}
	return nil, fmt.Errorf("no script for behaviour %q", text)
}

func alert(level, description string) tlspeer.Step {
	n, _ := strconv.ParseUint(description, 10, 8) // the pattern admits digits only
	if level == "fatal" {
		return tlspeer.AlertStep(2, byte(n))
	}
	return tlspeer.AlertStep(1, byte(n))
}
