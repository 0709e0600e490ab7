package espconn

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash/image"
)

// Levels of the secure settings (anonymous enum in the SDK, espconn.md 1.2).
const (
	LevelClient = 1
	LevelServer = 2
	LevelBoth   = 3
)

// sectorSize is the flash sector in bytes; a certificate image begins at sector x 4,096 (manual V2.1 5.8).
const sectorSize = 4096

// sectorMaxV10 is the greatest sector that the manual V1.0's uint16 can name (manual V1.0 4.2).
const sectorMaxV10 = 0xFFFF

// systemSectors is the number of sectors at the chip's end that belong to the system: RF calibration, RF defaults and three
// of system parameters (sdk-surface.md, Flash). For chips whose use nobody knows.
const systemSectors = 5

// roleSettings are the settings of one role.
type roleSettings struct {
	size          uint16 // bytes
	caOn          bool
	caSector      uint32
	certReqOn     bool
	certReqSector uint32
}

func (a *API) role(r boundedtls.Role) *roleSettings {
	if r == boundedtls.Server {
		return &a.server
	}
	return &a.client
}

// allLevels names the levels in causes.
const allLevels = "1, 2, 3"

func levelValid(level uint8) bool { return level >= LevelClient && level <= LevelBoth }

// eachRole runs fn for the roles that level names.
func (a *API) eachRole(level uint8, fn func(*roleSettings)) {
	if level&LevelClient != 0 {
		fn(&a.client)
	}
	if level&LevelServer != 0 {
		fn(&a.server)
	}
}

// checkUnused reports a setting that comes while its role is connecting, connected or listening
// (manual-profile.md #5).
func (a *API) checkUnused(level uint8, what string) {
	if level&LevelClient != 0 && a.secureClient() != nil {
		a.finding(nil, RuleSetWhileUsed, "%s while a client connection exists", what)
	}
	if level&LevelServer != 0 && a.listening() {
		a.finding(nil, RuleSetWhileUsed, "%s while the server listens", what)
	}
}

// SecureSetSize is espconn_secure_set_size: the buffer size in bytes for level 1 (client), 2 (server) or 3 (both), 2,048 after
// boot. Call it before SecureConnect or SecureAccept: it holds for the next connection. It is false, and nothing changes, for
// another level and a size out of range: 1..8,192 by the manual (V2.1 5.3, V1.0 4.4), 2,048..8,192 in the SDK, which with
// mbedTLS has one size for both roles; SDK 2.2 raises what is below 4,096 to that (manual-profile.md #2 to #5, tls.md 5.5).
func (a *API) SecureSetSize(level uint8, size uint16) bool {
	const name = "espconn_secure_set_size"
	return a.callBool(name, fmt.Sprintf("%d, %d", level, size), func() bool {
		p := &a.profile
		if !levelValid(level) {
			a.finding(nil, RuleLevel, "%s: level %d", name, level)
			return a.level(level, allLevels)
		}
		if size < p.SizeRaise {
			size = p.SizeRaise
		}
		if size < p.SizeMin || size > SizeMax {
			a.finding(nil, RuleSizeRange, "size %d, the range is %d to %d", size, p.SizeMin, SizeMax)
			return a.deny(a.length(int(size), int(p.SizeMin), SizeMax))
		}
		a.checkUnused(level, name)
		if !p.SizePerRole {
			level = LevelBoth
		}
		a.eachRole(level, func(r *roleSettings) { r.size = size })
		return true
	})
}

