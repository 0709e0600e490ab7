package netstack

// SendNext returns the sequence number of the next byte that is sent for the first time.
func (t *TCB) SendNext() uint32 { return t.sndNxt }

// ReceiveNext returns the sequence number that is expected from the peer.
func (t *TCB) ReceiveNext() uint32 { return t.rcvNxt }
