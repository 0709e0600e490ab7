package espconn

import (
	"bytes"
	"fmt"
	"math"

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
			return a.deny(a.length(int(length), 1, SizeMax))
		}
		var o *object
		switch objType {
		case ObjCertificate:
			o = &a.cert
		case ObjPrivateKey:
			o = &a.key
		default:
			return a.deny(boundedtls.Cause{ID: CauseObjectType, Have: objType})
		}
		if sector == 0 {
			denied := a.sectorZero(name)
			if !a.profile.ConnectNullProto {
				a.fatal(nil, CauseLoadProhibited, "%s with sector 0", name)
			}
			return denied
		}
		raw := rawObject{sector, length}
		first, err := a.readRaw(rawObject{sector, 4})
		if err != nil || [4]byte(first) == [4]byte{0xFF, 0xFF, 0xFF, 0xFF} {
			a.finding(nil, RuleNotBurned, "%s: sector 0x%x (address 0x%x) is erased", name, sector, uint64(sector)*sectorSize)
			return a.deny(boundedtls.Cause{ID: CauseErased, Object: sectorText(sector)})
		}
		if a.listening() {
			a.finding(nil, RuleSetWhileUsed, "%s while the server listens", name)
		}
		next := object{set: true, raw: raw}
		if next.header = a.env.Heap().Alloc(objectHeader, "default object"); next.header == 0 {
			return a.deny(boundedtls.Cause{ID: CauseNoMemory})
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

// LinkObjects tells what the firmware's image has linked in as the server's certificate and key, in DER: the arrays of cert.h and
// private_key.h. The functions are called when a client comes; nil or no bytes: there is none. Only ManualV10 takes them, where
// SecureSetDefaultCertificate and SecureSetDefaultPrivateKey have not set others: V1.0 knows no function for it, including the
// headers is enough (manual V1.0 2.1). Kinds of firmware call it before the firmware's first line. Go firmware has no linker to do
// that and calls the two functions under ManualV10 too. Choice.
func (a *API) LinkObjects(certificate, key func() []byte) {
	a.linked = [2]func() []byte{certificate, key}
}

// takeLinked takes what is linked in where nothing else was set.
func (a *API) takeLinked() {
	for i, o := range []*object{&a.cert, &a.key} {
		if fn := a.linked[i]; a.profile.V10 && !o.set && fn != nil && len(fn()) > 0 {
			*o = object{set: true, linked: fn}
		}
	}
}

// useObject gives an object's content to use. Choice: one that lies in the flash is read into a load buffer as an entry
// of an image is; the device's charge for it was not measured.
func (a *API) useObject(o *object, use func([]byte) *boundedtls.Error) *boundedtls.Error {
	switch {
	case o.linked != nil:
		return use(o.linked())
	case o.raw.length == 0:
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
	linked func() []byte // instead of data: the image's own array
	raw    rawObject
	header uint32 // addresses of the two blocks
	body   uint32
}

// SecureSetDefaultCertificate is espconn_secure_set_default_certificate: the server's certificate, 1 to 8,192 bytes, copied into the
// heap; it replaces the one before. Call it before SecureAccept, and again after SecureDelete, which frees it (manual V2.1 5.12,
// 3.2). With mbedTLS it may be DER or PEM, and a PEM file may hold a chain; with axTLS (ManualV10, SDK306SSL) it has to be one
// certificate in DER: PEM is taken, and then every handshake fails (axtls.md 4). The content is judged when the first client
// comes (manual-profile.md #26): the reconnect callback of the listener tells.
//
// True: taken. False, and the one before stays: nil, more than 8,192 bytes, no memory, and length 0, which only the SDKs with
// mbedTLS take (manual-profile.md #26, tls.md 4.5, 5.5). While the server listens it holds from the next client on, and is a
// finding. By ManualV10 each call is a finding, as V1.0 does not have the function: there C firmware links cert.h in (manual V1.0 2.1).
func (a *API) SecureSetDefaultCertificate(b []byte) bool {
	return a.setObject("espconn_secure_set_default_certificate", &a.cert, b)
}

// SecureSetDefaultPrivateKey is espconn_secure_set_default_private_key: the RSA key that belongs to the server's certificate, copied
// (manual V2.1 5.13, 3.2). With mbedTLS it may be DER or PEM, PKCS#1 or PKCS#8, without a password; with axTLS it has to be PKCS#1
// in DER (axtls.md 4). Order, length and results as SecureSetDefaultCertificate.
func (a *API) SecureSetDefaultPrivateKey(b []byte) bool {
	return a.setObject("espconn_secure_set_default_private_key", &a.key, b)
}

func (a *API) setObject(name string, o *object, b []byte) bool {
	return a.callBool(name, bytesText(len(b)), func() bool {
		most := SizeMax
		if a.profile.DefaultAnyLength {
			most = math.MaxUint16
		}
		if len(b) == 0 || len(b) > SizeMax {
			a.finding(nil, RuleDefaultRefused, "%s with %d bytes, the range is 1 to %d", name, len(b), SizeMax)
		}
		if b == nil || len(b) > most || len(b) == 0 && !a.profile.DefaultEmpty {
			return a.deny(a.length(len(b), 1, SizeMax))
		}
		if a.listening() {
			a.finding(nil, RuleSetWhileUsed, "%s while the server listens", name)
		}
		heap := a.env.Heap()
		next := object{set: true, data: append([]byte(nil), b...)}
		header, body := a.library.objectBlocks(b)
		if header > 0 {
			if next.header = heap.Alloc(header, "default object"); next.header == 0 {
				return a.deny(boundedtls.Cause{ID: CauseNoMemory})
			}
		}
		if len(b) > 0 {
			if next.body = heap.Alloc(body, "default object data"); next.body == 0 {
				heap.Free(next.header)
				return a.deny(boundedtls.Cause{ID: CauseNoMemory})
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
