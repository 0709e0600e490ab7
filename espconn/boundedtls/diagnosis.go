package boundedtls

// Diagnosis explains a failure to people.
type Diagnosis struct {
	What string // what was found, one sentence without a full stop
	Item string // what was refused: "Certificate message", "record", "application data", ...; may be empty

	// Bytes is the item's length and Limit the length that would have passed,
	// both in bytes; 0 when the failure is not one of length.
	Bytes, Limit int

	// LeastSize is the least S that would let the item pass: 1..MaxSize, or 0
	// when no size helps.
	LeastSize int

	Remedy string // what to change, one sentence without a full stop
}

// String returns "what; remedy".
func (d *Diagnosis) String() string {
	if d == nil {
		return ""
	}
	if d.Remedy == "" {
		return d.What
	}
	return d.What + "; " + d.Remedy
}
