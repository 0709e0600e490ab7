package espconn

import (
	"bytes"
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Object types of espconn_secure_obj_load (espconn.md 6.1).
const (
	ObjCertificate = 0
	ObjPrivateKey  = 2
)

// rawObject is where the content of an object lies in the flash, without an entry header. Length 0: it is in the heap.
type rawObject struct {
	sector uint32
	length uint16
}

// SecureObjLoad is espconn_secure_obj_load, which the SDK exports without a declaration: the server's certificate
// (ObjCertificate) or key (ObjPrivateKey) is the first length bytes of a flash sector, DER or PEM, read when a client
// comes. False for a length of 0 or over 8,192, for another type, for an erased sector and without memory; sector 0 is
// false too, where the SDK reads through NULL (tls.md 5.5; oracle/espconn FINDINGS B9).
func (a *API) SecureObjLoad(objType int, sector uint32, length uint16) bool {
	const name = "espconn_secure_obj_load"
	return a.callBool(name, fmt.Sprintf("%d, 0x%x, %d", objType, sector, length), func() bool {
		if length == 0 || length > SizeMax {
			a.finding(nil, RuleDefaultRefused, "%s with %d bytes, the range is 1 to %d", name, length, SizeMax)
			return false
		}
		var o *object
		switch objType {
		case ObjCertificate:
			o = &a.cert
		case ObjPrivateKey:
			o = &a.key
		default:
			return false
		}
		if sector == 0 {
			a.sectorZero(name)
			if !a.profile.ConnectNullProto {
				a.fatal(nil, CauseLoadProhibited, "%s with sector 0", name)
			}
			return false
		}
		raw := rawObject{sector, length}
		first, err := a.readRaw(rawObject{sector, 4})
		if err != nil || [4]byte(first) == [4]byte{0xFF, 0xFF, 0xFF, 0xFF} {
			a.finding(nil, RuleNotBurned, "%s: sector 0x%x (address 0x%x) is erased", name, sector, uint64(sector)*sectorSize)
			return false
		}
		if a.listening() {
			a.finding(nil, RuleSetWhileUsed, "%s while the server listens", name)
		}
		next := object{set: true, raw: raw}
		if next.header = a.env.Heap().Alloc(objectHeader, "default object"); next.header == 0 {
			return false
		}
		if !a.profile.DefaultLeaks {
			a.freeObject(o)
		}
		*o = next
		return true
	})
}

// readRaw reads the bytes of a raw object.
func (a *API) readRaw(r rawObject) ([]byte, *boundedtls.Error) {
	b := make([]byte, r.length)
	chip := a.env.Flash()
	if chip == nil {
		return nil, missing(r.sector, "there is no flash")
	}
	if _, err := chip.ReadAt(b, imageAt(r.sector, 0)); err != nil {
		return nil, missing(r.sector, err.Error())
	}
	return b, nil
}

// useObject gives an object's content to use. Choice: one that lies in the flash is read into a load buffer as an entry
// of an image is; the device's charge for it was not measured.
func (a *API) useObject(o *object, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	if o.raw.length == 0 {
		return use(o.data)
	}
	heap := a.env.Heap()
	buf := heap.Alloc(uint32(o.raw.length)+loadExtra, "load buffer")
	if buf == 0 {
		return a.profile.TLS.NoMemory(fmt.Sprintf("the %d bytes of the object at flash sector 0x%x", o.raw.length, o.raw.sector), false)
	}
	defer heap.Free(buf)
	b, err := a.readRaw(o.raw)
	if err != nil {
		return err
	}
	return use(b)
}

// object is the server's certificate or key, copied into the heap. Its content is judged at the first client.
type object struct {
	set    bool
	data   []byte
	raw    rawObject
	header uint32 // addresses of the two blocks
	body   uint32
}

// SecureSetDefaultCertificate is espconn_secure_set_default_certificate: the server's certificate in DER or PEM, copied.
// False for nil, for more than 8,192 bytes, without memory, and by the manual profile for length 0
// (manual-profile.md #26, tls.md 5.5).
func (a *API) SecureSetDefaultCertificate(b []byte) bool {
	return a.setObject("espconn_secure_set_default_certificate", &a.cert, b)
}

// SecureSetDefaultPrivateKey is espconn_secure_set_default_private_key: the server's RSA key in DER or PEM, copied.
// Results as SecureSetDefaultCertificate.
func (a *API) SecureSetDefaultPrivateKey(b []byte) bool {
	return a.setObject("espconn_secure_set_default_private_key", &a.key, b)
}

func (a *API) setObject(name string, o *object, b []byte) bool {
	return a.callBool(name, fmt.Sprintf("%d bytes", len(b)), func() bool {
		if len(b) == 0 || len(b) > SizeMax {
			a.finding(nil, RuleDefaultRefused, "%s with %d bytes, the range is 1 to %d", name, len(b), SizeMax)
		}
		if b == nil || len(b) > SizeMax || len(b) == 0 && !a.profile.DefaultEmpty {
			return false
		}
		if a.listening() {
			a.finding(nil, RuleSetWhileUsed, "%s while the server listens", name)
		}
		heap := a.env.Heap()
		next := object{set: true, data: append([]byte(nil), b...)}
		header, body := a.library.objectBlocks(b)
		if header > 0 {
			if next.header = heap.Alloc(header, "default object"); next.header == 0 {
				return false
			}
		}
		if len(b) > 0 {
			if next.body = heap.Alloc(body, "default object data"); next.body == 0 {
				heap.Free(next.header)
				return false
			}
		}
		if !a.profile.DefaultLeaks {
			a.freeObject(o)
		}
		*o = next
		return true
	})
}

// isPEM reports whether an object is taken for text.
func isPEM(b []byte) bool { return bytes.Contains(b, []byte("-----BEGIN")) }

func (a *API) freeObject(o *object) {
	a.env.Heap().Free(o.body)
	a.env.Heap().Free(o.header)
	*o = object{}
}
