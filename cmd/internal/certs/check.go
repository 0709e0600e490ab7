package certs

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// Kind is what an image is for.
type Kind uint8

// The kinds of images.
const (
	KindCA  Kind = iota + 1 // esp_ca_cert.bin, for espconn_secure_ca_enable
	KindOwn                 // esp_cert_private_key.bin, for espconn_secure_cert_req_enable
)

// String returns the image's file name.
func (k Kind) String() string {
	if k == KindOwn {
		return "esp_cert_private_key.bin"
	}
	return "esp_ca_cert.bin"
}

// KindOf tells an image's kind by the names of its entries (tls.md 4.4).
func KindOf(m image.Certs) Kind {
	for _, e := range m {
		if strings.HasPrefix(e.Name, image.CertificateEntry) || strings.HasPrefix(e.Name, image.PrivateKeyEntry) {
			return KindOwn
		}
	}
	return KindCA
}

// Reader is how one kind of device reads images: the part of a profile that matters here.
type Reader struct {
	Name string // of the profile
	// CAEntries is how many entries of a CA image are used (manual-profile.md #21, tls.md 4.5, axtls.md 3).
	CAEntries int
	// MinRSABits is the shortest key that is trusted (tls.md 4.3), 0 for any.
	MinRSABits int
	// ImageBytes is how much of an image is read (tls.md 4.4; axtls.md 2.4, 3).
	ImageBytes int
	// AnyAnchor: the CA bit does not count (axtls.md 3).
	AnyAnchor bool
	// PKCS1Only: keys in PKCS#8 or PEM are not read (axtls.md 4).
	PKCS1Only bool
	// MutualSizeMax is the greatest TLS buffer with an own certificate in bytes, 0 for any (manual V2.1 4.2).
	MutualSizeMax int
	// BadKills: a CA that cannot be read makes the handshake fail even if others can (tls.md 4.5).
	BadKills bool
}

// axTLSReaders are the profiles with the axTLS library (axtls.md 2.4, 3, 4; manual V1.0 3.2).
var axTLSReaders = []Reader{
	{Name: "ManualV10", CAEntries: 2, ImageBytes: flash.SectorSize, AnyAnchor: true, PKCS1Only: true},
	{Name: "SDK306SSL", CAEntries: 3, ImageBytes: flash.SectorSize, AnyAnchor: true, PKCS1Only: true},
}

// Readers returns all kinds of devices that the design names, those of package espconn first.
func Readers() []Reader {
	var rs []Reader
	ax := map[string]Reader{}
	for _, r := range axTLSReaders {
		ax[r.Name] = r
	}
	for _, p := range espconn.Profiles() {
		if _, ok := ax[p.Name]; !ok {
			rs = append(rs, Reader{
				Name: p.Name, CAEntries: p.CAEntries, MinRSABits: p.TLS.Traits().MinRSABits, ImageBytes: image.CertsSize,
				MutualSizeMax: int(p.MutualSizeMax), BadKills: true,
			})
		}
	}
	return append(rs, axTLSReaders...)
}

// Verdict is what a device makes of an image.
type Verdict struct {
	Profile string   `json:"profile"`
	Image   string   `json:"image"`   // file name by kind
	OK      bool     `json:"ok"`      // all of the image is of use
	Used    int      `json:"used"`    // entries that the device uses
	Entries int      `json:"entries"` // entries in the image
	Faults  []string `json:"faults"`  // why not OK: what the device will do
	Notes   []string `json:"notes"`   // what else to know
}

func (v *Verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}
func (v *Verdict) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// Codes of refusals, with their callbacks, as a device shows them.
const (
	notLoaded  = "-0x7F00, reconnect callback -127"   // tls.md 4.5
	notTrusted = "-0x2700, reconnect callback -39"    // tls.md 4.3
	axNoCA     = "closed before any ClientHello"      // axtls.md 3
	axOwnLost  = "an empty Certificate message"       // axtls.md 4
	axOwnKey   = "a CertificateVerify without effect" // axtls.md 4
)

// Check says what the device of r makes of an image. The image was parsed: its names fit, and it ends within
// image.CertsSize.
func (r Reader) Check(m image.Certs, kind Kind) Verdict {
	v := Verdict{Profile: r.Name, Image: kind.String(), Entries: len(m), Faults: []string{}, Notes: []string{}}
	if kind == KindOwn {
		r.checkOwn(&v, m)
	} else {
		r.checkCA(&v, m)
	}
	v.OK = len(v.Faults) == 0
	return v
}

