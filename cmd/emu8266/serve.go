package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/certs"
	"github.com/emu8266/emu8266/cmd/internal/probe"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/flash"
)

// serveCmd runs the device as a TLS server behind a real port.
type serveCmd struct {
	Port    uint16 `help:"Real port to listen on; 0 takes a free one." default:"8443"`
	Listen  string `help:"Real address to listen on." default:"127.0.0.1" placeholder:"ADDR"`
	Cert    string `help:"The device's certificate (PEM or DER)." placeholder:"FILE"`
	Key     string `help:"Its key (PEM or DER)." placeholder:"FILE"`
	CA      string `name:"ca" help:"CA certificate: the device asks clients for a certificate and verifies it. Not with SDK306SSL, which never asks." placeholder:"FILE"`
	Size    int    `help:"TLS buffer, 1 to 8192 bytes." default:"2048"`
	Profile string `help:"Which SDK or manual the device follows." default:"ManualV21" placeholder:"NAME"`
	Heap    uint32 `help:"Heap bytes free at boot, from 1024 to 81920, in eights." default:"49152"`
	Echo    bool   `help:"Send back what comes (default)." xor:"what"`
	HTTP    bool   `name:"http" help:"Answer HTTP requests with a page." xor:"what"`
	Once    bool   `help:"End after the first connection; exit code 1 if it failed."`
	reportFlags
	JSON bool `help:"Print a JSON object a line: where it listens, each connection as it ends, each client that is turned away."`
	outputs
}

// Help is shown by --help.
func (serveCmd) Help() string {
	return `Example:
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=device -days 30
  emu8266 serve --cert cert.pem --key key.pem
  openssl s_client -connect 127.0.0.1:8443 -tls1_2 -cipher AES256-SHA256:@SECLEVEL=0

The device serves one client at a time, as on the chip; one that it turns away meanwhile is told with the reason. Its log goes to stderr.
Ctrl-C ends it.`
}

// devicePort is where the emulated server listens inside the virtual network.
const devicePort = 443

// served is one line of --json.
type served struct {
	OK       bool    `json:"ok"` // the handshake worked and the end was orderly
	ByClient bool    `json:"closed_by_client"`
	Stage    string  `json:"stage"`    // handshake, data, done
	Code     *string `json:"code"`     // as the device's log prints it
	Callback string  `json:"callback"` // disconnect, reconnect
	Err      *int    `json:"err"`      // of the reconnect callback
	Version  string  `json:"version"`
	Cipher   string  `json:"cipher"`
	Received int     `json:"received"` // application bytes
	Sent     int     `json:"sent"`
	Explain  string  `json:"explain"`
}

// turnedAway is the line of --json for a client that the device does not serve.
type turnedAway struct {
	TurnedAway string   `json:"turned_away"` // the client's address on the virtual network
	Cause      cause.ID `json:"cause"`
	Why        string   `json:"why"`
	Change     string   `json:"change"`
}

// Run serves until Ctrl-C or, with --once, until the first connection has ended.
func (c serveCmd) Run(con *console) error {
	cfg, err := c.check()
	if err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	n, err := newNetwork(con, c.outputs, netip.AddrPort{}, "", c.inputs()...)
	if err != nil {
		return err
	}
	rec, err := c.record(n)
	if err != nil {
		return errors.Join(err, n.close())
	}
	if cfg.stranger {
		fmt.Fprintf(con.err, "emu8266: --key: %s does not belong to the certificate %s: the device does not notice, and every handshake "+
			"fails (docs/facts/tls.md 4.1)\n", c.Key, c.Cert)
	}
	if cfg.converted {
		fmt.Fprintf(con.err, "--key: %s is PKCS#8, and %s reads PKCS#1 alone: the device gets it converted, as openssl rsa "+
			"-traditional does\n", c.Key, cfg.profile.Name)
	}
	err = errors.Join(c.serve(ctx, con, n, cfg, rec), n.close())
	files := append(c.inputs(), inputFile{"--pcap", c.Pcap}, inputFile{"--trace", c.Trace})
	return errors.Join(err, rec.write(con, cause.English, files...))
}

// inputs are the files that the command reads.
func (c serveCmd) inputs() []inputFile {
	return []inputFile{{"--cert", c.Cert}, {"--key", c.Key}, {"--ca", c.CA}}
}

// serveConfig is a checked serveCmd.
type serveConfig struct {
	profile   espconn.Profile
	cert, key []byte
	flash     *flash.Chip
	ca        bool
	stranger  bool // the key: it is not the certificate's
	converted bool // the key: it was PKCS#8, which the profile does not read
}

