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
	bare  bool // neither the device nor the network need be there
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

// groups are all commands but those that the built-in client carries out. It is filled in by init: on and repeat name other commands.
var groups []group

func init() {
	groups = []group{
		{"The device: these come before the first line that needs it, which switches it on", []command{
			{
				usage: "firmware FILE    firmware client",
				help: "an image of emu8266 build or an ELF file, beside the script; client: the built-in one; without this line " +
					"that of the project or of --firmware, if there is one",
				bare: true,
				do:   (*runner).firmwareLine,
			},
			{
				usage: "device [profile=NAME] [heap=BYTES] [clock=SECONDS] [cpu=estimated] [autoconnect=off] [reboot=on] " +
					"[address=ADDR/BITS]",
				help: "settings; reboot: after a crash it boots again, as the chip does; address: fixed, without DHCP",
				bare: true,
				do:   (*runner).device,
			},
			{
				usage: "network PREFIX",
				help:  "the network's addresses; 10.0.0.0/16 without this line. The gateway is number 1, servers are 10",
				bare:  true,
				do:    (*runner).subnetOf,
			},
			{
				usage: "burn ca|cert SECTOR [other]",
				help:  "a certificate image into the flash; other: of a CA that the server does not use",
				bare:  true,
				do:    (*runner).burn,
			},
			{
				usage: "image 1|2 [bytes=N]",
				help:  "an image into the slot of user1 or user2, which the loader starts; it is the built-in client",
				bare:  true,
				do:    (*runner).slotImage,
			},
			{
				usage: "ap SSID [PASSWORD]",
				help:  "the access point in range, at any time; \"emu8266\", open, without this line",
				bare:  true,
				do:    (*runner).accessPoint,
			},
			{usage: "boot", help: "switches the device on, if nothing else needs it yet", do: (*runner).bootLine},
		}},
		{"The network and its machines. They listen at 10.0.0.10, at these ports or at=[ADDR:]PORT; a server of the same place goes." +
			" With cut=N[/reset] a server closes, or resets, each connection that has brought N bytes", []command{
			{
				usage: "peer tls [message=N] [suites=ecdhe|gcm] [version=1.0|1.1|1.2] [key=NAME] [cert=other|expired|future] " +
					"[client=any|verify] [names=N] [patience=DURATION] [sni=wanted] [do=WHAT]",
				help: "a TLS server, port 443; message: bytes of its Certificate message; cert: of another CA, or of another " +
					"time; names: bytes of CA names in its request; patience: for the handshake; WHAT: hold, echo, close, alert, " +
					"write:N, write:N/PIECE, answer:N, answer:N/PIECE",
				off: true,
				do:  (*runner).peer,
			},
			{usage: "peer auth [...]", help: "the same, which wants any client certificate", off: true},
			{
				usage: "peer records separate|coalesced|N message=N [suites=dhe]",
				help: "a server that cuts its flight into records; N: of at most N bytes; suites=dhe: with ephemeral " +
					"Diffie-Hellman, if the device offers it",
				off: true,
			},
			{
				usage: "peer tcp [do=WHAT]    peer silent    peer none",
				help:  "without TLS; one that never says a word; nobody listens",
				off:   true,
			},
			{usage: "peer http [tls [OPTIONS]]", help: "an HTTP server, port 80; OPTIONS: those of peer tls", off: true},
			{
				usage: "page PATH [status=N] [type=TYPE] [do=silent|close] [\"BODY\"]",
				help:  "what HTTP servers say for a path; others are 404",
				off:   true,
				do:    (*runner).page,
			},
			{usage: "peer mqtt [tls [OPTIONS]]", help: "an MQTT broker, port 1883", off: true},
			{
				usage: "publish TOPIC \"TEXT\" [qos=N] [retain=yes]",
				help:  "the brokers send a message to who has subscribed",
				off:   true,
				do:    (*runner).publish,
			},
			{
				usage: "peer image [bytes=N] [do=hold]",
				help:  "an HTTP server that has an upgrade for the slot that does not run, port 443; hold: it stops half-way",
				off:   true,
			},
			{
				usage: "reply \"TEXT\" \"ANSWER\"",
				help:  "what TLS and TCP servers say each time they are sent a text",
				off:   true,
				do:    (*runner).reply,
			},
			{
				usage: "say \"TEXT\" [at=[ADDR:]PORT]",
				help:  "a TLS or TCP server says something on its connections",
				off:   true,
				do:    (*runner).say,
			},
			{
				usage: "hangup close|reset [at=[ADDR:]PORT]",
				help:  "a server ends its connections, and goes on listening",
				off:   true,
				do:    (*runner).hangup,
			},
			{
				usage: "dns NAME=ADDR|none|fails|silent ...",
				help: "what the name server answers; other names do not exist. The built-in client has a name server only behind " +
					"this line",
				do: (*runner).dns,
			},
			{usage: "hear PORT", help: "the server listens for UDP on a port", off: true, do: (*runner).hear},
			{usage: "link down|up", help: "the access point is gone at once, and back", do: (*runner).link},
			{usage: "range out|in", help: "the access point's plug is pulled: the station notices after 6 s", do: (*runner).inRange},
			{usage: "path cut|heal", help: "the way between the device and the servers", off: true, do: (*runner).path},
			{
				usage: "air [loss=PERCENT] [latency=DURATION] [jitter=DURATION] [duplicate=PERCENT] [corrupt=PERCENT] " +
					"[reorder=PERCENT]",
				help: "the quality of all links",
				off:  true,
				do:   (*runner).quality,
			},
			{
				usage: "lose from|to KIND [N]",
				help:  "the N-th frame from or to the device from now on is lost; KIND: " + strings.Join(frameWords, ", "),
				off:   true,
				do:    (*runner).lose,
			},
			{usage: "phone SSID [PASSWORD]", help: "an app tells the device an access point (smartconfig)", do: (*runner).phone},
			{
				usage: "client NAME open [plain] [deaf] [to=PORT]    client NAME send N[/PIECE]    client NAME say \"TEXT\"    client " +
					"NAME close",
				help: "a TLS client of the device, or a plain one; port 443; deaf: it does not read",
				do:   (*runner).client,
			},
			{
				usage: "client NAME join SSID [PASSWORD]",
				help:  "it becomes a station of the device's soft-AP, and reaches the device there",
			},
			{
				usage: "datagram PORT \"TEXT\" [to=ADDR]",
				help:  "the client at 10.0.0.21 sends a datagram to the device, or to a broadcast address, from port 5000",
				do:    (*runner).datagram,
			},
		}},
		{"The board around the device", []command{
			{
				usage: "uart send \"TEXT\"",
				help:  "types to UART0; \\r \\n \\t \\\\ \\xNN stand for bytes, in all texts",
				do:    (*runner).uart,
			},
			{
				usage: "uart wait \"TEXT\" [or \"TEXT\"...] [within=DURATION]",
				help:  "waits until the device prints a text, behind the one before; a minute",
				do:    nil,
			},
			{
				usage: "button N [for=DURATION] [bounces=N]",
				help:  "presses a button between GPIO N and ground, with a pull-up: 100 ms",
				do:    (*runner).button,
			},
			{usage: "pin N high|low|release", help: "drives a pin from outside, or leaves it alone", do: (*runner).pin},
			{usage: "adc N", help: "the voltage at TOUT, in 1/1024 V", do: (*runner).adc},
			{usage: "supply N", help: "the supply voltage, in 1/1024 V", do: (*runner).supply},
			{
				usage: "i2c ADDR REG=BYTE[,BYTE...] ...    i2c ADDR none    i2c pins SDA SCL",
				help:  "a sensor with 256 registers on the I2C bus, on GPIO 2 and 14 at first",
				do:    (*runner).i2c,
			},
			{usage: "restart", help: "a press of the reset button", do: (*runner).restart},
			{usage: "power off|on|cycle", help: "the supply; RTC memory is lost", do: (*runner).power},
		}},
		{"Time and faults", []command{
			{usage: "wait DURATION", help: "in the device's time", do: (*runner).wait},
			{
				usage: "wait event \"TEXT\" [within=DURATION]",
				help:  "until the trace has a line with a text (run --trace shows them), behind the one before",
			},
			{
				usage: "fail BLOCK [N]    fail allocation [N]",
				help:  "the N-th allocation of that name, or the N-th of all, finds no memory",
				do:    (*runner).fail,
			},
			{
				usage: "stub FUNCTION returns N [call=N] [times=N]",
				help:  "a call of the SDK does nothing and returns N: the next one, or the one of that number, and so many of them",
				do:    (*runner).stub,
			},
			{
				usage: "flash cut N [before|during|after]",
				help: "power fails at the N-th page program or erasure from now on, which is left half-done; power on brings it " +
					"back",
				bare: true,
				do:   (*runner).flash,
			},
			{
				usage: "flash fail SECTOR [worn|dead|sound]    flash write ADDR HEX    flash erase SECTOR",
				help:  "a sector that does not erase, or that never ends; what lies in the flash",
				bare:  true,
			},
			{
				usage: "call FUNCTION [NUMBER|\"TEXT\" ...]",
				help:  "calls a function of the firmware in C; expect return looks at what it returned",
				do:    (*runner).callC,
			},
			{
				usage: "on CALLBACK CALL...",
				help:  "a call that the built-in client makes inside each callback of that name: on connect send 100",
				do:    (*runner).on,
			},
			{usage: "repeat N COMMAND...", help: "a line N times", bare: true, do: (*runner).repeat},
			{
				usage: "use NAME",
				help:  "the built-in client's calls that follow concern a connection of that name",
				do:    (*runner).useNamed,
			},
			{usage: "note free", help: "keeps how many heap bytes are free, for expect free noted", do: (*runner).note},
		}},
		{"What must have happened", []command{
			{
				usage: "expect log \"TEXT\" [or \"TEXT\"...]    expect finding RULE    expect crash \"TEXT\"",
				help:  "of the device. A crash that no line expects is an error at the end of the take, for firmware of a project",
				do:    (*runner).expect,
			},
			{
				usage: "expect no log \"TEXT\"    expect no finding [RULE]    expect no crash    expect no event \"TEXT\"",
				help:  "the opposite",
			},
			{usage: "expect count \"TEXT\" N|<N|>N", help: "so often the device has printed a text"},
			{usage: "expect callbacks \"LIST\"", help: "since the last such line: connect, sent, recv 5, reconnect -114, disconnect"},
			{
				usage: "expect cause ID...    expect outcome WORD    expect code CODE    expect explain \"TEXT\"",
				help:  "of the explanation; of several causes, any",
			},
			{usage: "expect event \"TEXT\"", help: "the trace has a line with a text"},
			{
				usage: "expect between \"TEXT\" \"TEXT\" <DURATION|>DURATION",
				help:  "the time from the first line of the trace with a text to the next with another",
			},
			{usage: "expect frames KIND N|<N|>N", help: "so many frames the device has sent since the last such line"},
			{
				usage: "expect received \"TEXT\" [N|<N|>N]    expect request \"TEXT\"",
				help:  "TLS and TCP servers were sent it; an HTTP server was, such as \"POST /data\"",
			},
			{usage: "expect published TOPIC \"TEXT\"    expect subscribed TOPIC", help: "a broker was told"},
			{
				usage: "expect free <N|>N    expect free noted    expect peak <N|>N    expect leaked N|<N|>N",
				help: "heap bytes; noted: as many as at the line note free; peak: in use at most; leaked: blocks of the " +
					"firmware that are not freed",
			},
			{
				usage: "expect flash ADDR HEX    expect erases SECTOR N|<N|>N",
				help:  "what lies in the flash; how often a sector was erased",
			},
			{usage: "expect pin N high|low [within=DURATION]    expect i2c ADDR REG=BYTE[,BYTE...]", help: "of the board"},
			{usage: "expect return N|<N|>N|true|false", help: "of the last call"},
			{usage: "expect status N", help: "what wifi_station_get_connect_status returns"},
			{usage: "expect heard N    expect heard \"TEXT\"", help: "datagrams since the last such line; one with a text"},
			{
				usage: "expect client NAME ok|\"TEXT\"    expect client NAME got \"TEXT\"    " +
					"expect client NAME bytes N|<N|>N    expect client NAME ended",
				help: "what became of the client's last action; what the device sent it",
			},
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
		b.WriteString(wrapped(g.title+":", "", ""))
		for _, c := range g.commands {
			b.WriteString(wrapped(c.usage, "  ", "      "))
			b.WriteString(wrapped(c.help, "        ", "        "))
		}
		b.WriteString("\n")
	}
	b.WriteString("Calls of the built-in client (the function of the SDK behind each):\n")
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
	c, ok := find(words[0])
	if !ok {
		if _, ok := findCall(words[0]); !ok {
			return unknown(words[0])
		}
		if err := r.clientOnly(words[0]); err != nil {
			return err
		}
		if err := r.boot(); err != nil {
			return err
		}
		return r.call(words[0], words[1:])
	}
	if !c.bare {
		r.wire()
	}
	if !c.bare && !c.off {
		if err := r.boot(); err != nil {
			return err
		}
	}
	return c.do(r, words[1:])
}

// bootLine does nothing: the device is on by then.
func (r *runner) bootLine(args []string) error {
	if len(args) > 0 {
		return errWords
	}
	return nil
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
