package scenario

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Machines are the network of a take and the machines on it, for devices that somebody else makes, however many. Of the take's lines
// those count that are about the network: machineCommands names them. They belong to the goroutine that uses them.
type Machines struct {
	r    *runner
	left []line // not carried out yet
}

// machineCommands are the lines that say something of the network and its machines, and of no single device.
var machineCommands = []string{"network", "ap", "peer", "page", "reply", "say", "publish", "hangup", "dns", "hear", "path", "air", "repeat",
	"wait"}

// Machines makes the network of a take and carries out its lines up to the first that waits. The error is a *LineError for a line
// that is about a device, or that cannot be carried out. Close them.
func (s *Scenario) Machines(take int) (*Machines, error) {
	t := &s.Takes[take]
	for _, l := range t.lines {
		if err := forMachines(l.words); err != nil {
			return nil, &LineError{Line: t.Line + l.number, Err: err, Text: l.words[0], inTake: l.number}
		}
	}
	r := newRunner(s, t, nil)
	r.use(&Program{}) // which gives the network a gateway with a name server
	m := &Machines{r, t.lines}
	for len(m.left) > 0 && m.left[0].words[0] != "wait" {
		if err := m.next(); err != nil {
			_ = r.close()
			return nil, err
		}
	}
	r.wire()
	return m, nil
}

// forMachines refuses a line that is about a device.
func forMachines(words []string) error {
	if words[0] == "repeat" && len(words) > 2 {
		if oneOf(words[2], "wait", "dns") == nil {
			return mistake("repeat of %s: one line %s is wanted", words[2], words[2])
		}
		return forMachines(words[2:])
	}
	if words[0] == "wait" && len(words) > 1 && words[1] == "event" {
		return mistake("the devices' traces are not looked at: wait DURATION is wanted")
	}
	if oneOf(words[0], machineCommands...) == nil {
		return nil
	}
	if n := near.Name(words[0], machineCommands); n != "" {
		return mistake("%q says nothing of the network: perhaps %s is wanted", words[0], n)
	}
	return mistake("%q is about one device: lines about the network are wanted, such as peer, dns, wait", words[0])
}

// next carries out the first line that is left.
func (m *Machines) next() error {
	l := m.left[0]
	m.left = m.left[1:]
	do := m.r.command
	if l.words[0] == "dns" { // which in a take of one device switches that on
		m.r.wire()
		do = func(words []string) error { return m.r.dns(words[1:]) }
	}
	if err := do(l.words); err != nil {
		return m.r.lineError(l, err)
	}
	return nil
}

// Play carries out the lines that are left, with the time that they wait, until ctx ends.
func (m *Machines) Play(ctx context.Context) error {
	for len(m.left) > 0 {
		if words := m.left[0].words; words[0] == "wait" && len(words) == 2 {
			pause, err := duration(words[1])
			if err != nil {
				return m.r.lineError(m.left[0], err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
			m.left = m.left[1:]
			continue
		}
		if err := m.next(); err != nil {
			return err
		}
	}
	return nil
}

// Network is the network; Close closes it.
func (m *Machines) Network() *vnet.Network { return m.r.network }

// Subnet is the range of its addresses.
func (m *Machines) Subnet() netip.Prefix { return m.r.subnet }

// Configure puts the access point of the take's lines into a device's configuration.
func (m *Machines) Configure(c *emulator.Config) {
	if ap := m.r.config.AccessPoint; ap.SSID != "" {
		c.AccessPoint = ap
	}
}

// Close ends the machines and the network. The devices are closed by then.
func (m *Machines) Close() error {
	if err := m.r.close(); err != nil {
		return fmt.Errorf("scenario: %w", err)
	}
	return nil
}
