package tlspeer

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

const (
	aesBlock        = aes.BlockSize
	recordHeaderLen = 5
	maxPadding      = 255 // bytes of CBC padding without the length byte
)

// The texts are those of the measured peers, so that reports compare equal.
var (
	errBadPadding = errors.New("peer: bad padding in device record (bad_record_mac)")
	errBadMAC     = errors.New("peer: bad MAC in device record (bad_record_mac)")
)

// direction is the record protection of one direction: MAC, then padding, then
// AES-CBC (RFC 5246 6.2.3.2). The zero value protects nothing.
type direction struct {
	version uint16
	block   cipher.Block
	mac     hash.Hash
	chain   []byte // TLS 1.0: last ciphertext block, the next record's IV
	seq     uint64
	stream  *rc4.Cipher // instead of block
	fixedIV bool        // the IV of TLS 1.0 does not chain
}

func newDirection(version uint16, s suite, macKey, key, iv []byte) (direction, error) {
	if s.stream {
		c, err := rc4.NewCipher(key)
		return direction{version: version, stream: c, mac: hmac.New(s.macNew, macKey)}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return direction{}, err
	}
	return direction{version: version, block: block, mac: hmac.New(s.macNew, macKey), chain: bytes.Clone(iv)}, nil
}

func (d *direction) active() bool { return d.block != nil || d.stream != nil }

// macOf covers sequence number, type, version, length and plaintext.
func (d *direction) macOf(typ byte, version uint16, plain []byte) []byte {
	head := binary.BigEndian.AppendUint64(nil, d.seq)
	head = append(head, typ)
	head = binary.BigEndian.AppendUint16(head, version)
	head = binary.BigEndian.AppendUint16(head, uint16(len(plain)))
	d.mac.Reset()
	d.mac.Write(head)
	d.mac.Write(plain)
	return d.mac.Sum(nil)
}

// seal returns the record body. extra lengthens the padding by whole blocks
// (rounded down, at most to 255 bytes); badMAC and badPadding flip a bit of the
// MAC and of the padding.
func (d *direction) seal(typ byte, version uint16, plain []byte, extra int, badMAC, badPadding bool, rand io.Reader) ([]byte, error) {
	if !d.active() {
		return plain, nil
	}
	mac := d.macOf(typ, version, plain)
	d.seq++
	if badMAC {
		mac[0] ^= 1
	}
	body := append(bytes.Clone(plain), mac...)
	if d.stream != nil {
		d.stream.XORKeyStream(body, body)
		return body, nil
	}
	padding := aesBlock - 1 - len(body)%aesBlock + extra/aesBlock*aesBlock
	for padding > maxPadding {
		padding -= aesBlock
	}
	body = append(body, bytes.Repeat([]byte{byte(padding)}, padding+1)...)
	if badPadding {
		body[len(body)-1-min(padding, 1)] ^= 1
	}

	iv := d.chain
	var explicit []byte
	if d.version >= VersionTLS11 {
		explicit = make([]byte, aesBlock)
		if _, err := io.ReadFull(rand, explicit); err != nil {
			return nil, err
		}
		iv = explicit
	}
	cipher.NewCBCEncrypter(d.block, iv).CryptBlocks(body, body)
	if !d.fixedIV {
		d.chain = bytes.Clone(body[len(body)-aesBlock:])
	}
	return append(explicit, body...), nil
}

// open returns the plaintext of a record body.
func (d *direction) open(typ byte, version uint16, body []byte) ([]byte, error) {
	if !d.active() {
		return body, nil
	}
	if d.stream != nil {
		plain := bytes.Clone(body)
		d.stream.XORKeyStream(plain, plain)
		return d.check(typ, version, plain, len(plain)-d.mac.Size())
	}
	iv := d.chain
	if d.version >= VersionTLS11 {
		if len(body) < aesBlock {
			return nil, errBadPadding
		}
		iv, body = body[:aesBlock], body[aesBlock:]
	}
	macLen := d.mac.Size()
	if len(body)%aesBlock != 0 || len(body) < macLen+1 {
		return nil, errBadPadding
	}
	plain := bytes.Clone(body)
	cipher.NewCBCDecrypter(d.block, iv).CryptBlocks(plain, plain)
	if !d.fixedIV {
		d.chain = bytes.Clone(body[len(body)-aesBlock:])
	}

	padding := int(plain[len(plain)-1])
	end := len(plain) - 1 - padding - macLen
	if end < 0 {
		return nil, errBadPadding
	}
	for _, b := range plain[len(plain)-1-padding:] {
		if int(b) != padding {
			return nil, errBadPadding
		}
	}
	return d.check(typ, version, plain, end)
}

// check compares the MAC behind the first end bytes of plain and returns these.
func (d *direction) check(typ byte, version uint16, plain []byte, end int) ([]byte, error) {
	if end < 0 {
		return nil, errBadMAC
	}
	want := d.macOf(typ, version, plain[:end])
	d.seq++
	if !hmac.Equal(want, plain[end:end+d.mac.Size()]) {
		return nil, errBadMAC
	}
	return plain[:end], nil
}
