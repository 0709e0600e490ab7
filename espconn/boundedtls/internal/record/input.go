package record

// Input holds the bytes that were fed. It belongs to one connection; the zero value is empty.
type Input struct {
	Bytes []byte // all that is kept, in order of arrival
	Pos   int    // in Bytes: where the next record's header starts

	// The current record's plaintext is Bytes[Off : Off+Len]. While Open is set, Feed keeps these bytes; they may move, so
	// a slice of them is good until the next Feed.
	Off, Len int
	Open     bool
}

// Feed appends a copy of wire. What was consumed before is dropped when room is needed.
func (in *Input) Feed(wire []byte) {
	keep := in.Pos
	if in.Open && in.Off < keep {
		keep = in.Off
	}
	if keep > 0 && (keep == len(in.Bytes) || len(in.Bytes)+len(wire) > cap(in.Bytes)) {
		n := copy(in.Bytes, in.Bytes[keep:])
		in.Bytes = in.Bytes[:n]
		in.Pos -= keep
		in.Off -= keep
	}
	in.Bytes = append(in.Bytes, wire...)
}

// Waiting returns the bytes fed and not yet consumed.
func (in *Input) Waiting() int { return len(in.Bytes) - in.Pos }

// Plain returns the current record's plaintext.
func (in *Input) Plain() []byte { return in.Bytes[in.Off : in.Off+in.Len] }
