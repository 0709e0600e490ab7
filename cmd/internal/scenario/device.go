package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// device changes the settings of a device that is not on yet.
func (r *runner) device(args []string) error {
	o, err := options(args, "profile", "heap", "clock", "cpu", "autoconnect", "reboot", "address")
	if err != nil {
		return err
	}
	if r.dev != nil {
		return mistake("the device is on: its settings before the first call are wanted")
	}
	for k, v := range o {
		switch k {
		case "profile":
			p, ok := espconn.ProfileByName(v)
			if !ok {
				if n := near.Name(v, strings.Split(profiles(), " or ")); n != "" {
					return mistake("there is no profile %q: perhaps %s is wanted", v, n)
				}
				return mistake("there is no profile %q: %s is wanted", v, profiles())
			}
			r.set(func(c *emulator.Config) { c.Profile = p })
		case "heap":
			n, err := heap(v)
			if err != nil {
				return err
			}
			r.set(func(c *emulator.Config) { c.HeapFree = n })
		case "clock":
			n, err := number(v, 0, numberMax)
			if err != nil {
				return err
			}
			r.set(func(c *emulator.Config) { c.Clock = uint32(n) })
		case "cpu":
			if err := oneOf(v, "estimated"); err != nil {
				return err
			}
			r.set(func(c *emulator.Config) { c.CPU = chip.Estimated })
		case "autoconnect":
			if err := oneOf(v, "off"); err != nil {
				return err
			}
			r.set(func(c *emulator.Config) { c.NoAutoConnect = true })
		case "reboot":
			if err := oneOf(v, "on"); err != nil {
				return err
			}
			r.set(func(c *emulator.Config) { c.AutoReboot = true })
		case "address":
			p, err := netip.ParsePrefix(v)
			if err != nil || !p.Addr().Is4() {
				return mistake("%q: an address such as 10.0.0.7/16 is wanted", v)
			}
			r.set(func(c *emulator.Config) { c.Address = p })
		}
	}
	return nil
}

// profiles lists the names of all profiles.
func profiles() string {
	var list []string
	for _, p := range espconn.AllProfiles() {
		list = append(list, p.Name)
	}
	return strings.Join(list, " or ")
}

// accessPoint replaces the access point in range.
func (r *runner) accessPoint(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errWords
	}
	ap := wifi.AccessPoint{SSID: args[0]}
	if len(args) > 1 {
		ap.Password = args[1]
	}
	if n := len(ap.SSID); n == 0 || n > 32 || len(ap.Password) > 64 {
		return mistake("an SSID of 1 to 32 bytes and a password of at most 64 are wanted")
	}
	if r.dev != nil {
		return r.dev.SetAccessPoint(ap)
	}
	r.set(func(c *emulator.Config) { c.AccessPoint = ap })
	return nil
}

// burn writes a certificate image into the flash.
func (r *runner) burn(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	sector, err := number(args[1], 0, uint64(r.config.Flash.Sectors()-1))
	if err != nil {
		return err
	}
	signer := keyCA
	if len(args) > 2 {
		if err := oneOf(args[2], "other"); err != nil {
			return err
		}
		signer = keyOther
	}
	var certs image.Certs
	switch args[0] {
	case "ca":
		der, err := certificate("", signer, signer, 0)
		if err != nil {
			return err
		}
		certs = image.Certs{{Name: "ca.cer", Data: der}}
	case "cert":
		der, err := certificate("scenario device", keyClient, signer, 0)
		if err != nil {
			return err
		}
		k, err := privateKey(keyClient)
		if err != nil {
			return err
		}
		certs = image.Certs{{Name: "certificate", Data: der}, {Name: "private_key", Data: k}}
	default:
		return errWords
	}
	b, err := certs.Encode()
	if err != nil {
		return err
	}
	for len(b)%flash.WriteUnit != 0 {
		b = append(b, flash.Erased)
	}
	return r.config.Flash.Write(uint32(sector)*flash.SectorSize, b)
}

// firmware has the callbacks that a script looks at. It runs at each boot.
func (r *runner) firmware(sdk *emulator.SDK) {
	r.sdk, r.current, r.datagrams, r.hooked = sdk, nil, nil, nil
	sdk.Board().SetCaller(func() string { return r.at.Load().(string) })
	r.named = map[string]*espconn.Espconn{}
	r.conn = r.record(r.remote(), "")
	r.accepts = r.record(&espconn.TCP{LocalPort: serverPort}, "")
}

