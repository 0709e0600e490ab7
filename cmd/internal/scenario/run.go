package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// runner is one take under way.
type runner struct {
	out      io.Writer
	follow   func(trace.Event) // nil: nobody
	language cause.Language
	network  *vnet.Network
	server   *vnet.Host
	outside  *vnet.Host
	config   emulator.Config
	dev      *emulator.Device // nil until the first call
	sdk      *emulator.SDK
	conn     *espconn.Espconn // client's
	accepts  *espconn.Espconn // server's

	uart     bytes.Buffer      // device goroutine
	seen     []string          // device goroutine: callbacks
	hooks    map[string]func() // device goroutine: what a callback does
	current  *espconn.Espconn  // device goroutine: of the last callback
	blocks   []uint32          // device goroutine: held by the firmware
	returned string

	listener net.Listener
	clients  map[string]*client
	work     sync.WaitGroup
	at       atomic.Value // string: the line under way
	mu       sync.Mutex   // guards conns
	conns    []net.Conn
}

func (t *Take) run(out io.Writer, l cause.Language, follow func(trace.Event)) (err error) {
	r := &runner{out: out, language: l, follow: follow, clients: map[string]*client{}, hooks: map[string]func(){},
		config: emulator.Config{Seed: 1, Association: -1, Address: deviceAddr}}
	r.network = vnet.New(vnet.Options{Seed: 1})
	r.server, r.outside = r.network.Host("server", serverAddr.Addr()), r.network.Host("client", clientAddr)
	defer func() { err = errors.Join(err, r.close()) }()
	if r.config.Flash, err = flash.New(emulator.FlashDefault); err != nil {
		return err
	}
	for _, l := range t.lines {
		r.at.Store(fmt.Sprintf("line %d of the take", l.number))
		if err := r.command(l.words); err != nil {
			text := fmt.Errorf("line %d, %s: %w", l.number, strings.Join(l.words, " "), err)
			if m := new(MistakeError); r.dev != nil && !errors.As(err, &m) {
				text = fmt.Errorf("%w\n%s", text, r.explanation())
			}
			return text
		}
	}
	if r.dev != nil {
		r.dev.Trace().Follow(nil) // what comes is the end of the take, not of the story
	}
	if t.Fails() && r.dev != nil {
		fmt.Fprint(out, indent(r.explanation()))
	}
	return nil
}

// explanation says in the wanted language what became of the device.
func (r *runner) explanation() string {
	return explain.Explain(r.dev.Trace().Events(), r.language).String()
}

// close ends everything that the take started.
func (r *runner) close() error {
	var errs []error
	if r.listener != nil {
		_ = r.listener.Close()
	}
	r.mu.Lock()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.mu.Unlock()
	if r.dev != nil {
		errs = append(errs, r.dev.Close())
	}
	r.server.Close()
	r.outside.Close()
	errs = append(errs, r.network.Close())
	r.work.Wait()
	return errors.Join(errs...)
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
}

// settle is how long a take waits after a call: longer than a handshake takes.
const settle = 3 * time.Second

// command carries out one line.
func (r *runner) command(words []string) error {
	args := words[1:]
	switch words[0] {
	case "device":
		return r.device(args)
	case "burn":
		return r.burn(args)
	case "peer":
		return r.peer(args)
	case "expect":
		return r.expect(args)
	case "wait":
		if len(args) != 1 {
			return errWords
		}
		d, err := wait(args[0])
		if err != nil {
			return err
		}
		if err := r.boot(); err != nil {
			return err
		}
		time.Sleep(d)
		return nil
	case "path":
		if len(args) != 1 {
			return errWords
		}
		if err := oneOf(args[0], "cut", "heal"); err != nil {
			return err
		}
		if args[0] == "heal" {
			r.network.Heal()
		} else {
			r.network.Partition([]string{r.server.Name()})
		}
		return nil
	case "client":
		if err := r.boot(); err != nil {
			return err
		}
		return r.client(args)
	}
	if err := r.boot(); err != nil {
		return err
	}
	switch words[0] {
	case "link":
		if len(args) != 1 {
			return errWords
		}
		if err := oneOf(args[0], "up", "down"); err != nil {
			return err
		}
		r.dev.SetLink(args[0] == "up")
		return nil
	case "fail":
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
		r.dev.FailBlock(args[0], int(n))
		return nil
	}
	if words[0] == "on" {
		if len(args) < 2 {
			return errWords
		}
		if err := oneOf(args[0], "connect", "disconnect", "reconnect", "sent", "recv"); err != nil {
			return err
		}
		do, err := r.prepare(args[1], args[2:])
		if err != nil {
			return err
		}
		return r.dev.Do(func() { r.hooks[args[0]] = func() { r.returned, _ = do() } })
	}
	return r.call(words[0], args)
}

