package radio

// transmitBuffers is the number of frames that wait in the radio, those of both interfaces together (espconn.md 5.8).
const transmitBuffers = 8

// queue is the radio's transmit buffers. The SDK's Wi-Fi task sends what is in them, and that runs when the firmware's callback,
// or what else the SDK was doing, has returned: within one, no buffer becomes free. Deviation: the frames themselves leave at once,
// and every buffer is free when the callback returns, however long the frames are on the air.
type queue struct {
	used   int
	refuse *int // Air.RefuseFrames
}

// room takes a buffer; false if there is none.
func (q *queue) room() bool {
	if *q.refuse > 0 {
		*q.refuse--
		return false
	}
	if q.used >= transmitBuffers {
		return false
	}
	q.used++
	return true
}

// Idle empties the transmit buffers.
func (w *Radio) Idle() { w.queue.used = 0 }
