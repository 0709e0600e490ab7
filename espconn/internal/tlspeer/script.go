package tlspeer

import "time"

// Script is what a peer does beside the normal handshake: Steps at the stage At,
// then End. The zero value does nothing and closes normally.
type Script struct {
	At    Stage
	Steps []Step
	End   End

	// Edit, when not nil, may change the records of each flight before they are
	// protected: the hello, the certificates to ServerHelloDone or
	// CertificateVerify, ChangeCipherSpec and Finished. What it returns is sent;
	// the handshake records of it are the transcript. Keys are switched behind the
	// first ChangeCipherSpec that is left.
	Edit func(flight []Step) []Step

	// Linger is how long the peer goes on reading before it closes because of an
	// error that it found in the handshake; not after having waited in vain.
	Linger time.Duration

	// Patience is how long it waits for each record that it expects. 0: 1.2 s, as the measured peers. A process on a
	// busy machine wants more.
	Patience time.Duration
}

// End tells what follows the steps of a script.
type End int

const (
	// Normal: go on with the handshake; after it the close sequence: 60 ms,
	// close_notify, reading for up to 300 ms, FIN.
	Normal End = iota
	// FIN: stop here and close the TCP connection without close_notify.
	FIN
	// RST: stop here and reset the TCP connection.
	RST
	// Open: stop here and leave the connection open until the device closes it or
	// the peer's Hold has passed.
	Open
)

// Op is the kind of a step.
type Op int

const (
	// Send protects Data as a record of Type and sends it.
	Send Op = iota
	// Raw sends Data as it is.
	Raw
	// Read reads and notes records for the time Wait, or until the device closes.
	Read
	// Expect reads until Count bytes of application data have come, the device
	// stops sending for 1.2 s, or an error.
	Expect
)

// Step is one action of a script.
type Step struct {
	// Wait is the pause before a Send, Raw or Expect, the duration of a Read.
	Wait time.Duration
	Op   Op
	// Type and Data are the record's content type and plaintext (Raw: the bytes).
	Type byte
	Data []byte
	// Count is the number of bytes to Expect.
	Count int
	// Padding lengthens the CBC padding by so many bytes (whole blocks).
	Padding int
	// HeaderVersion, when not 0, stands in the record header instead of the
	// connection's version; the MAC still covers the latter.
	HeaderVersion uint16
	// BadMAC flips a bit of the MAC, BadPadding one of the padding.
	BadMAC, BadPadding bool
	// Half sends only the first half of the record.
	Half bool
	// Bytewise sends each byte of the record in a TCP write of its own.
	Bytewise bool
	// Join sends the record in one TCP write with the next Send.
	Join bool
	// Swap sends the record behind the next one, though it was protected before.
	Swap bool
}

const (
	typeCCS       = 20
	typeAlert     = 21
	typeHandshake = 22
	typeData      = 23
)

// AlertStep sends an alert of the given level and description.
func AlertStep(level, description byte) Step {
	return Step{Type: typeAlert, Data: []byte{level, description}}
}

// DataStep sends application data in one record.
func DataStep(data []byte) Step { return Step{Type: typeData, Data: data} }

// RawStep sends bytes as they are.
func RawStep(data []byte) Step { return Step{Op: Raw, Data: data} }

// After sets the pause before a step.
func (s Step) After(wait time.Duration) Step {
	s.Wait = wait
	return s
}

// run carries out steps; the first protocol error ends them.
func (p *peer) run(steps []Step) error {
	var joined, swapped []byte
	for _, s := range steps {
		if s.Op == Read {
			if err := p.readFor(s.Wait); err != nil {
				return err
			}
			continue
		}
		time.Sleep(s.Wait)
		switch s.Op {
		case Expect:
			if err := p.expectData(s.Count); err != nil {
				return err
			}
		case Raw:
			p.wire.write(s.Data)
		case Send:
			rec, err := p.seal(s)
			if err != nil {
				return err
			}
			if s.Half {
				rec = rec[:len(rec)/2]
			}
			if s.Bytewise {
				for i := range rec {
					p.wire.write(rec[i : i+1])
				}
				continue
			}
			if s.Swap {
				swapped = rec
				continue
			}
			joined = append(append(joined, rec...), swapped...)
			swapped = nil
			if !s.Join {
				p.wire.write(joined)
				joined = nil
			}
		}
	}
	p.wire.write(append(joined, swapped...))
	return nil
}