func (r *runner) device(args []string) error {
	o, err := options(args, "profile", "heap", "clock", "cpu")
	if err != nil {
		return err
	}
	for k, v := range o {
		switch k {
		case "profile":
			p, ok := espconn.ProfileByName(v)
			if !ok {
				return mistake("there is no profile %q: one of emu8266 probe --help is wanted", v)
			}
			r.config.Profile = p
		case "heap":
			if r.config.HeapFree, err = heap(v); err != nil {
				return err
			}
		case "clock":
			n, err := number(v, 0, numberMax)
			if err != nil {
				return err
			}
			r.config.Clock = uint32(n)
		case "cpu":
			if err := oneOf(v, "estimated"); err != nil {
				return err
			}
			r.config.CPU = chip.Estimated
		}
	}
	return nil
}

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

// boot switches the device on, if it is not yet, and waits for its address.
func (r *runner) boot() error {
	if r.dev != nil {
		return nil
	}
	r.config.Network, r.config.UART = r.network, &r.uart
	d, err := emulator.New(r.config)
	if err != nil {
		return err
	}
	r.dev = d
	d.Trace().Follow(r.watch)
	if err := d.Boot(emulator.Go(r.firmware)); err != nil {
		return err
	}
	time.Sleep(time.Second)
	return nil
}

// watch prints what the device prints and its findings.
func (r *runner) watch(e trace.Event) {
	if e.Source == trace.SourceFinding {
		e.Where, _ = r.at.Load().(string) // the firmware is the take
	}
	if r.follow != nil {
		r.follow(e)
	}
	switch {
	case e.Source == trace.SourceUART:
		fmt.Fprintf(r.out, "  %12.6f  %s\n", e.At.Seconds(), strings.ToValidUTF8(e.Text, "?")) // erased flash prints 0xFF
	case e.Source == trace.SourceFinding:
		fmt.Fprintf(r.out, "  %12.6f  finding %s: %s\n", e.At.Seconds(), e.Name, e.Text)
	}
}

// firmware has the callbacks that a script looks at.
func (r *runner) firmware(sdk *emulator.SDK) {
	r.sdk = sdk
	sdk.Board().SetCaller(func() string { return r.at.Load().(string) })
	a := serverAddr.Addr().As4()
	r.conn = r.record(&espconn.TCP{RemoteIP: a, RemotePort: int(serverAddr.Port())})
	r.accepts = r.record(&espconn.TCP{LocalPort: int(serverAddr.Port())})
}

func (r *runner) record(tcp *espconn.TCP) *espconn.Espconn {
	saw := func(c *espconn.Espconn, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		r.seen = append(r.seen, text)
		r.sdk.OsPrintf("%s callback\n", text)
		r.current = c
		kind, _, _ := strings.Cut(text, " ")
		if do := r.hooks[kind]; do != nil {
			do()
		}
	}
	c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: tcp}}
	tcp.ConnectCallback = func(c *espconn.Espconn) { saw(c, "connect") }
	tcp.DisconnectCallback = func(c *espconn.Espconn) { saw(c, "disconnect") }
	tcp.ReconnectCallback = func(c *espconn.Espconn, err espconn.Err) { saw(c, "reconnect %d", int8(err)) }
	c.SentCallback = func(c *espconn.Espconn) { saw(c, "sent") }
	c.RecvCallback = func(c *espconn.Espconn, data []byte) { saw(c, "recv %d", len(data)) }
	return c
}

