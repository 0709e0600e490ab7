package elf

// receive hands a frame from the network to lwIP, as libnet80211 does (lx106.md 11): in a buffer of the radio's, which lwIP gives
// back. Without a free one the frame is lost.
func (v *vendorStack) receive(frame []byte) {
	if v.get(ifBase) == 0 {
		return
	}
	if at := v.buffer(frame); at != 0 {
		v.g.run(v.deliver, ifBase, at)
	}
}

// softAPTask is the ETS priority of the soft-AP's frames.
const softAPTask = 29

// receiveSoftAP is receive for a frame of one of the soft-AP's stations, as hostap_input of libnet80211 has it.
func (v *vendorStack) receiveSoftAP(frame []byte) {
	const raw, ref = 3, 2 // PBUF_RAW, PBUF_REF
	if v.get(ifBase+ifSize) == 0 {
		return
	}
	at := v.buffer(frame)
	if at == 0 {
		return
	}
	p := uint32(v.g.run(v.pbufAlloc, raw, uint32(len(frame)), ref))
	if p == 0 {
		v.recycle(at)
		return
	}
	v.set(at, p)
	v.set(p+pbufPayload, at+bufferFrame)
	v.set(p+pbufBuffer, at)
	if v.post(softAPTask, 0, p) != 0 {
		v.g.run(v.pbufFree, p)
	}
}

// buffer puts a frame into one of the radio's buffers; 0 if none is free.
func (v *vendorStack) buffer(frame []byte) (at uint32) {
	if len(frame) > bufferSize-bufferFrame {
		return 0
	}
	for n := range v.held {
		if v.held[n] {
			continue
		}
		v.held[n] = true
		at = bufferBase + uint32(n)*bufferSize
		v.set(at+bufferLink, at+bufferDesc)
		v.set(at+bufferDesc+4, at+bufferFrame)
		v.set16(at+bufferBytes, uint16(len(frame)))
		v.write(at+bufferFrame, frame)
		return at
	}
	return 0
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
	pbufBuffer  = 16 // the radio's, to give back
)

// etherHead is the least length of a frame. pbufsMax bounds the pieces of one, which a program may have damaged. Choice.
const (
	etherHead = 14
	pbufsMax  = 64
)

// netifState is the interface in a struct netif.
const netifState = 28

// output is ieee80211_output_pbuf(netif, pbuf): 0, or 1 if there is no transmit buffer (espconn.md 5.8) or the station has left, so that
// DHCP's release never comes out (libnet80211 of 3.0.6).
func (v *vendorStack) output(netif, p uint32) uint32 {
	send := v.nic.TrySend
	if v.get(netif+netifState) == ifBase+ifSize {
		send = v.nic.TrySendSoftAP
	} else if v.left {
		return 1
	}
	total := int(order.Uint16(v.bytes(p+pbufTotal, 2)))
	frame := make([]byte, 0, total)
	for n := 0; n < pbufsMax && p != 0 && len(frame) < total; n, p = n+1, v.get(p) {
		frame = append(frame, v.bytes(v.get(p+pbufPayload), uint32(order.Uint16(v.bytes(p+pbufLen, 2))))...)
	}
	if len(frame) < etherHead {
		return 0 // no frame: lost
	}
	if !send(frame) {
		return 1
	}
	return 0
}