// SecureGetSize is espconn_secure_get_size: the size in bytes for a level, ARG (-12) for a bad one
// (manual V2.1 5.4, V1.0 4.5). Level 3 with different sizes gives the client's and a finding (manual-profile.md #6).
func (a *API) SecureGetSize(level uint8) int16 {
	const name = "espconn_secure_get_size"
	return a.callInt(name, nil, fmt.Sprint(level), func() int16 {
		switch level {
		case LevelClient:
			return int16(a.client.size)
		case LevelServer:
			return int16(a.server.size)
		case LevelBoth:
			if a.client.size == a.server.size {
				return int16(a.client.size)
			}
			a.finding(nil, RuleSizesDiffer, "client %d and server %d bytes have one answer", a.client.size, a.server.size)
			if e := a.profile.SizesDiffer; e != OK {
				return int16(a.because(e, boundedtls.Cause{ID: CauseSizes, Have: int(a.client.size), Limit: int(a.server.size)}))
			}
			return int16(a.client.size)
		}
		a.level(level, allLevels)
		return int16(ARG)
	})
}

// SecureCaEnable is espconn_secure_ca_enable: from the next connection on the peer's certificate is required and checked against
// the CA image (esp_ca_cert.bin) at a flash sector of 4,096 bytes: 0x7B is address 0x7B000 (manual V2.1 5.8). Level 1 sets the
// client, which checks the server; 2 the server, which asks each client for a certificate and checks it; 3 both. It is off
// after boot. Call it before SecureConnect or SecureAccept; later it holds for the next connection, and is a finding
// (manual-profile.md #5).
//
// True: taken, without a look at the sector. False, and nothing changes, for another level and for sector 0
// (manual-profile.md #19). ManualV10 takes the lower 16 bits of the sector, as V1.0 has no more (manual V1.0 4.2). With libssl
// (SDK306SSL) a server never asks: level 2 has no effect, level 3 that of level 1, and there is a finding (axtls.md 1.2).
func (a *API) SecureCaEnable(level uint8, sector uint32) bool {
	const name = "espconn_secure_ca_enable"
	return a.callBool(name, fmt.Sprintf("%d, 0x%x", level, sector), func() bool {
		if a.profile.V10 && sector > sectorMaxV10 {
			a.finding(nil, RuleSector, "%s: sector 0x%x has more than 16 bits, 0x%x is used", name, sector, sector&sectorMaxV10)
			sector &= sectorMaxV10
		}
		if !levelValid(level) {
			a.finding(nil, RuleLevel, "%s: level %d", name, level)
			return a.level(level, allLevels)
		}
		if sector == 0 {
			return a.sectorZero(name)
		}
		a.checkUnused(level, name)
		a.checkSector(name, sector)
		if level&LevelServer != 0 && !a.traits.ChecksClients {
			a.finding(nil, RuleNoEffect, "%s: level %d, but this library's server never asks a client for a certificate", name, level)
		}
		a.eachRole(level, func(r *roleSettings) { r.caOn, r.caSector = true, sector })
		return true
	})
}

// SecureCaDisable is espconn_secure_ca_disable: the default again, the peer's certificate is not checked, and a server does not
// ask for one. Level 1 client, 2 server, 3 both; the other role keeps its setting (manual V2.1 5.9). Call it before
// SecureConnect or SecureAccept; later it holds for the next connection, and is a finding (manual-profile.md #5). True: done,
// also when it was off. False, and nothing changes, for another level (tls.md 5.5).
func (a *API) SecureCaDisable(level uint8) bool {
	const name = "espconn_secure_ca_disable"
	return a.callBool(name, fmt.Sprint(level), func() bool {
		if !levelValid(level) {
			a.finding(nil, RuleLevel, "%s: level %d", name, level)
			return a.level(level, allLevels)
		}
		a.checkUnused(level, name)
		a.eachRole(level, func(r *roleSettings) { r.caOn = false })
		return true
	})
}

