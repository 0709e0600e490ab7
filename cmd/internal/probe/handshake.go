package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// CASector is the flash sector where the devices look for their CA: the manual's example (manual V2.1 5.8).
const CASector = 0x7B

// OwnSector returns the flash sector where the devices look for their own certificate and key, an image of size bytes: the
// manual's example 0x7A (manual V2.1 5.10), or as many sectors earlier as a longer image needs to end before CASector, with the
// erased entry behind it that ends its list (tls.md 4.4).
func OwnSector(size int) uint32 {
	return CASector - uint32((size+image.CertHeaderLen+flash.SectorSize-1)/flash.SectorSize)
}

// sendPiece is the most that one espconn_secure_send takes (manual V2.1 5.6).
const sendPiece = 1024

// lingerMs is how long the device waits for an answer to --send, in milliseconds.
const lingerMs = 500

// handshake boots one device with heap bytes free and lets it connect once. place is the number of a device that is not there at
// the same time as another one with it.
func (p *Probe) handshake(ctx context.Context, profile espconn.Profile, t try, place int) (Result, error) {
	r := Result{Profile: profile.Name, Size: t.size, Heap: t.heap, Stage: "set_size"}
	chip, err := Flash(p.CA, p.Own)
	if err != nil {
		return r, err
	}
	d, err := p.device(emulator.Config{
		Name:     fmt.Sprintf("%s-%d-%d", profile.Name, t.size, t.heap),
		Profile:  profile,
		Flash:    chip,
		HeapFree: t.heap,
		Clock:    uint32(time.Now().Unix()), // profiles with axTLS want the time first
	}, place)
	if err != nil {
		return r, err
	}
	defer d.Close()
	c := &client{probe: p, profile: profile, result: &r, size: t.size, answer: t.answer, ended: make(chan struct{})}
	if err := d.Boot(emulator.Go(c.init)); err != nil {
		return r, err
	}
	timeout := time.NewTimer(p.timeout())
	defer timeout.Stop()
	timedOut := false
	select {
	case <-c.ended:
	case <-timeout.C:
		timedOut = true
	case <-ctx.Done():
		return r, errors.New("probe: interrupted")
	}
	if err := d.Do(func() { c.over = true }); err != nil { // from here on the result is ours
		return r, err
	}
	x := explain.Explain(d.Trace().Events(), p.Language)
	r.finish(p, c, x, timedOut)
	r.RecordMax = max(r.RecordMax, refusedRecord(d.Trace().Events()))
	r.heapLeast = x.HeapLeast
	stats := d.HeapStats()
	r.HeapPeak = stats.ChargedPeak
	r.starved = stats.Failures > 0 || x.CauseID == cause.ID(espconn.CauseHeapGate)
	if c := d.Crash(); c != nil {
		r.OK, r.Reason, r.Explain = false, c.Why, x.Advice()
	}
	return r, d.Close()
}

// Flash makes a chip with certificate images where the devices look for them: ca at [CASector], own at [OwnSector] of its length.
// nil images are left out.
func Flash(ca, own []byte) (*flash.Chip, error) {
	chip, err := flash.New(emulator.FlashDefault)
	if err != nil {
		return nil, err
	}
	for _, i := range []struct {
		sector uint32
		image  []byte
	}{{OwnSector(len(own)), own}, {CASector, ca}} {
		if i.image != nil && flash.SpiWrite(chip, i.sector*flash.SectorSize, i.image).Err != nil {
			return nil, fmt.Errorf("probe: a certificate image of %d bytes does not fit at sector %#x", len(i.image), i.sector)
		}
	}
	return chip, nil
}

// client is the firmware of a probed device: the shortest secure client there is.
type client struct {
	probe    *Probe
	profile  espconn.Profile
	received int
	sdk      *emulator.SDK
	conn     espconn.Espconn
	size     int
	answer   bool
	result   *Result
	rest     []byte
	linger   emulator.OsTimer
	over     bool // nothing here and in the result is written any more
	ended    chan struct{}
}

func (c *client) init(sdk *emulator.SDK) {
	c.sdk = sdk
	sdk.SystemOsTask(c.disconnect, 0, make([]chip.OsEvent, 1))
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP && !c.over {
			c.connect()
		}
	})
}

func (c *client) connect() {
	p, r := c.probe, c.result
	if !c.sdk.SecureSetSize(1, uint16(c.size)) {
		r.Reason = fmt.Sprintf(p.say().returnedFalse, c.size)
		r.Explain = fmt.Sprintf(p.say().takes, r.Profile, LeastAccepted(c.profile))
		c.end()
		return
	}
	r.effective = int(c.sdk.SecureGetSize(1))
	if p.CA != nil {
		c.sdk.SecureCaEnable(1, CASector)
	}
	if p.Own != nil {
		c.sdk.SecureCertReqEnable(1, OwnSector(len(p.Own)))
	}
	c.conn = espconn.Espconn{
		Type: espconn.TypeTCP,
		Proto: espconn.Proto{TCP: &espconn.TCP{
			LocalPort: int(c.sdk.Port()), RemoteIP: p.Server.Addr().As4(), RemotePort: int(p.Server.Port()),
		}},
	}
	c.sdk.RegistConnectcb(&c.conn, c.connected)
	c.sdk.RegistReconcb(&c.conn, c.reconnected)
	c.sdk.RegistDisconcb(&c.conn, c.disconnected)
	c.sdk.RegistRecvcb(&c.conn, func(_ *espconn.Espconn, data []byte) {
		if !c.over {
			c.received += len(data)
		}
	})
	c.sdk.RegistSentcb(&c.conn, func(*espconn.Espconn) { c.sent() })
	c.sdk.Board().ResetHeapPeak()
	r.HeapAtConnect = c.sdk.SystemGetFreeHeapSize()
	r.Stage = "tcp"
	if ret := c.sdk.SecureConnect(&c.conn); ret != espconn.OK {
		r.Stage = "call"
		r.Reason = fmt.Sprintf(p.say().returned, "espconn_secure_connect", ret, ret)
		c.end()
	}
}