func (c serveCmd) check() (serveConfig, error) {
	var s serveConfig
	if err := c.checkReport(c.inputs()...); err != nil {
		return s, err
	}
	if c.Size < 1 || c.Size > 8192 {
		return s, usagef("serve: --size %d: a TLS buffer has 1 to 8192 bytes (SSL User Manual V2.1, 5.3)", c.Size)
	}
	if err := checkHeap(c.Heap); err != nil {
		return s, err
	}
	var err error
	if s.profile, err = profileByName(c.Profile); err != nil {
		return s, err
	}
	if c.Cert == "" || c.Key == "" {
		return s, usagef("serve: give --cert FILE and --key FILE; `emu8266 serve --help` shows how to make a pair")
	}
	if s.cert, err = certFile("--cert", c.Cert, false, mbedtls.CheckCertificates); err != nil {
		return s, err
	}
	if s.key, err = certFile("--key", c.Key, false, mbedtls.CheckPrivateKey); err != nil {
		return s, err
	}
	if slices.ContainsFunc(certs.Readers(), func(r certs.Reader) bool { return r.Name == s.profile.Name && r.PKCS1Only }) {
		key, err := certs.PKCS1(s.key)
		if err != nil {
			return s, usagef("serve: --key: %s %v", c.Key, err)
		}
		s.key, s.converted = key, !bytes.Equal(key, s.key)
	}
	s.stranger = !samePair(s.cert, s.key)
	ca, err := caImage(c.CA, false)
	if err != nil {
		return s, err
	}
	if s.ca = ca != nil; s.ca && !s.profile.TLS.Traits().ChecksClients {
		return s, usagef("serve: --ca with --profile %s: this SDK's libssl never asks a client for a certificate, whatever "+
			"espconn_secure_ca_enable says (docs/facts/axtls.md 1.2); leave --ca out, or take another profile", s.profile.Name)
	}
	s.flash, err = probe.Flash(ca, nil)
	return s, err
}

func (c serveCmd) serve(ctx context.Context, con *console, n *network, cfg serveConfig, rec *recording) error {
	crashed := make(chan struct{}, 1)
	away := make(chan trace.Event, 64)
	found := &findingLog{out: con.err}
	d, err := n.device(emulator.Config{
		Name: cfg.profile.Name, Profile: cfg.profile, Flash: cfg.flash, HeapFree: c.Heap,
		Clock: uint32(time.Now().Unix()), // axTLS looks at the dates of a client's certificate
	}, con.err, func(e trace.Event) {
		found.event(e)
		if e.Kind == trace.KindCause && cause.TurnsAway(cause.ID(e.Name)) {
			select {
			case away <- e:
			default: // more at a time than anybody reads
			}
		}
		if e.Source == trace.SourceDevice && e.Kind == trace.KindHalt {
			select {
			case crashed <- struct{}{}:
			default:
			}
		}
	})
	if err != nil {
		return err
	}
	defer func() {
		_ = d.Close()
		rec.device(d)
	}()
	server := &serveFirmware{cmd: c, cfg: cfg, ready: make(chan error, 1), ended: make(chan served, 16), device: d}
	if err := d.Boot(emulator.Go(server.init)); err != nil {
		return err
	}
	select {
	case err := <-server.ready:
		if err != nil {
			return err
		}
	case <-crashed:
		return serveCrash(d)
	case <-time.After(10 * time.Second):
		return errors.New("serve: the device did not get ready")
	}
	at, err := n.gateway.Forward(ctx, net.JoinHostPort(c.Listen, strconv.Itoa(int(c.Port))), netip.AddrPortFrom(d.Addr(), devicePort))
	if err != nil {
		return fmt.Errorf("serve: %w; choose another --port or --listen", err)
	}
	c.announce(con.out, at)
	for {
		select {
		case e := <-away:
			if err := c.reportAway(con.out, e); err != nil {
				return err
			}
		case s := <-server.ended:
			for len(away) > 0 { // they came before the end
				if err := c.reportAway(con.out, <-away); err != nil {
					return err
				}
			}
			if err := c.report(con.out, s); err != nil {
				return err
			}
			if c.Once {
				if !s.OK {
					return errReported
				}
				return nil
			}
		case <-crashed:
			return serveCrash(d)
		case <-ctx.Done():
			return nil
		}
	}
}

// serveCrash is the end of a device that has crashed, as some SDKs do under what clients send.
func serveCrash(d *emulator.Device) error {
	if c := d.Crash(); c != nil {
		return fmt.Errorf("serve: the device crashed: %v", c)
	}
	return errors.New("serve: the device has ended")
}

func (c serveCmd) announce(out io.Writer, at net.Addr) {
	if c.JSON {
		_ = json.NewEncoder(out).Encode(map[string]string{"listening": at.String()})
		return
	}
	fmt.Fprintf(out, "listening on %s\n", at)
}

// reportAway tells of a client that the device does not serve.
func (c serveCmd) reportAway(out io.Writer, e trace.Event) error {
	t := cause.Of(e, cause.English)
	if c.JSON {
		return json.NewEncoder(out).Encode(turnedAway{e.Remote.String(), cause.ID(e.Name), t.Sentence, t.Remedy})
	}
	_, err := fmt.Fprintf(out, "client turned away: %s\n  %s\n", t.Sentence, t.Remedy)
	return err
}

func (c serveCmd) report(out io.Writer, s served) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(s)
	}
	if s.OK {
		by := ""
		if s.ByClient {
			by = ", by the client"
		}
		fmt.Fprintf(out, "connection ended%s: %s %s, %d bytes received, %d sent\n", by, s.Version, s.Cipher, s.Received, s.Sent)
		return nil
	}
	fmt.Fprintf(out, "connection failed at %s", s.Stage)
	if s.Code != nil {
		fmt.Fprintf(out, ", %s", *s.Code)
	}
	if s.Err != nil {
		fmt.Fprintf(out, ", reconnect callback %d", *s.Err)
	}
	fmt.Fprintln(out)
	if s.Explain != "" {
		fmt.Fprintln(out, s.Explain)
	}
	return nil
}
