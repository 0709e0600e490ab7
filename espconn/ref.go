package espconn

// CallbackKind names a callback of struct espconn.
type CallbackKind uint8

// The callbacks (espconn.md 3).
const (
	Connect CallbackKind = iota
	Reconnect
	Disconnect
	Recv
	Sent
	WriteFinish
)

var callbackNames = [...]string{"connect", "reconnect", "disconnect", "recv", "sent", "write_finish", "dns_found"}

// String returns the SDK's word, for example "reconnect".
func (k CallbackKind) String() string {
	if int(k) < len(callbackNames) {
		return callbackNames[k]
	}
	return "?"
}

// CallbackSet is a set of callbacks, bit 1<<kind for each.
type CallbackSet uint8

// Has reports whether k is in the set.
func (s CallbackSet) Has(k CallbackKind) bool { return s&(1<<k) != 0 }

// Fields are the fields of a struct espconn that the API reads and writes.
type Fields struct {
	Type       Type
	State      State
	HasProto   bool // the proto pointer is not NULL
	RemotePort int
	LocalPort  int
	LocalIP    [4]byte
	RemoteIP   [4]byte
	LinkCnt    uint8
	Registered CallbackSet // callbacks that are not NULL
}

// Ref is one struct espconn, wherever it lives: *Espconn in Go firmware, or something over guest memory. All methods
// are called on the device goroutine.
type Ref interface {
	// ID names the struct: its address, never 0 and the same in every Ref to it.
	ID() uintptr
	// Load reads the fields now.
	Load() Fields
	// Store writes all fields but HasProto and Registered.
	Store(Fields)
	// Has reports whether a callback is registered now. The type does not matter, which the firmware may have changed since: the SDK
	// does not look at it where it makes a callback (seen with 3.0.6 linked).
	Has(k CallbackKind) bool
	// Call makes the callback that is registered now and reports whether there was one. data is for Recv, lent for the
	// call and with a NUL behind it within its capacity; status is for Reconnect.
	Call(k CallbackKind, data []byte, status Err) bool
	// CallAvailable makes the recv callback of MANUALRECV: no data, only how many bytes, 0..65535, wait for espconn_recv.
	CallAvailable(n int)
	// CopyPartial copies from another struct what the SDK copies (espconn.md 4.4). Both are of one kind.
	CopyPartial(from Ref)
}

// isNull reports whether c is the NULL pointer of C: nil, or a nil *Espconn.
func isNull(c Ref) bool {
	if c == nil {
		return true
	}
	e, ok := c.(*Espconn)
	return ok && e == nil
}