// SecureCertReqEnable is espconn_secure_cert_req_enable: from the next connection on the client (level 1) presents the
// certificate of the image esp_cert_private_key.bin at a flash sector of 4,096 bytes to a server that asks: 0x7A is address
// 0x7A000 (manual V2.1 5.10). It is off after boot, and not needed for servers that do not ask. Call it before SecureConnect;
// later it holds for the next connection, and is a finding (manual-profile.md #5).
//
// True: taken, without a look at the sector. False, and nothing changes, for sector 0 and for another level. The manual takes
// level 1 only (manual-profile.md #23); the SDK also 2 and 3 (tls.md 5.5), of which the server's part has no effect: a finding.
func (a *API) SecureCertReqEnable(level uint8, sector uint32) bool {
	const name = "espconn_secure_cert_req_enable"
	return a.callBool(name, fmt.Sprintf("%d, 0x%x", level, sector), func() bool {
		if !a.certReqLevel(level) {
			a.finding(nil, RuleLevel, "%s: level %d", name, level)
			return a.level(level, a.certReqLevels())
		}
		if sector == 0 {
			return a.sectorZero(name)
		}
		a.checkUnused(level&LevelClient, name)
		a.checkSector(name, sector)
		a.checkCertReqLevel(level, name)
		a.eachRole(level, func(r *roleSettings) { r.certReqOn, r.certReqSector = true, sector })
		return true
	})
}

// SecureCertReqDisable is espconn_secure_cert_req_disable: the default again, the client presents no certificate (manual V2.1
// 5.11, which prints the name of ca_disable in the prototype). Call it before SecureConnect. Levels and results as in
// SecureCertReqEnable.
func (a *API) SecureCertReqDisable(level uint8) bool {
	const name = "espconn_secure_cert_req_disable"
	return a.callBool(name, fmt.Sprint(level), func() bool {
		if !a.certReqLevel(level) {
			a.finding(nil, RuleLevel, "%s: level %d", name, level)
			return a.level(level, a.certReqLevels())
		}
		a.checkUnused(level&LevelClient, name)
		a.checkCertReqLevel(level, name)
		a.eachRole(level, func(r *roleSettings) { r.certReqOn = false })
		return true
	})
}

// checkCertReqLevel reports a level that names the server: only a client has a certificate to present by cert_req.
func (a *API) checkCertReqLevel(level uint8, name string) {
	if level&LevelServer != 0 {
		a.finding(nil, RuleNoEffect, "%s: level %d, but a server presents the certificate of set_default_certificate", name, level)
	}
}

func (a *API) certReqLevel(level uint8) bool {
	if a.profile.CertReqClientOnly {
		return level == LevelClient
	}
	return levelValid(level)
}

// sectorZero reports the one sector that the functions refuse.
func (a *API) sectorZero(call string) bool {
	a.finding(nil, RuleSector, "%s: sector 0x0 is refused, the boot loader lies there", call)
	return a.deny(boundedtls.Cause{ID: CauseSectorZero})
}

// checkSector reports a sector that is no place for certificates: beyond the chip, in the system's area, or over a program
// that lies in the flash. Choice: the empty room of an update slot is no finding here; the manual's own example, sector
// 0x7B, lies in user1 of every map of 1,024 KB.
func (a *API) checkSector(call string, sector uint32) {
	chip := a.env.Flash()
	if chip == nil {
		return
	}
	if l := a.env.FlashLayout(); l != nil {
		b := make([]byte, image.CertsSize)
		n, _ := chip.ReadAt(b, int64(sector)*sectorSize)
		certs, _ := image.ParseCerts(b[:n]) // the entries before a fault
		for _, f := range l.CheckCertSector(chip, sector, certs.Len()) {
			if f.Rule != image.RuleInSlot {
				a.finding(nil, RuleSector, "%s: %s", call, f.Text)
			}
		}
		return
	}
	sectors := uint64(chip.Size()) / sectorSize
	switch s := uint64(sector); {
	case s >= sectors:
		a.finding(nil, RuleSector, "%s: sector 0x%x lies beyond the chip's end", call, sector)
	case s+systemSectors >= sectors:
		a.finding(nil, RuleSector, "%s: sector 0x%x belongs to the system parameters", call, sector)
	}
}

// certReqLevels names the levels of certReqLevel in causes.
func (a *API) certReqLevels() string {
	if a.profile.CertReqClientOnly {
		return "1"
	}
	return allLevels
}
