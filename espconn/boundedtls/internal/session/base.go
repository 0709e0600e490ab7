package session

import (
	"io"
	"math/rand/v2"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
)

// Base is a connection without its library. All calls are made on the device's goroutine.
type Base struct {
	Cfg  boundedtls.Config // with its defaults
	Heap ledger.Ledger
	In   record.Input
	Out  record.Output
	Msg  []byte // scratch for outbound messages

	Step    Step
	Over    bool // Handshake returned Done
	Up      bool // FinishHandshake succeeded: data phase
	Closed  bool
	Failure *boundedtls.Error

	Version     uint16 // negotiated; before that, what outbound records carry
	Suite       *Suite // nil before it is chosen
	VerifyFlags uint32
	MaxRecord   int // greatest body of a record received, in bytes
	Allocated   int // S when the buffers were allocated

	foreign *boundedtls.Cause // the own key is in use and is not that of the own certificate
}

// New returns the base of a connection. Nothing is charged to the heap.
func New(cfg boundedtls.Config) Base {
	if cfg.Size == nil {
		cfg.Size = func() int { return boundedtls.DefaultSize }
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.NewChaCha8([32]byte{})
	}
	return Base{Cfg: cfg, Heap: ledger.New(cfg.Heap)}
}

// Codes of failures that do not depend on the library.
const (
	CodeBadInput = -0x7100
	CodeEntropy  = -0x0034
)

// Size returns S in bytes as it is now.
func (b *Base) Size() int { return b.Cfg.Size() }

// Feed takes bytes of the TCP stream.
func (b *Base) Feed(wire []byte) {
	if b.Failure == nil && !b.Closed {
		b.In.Feed(wire)
	}
}

// Output returns the next record to write, or nil.
func (b *Base) Output() []byte { return b.Out.Next() }

// Err returns why the connection failed, nil if it did not.
func (b *Base) Err() *boundedtls.Error { return b.Failure }

// State returns how far the connection has come.
func (b *Base) State() boundedtls.State {
	s := boundedtls.State{Step: b.Step.String(), Established: b.Up, Buffered: b.In.Waiting(), Version: b.Version,
		VerifyFlags: b.VerifyFlags, MaxRecord: b.MaxRecord, Size: b.Size()}
	if b.In.Open {
		s.Rest = b.In.Len
	}
	if b.Suite != nil {
		s.Suite = b.Suite.ID
	}
	s.HeapNow, s.HeapPeak = b.Heap.Use()
	return s
}

// Flow is the outcome of a step.
type Flow uint8

// The outcomes of a step.
const (
	OK   Flow = iota // done, or a record was made
	Wait             // input is missing
	Fail             // Failure says why
)

// Run makes steps until one needs input, has made a record, ends the handshake or fails. A fatal alert is handed out before
// Failed is reported.
func (b *Base) Run(step func() Flow) boundedtls.Status {
	if b.Out.Pending() {
		return boundedtls.HasOutput
	}
	for {
		if b.Failure != nil {
			return boundedtls.Failed
		}
		if b.Over {
			return boundedtls.Done
		}
		if b.Step == Idle {
			b.Fail(CodeBadInput, &boundedtls.Cause{ID: boundedtls.CauseOrder, Object: "Handshake before Setup"})
			return boundedtls.Failed
		}
		f := step()
		if b.Out.Pending() {
			return boundedtls.HasOutput
		}
		if f == Wait {
			return boundedtls.NeedInput
		}
	}
}

// Close frees every block that the connection still holds.
func (b *Base) Close() {
	b.Closed = true
	b.Heap.FreeAll()
	b.In, b.Msg = record.Input{}, nil
	b.Out.Clear()
	if b.Failure == nil {
		b.Failure = &boundedtls.Error{Code: CodeBadInput, Cause: &boundedtls.Cause{ID: boundedtls.CauseOrder, Role: b.Cfg.Role,
			Object: "use after Close"}}
	}
}

// Fail records the first failure and why; c may be nil and is completed.
func (b *Base) Fail(code int, c *boundedtls.Cause) Flow {
	if b.Failure != nil {
		return Fail
	}
	if c == nil || c.ID == "" {
		c = &boundedtls.Cause{ID: boundedtls.CauseOther, Object: (&boundedtls.Error{Code: code}).Reason()}
	}
	if b.foreign != nil && !b.Over {
		if how := b.showsForeignKey(c); how != "" {
			b.foreign.Object = how
			c = b.foreign
		}
	}
	c.Role = b.Cfg.Role
	if c.Least > boundedtls.MaxSize {
		c.Least = 0
	}
	b.Failure = &boundedtls.Error{Code: code, Cause: c}
	if b.Cfg.Observe != nil {
		b.Cfg.Observe(boundedtls.Event{Kind: boundedtls.EventFailure, Role: b.Cfg.Role, Code: code, Cause: c})
	}
	return Fail
}

// Crash records that the SDK would write outside its buffers here.
func (b *Base) Crash(what string) Flow {
	if b.Failure == nil {
		b.Fail(0, &boundedtls.Cause{ID: boundedtls.CauseOverrun, Object: what})
		b.Failure.Crash = true
	}
	return Fail
}

// Spend reports a computation.
func (b *Base) Spend(op boundedtls.Op, bits int) {
	if b.Cfg.Spend != nil {
		b.Cfg.Spend(op, bits)
	}
}

// Random fills p, or fails the connection.
func (b *Base) Random(p []byte) bool {
	if _, err := io.ReadFull(b.Cfg.Rand, p); err != nil {
		b.Fail(CodeEntropy, &boundedtls.Cause{ID: boundedtls.CauseRandom, Object: err.Error()})
		return false
	}
	return true
}