// remote is the server as the firmware's espconn names it.
func (r *runner) remote() *espconn.TCP {
	return &espconn.TCP{RemoteIP: r.serverAddr().Addr().As4(), RemotePort: serverPort}
}

// record makes an espconn whose callbacks are written down, behind the name of the connection if it has one.
func (r *runner) record(tcp *espconn.TCP, name string) *espconn.Espconn {
	saw := func(c *espconn.Espconn, format string, args ...any) {
		r.current = c
		r.saw(strings.TrimSpace(name + " " + fmt.Sprintf(format, args...)))
	}
	c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: tcp}}
	tcp.ConnectCallback = func(c *espconn.Espconn) { saw(c, "connect") }
	tcp.DisconnectCallback = func(c *espconn.Espconn) { saw(c, "disconnect") }
	tcp.ReconnectCallback = func(c *espconn.Espconn, err espconn.Err) { saw(c, "reconnect %d", int8(err)) }
	c.SentCallback = func(c *espconn.Espconn) { saw(c, "sent") }
	c.RecvCallback = func(c *espconn.Espconn, data []byte) { saw(c, "recv %d", len(data)) }
	return c
}

// seenMax bounds the callbacks that are kept for expect callbacks. A line of a script, which lists them all, is never so long. Choice.
const seenMax = 10_000

// remember keeps a callback for expect callbacks.
func (r *runner) remember(text string) {
	if len(r.seen) < seenMax {
		r.seen = append(r.seen, text)
	}
}

// saw writes a callback down and lets the firmware do what it does in it.
func (r *runner) saw(text string) {
	r.remember(text)
	r.sdk.OsPrintf("%s callback\n", text)
	for _, kind := range strings.Fields(text) { // the name of a connection may stand before it
		if do := r.hooks[kind]; do != nil {
			do()
			return
		}
	}
}

// target is the espconn of the connection: the one that the last callback was given.
func (r *runner) target() *espconn.Espconn {
	if r.current != nil {
		return r.current
	}
	return r.conn
}

// useNamed makes the calls that follow concern a connection of a name.
func (r *runner) useNamed(args []string) error {
	if len(args) != 1 || args[0] == "" {
		return errWords
	}
	if err := r.clientOnly("use"); err != nil {
		return err
	}
	if slices.Contains(callbacks, args[0]) {
		return mistake("%q is a callback: another name is wanted", args[0])
	}
	return r.dev.Do(func() {
		c := r.named[args[0]]
		if c == nil {
			c = r.record(r.remote(), args[0])
			r.named[args[0]] = c
		}
		r.conn, r.current = c, nil
	})
}

// settle waits longer than a handshake takes.
func (r *runner) settle() { time.Sleep(3 * time.Second) }

// wait lets the device's time pass.
func (r *runner) wait(args []string) error {
	if len(args) >= 2 && args[0] == "event" {
		return r.waitEvent(args[1], args[2:])
	}
	if len(args) != 1 {
		return errWords
	}
	d, err := duration(args[0])
	if err == nil {
		time.Sleep(d + virtual.Instant)
	}
	return err
}

// waitEvent waits until the trace has an event whose line has a text, behind the one that the last such wait has found.
func (r *runner) waitEvent(word string, rest []string) error {
	want, err := text(word)
	if err != nil {
		return err
	}
	ctx, cancel, err := waiting(rest)
	if err != nil {
		return err
	}
	defer cancel()
	e, err := r.dev.WaitEvent(ctx, func(e trace.Event) bool { return e.Seq > r.read && strings.Contains(e.String(), want) })
	if err != nil {
		return errors.New("there was no such event")
	}
	r.read = e.Seq
	return nil
}

// fail makes an allocation find no memory.
func (r *runner) fail(args []string) error {
	if len(args) == 0 || len(args) > 2 || args[0] == "" {
		return errWords
	}
	n := uint64(1)
	if len(args) > 1 {
		var err error
		if n, err = number(args[1], 1, countMax); err != nil {
			return err
		}
	}
	if args[0] == "allocation" {
		r.dev.FailAlloc(int(n))
	} else {
		r.dev.FailBlock(args[0], int(n))
	}
	return nil
}

// repeatMax bounds what repeat does. Choice.
const repeatMax = 1000

// repeat carries out a line several times.
func (r *runner) repeat(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	n, err := number(args[0], 1, repeatMax)
	if err != nil {
		return err
	}
	if args[1] == "repeat" {
		return mistake("repeat within repeat: another command is wanted")
	}
	for range n {
		if err := r.command(args[1:]); err != nil {
			return err
		}
	}
	return nil
}
