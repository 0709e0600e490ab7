package elf

// receive hands a frame from the network to lwIP, as libnet80211 does (lx106.md 11): in a buffer of the radio's, which lwIP gives
// back. Without a free one the frame is lost.
func (v *vendorStack) receive(frame []byte) {
	if v.get(ifBase) == 0 || len(frame) > bufferSize-bufferFrame {
		return
	}
	for n := range v.held {
		if v.held[n] {
			continue
		}
		v.held[n] = true
		at := bufferBase + uint32(n)*bufferSize
		v.set(at+bufferLink, at+bufferDesc)
		v.set(at+bufferDesc+4, at+bufferFrame)
		v.set16(at+bufferBytes, uint16(len(frame)))
		v.write(at+bufferFrame, frame)
		v.g.run(v.deliver, ifBase, at)
		return
	}
}

// recycle is ppRecycleRxPkt: lwIP gives a receive buffer back.
func (v *vendorStack) recycle(at uint32) {
	if n := (at - bufferBase) / bufferSize; n < bufferCount {
		v.held[n] = false
	}
}

// free buffers of the radio, RxNodeNum.
func (v *vendorStack) freeBuffers() uint32 {
	n := bufferCount - v.nic.Waiting()
	for _, held := range v.held {
		if held {
			n--
		}
	}
	return uint32(max(n, 0))
}

// Offsets in struct pbuf.
const (
	pbufPayload = 4
	pbufTotal   = 8
	pbufLen     = 10
)

// output is ieee80211_output_pbuf(netif, pbuf): 0, or 1 if there is no transmit buffer (espconn.md 5.8).
func (v *vendorStack) output(p uint32) uint32 {
	total := int(order.Uint16(v.bytes(p+pbufTotal, 2)))
	frame := make([]byte, 0, total)
	for ; p != 0 && len(frame) < total; p = v.get(p) {
		frame = append(frame, v.bytes(v.get(p+pbufPayload), uint32(order.Uint16(v.bytes(p+pbufLen, 2))))...)
	}
	if !v.nic.TrySend(frame) {
		return 1
	}
	return 0
}
