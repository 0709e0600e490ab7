package session

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
)

// Entered reports the step that the handshake has reached.
func (b *Base) Entered() {
	if b.Cfg.Observe != nil {
		e := boundedtls.Event{Kind: boundedtls.EventState, Role: b.Cfg.Role, Name: b.Step.String(), Version: b.Version}
		if b.Suite != nil {
			e.Suite = b.Suite.ID
		}
		b.Cfg.Observe(e)
	}
}

// Stage reports the heap in use at a stage of tls.md 6.1.
func (b *Base) Stage(name string) {
	if b.Cfg.Observe != nil && b.Heap.Charges() {
		now, peak := b.Heap.Use()
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventHeap, Role: b.Cfg.Role, Name: name, Length: now, Limit: peak})
	}
}

// Record reports a record of length bytes on the wire and plain bytes of plaintext, which fills fill bytes of the buffer.
func (b *Base) Record(out bool, typ byte, version uint16, length, plain, fill int) {
	if b.Cfg.Observe != nil {
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventRecord, Role: b.Cfg.Role, Out: out, Type: typ, Version: version,
			Length: length, Plain: plain, Fill: fill, Limit: b.Size()})
	}
}

// Message reports a handshake message of a type and a length with its header, against the limit.
func (b *Base) Message(out bool, typ byte, length, limit int) {
	if b.Cfg.Observe != nil {
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventMessage, Role: b.Cfg.Role, Out: out, Name: handshake.MessageName(typ),
			Length: length, Limit: limit})
	}
}

// Alert reports an alert.
func (b *Base) Alert(out bool, level, desc byte) {
	if b.Cfg.Observe != nil {
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventAlert, Role: b.Cfg.Role, Out: out, Level: level, Alert: desc})
	}
}

// Weak reports that the engine goes on although what the peer sent gives no protection.
func (b *Base) Weak(what string) {
	if b.Cfg.Observe != nil {
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventWeak, Role: b.Cfg.Role, Name: what})
	}
}

// Verified reports the result of the chain check.
func (b *Base) Verified(flags uint32, code int) {
	b.VerifyFlags = flags
	if b.Cfg.Observe != nil {
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventVerify, Role: b.Cfg.Role, Flags: flags, Code: code})
	}
}

// HandshakeOver reports the end of the handshake with what was negotiated.
func (b *Base) HandshakeOver() {
	if b.Cfg.Observe != nil {
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventHandshake, Role: b.Cfg.Role, Version: b.Version, Suite: b.Suite.ID})
	}
	b.Stage("handshake over")
}
