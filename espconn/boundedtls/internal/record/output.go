package record

// Kind says what a library does when TCP refuses a record.
type Kind uint8

// The kinds of records.
const (
	Plain       Kind = iota // the connection fails
	StrictAlert             // an alert; the refusal replaces the failure
	LooseAlert              // an alert; the refusal is not looked at
)

// Output holds the records that wait for TCP. A record is built at the end of Buf between Begin and End. It belongs to one
// connection; the zero value is empty.
type Output struct {
	Buf     []byte
	ends    []int // of the finished records in Buf
	taken   int   // how many of them Next handed out
	last    Kind  // of the newest
	refused []byte
}

// Begin returns the place in Buf where the next record starts. Memory of records that were handed out is used again.
func (o *Output) Begin() (start int) {
	if o.taken == len(o.ends) {
		o.Buf, o.ends, o.taken = o.Buf[:0], o.ends[:0], 0
	}
	return len(o.Buf)
}

// End finishes the record that was appended to Buf.
func (o *Output) End(k Kind) {
	o.ends = append(o.ends, len(o.Buf))
	o.last = k
}

// Mark changes the kind of the newest record.
func (o *Output) Mark(k Kind) { o.last = k }

// Pending reports whether a record waits.
func (o *Output) Pending() bool { return o.taken < len(o.ends) }

// Next hands out the next record, nil if there is none. The slice is good until the next Begin.
func (o *Output) Next() []byte {
	if !o.Pending() {
		return nil
	}
	o.taken++
	return o.record(o.taken - 1)
}

// Newest returns the record that was finished last, whether it was handed out or not.
func (o *Output) Newest() []byte { return o.record(len(o.ends) - 1) }

func (o *Output) record(i int) []byte {
	start := 0
	if i > 0 {
		start = o.ends[i-1]
	}
	return o.Buf[start:o.ends[i]]
}

// Refuse takes note that TCP did not take the record that was handed out last, and drops the ones behind it. It reports
// whether the library looks at the refusal.
func (o *Output) Refuse() bool {
	if o.taken == 0 {
		return false
	}
	o.refused = append(o.refused[:0], o.record(o.taken-1)...)
	o.ends = o.ends[:o.taken]
	return o.last != LooseAlert
}

// Again offers a refused record once more, as a library does that flushes what is left before anything else. It reports
// whether there was one.
func (o *Output) Again() bool {
	if o.refused == nil {
		return false
	}
	o.Begin()
	o.Buf = append(o.Buf, o.refused...)
	o.End(LooseAlert)
	o.refused = nil
	return true
}

// Clear forgets everything.
func (o *Output) Clear() { *o = Output{} }
