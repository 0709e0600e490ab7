package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
)

// Flash sectors of the probed device's certificates: the manual's examples (manual V2.1 5.8, 5.10).
const (
	caSector  = 0x7B
	ownSector = 0x7A
)

// sendPiece is the most that one espconn_secure_send takes (manual V2.1 5.6).
const sendPiece = 1024

// lingerMs is how long the device waits for an answer to --send, in milliseconds.
const lingerMs = 500

// handshake boots one device and lets it connect once.
func (t *prober) handshake(ctx context.Context, p espconn.Profile, size int) (probeResult, error) {
	r := probeResult{Profile: p.Name, Size: size, Stage: "set_size"}
	chip, err := certFlash(map[uint32][]byte{caSector: t.ca, ownSector: t.ownImage})
	if err != nil {
		return r, err
	}
	cfg := emulator.Config{
		Name:     fmt.Sprintf("%s-%d", p.Name, size),
		Profile:  p,
		Flash:    chip,
		HeapFree: t.heap,
		Clock:    uint32(time.Now().Unix()), // profiles with engine X want the time first
	}
	if t.chain != nil {
		cfg.KeyLog = t.chain.KeyLog()
	}
	d, err := t.lab.device(cfg, t.log)
	if err != nil {
		return r, err
	}
	client := &probeClient{prober: t, profile: p, result: &r, size: size, ended: make(chan struct{})}
	if err := d.Boot(emulator.Go(client.init)); err != nil {
		return r, err
	}
	timeout := time.NewTimer(t.timeout)
	defer timeout.Stop()
	timedOut := false
	select {
	case <-client.ended:
	case <-timeout.C:
		timedOut = true
	case <-ctx.Done():
		return r, fmt.Errorf("probe: interrupted")
	}
	if err := d.Do(func() { client.over = true }); err != nil { // from here on the result is ours
		return r, err
	}
	r.finish(t, client, readSession(d.Trace().Events()), d.Explain(), timedOut)
	r.HeapPeak = d.HeapStats().ChargedPeak
	if c := d.Crash(); c != nil {
		r.OK, r.Reason = false, c.Why
		r.Explain = fmt.Sprintf("The device crashes: Fatal exception (%d), %s.", c.Cause, c.Why)
	}
	return r, d.Close()
}

// certFlash makes a chip with certificate images burned at sectors; nil images are left out.
func certFlash(images map[uint32][]byte) (*flash.Chip, error) {
	chip, err := flash.New(emulator.FlashDefault)
	if err != nil {
		return nil, err
	}
	for sector, image := range images {
		if image == nil {
			continue
		}
		padded := append([]byte(nil), image...)
		for len(padded)%4 != 0 {
			padded = append(padded, 0xFF)
		}
		if err := chip.Write(sector*flash.SectorSize, padded); err != nil {
			return nil, err
		}
	}
	return chip, nil
}

// probeClient is the firmware of a probed device: the shortest secure client there is.
type probeClient struct {
	prober   *prober
	profile  espconn.Profile
	received int
	sdk      *emulator.SDK
	conn     espconn.Espconn
	size     int
	result   *probeResult
	rest     []byte
	linger   emulator.OsTimer
	over     bool
	ended    chan struct{}
}

func (c *probeClient) init(sdk *emulator.SDK) {
	c.sdk = sdk
	sdk.SystemOsTask(c.disconnect, 0, make([]chip.OsEvent, 1))
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP {
			c.connect()
		}
	})
}

func (c *probeClient) connect() {
	t, r := c.prober, c.result
	if !c.sdk.SecureSetSize(1, uint16(c.size)) {
		r.Reason = fmt.Sprintf("espconn_secure_set_size(1, %d) returned false", c.size)
		r.Explain = fmt.Sprintf("%s takes sizes from %d to 8192.", r.Profile, minSize(c.profile))
		c.end()
		return
	}
	r.effective = int(c.sdk.SecureGetSize(1))
	if t.ca != nil {
		c.sdk.SecureCaEnable(1, caSector)
	}
	if t.ownImage != nil {
		c.sdk.SecureCertReqEnable(1, ownSector)
	}
	c.conn = espconn.Espconn{
		Type: espconn.TypeTCP,
		Proto: espconn.Proto{TCP: &espconn.TCP{
			LocalPort: int(c.sdk.Port()), RemoteIP: t.virtual.Addr().As4(), RemotePort: int(t.virtual.Port()),
		}},
	}
	c.sdk.RegistConnectcb(&c.conn, c.connected)
	c.sdk.RegistReconcb(&c.conn, c.reconnected)
	c.sdk.RegistDisconcb(&c.conn, c.disconnected)
	c.sdk.RegistRecvcb(&c.conn, func(_ *espconn.Espconn, data []byte) { c.received += len(data) })
	c.sdk.RegistSentcb(&c.conn, func(*espconn.Espconn) { c.sent() })
	c.sdk.Board().Heap.ResetPeak()
	r.Stage = "tcp"
	if ret := c.sdk.SecureConnect(&c.conn); ret != espconn.OK {
		r.Stage = "call"
		r.Reason = fmt.Sprintf("espconn_secure_connect returned %d, %v", ret, ret)
		r.Explain = ret.Err().Error()
		c.end()
	}
}

