package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/ci"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
)

// demoCmd shows the main thing with nothing but this binary.
type demoCmd struct {
	checksFlag
	languageFlag
	caseFlags
	outputs
}

// say is a text in the language that was asked for.
func (c demoCmd) say(english, chinese string) string {
	if c.language() == cause.Chinese {
		return chinese
	}
	return english
}

// Help is shown by --help.
func (demoCmd) Help() string {
	return `Example:
  emu8266 demo
  emu8266 demo --pcap demo.pcapng --keys
  emu8266 demo --json

Firmware in C (examples/hello-tls, compiled in advance) connects to a TLS server whose certificates take 2.3 KB: with the
default buffer of 2048 bytes the handshake fails as on the chip, with 4096 it works. All of it happens on a virtual network
inside this process. What the devices print goes to stdout with the story, misuse of the SDK that they find to stderr; there
should be none.`
}

const (
	demoPadding = 750              // bytes of comment in the CA: brings the Certificate message to 2.3 KB
	demoTime    = 30 * time.Second // bound for each connection
)

// demoServer is where the firmware connects to: the gateway's address.
var demoServer = netip.MustParseAddrPort("10.0.0.1:8883")

// Run plays the demo.
func (c demoCmd) Run(con *console) error {
	if err := c.caseFlags.check(); err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	n, err := newNetwork(con, c.outputs, netip.AddrPort{}, "")
	if err != nil {
		return err
	}
	play := &demoPlay{demoCmd: c, caseReport: caseReport{name: "emu8266 demo"}, con: con, out: con.out, n: n}
	if c.silent() {
		play.out = io.Discard
	}
	err = errors.Join(play.run(ctx), n.close())
	return errors.Join(err, play.tell())
}

// demoPlay is a demoCmd at work: each try is a case.
type demoPlay struct {
	demoCmd
	caseReport
	con *console
	out io.Writer // for people
	n   *network
}

// run plays both tries.
func (p *demoPlay) run(ctx context.Context) error {
	cert, err := demoChain()
	if err != nil {
		return err
	}
	listener, err := p.n.gateway.Host().Listen("tcp", fmt.Sprintf(":%d", demoServer.Port()))
	if err != nil {
		return err
	}
	defer listener.Close()
	go demoEcho(tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}, // what the device speaks
	}))
	fmt.Fprintf(p.out, p.say("A TLS server at %s sends two certificates, %d and %d bytes.\n",
		"位于 %s 的 TLS 服务器发送两张证书，%d 和 %d 字节。\n"), demoServer, len(cert.Certificate[0]), len(cert.Certificate[1]))
	fmt.Fprint(p.out, p.say("The device runs examples/hello-tls, firmware in C for the NonOS SDK.\n",
		"设备运行 examples/hello-tls，一个用 C 为 NonOS SDK 编写的固件。\n"))
	fmt.Fprint(p.out, p.say("\nFirst try: built with the default buffer, espconn_secure_set_size(1, 2048).\n\n",
		"\n第一次：使用默认的缓存，espconn_secure_set_size(1, 2048)。\n\n"))
	if err := p.try(ctx, "fails: size 2048", p.small); err != nil {
		return err
	}
	fmt.Fprint(p.out, p.say("\nSecond try: the same firmware with espconn_secure_set_size(1, 4096).\n\n",
		"\n第二次：同一固件，espconn_secure_set_size(1, 4096)。\n\n"))
	if err := p.try(ctx, "works: size 4096", p.large); err != nil {
		return err
	}
	fmt.Fprint(p.out, p.say(
		"\nNext: emu8266 probe HOST:PORT tells the same about your server, emu8266 build and emu8266 run take your firmware.\n",
		"\n接下来：emu8266 probe HOST:PORT 对您的服务器给出同样的结论，emu8266 build 和 emu8266 run 用于您的固件。\n"))
	return nil
}

// try plays one try and takes it into the report.
func (p *demoPlay) try(ctx context.Context, name string, play func(context.Context, io.Writer) error) error {
	var printed bytes.Buffer
	began := time.Now()
	err := play(ctx, io.MultiWriter(p.out, &printed))
	one := ci.Case{Class: "demo", Name: name, Took: time.Since(began), Output: printed.String()}
	if err != nil {
		title, _, _ := strings.Cut(err.Error(), "\n")
		if errors.Is(err, errReported) {
			title = "the SDK was misused (--checks fail)"
		}
		one.Failure = &ci.Failure{Kind: "failed", Title: title, Text: err.Error()}
	}
	p.add(one, 0)
	return err
}

