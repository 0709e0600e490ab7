package vnet

import (
	"encoding/binary"
	"time"
)

// Numbers of the pcapng format (draft-ietf-opsawg-pcapng).
const (
	blockInterface    = 0x00000001
	blockNames        = 0x00000004
	blockPacket       = 0x00000006
	blockSecrets      = 0x0000000a
	blockSection      = 0x0a0d0d0a
	byteOrderMagic    = 0x1a2b3c4d
	secretsTLSKeyLog  = 0x544c534b
	linkTypeEthernet  = 1
	optionEnd         = 0
	optionComment     = 1
	optionUserAppl    = 4
	optionIfName      = 2
	optionIfTSResol   = 9
	timestampNanos    = 9 // 10^-9 s
	sectionLenUnknown = ^uint64(0)
	nameRecordEnd     = 0
	maxCommentLen     = 65535 &^ 3 // an option's length has 16 bits
)

// pcapngBlock appends blocks of the pcapng format, little endian, to a buffer.
type pcapngBlock struct {
	buf   []byte
	start int // of the block that is being written
}

func (b *pcapngBlock) begin(kind uint32) {
	b.start = len(b.buf)
	b.u32(kind)
	b.u32(0) // length: set by end
}

func (b *pcapngBlock) end() {
	length := uint32(len(b.buf) - b.start + 4)
	binary.LittleEndian.PutUint32(b.buf[b.start+4:], length)
	b.u32(length)
}

func (b *pcapngBlock) u16(v uint16) { b.buf = binary.LittleEndian.AppendUint16(b.buf, v) }
func (b *pcapngBlock) u32(v uint32) { b.buf = binary.LittleEndian.AppendUint32(b.buf, v) }
func (b *pcapngBlock) u64(v uint64) { b.buf = binary.LittleEndian.AppendUint64(b.buf, v) }

// bytes appends p and pads it to 32 bits.
func (b *pcapngBlock) bytes(p []byte) {
	b.buf = append(b.buf, p...)
	for i := len(p); i%4 != 0; i++ {
		b.buf = append(b.buf, 0)
	}
}

func (b *pcapngBlock) option(code uint16, value []byte) {
	b.u16(code)
	b.u16(uint16(len(value)))
	b.bytes(value)
}

func (b *pcapngBlock) comments(texts []string) {
	for _, text := range texts {
		b.option(optionComment, []byte(text[:min(len(text), maxCommentLen)]))
	}
}

func (b *pcapngBlock) section() {
	b.begin(blockSection)
	b.u32(byteOrderMagic)
	b.u16(1) // version 1.0
	b.u16(0)
	b.u64(sectionLenUnknown)
	b.option(optionUserAppl, []byte("emu8266"))
	b.option(optionEnd, nil)
	b.end()
}

func (b *pcapngBlock) iface(name string) {
	b.begin(blockInterface)
	b.u16(linkTypeEthernet)
	b.u16(0)
	b.u32(0) // no limit on the length of packets
	b.option(optionIfName, []byte(name))
	b.option(optionIfTSResol, []byte{timestampNanos})
	b.option(optionEnd, nil)
	b.end()
}

func (b *pcapngBlock) packet(iface uint32, at time.Time, data []byte, comments []string) {
	nanos := uint64(at.UnixNano())
	b.begin(blockPacket)
	b.u32(iface)
	b.u32(uint32(nanos >> 32))
	b.u32(uint32(nanos))
	b.u32(uint32(len(data)))
	b.u32(uint32(len(data)))
	b.bytes(data)
	if len(comments) > 0 {
		b.comments(comments)
		b.option(optionEnd, nil)
	}
	b.end()
}

func (b *pcapngBlock) secrets(lines []byte) {
	b.begin(blockSecrets)
	b.u32(secretsTLSKeyLog)
	b.u32(uint32(len(lines)))
	b.bytes(lines)
	b.end()
}

// remarks writes comments that have no packet: a block of names without names.
func (b *pcapngBlock) remarks(texts []string) {
	b.begin(blockNames)
	b.u16(nameRecordEnd)
	b.u16(0)
	b.comments(texts)
	b.option(optionEnd, nil)
	b.end()
}