func (c *client) connected(*espconn.Espconn) {
	if c.over {
		return
	}
	c.callback("connect")
	c.result.Stage = "data"
	if c.rest = []byte(c.probe.Send); len(c.rest) == 0 {
		c.done()
		return
	}
	c.sendNext()
}

func (c *client) sendNext() {
	n := min(len(c.rest), sendPiece)
	piece := c.rest[:n]
	c.rest = c.rest[n:]
	if ret := c.sdk.SecureSend(&c.conn, piece); ret != espconn.OK {
		c.result.Reason = fmt.Sprintf(c.probe.say().returned, "espconn_secure_send", ret, ret)
		c.end()
	}
}

func (c *client) sent() {
	if c.over {
		return
	}
	if len(c.rest) > 0 {
		c.sendNext()
		return
	}
	c.done()
}

// done is called when all has worked. An answer may still be under way: if it matters the device lingers. Then it
// disconnects from a task, as the manual wants it (manual V2.1 5.7).
func (c *client) done() {
	c.result.Stage, c.result.OK = "done", true
	if c.probe.Send == "" || !c.answer {
		c.sdk.SystemOsPost(0, 0, 0)
		return
	}
	c.sdk.OsTimerSetfn(&c.linger, func() { c.sdk.SystemOsPost(0, 0, 0) })
	c.sdk.OsTimerArm(&c.linger, lingerMs, false)
}

func (c *client) disconnect(chip.OsEvent) {
	if c.sdk.SecureDisconnect(&c.conn) != espconn.OK { // the server was quicker
		c.end()
	}
}

func (c *client) reconnected(_ *espconn.Espconn, err espconn.Err) {
	if c.over {
		return
	}
	if c.result.OK {
		c.end()
		return
	}
	c.callback("reconnect")
	v := int(err)
	c.result.Err = &v
	c.end()
}

func (c *client) disconnected(*espconn.Espconn) {
	if c.over {
		return
	}
	if c.result.OK {
		c.end()
		return
	}
	c.callback("disconnect")
	c.end()
}

func (c *client) callback(name string) { c.result.Callback = &name }

func (c *client) end() {
	if !c.over {
		c.over = true
		close(c.ended)
	}
}

// finish fills in the result from what the firmware saw and what the trace tells.
func (r *Result) finish(p *Probe, c *client, x explain.Explanation, timedOut bool) {
	if x.Version != "" {
		r.Version, r.Cipher = &x.Version, &x.Cipher
	}
	r.RecordMax, r.cause, r.causeID, r.change = x.RecordMax, x.Cause, x.CauseID, x.Change
	if r.Stage == "tcp" && x.Stage != "" {
		r.Stage = "handshake"
	}
	switch {
	case r.OK:
		r.Reason = p.say().connected
		if p.Send != "" {
			r.Reason = fmt.Sprintf(p.say().connectedSent, len(p.Send), c.received)
		}
	case r.Reason != "": // a call refused
		if r.Explain == "" {
			r.Explain = x.Advice()
		}
	case x.Code != "":
		r.Code = &x.Code
		r.Reason = x.Code + ": " + x.Cause
		r.least = x.LeastSize
		r.Explain = x.Advice()
	case r.Err != nil:
		err := espconn.Err(*r.Err)
		r.Reason = fmt.Sprintf("%v (%d)", err, err)
		r.Explain = x.Advice()
	case timedOut:
		r.Reason = fmt.Sprintf(p.say().noResult, cause.Span(p.timeout(), p.Language))
		r.Explain = x.Advice()
	default:
		r.Reason = p.say().closedByPeer
	}
}

// refusedRecord is the length in bytes of the last record that was refused for its length, 0 if none was.
func refusedRecord(events []trace.Event) int {
	n := 0
	for _, e := range events {
		if e.Kind != trace.KindCause || e.Source != trace.SourceTLS {
			continue
		}
		switch cause.ID(e.Name) {
		case cause.ID(boundedtls.CauseTooLong), cause.ID(boundedtls.CauseCertificateTooLong), cause.ID(boundedtls.CauseRecordOfSeveral),
			cause.ID(boundedtls.CauseDataTooLong), cause.ID(boundedtls.CauseAxTLSTooLong), cause.ID(boundedtls.CauseAxTLSDataTooLong):
			n = int(e.Value)
		case cause.ID(boundedtls.CauseSplit): // the record holds the message's beginning
			n = int(e.Limit)
		}
	}
	return n
}