func (r Reader) checkCA(v *Verdict, m image.Certs) {
	if len(m) == 0 {
		v.fault("there is no CA in it: %s", r.lost(notLoaded, axNoCA))
		return
	}
	end, unread := 0, 0
	for i, e := range m {
		end += image.CertNameLen + 2 + len(e.Data)
		switch {
		case i >= r.CAEntries:
			v.fault("%q is ignored, because the first %s", e.Name, entries(r.CAEntries))
			continue
		case end > r.ImageBytes:
			v.fault("%q is not read: it ends at byte %d, and the first %d are read", e.Name, end, r.ImageBytes)
			unread++
			continue
		}
		certs, bad, err := mbedtls.ReadCertificates(e.Data)
		if err != nil {
			v.fault("%q: %v: %s", e.Name, err, r.lost(notLoaded, "ignored"))
			unread++
			continue
		}
		if bad > 0 && r.BadKills {
			v.fault("%q: %d of its %d certificates cannot be read, so none is used: -0x7680 (docs/facts/tls.md 4.5)",
				e.Name, bad, bad+len(certs))
			continue
		}
		v.Used++
		for _, c := range certs {
			if c.Bits < r.MinRSABits {
				v.fault("%q has an RSA-%d key, and %s trusts none below %d bits: %s; `emu8266 certs --bits %d` makes longer ones",
					e.Name, c.Modulus.BitLen(), r.Name, r.MinRSABits, notTrusted, r.MinRSABits)
			}
			if !c.Anchor && !r.AnyAnchor {
				v.fault("%q is no CA certificate (version 3 without CA:TRUE): what it signed is not trusted, %s", e.Name, notTrusted)
			}
		}
	}
	if unread == min(len(m), r.CAEntries) && r.AnyAnchor {
		v.fault("no CA is left: %s", axNoCA)
	}
}

func entries(n int) string {
	if n == 1 {
		return "entry alone is used"
	}
	return fmt.Sprintf("%d entries are used", n)
}

// lost chooses the consequence by the library.
func (r Reader) lost(mbed, ax string) string {
	if r.AnyAnchor {
		return ax
	}
	return mbed
}

func (r Reader) checkOwn(v *Verdict, m image.Certs) {
	cert, certErr := r.find(m, image.CertificateEntry)
	key, keyErr := r.find(m, image.PrivateKeyEntry)
	if certErr != nil {
		v.fault("%v: %s", certErr, r.lost(notLoaded, axOwnLost))
	}
	if keyErr != nil {
		v.fault("%v: %s", keyErr, r.lost(notLoaded, axOwnKey))
	}
	if certErr != nil || keyErr != nil {
		return
	}
	certs, bad, err := mbedtls.ReadCertificates(cert)
	if err != nil {
		v.fault("%s: %v: %s", image.CertificateEntry, err, r.lost(notLoaded, axOwnLost))
		return
	}
	v.Used++
	if bad > 0 {
		v.note("%s: %d certificates in it cannot be read and are left out", image.CertificateEntry, bad)
	}
	modulus, err := mbedtls.ReadPrivateKey(key)
	if err != nil {
		v.fault("%s: %v: %s", image.PrivateKeyEntry, err, r.lost(notLoaded, axOwnKey))
		return
	}
	if _, e := parsePlainPKCS1(key); e != nil && r.PKCS1Only {
		v.fault("%s is not PKCS#1 in DER, which %s reads alone: %s", image.PrivateKeyEntry, r.Name, axOwnKey)
		return
	}
	v.Used++
	if modulus.Cmp(certs[0].Modulus) != 0 {
		v.fault("the key does not belong to the certificate: the device does not notice, its peer refuses it (docs/facts/tls.md 4.1)")
	}
	if need := ownSize(certs); need > espconn.SizeDefault {
		v.note("the own certificate needs espconn_secure_set_size of %d or more (docs/facts/tls.md 2.4)", need)
		if r.MutualSizeMax != 0 && need > r.MutualSizeMax {
			v.fault("the own certificate needs a TLS buffer of %d bytes, "+
				"and with an own certificate %d is the most (SSL User Manual V2.1, 4.2)", need, r.MutualSizeMax)
		}
	}
	if r.MutualSizeMax != 0 {
		v.note("espconn_secure_set_size at most %d with an own certificate (SSL User Manual V2.1, 4.2)", r.MutualSizeMax)
	}
}

// find returns an own entry that the device can read.
func (r Reader) find(m image.Certs, prefix string) ([]byte, error) {
	end := 0
	for _, e := range m {
		end += image.CertNameLen + 2 + len(e.Data)
		if !strings.HasPrefix(e.Name, prefix) {
			continue
		}
		if end > r.ImageBytes {
			return nil, fmt.Errorf("%s is not read: it ends at byte %d, and the first %d are read", prefix, end, r.ImageBytes)
		}
		return e.Data, nil
	}
	return nil, fmt.Errorf("there is no entry %s", prefix)
}

// ownSize is the least TLS buffer for an own chain in bytes: 7 and each certificate with 3 (tls.md 2.4).
func ownSize(certs []mbedtls.CertificateInfo) int {
	n := 7
	for _, c := range certs {
		n += 3 + len(c.DER)
	}
	return n
}
