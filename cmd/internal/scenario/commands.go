package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/near"
)

// command is a line of a take: how it is written, what it does.
type command struct {
	usage string // its words; the first is its name
	help  string
	off   bool // the device need not be on: it stays off if it is
	do    func(r *runner, args []string) error
}

// name is the command's first word.
func (c command) name() string {
	name, _, _ := strings.Cut(c.usage, " ")
	return name
}

// group are commands of one kind.
type group struct {
	title    string
	commands []command
}

// groups are all commands but those that the firmware carries out. It is filled in by init: on and repeat name other commands.
var groups []group

func init() {
	groups = []group{
		{"The device: these come before the first call, which switches it on", []command{
			{"device [profile=NAME] [heap=BYTES] [clock=SECONDS] [cpu=estimated] [autoconnect=off]", "settings", true, (*runner).device},
			{"burn ca|cert SECTOR [other]", "a certificate image into the flash; other: of a CA that the server does not use", true,
				(*runner).burn},
			{"ap SSID [PASSWORD]", "the access point in range, at any time; \"emu8266\", open, without this line", true,
				(*runner).accessPoint},
		}},
		{"The network and its machines", []command{
			{"peer tls [message=N] [suites=ecdhe|gcm] [version=1.0|1.1|1.2] [key=NAME] [client=any|verify] [names=N] [patience=DURATION]" +
				" [sni=wanted] [do=WHAT]", "a TLS server; message: bytes of its Certificate message; names: bytes of CA names in its" +
				" request; patience: for the handshake; WHAT: hold, echo, close, alert, write:N, write:N/PIECE, answer:N, answer:N/PIECE",
				true, (*runner).peer},
			{"peer auth [...]", "the same, which wants any client certificate", true, nil},
			{"peer records separate|coalesced|N message=N", "a server that cuts its flight into records; N: of at most N bytes", true, nil},
			{"peer tcp [do=WHAT]    peer silent    peer none", "without TLS; one that never says a word; nobody listens", true, nil},
			{"peer image [bytes=N] [do=hold]", "an HTTP server that has an upgrade for the slot that does not run; hold: it stops half-way",
				true, nil},
			{"link down|up", "the access point is gone at once, and back", false, (*runner).link},
			{"path cut|heal", "the way between device and server", true, (*runner).path},
			{"dns NAME=ADDR|none|fails|silent ...", "what the name server answers; without this line nobody answers", false, (*runner).dns},
			{"hear PORT", "the server listens for UDP on a port", true, (*runner).hear},
			{"phone SSID [PASSWORD]", "an app tells the device an access point (smartconfig)", false, (*runner).phone},
			{"client NAME open [plain]    client NAME send N[/PIECE]    client NAME close", "a TLS client of the device, or a plain one",
				false, (*runner).client},
		}},
		{"Time and faults", []command{
			{"wait DURATION", "in the device's time", false, (*runner).wait},
			{"fail BLOCK [N]", "the N-th allocation of that name finds no memory", false, (*runner).fail},
			{"on CALLBACK CALL...", "a call that the firmware makes inside each callback of that name: on connect send 100", false,
				(*runner).on},
			{"repeat N COMMAND...", "a line N times", true, (*runner).repeat},
			{"use NAME", "the calls that follow concern a connection of that name", false, (*runner).use},
		}},
		{"What must have happened", []command{
			{"expect return N|true|false", "of the last call", false, (*runner).expect},
			{"expect callbacks \"LIST\"", "since the last such line: connect, sent, recv 5, reconnect -114, disconnect", false, nil},
			{"expect cause ID    expect outcome WORD    expect code CODE    expect explain \"TEXT\"", "of the explanation", false, nil},
			{"expect log \"TEXT\"    expect finding RULE    expect crash \"TEXT\"", "of the device", false, nil},
			{"expect free <N|>N", "heap bytes", false, nil},
			{"expect status N", "what wifi_station_get_connect_status returns", false, nil},
			{"expect heard N", "datagrams since the last such line", false, nil},
			{"expect client NAME ok|\"TEXT\"", "what became of the client's last action", false, nil},
		}},
	}
}

// find returns the command of a name.
func find(name string) (command, bool) {
	for _, g := range groups {
		for _, c := range g.commands {
			if c.name() == name && c.do != nil {
				return c, true
			}
		}
	}
	return command{}, false
}

// Commands returns the lines that a take can have, for people, at most 100 columns wide.
func Commands() string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "%s:\n", g.title)
		for _, c := range g.commands {
			b.WriteString(wrapped(c.usage, "  ", "      "))
			b.WriteString(wrapped(c.help, "        ", "        "))
		}
		b.WriteString("\n")
	}
	b.WriteString("Calls of the firmware (the function of the SDK behind each):\n")
	for _, c := range calls {
		b.WriteString(wrapped(fmt.Sprintf("%-32s %s", c.usage, c.help), "  ", "        "))
	}
	return b.String()
}

// columns is the width of Commands.
const columns = 100

// wrapped breaks a text between its words.
func wrapped(text, first, next string) string {
	var b strings.Builder
	line := first
	for i, word := range strings.SplitAfter(text, " ") {
		if i > 0 && len(line)+len(strings.TrimRight(word, " ")) > columns {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = next
		}
		line += word
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	return b.String()
}

// command carries out one line.
func (r *runner) command(words []string) error {
	if c, ok := find(words[0]); ok {
		if !c.off {
			if err := r.boot(); err != nil {
				return err
			}
		}
		return c.do(r, words[1:])
	}
	if _, ok := findCall(words[0]); !ok {
		return unknown(words[0])
	}
	if err := r.boot(); err != nil {
		return err
	}
	return r.call(words[0], words[1:])
}

// names are the first words of all commands and calls.
func names() (list []string) {
	for _, g := range groups {
		for _, c := range g.commands {
			list = append(list, c.name())
		}
	}
	for _, c := range calls {
		list = append(list, c.name())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// unknown says which command may have been meant.
func unknown(word string) error {
	if meant := near.Name(word, names()); meant != "" {
		return mistake("there is no command %q: perhaps %s is wanted", word, meant)
	}
	return mistake("there is no command %q: one of emu8266 scenario commands is wanted", word)
}