// prepare reads a call of the firmware; what it returns runs on the device goroutine.
func (r *runner) prepare(name string, args []string) (func() (string, error), error) {
	c, ok := calls[name]
	if !ok || len(c.args) != len(args) {
		return nil, errWords
	}
	numbers := make([]uint32, len(args))
	for i, a := range args {
		if c.args[i] == 0 { // a word
			continue
		}
		n, err := number(a, 0, c.args[i])
		if err != nil {
			return nil, err
		}
		numbers[i] = uint32(n)
	}
	return func() (string, error) { return c.do(r, numbers, args) }, nil
}

// call lets the firmware call the SDK now.
func (r *runner) call(name string, args []string) error {
	do, err := r.prepare(name, args)
	if err != nil {
		return err
	}
	if e := r.dev.Do(func() { r.returned, err = do() }); e != nil {
		return e
	}
	if name == "connect" || name == "send" || name == "disconnect" {
		time.Sleep(settle)
	}
	return err
}

// target is the espconn of the connection: the one that the last callback was given.
func (r *runner) target() *espconn.Espconn {
	if r.current != nil {
		return r.current
	}
	return r.conn
}

func result(e espconn.Err) string { return strconv.Itoa(int(e)) }

// calls are the commands that the firmware carries out, on the device goroutine.
var calls = map[string]struct {
	args []uint64 // the largest number that each argument may be; 0: it is a word
	do   func(r *runner, n []uint32, words []string) (string, error)
}{
	"set_size": {[]uint64{levelMax, sizeMax}, func(r *runner, n []uint32, _ []string) (string, error) {
		return fmt.Sprint(r.sdk.SecureSetSize(uint8(n[0]), uint16(n[1]))), nil
	}},
	"ca_enable": {[]uint64{levelMax, sectorMax}, func(r *runner, n []uint32, _ []string) (string, error) {
		return fmt.Sprint(r.sdk.SecureCaEnable(uint8(n[0]), n[1])), nil
	}},
	"cert_req_enable": {[]uint64{levelMax, sectorMax}, func(r *runner, n []uint32, _ []string) (string, error) {
		return fmt.Sprint(r.sdk.SecureCertReqEnable(uint8(n[0]), n[1])), nil
	}},
	"connect": {nil, func(r *runner, _ []uint32, _ []string) (string, error) {
		return result(r.sdk.SecureConnect(r.conn)), nil
	}},
	"accept": {nil, func(r *runner, _ []uint32, _ []string) (string, error) {
		return result(r.sdk.SecureAccept(r.accepts)), nil
	}},
	"send": {[]uint64{sizeMax}, func(r *runner, n []uint32, _ []string) (string, error) {
		return result(r.sdk.SecureSend(r.target(), make([]byte, n[0]))), nil
	}},
	"disconnect": {nil, func(r *runner, _ []uint32, _ []string) (string, error) {
		return result(r.sdk.SecureDisconnect(r.target())), nil
	}},
	"certificate": {[]uint64{0}, func(r *runner, _ []uint32, words []string) (string, error) {
		der, err := certificate("scenario device", words[0], keyCA, 0)
		if err != nil {
			return "", err
		}
		k, err := privateKey(words[0])
		if err != nil {
			return "", err
		}
		return fmt.Sprint(r.sdk.SecureSetDefaultCertificate(der) && r.sdk.SecureSetDefaultPrivateKey(k)), nil
	}},
	"leak": {[]uint64{numberMax}, func(r *runner, n []uint32, _ []string) (string, error) { return "", r.take(n[0]) }},
	"hold": {[]uint64{numberMax}, func(r *runner, n []uint32, _ []string) (string, error) {
		free := r.sdk.SystemGetFreeHeapSize()
		if free < 32 || free-32 < n[0] {
			return "", fmt.Errorf("only %d bytes are free", free)
		}
		return "", r.take(free - n[0] - 16) // the block's header
	}},
	"release": {nil, func(r *runner, _ []uint32, _ []string) (string, error) {
		for _, b := range r.blocks {
			r.sdk.OsFree(b)
		}
		r.blocks = nil
		return "", nil
	}},
}

// take is the firmware's os_malloc.
func (r *runner) take(n uint32) error {
	b := r.sdk.OsMalloc(n)
	if b == 0 {
		return fmt.Errorf("no %d bytes of heap", n)
	}
	r.blocks = append(r.blocks, b)
	return nil
}