func (c *probeClient) connected(*espconn.Espconn) {
	c.callback("connect")
	c.result.Stage = "data"
	if c.rest = []byte(c.prober.send); len(c.rest) == 0 {
		c.done()
		return
	}
	c.sendNext()
}

func (c *probeClient) sendNext() {
	n := min(len(c.rest), sendPiece)
	piece := c.rest[:n]
	c.rest = c.rest[n:]
	if ret := c.sdk.SecureSend(&c.conn, piece); ret != espconn.OK {
		c.result.Reason = fmt.Sprintf("espconn_secure_send returned %d, %v", ret, ret)
		c.end()
	}
}

func (c *probeClient) sent() {
	if len(c.rest) > 0 {
		c.sendNext()
		return
	}
	c.done()
}

// done is called when all has worked. An answer may still be under way: with --send the device lingers. Then it
// disconnects from a task, as the manual wants it (manual V2.1 5.7).
func (c *probeClient) done() {
	c.result.Stage, c.result.OK = "done", true
	if c.prober.send == "" {
		c.sdk.SystemOsPost(0, 0, 0)
		return
	}
	c.sdk.OsTimerSetfn(&c.linger, func() { c.sdk.SystemOsPost(0, 0, 0) })
	c.sdk.OsTimerArm(&c.linger, lingerMs, false)
}

func (c *probeClient) disconnect(chip.OsEvent) {
	if c.sdk.SecureDisconnect(&c.conn) != espconn.OK { // the server was quicker
		c.end()
	}
}

func (c *probeClient) reconnected(_ *espconn.Espconn, err espconn.Err) {
	if c.over || c.result.OK {
		c.end()
		return
	}
	c.callback("reconnect")
	v := int(err)
	c.result.Err = &v
	c.end()
}

func (c *probeClient) disconnected(*espconn.Espconn) {
	if c.over || c.result.OK {
		c.end()
		return
	}
	c.callback("disconnect")
	c.end()
}

func (c *probeClient) callback(name string) { c.result.Callback = &name }

func (c *probeClient) end() {
	if !c.over {
		c.over = true
		close(c.ended)
	}
}

// minSize is the least size in bytes that espconn_secure_set_size takes under a profile.
func minSize(p espconn.Profile) int {
	if p.SizeRaise != 0 {
		return 1
	}
	return max(1, int(p.SizeMin))
}

// finish fills in the result from what the firmware saw and what the trace tells.
func (r *probeResult) finish(t *prober, c *probeClient, s session, x explain.Explanation, timedOut bool) {
	if s.version != "" {
		r.Version, r.Cipher = &s.version, &s.suite
	}
	r.RecordMax = s.recordMax
	if r.Stage == "tcp" && s.handshake {
		r.Stage = "handshake"
	}
	switch {
	case r.OK:
		r.Reason = "connected"
		if t.send != "" {
			r.Reason = fmt.Sprintf("connected, %d bytes sent, %d received", len(t.send), c.received)
		}
	case r.Reason != "": // a call refused
	case s.failure != nil:
		r.Code = &s.failure.code
		r.Reason = "boundedtls: " + s.failure.code + ": " + s.failure.cause.Sentence
		r.least = s.failure.least
		r.Explain = s.failure.explain()
	case r.Err != nil:
		err := espconn.Err(*r.Err)
		r.Reason = fmt.Sprintf("%v (%d)", err, err)
		r.Explain = strings.Join(append([]string{x.Cause}, x.Change...), "; ")
	case timedOut:
		r.Reason = fmt.Sprintf("no result within %v", t.timeout)
		r.Explain = "The peer neither answered nor closed, and the device itself never gives up a handshake (docs/facts/tls.md 5.8): check that the port speaks TLS, or raise --timeout."
	default:
		r.Reason = "the server closed the connection"
	}
}