// small is the try whose buffer is too small.
func (p *demoPlay) small(ctx context.Context, out io.Writer) error {
	failed, err := p.connect(ctx, p.con, out, p.n, 2048, helloTLS2048)
	if err != nil {
		return err
	}
	if failed.LeastSize == 0 {
		return errors.New("demo: the handshake was expected to fail for its buffer")
	}
	fmt.Fprintf(out, p.say("\nWhy: %s\n", "\n原因：%s\n"), failed.Advice())
	fmt.Fprintf(out, p.say("The least size that works is exactly %d.\n", "能成功的最小值正好是 %d。\n"), failed.LeastSize)
	return nil
}

// large is the try that works.
func (p *demoPlay) large(ctx context.Context, out io.Writer) error {
	const size = 4096
	worked, err := p.connect(ctx, p.con, out, p.n, size, helloTLS4096)
	if err != nil {
		return err
	}
	if worked.Code != "" {
		return fmt.Errorf("demo: the second handshake failed: %s", worked.Advice())
	}
	fmt.Fprintf(out, p.say("\nThe message came back over %s, %s.\n", "\n消息经 %s、%s 返回。\n"), worked.Version, worked.Cipher)
	fmt.Fprintf(out, p.say("Heap: at most %d bytes in use; espconn_secure_connect wants at least %d free.\n",
		"堆：最多使用 %d 字节；espconn_secure_connect 至少需要 %d 字节空闲。\n"), worked.heap.ChargedPeak, espconn.ManualV21().LeastHeap(size))
	return nil
}

// tell writes the result in the forms that were asked for.
func (p *demoPlay) tell() error { return p.caseReport.tell(p.con, p.caseFlags, "") }

// demoResult is what one connection came to.
type demoResult struct {
	explain.Explanation
	heap chip.HeapStats
}

// connect boots the firmware and waits until its connection has ended.
func (c demoCmd) connect(ctx context.Context, con *console, out io.Writer, n *network, size int, code []byte) (r demoResult, err error) {
	image, err := wasm.Load(code)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, image.Close()) }()
	found := &findingLog{out: con.err}
	d, err := n.device(emulator.Config{Name: fmt.Sprintf("device-%d", size), Checks: c.checksFlag.config()}, out, found.event)
	if err != nil {
		return r, err
	}
	defer func() {
		err = errors.Join(err, d.Close())
		if found.sum() > 0 && c.Checks == "fail" {
			err = errors.Join(err, errReported)
		}
	}()
	if err := d.Boot(image.Firmware()); err != nil {
		return r, err
	}
	bounded, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	if _, err := d.WaitEvent(bounded, func(e trace.Event) bool {
		return e.Source == trace.SourceUART && (e.Text == "disconnect callback" || strings.HasPrefix(e.Text, "reconnect callback"))
	}); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		return r, fmt.Errorf("demo: the connection did not end: %w", err)
	}
	r.Explanation = explain.Explain(d.Trace().Events(), c.language())
	r.heap = d.HeapStats()
	if crash := d.Crash(); crash != nil {
		return r, fmt.Errorf("demo: %v", crash)
	}
	return r, nil
}

// demoEcho sends back what comes until the listener is closed.
func demoEcho(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_, _ = io.Copy(conn, conn) // an aborted handshake is part of the demo
		}()
	}
}

// demoChain makes an RSA-2048 leaf and the CA that signed it, together as large as a real broker's chain: 2.3 KB as a
// Certificate message. The CA carries a long comment for that.
func demoChain() (tls.Certificate, error) {
	var chain tls.Certificate
	caKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return chain, err
	}
	leafKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return chain, err
	}
	comment, err := asn1.MarshalWithParams(strings.Repeat("x", demoPadding), "ia5")
	if err != nil {
		return chain, err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "emu8266 demo CA"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), IsCA: true, BasicConstraintsValid: true,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13}, Value: comment}},
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), DNSNames: []string{"broker.example"},
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return chain, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &leafKey.PublicKey, caKey)
	if err != nil {
		return chain, err
	}
	return tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: leafKey}, nil
}
