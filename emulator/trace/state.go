package trace

// State is the state of a TCP connection or of a struct espconn. Its text form is the word in String.
type State uint8

// The states: those of TCP under lwIP's names, then those of struct espconn under the SDK's.
const (
	_ State = iota
	TCPClosed
	TCPListen
	TCPSynSent
	TCPSynRcvd
	TCPEstablished
	TCPFinWait1
	TCPFinWait2
	TCPCloseWait
	TCPClosing
	TCPLastAck
	TCPTimeWait
	EspconnNone
	EspconnWait
	EspconnListen
	EspconnConnect
	EspconnWrite
	EspconnRead
	EspconnClose
)

var states = [...]string{"",
	"CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT",
	"ESPCONN_NONE", "ESPCONN_WAIT", "ESPCONN_LISTEN", "ESPCONN_CONNECT", "ESPCONN_WRITE", "ESPCONN_READ", "ESPCONN_CLOSE",
}

// States returns all states.
func States() []State { return all[State](len(states)) }

// String returns the state's word, "SYN_SENT" or "ESPCONN_LISTEN"; "" for 0 and "?" for a value that has none.
func (s State) String() string { return word(states[:], int(s)) }

// MarshalText returns the state's word.
func (s State) MarshalText() ([]byte, error) { return marshal("state", states[:], int(s)) }

// UnmarshalText takes a word of String.
func (s *State) UnmarshalText(text []byte) error {
	i, err := unmarshal("state", states[:], text)
	*s = State(i)
	return err
}
