package docs

import (
	"context"
	"flag"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/docs/internal/mutants"
)

var (
	runMutants = flag.Bool("mutants", false, "break the product statement by statement and run the tests that show it")
	mutantOf   = flag.String("mutant", "", "with -mutants: only the statements that match this regular expression")
)

// broken makes a list of mutants of file, old, new.
func broken(texts ...string) (list []mutants.Mutant) {
	for i := 0; i+2 < len(texts); i += 3 {
		list = append(list, mutants.Mutant{File: texts[i], Old: texts[i+1], New: texts[i+2]})
	}
	return list
}

// manualMutants are, for each statement of manualRows, ways to break it. The tests of the row have to notice each of them.
var manualMutants = map[string][]mutants.Mutant{
	"server, one-way: the device sends its certificate, the client may check it": broken(
		"espconn/secure_mbedtls.go", `a.useObject(&a.cert, d.sc.tls.OwnCert)`,
		`a.useObject(&a.cert, func([]byte) *boundedtls.Error { return nil })`),
	"server, mutual: the device also asks for the client's certificate and checks it": broken(
		"espconn/secure_conn.go", `Verify: r.caOn,`, `Verify: r.caOn && sc.server == nil,`),
	"server: ca_enable(0x02) makes the device ask its client for a certificate and check it": broken(
		"espconn/boundedtls/axtls/server.go", `c.Cfg.Verify && !c.eng.NoClientCheckBug`, `false`,
		"espconn/boundedtls/axtls/handshake.go", "if len(c.chain) == 0 && c.Cfg.Role == boundedtls.Server {\n\t\treturn c.fail(",
		"if len(c.chain) == 0 && c.Cfg.Role == boundedtls.Server {\n\t\tc.next = handshake.ClientKeyExchange\n\t\treturn session.OK\n"+
			"\t}\n\tif false {\n\t\treturn c.fail(",
		"espconn/boundedtls/axtls/handshake.go", `if c.Cfg.Verify {`, `if c.Cfg.Verify && c.Cfg.Role == boundedtls.Client {`),
	"client, one-way: the device receives the server's certificate and may check it": broken(
		"espconn/secure_conn.go", `Verify: r.caOn,`, `Verify: r.caOn && sc.server != nil,`),
	"client, mutual: the device also presents its own certificate": broken(
		"espconn/secure_mbedtls.go", `} else if r.certReqOn {`, `} else if r.certReqOn && !r.caOn {`),
	"an encrypted connection needs no verification": broken(
		"espconn/secure_conn.go", `Verify: r.caOn,`, `Verify: true,`),

	"accept: ESPCONN_MEM without room": broken(
		"espconn/accept.go", `if e := a.heapShort(a.server.size); e != OK {`, `if e := a.heapShort(a.server.size); false {`,
		"espconn/secure_mbedtls_server.go", `if ms.record == 0 && !a.profile.AcceptCrashes || ms.block == 0 {`,
		`if ms.block == 0 {`),
	"accept: ESPCONN_ISCONN when the server exists": broken(
		"espconn/accept.go", `if p.AcceptAgain != OK {`, `if p.AcceptAgain == INPROGRESS {`),
	"accept: ESPCONN_ARG for a bad espconn": broken(
		"espconn/checks.go", `f = c.Load(); f.Type != TypeTCP {`, `f = c.Load(); false {`),
	"accept: one server, called once": broken(
		"espconn/secure_server.go", `return len(a.secureServers) > 0 }`, `return len(a.secureServers) > 1 }`),
	"accept: one client": broken(
		"espconn/secure_mbedtls_server.go", `ms.ss.clients() > 0 || a.count(ms.ss.ref) == 1 {`, `ms.ss.clients() > 1 {`,
		"espconn/secure_axtls.go", `if a.count(ss.ref) == 1 {`, `if a.count(ss.ref) == 2 {`),
	"accept: certificate and key must be set before": broken(
		"espconn/accept.go", "if !a.cert.set || !a.key.set {\n\t\t\ta.finding(c, RuleNoCertificate",
		"if !a.cert.set && !a.key.set {\n\t\t\ta.finding(c, RuleNoCertificate"),

	"delete: ESPCONN_ARG for an espconn that is no server": broken(
		"espconn/accept.go", `return a.because(ARG, boundedtls.Cause{ID: CauseNotServer})`, `return OK`),
	"delete: ESPCONN_INPROGRESS while a client is connected; disconnect it first": broken(
		"espconn/accept.go", `if n := a.count(c); n != 0 && (ss`, `if n := a.count(c); n > 1 && (ss`),
	"delete: removes the server": broken(
		"espconn/secure_server.go", "if ss.listener != nil {\n\t\tss.listener.Close()", "if ss.listener != nil {\n\t\t_ = ss.listener"),

	"set_size: level 1 client, 2 server, 3 both": broken(
		"espconn/secure_settings.go", `a.eachRole(level, func(r *roleSettings) { r.size = size })`,
		`a.eachRole(LevelBoth, func(r *roleSettings) { r.size = size })`,
		"espconn/secure_settings.go", "if level&LevelServer != 0 {\n\t\tfn(", "if level == LevelServer {\n\t\tfn("),
	"set_size: 1 to 8,192 bytes": broken(
		"espconn/secure_settings.go", `if size < p.SizeMin || size > SizeMax {`, `if size < p.SizeMin || size >= SizeMax {`,
		"espconn/secure_settings.go", `if size < p.SizeMin || size > SizeMax {`, `if size <= p.SizeMin || size > SizeMax {`),
	"set_size: 2,048 bytes by default": broken(
		"espconn/profiles.go", `SizeDefault = boundedtls.DefaultSize`, `SizeDefault = boundedtls.DefaultSize + 1`),
	"set_size: before accept or connect": broken(
		"espconn/secure_conn.go", `Size:   func() int { return size },`, `Size:   func() int { return max(size, int(r.size)) },`),
	"set_size: true, or false when refused": broken(
		"espconn/secure_settings.go", "r.size = size })\n\t\treturn true", "r.size = size })\n\t\treturn size != SizeMax"),
	"get_size: the size of a level": broken(
		"espconn/secure_settings.go",
		"case LevelServer:\n\t\t\treturn int16(a.server.size)", "case LevelServer:\n\t\t\treturn int16(a.client.size)"),

	"connect: ESPCONN_MEM without room": broken(
		"espconn/connect.go", `if e := a.heapShort(a.client.size); e != OK {`, `if e := a.heapShort(a.client.size); false {`),
	"connect: ESPCONN_ISCONN while a connection exists": broken(
		"espconn/connect.go", `if p.OneClient {`, `if p.OneClient && a.secureClient().phase == phaseUp {`),
	"connect: ESPCONN_ARG for a bad espconn": broken(
		"espconn/checks.go", `f = c.Load(); f.Type != TypeTCP {`, `f = c.Load(); false {`),
	"connect: no callback after a failed call": broken(
		"espconn/connect.go", "if e := a.heapShort(a.client.size); e != OK {\n",
		"if e := a.heapShort(a.client.size); e != OK {\n\t\t\ta.callback(c, Reconnect, nil, MEM)\n"),
	"connect: one connection; disconnect before the next": broken(
		"espconn/connect.go", `if p.OneClient {`, `if p.OneClient && !a.secureClient().closing {`),

	"client: a packet over the size breaks the connection, reconnect callback": broken(
		"espconn/secure_conn.go", `size := int(r.size)`, `size := int(r.size) + map[bool]int{true: 1}[sc.server == nil]`),
	"server: a packet over the size breaks the connection, reconnect callback": broken(
		"espconn/secure_conn.go", `size := int(r.size)`, `size := int(r.size) + map[bool]int{true: 1}[sc.server != nil]`),

	"what counts is the encrypted packet: of data its plaintext, of the handshake the message": broken(
		"espconn/secure_conn.go", `size := int(r.size)`, `size := int(r.size) - 1`,
		"espconn/secure_conn.go", `size := int(r.size)`, `size := int(r.size) + 1`),

	"send: 0, or ESPCONN_ARG without a connection": broken(
		"espconn/send.go", "a.checkUnconnected(c)\n",
		"a.checkUnconnected(c)\n\t\t\tif a.plainOf(c) == nil {\n\t\t\t\treturn OK\n\t\t\t}\n"),
	"send: the next packet after the sent callback": broken(
		"espconn/secure_mbedtls.go", `if d.sc.tx.busy {`, `if d.sc.tx.busy && length > 1 {`),
	"send: at most 1,024 bytes of plaintext": broken(
		"espconn/profiles.go", `sendMax       = 1024 `, `sendMax       = 1025 `,
		"espconn/profiles.go", `sendMax       = 1024 `, `sendMax       = 1023 `),
	"send: at most 1,460 bytes encrypted": broken(
		"espconn/boundedtls/internal/record/cipher.go", `pad := VectorLen - 1 - (len(out)-body)%VectorLen`,
		`pad := 15*VectorLen - 1 - (len(out)-body)%VectorLen`),
	"sent: the function's name in V1.0": broken(
		"espconn/send.go", `return a.sendSecure("espconn_secure_sent", c, data, len(data))`,
		`return a.sendPlain("espconn_secure_sent", c, data, len(data))`),

	"disconnect: 0, or ESPCONN_ARG without a connection": broken(
		"espconn/close.go", "the espconn has no connection\")\n\t\t\t\treturn a.unconnected()",
		"the espconn has no connection\")\n\t\t\t\treturn OK"),
	"disconnect: not inside an espconn callback": broken(
		"espconn/close.go", `if a.profile.DisconnectLater {`, `if a.profile.DisconnectLater && a.depth > 1 {`,
		"espconn/close.go", "if a.depth > 0 {\n\t\t\ta.finding(", "if a.depth > 1 {\n\t\t\ta.finding("),
	"disconnect: from a task of system_os_task and system_os_post": broken(
		"espconn/api.go", "c.Call(k, data, status)\n\ta.depth--", "c.Call(k, data, status)"),

	"CA verification is off by default": broken(
		"espconn/api.go", `client:  roleSettings{size: SizeDefault},`, `client:  roleSettings{size: SizeDefault, caOn: true, caSector: 0x7B},`,
		"espconn/api.go", `server:  roleSettings{size: SizeDefault},`, `server:  roleSettings{size: SizeDefault, caOn: true, caSector: 0x7B},`),
	"ca_enable: level 1, 2 or 3, true or false": broken(
		"espconn/secure_settings.go", `a.eachRole(level, func(r *roleSettings) { r.caOn, r.caSector = true, sector })`,
		`a.eachRole(LevelBoth, func(r *roleSettings) { r.caOn, r.caSector = true, sector })`,
		"espconn/secure_settings.go", `a.eachRole(level, func(r *roleSettings) { r.caOn, r.caSector = true, sector })`,
		`a.eachRole(level&LevelClient, func(r *roleSettings) { r.caOn, r.caSector = true, sector })`,
		"espconn/secure_settings.go", "r.caOn, r.caSector = true, sector })\n\t\treturn true",
		"r.caOn, r.caSector = true, sector })\n\t\treturn false"),
	"ca_disable: level 1, 2 or 3, true or false": broken(
		"espconn/secure_settings.go", `a.eachRole(level, func(r *roleSettings) { r.caOn = false })`,
		`a.eachRole(LevelBoth, func(r *roleSettings) { r.caOn = false })`,
		"espconn/secure_settings.go", `a.eachRole(level, func(r *roleSettings) { r.caOn = false })`,
		`a.eachRole(level&LevelClient, func(r *roleSettings) { r.caOn = false })`,
		"espconn/secure_settings.go", `a.eachRole(level, func(r *roleSettings) { r.caOn = false })`,
		`a.eachRole(level&LevelServer, func(r *roleSettings) { r.caOn = false })`),
	"ca_enable: sector 0x7B is flash address 0x7B000": broken(
		"espconn/secure_images.go", `return int64(sector*sectorSize) + int64(offset)`, `return int64(sector*sectorSize) + 1 + int64(offset)`,
		"espconn/secure_mbedtls.go", `loadCA(r.caSector, d.sc.tls.CA)`, `loadCA(a.client.caSector, d.sc.tls.CA)`),
	"ca_enable: sector 0x3B is flash address 0x3B000": broken(
		"espconn/secure_images.go", `return int64(sector*sectorSize) + int64(offset)`,
		`return int64((sector|0x40)*sectorSize) + int64(offset)`),
	"ca_enable: the sector has 16 bits": broken(
		"espconn/secure_settings.go", `sectorMaxV10 = 0xFFFF`, `sectorMaxV10 = 0xFFFFF`),
	"ca_enable, ca_disable: before accept or connect": broken(
		"espconn/secure_settings.go",
		"a.checkUnused(level, name)\n\t\ta.checkSector(name, sector)\n\t\tif level&LevelServer",
		"a.checkSector(name, sector)\n\t\tif level&LevelServer",
		"espconn/secure_settings.go", "a.checkUnused(level, name)\n\t\ta.eachRole(level, func(r *roleSettings) { r.caOn = false",
		"a.eachRole(level, func(r *roleSettings) { r.caOn = false"),

	"cert_req is off by default": broken(
		"espconn/api.go", `client:  roleSettings{size: SizeDefault},`,
		`client:  roleSettings{size: SizeDefault, certReqOn: true, certReqSector: 0x7A},`),
	"cert_req: level 0x01 only, true or false": broken(
		"espconn/secure_settings.go", `return level == LevelClient`, `return level == LevelClient || level == LevelBoth`,
		"espconn/secure_settings.go", `return level == LevelClient`, `return level != LevelBoth && level != LevelServer`,
		"espconn/secure_settings.go", `func(r *roleSettings) { r.certReqOn = false }`, `func(r *roleSettings) {}`),
	"cert_req_enable: sector 0x7A is flash address 0x7A000": broken(
		"espconn/secure_images.go", `return int64(sector*sectorSize) + int64(offset)`, `return int64(sector*sectorSize) + 1 + int64(offset)`,
		"espconn/secure_mbedtls.go", `loadNamed(r.certReqSector, "private_key"`, `loadNamed(r.certReqSector+1, "private_key"`),
	"cert_req_enable: not over code or system parameters": broken(
		"flash/image/check.go", `case RFCal, PHYData, SystemParam:`, `case PHYData:`,
		"espconn/secure_settings.go", "a.checkUnused(level&LevelClient, name)\n\t\ta.checkSector(name, sector)",
		"a.checkUnused(level&LevelClient, name)"),
	"cert_req_enable: not needed when the server does not ask": broken(
		"espconn/secure_mbedtls.go", `} else if r.certReqOn {`, `} else if d.server == nil {`),
	"cert_req_enable: before connect": broken(
		"espconn/secure_settings.go", "a.checkUnused(level&LevelClient, name)\n\t\ta.checkSector(name, sector)",
		"a.checkSector(name, sector)"),

	"cert_req_disable: level 0x01 only, true or false; the prototype there has the name of ca_disable by mistake": broken(
		"espconn/secure_settings.go", `func(r *roleSettings) { r.certReqOn = false }`, `func(r *roleSettings) { r.caOn = false }`),

	"set_default_certificate: pointer and length, true or false": broken(
		"espconn/secure_objects.go", `if b == nil || len(b) > most || len(b) == 0`, `if b == nil || len(b) > most+1 || len(b) == 0`,
		"espconn/secure_objects.go", `if b == nil || len(b) > most || len(b) == 0`, `if len(b) > most || len(b) == 0 && b != nil`),
	"set_default_private_key: pointer and length, true or false": broken(
		"espconn/secure_objects.go", `a.setObject("espconn_secure_set_default_private_key", &a.key, b)`,
		`a.setObject("espconn_secure_set_default_private_key", &a.cert, b)`),
	"both before accept": broken(
		"espconn/accept.go", `return a.because(ARG, boundedtls.Cause{ID: CauseNoCertificate, Object: a.lacking()})`, `return OK`),
	"server: cert.h and private_key.h": broken(
		"cmd/internal/certs/carray.go", `i%arrayColumns == 0:`, `i%arrayColumns == 1:`,
		"cmd/internal/certs/carray.go", `CertArray = "default_certificate"`, `CertArray = "certificate"`),

	"server: cert.h and private_key.h are part of the build, no function sets them": broken(
		"emulator/wasm/guest.go", "g.linkObjects()\n", "",
		"emulator/build/flags.go", `"--export-if-defined=default_private_key_len"`, `"--export-if-defined=private_key_len"`,
		"espconn/secure_objects.go", `a.profile.V10 && !o.set && fn != nil`, `!o.set && fn != nil`),

	"SSL connections: espconn_secure_* only": broken(
		"espconn/wrong_kind.go", `(a.profile.OneUse || !starts[name])`, `!starts[name]`,
		"espconn/wrong_kind.go", `if !a.profile.MixedWorks && (`, `if a.profile.OneUse && starts[name] && (`,
		"espconn/wrong_kind.go", `uses&foreign != 0:`, `uses&foreign&^(secureListener|plainListener) != 0:`),
	"SSL connections: espconn_regist_* without an exception": broken(
		"espconn/checks.go", `if registered && !a.profile.V10 {`, `if registered {`),
	"SSL connections: espconn_regist_*cb": broken(
		"espconn/callbacks.go", `func() { c.Proto.TCP.ConnectCallback = cb }`, `func() {}`,
		"espconn/callbacks.go", `func() { c.Proto.TCP.ReconnectCallback = cb }`, `func() {}`,
		"espconn/callbacks.go", `func() { c.Proto.TCP.DisconnectCallback = cb }`, `func() {}`,
		"espconn/callbacks.go", `func() { c.RecvCallback = cb }`, `func() {}`,
		"espconn/callbacks.go", `func() { c.SentCallback = cb }`, `func() {}`),
	"SSL connections: not espconn_regist_write_finish": broken(
		"espconn/callbacks.go", `kind == WriteFinish && a.isSecure(c))`, `kind == WriteFinish && a.servedBy(c) != nil)`),
	"SSL connections: espconn_port gives a free port": broken(
		"espconn/port.go", `a.env.Stack().PortInUse(uint16(port)) || `, ``,
		"netstack/tcp.go", `u.local.Port() == port })`, `u.local.Port() == port+1 })`),

	"8 KB of buffer need at least 22 KB of memory": broken(
		"espconn/accept.go", `a.heapShort(a.server.size);`, `a.heapShort(min(a.server.size, 4096));`,
		"espconn/connect.go", `a.heapShort(a.client.size);`, `a.heapShort(min(a.client.size, 4096));`,
		"espconn/connect.go", `if !p.GateAtLeast {`, `if true {`),
	"larger certificates need more": broken(
		"espconn/boundedtls/internal/x509/certificate.go", `alloc.get(len(der), "certificate data")`, `alloc.get(1000, "certificate data")`),
	"too little memory: the handshake fails": broken(
		"espconn/boundedtls/internal/ledger/ledger.go", "if addr == 0 {\n\t\treturn false", "if addr == 0 {\n\t\treturn true"),

	"server, mutual: a size of at most 3,072 bytes": broken(
		"espconn/accept.go", `a.tooLargeForMutual(c, &a.server, a.server.caOn)`, `a.tooLargeForMutual(c, &a.client, a.server.caOn)`,
		"espconn/profiles.go", `mutualSizeMax = 3072`, `mutualSizeMax = 3071`,
		"espconn/profiles.go", `mutualSizeMax = 3072`, `mutualSizeMax = 3073`),
	"client, mutual: a size of at most 3,072 bytes": broken(
		"espconn/connect.go", `a.tooLargeForMutual(c, &a.client, a.client.certReqOn)`, `a.tooLargeForMutual(c, &a.client, a.client.caOn)`,
		"espconn/profiles.go", `mutualSizeMax = 3072`, `mutualSizeMax = 3071`,
		"espconn/profiles.go", `mutualSizeMax = 3072`, `mutualSizeMax = 3073`),
	"mutual: smaller when memory is short": broken(
		"espconn/boundedtls/mbedtls/heap.go", `n := c.Allocated + overhead`, `n := 3072 + overhead`),

	"up to two CA certificates in an image": broken(
		"espconn/secure_axtls_images.go", `d.axEntries(sector, a.profile.CAEntries)`, `d.axEntries(sector, 1)`,
		"espconn/secure_axtls_images.go", `d.axEntries(sector, a.profile.CAEntries)`, `d.axEntries(sector, 3)`,
		"espconn/secure_mbedtls_images.go", `if i >= l.api.profile.CAEntries {`, `if i >= l.api.profile.CAEntries-1 {`),
	"TCP is up, then the CA is read from flash, then the handshake": broken(
		"espconn/secure_axtls.go", "if !d.load() {\n\t\treturn false\n\t}\n", ""),
	"the server's chain is checked against the CA; on failure the connection ends": broken(
		"espconn/secure_conn.go", `Verify: r.caOn,`, `Verify: r.caOn && sc.server != nil,`),
	"the code of V1.0's own TLS library for it": broken(
		"espconn/boundedtls/axtls/error.go", `handshakeFailed = -28`, `handshakeFailed = -27`),

	"without a CA's files: a new CA and certificates of its own": broken(
		"cmd/internal/certs/make.go", `key, keys[0], o.Hash`, `key, keys[1], o.Hash`),
	"the CN is the device's or the host's address": broken(
		"cmd/internal/certs/make.go", `name{o.Project, o.CN}`, `name{o.Project, DefaultCN}`),
	"1,024 bits by default, 512 or others on request": broken(
		"cmd/internal/certs/make.go", `DefaultBits     = 1024`, `DefaultBits     = 2048`,
		"cmd/internal/certs/make.go", `GenerateKey(o.Bits)`, `GenerateKey(max(o.Bits, 1024))`),
	"server.key, ca.crt and server.crt of a CA": broken(
		"cmd/internal/certs/make.go", `own, header = in.server, in.server`, `own, header = in.server, nil`),
	"ca.crt alone: esp_ca_cert.bin": broken(
		"cmd/internal/certs/make.go", `r.CA = image.Certs{{Name: caEntry, Data: ca.DER}}`, `r.CA = image.Certs{{Name: caCert, Data: ca.DER}}`),
	"client.key, ca.crt and client.crt of a CA": broken(
		"cmd/internal/certs/make.go", `{Name: image.PrivateKeyEntry, Data: own.Key.DER()},`, `{Name: image.PrivateKeyEntry, Data: own.Key.PEM()},`),
	"other names must be changed to those": broken(
		"cmd/internal/certs/sources.go", `if wrong := l.misnamed(caCert); wrong != "" {`, `if wrong := l.misnamed(caCert); false {`),
	"the files are PEM": broken(
		"cmd/internal/certs/readcerts.go", `case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":`, `case "X509 CERTIFICATE":`),
	"rmfile.sh removes what was made": broken(
		"cmd/emu8266/internal/workdir/workdir.go", "case s == ours:\n\t\t\tif err := f.root.Remove(name)",
		"case s != absent:\n\t\t\tif err := f.root.Remove(name)"),
	"names and steps of V1.0: TLS.* files, make_cert.py": broken(
		"cmd/internal/certs/v10.go", `r.add(fmt.Sprintf("TLS.key_%d", o.Bits), pair.Key.DER(),`, `r.add(fmt.Sprintf("TLS.key_%d", o.Bits), pair.Key.PEM(),`,
		"cmd/internal/certs/v10.go", `casV10 = 2`, `casV10 = 1`),

	"server with CA verification: ca_enable and esp_ca_cert.bin at its sector": broken(
		"espconn/secure_mbedtls.go", `loadCA(r.caSector, d.sc.tls.CA)`, `loadCA(a.client.caSector, d.sc.tls.CA)`),
	"client, one-way: ca_enable and esp_ca_cert.bin at its sector": broken(
		"espconn/secure_mbedtls.go", `loadCA(r.caSector, d.sc.tls.CA)`, `loadCA(a.server.caSector, d.sc.tls.CA)`),
	"client, mutual: also cert_req_enable and esp_cert_private_key.bin at its sector": broken(
		"espconn/secure_mbedtls.go", `loadNamed(r.certReqSector, "private_key"`, `loadNamed(r.caSector, "private_key"`),
	"client, mutual: ca_enable and cert_req_enable together; without the first nobody is checked: a finding": broken(
		"espconn/checks.go", `if !r.caOn {`, `if false {`),

	"IoT_Demo, SERVER_SSL_ENABLE: a secure server in C": broken(
		"emulator/internal/cabi/secure.go", `code(s.sdk.SecureAccept(s.conn(a.u32(0))))`, `code(s.sdk.Accept(s.conn(a.u32(0))))`),
	"esp_mqtt_demo, MQTT_SSL_ENABLE: a secure client with back-off": broken(
		"emulator/internal/cabi/secure.go", `number(s.sdk.SecureCaEnable(a.u8(0), a.u32(1)))`, `number(s.sdk.SecureCaEnable(a.u8(0), a.u32(1)+1))`,
		"emulator/internal/cabi/secure.go", `number(s.sdk.SecureCertReqEnable(a.u8(0), a.u32(1)))`, `number(s.sdk.SecureCaEnable(a.u8(0), a.u32(1)))`),
	"IoT_Demo, CLIENT_SSL_ENABLE: a secure client in C": broken(
		"emulator/internal/cabi/secure.go", `code(s.sdk.SecureConnect(s.conn(a.u32(0))))`, `code(s.sdk.Connect(s.conn(a.u32(0))))`),
}

// Every statement of the manuals can be broken in a way that is written down, and each way still fits the code.
func TestManualMutantsApply(t *testing.T) {
	says := map[string]bool{}
	for _, r := range manualRows {
		says[r.says] = true
		if r.open == "" {
			assert.NotEmpty(t, manualMutants[r.says], "a statement without a mutant: %s", r.says)
		}
	}
	for statement, list := range manualMutants {
		assert.True(t, says[statement], "no row of manualRows says: %s", statement)
		for _, m := range list {
			_, err := m.Apply("..")
			assert.NoError(t, err, statement)
		}
	}
}

// mutantTime bounds the tests of one mutant.
const mutantTime = 20 * time.Minute

// With -mutants every statement is broken in turn, and a test of its row has to fail. That takes some minutes:
//
//	go test ./docs -run TestManualMutants -mutants -timeout 0 -v
func TestManualMutants(t *testing.T) {
	if !*runMutants {
		t.Skip("needs -mutants")
	}
	only, err := regexp.Compile(*mutantOf)
	require.NoError(t, err)
	killed := 0
	for _, r := range manualRows {
		if !only.MatchString(r.says) {
			continue
		}
		for _, m := range manualMutants[r.says] {
			content, err := m.Apply("..")
			if !assert.NoError(t, err) {
				continue
			}
			outcome, by, last := mutants.Survived, "", ""
			for _, part := range strings.Split(r.tests, ";") {
				folder, names, _ := strings.Cut(strings.TrimSpace(part), ": ")
				ctx, cancel := context.WithTimeout(t.Context(), mutantTime)
				o, failed, output, err := mutants.Run(ctx, "..", m.File, content, "-run",
					"^("+strings.ReplaceAll(names, " ", "|")+")$", "./"+folder)
				cancel()
				if !assert.NoError(t, err, "%s\n%s", r.says, m.Old) { // out of time: the others are tried all the same
					outcome = ""
					break
				}
				if last = output; o != mutants.Survived {
					outcome, by = o, strings.Join(failed, " ")
					break
				}
			}
			if assert.Equal(t, mutants.Killed, outcome, "%s\n%s\n%s\n-> %s\n%s", r.says, m.File, m.Old, m.New, last) {
				killed++
				t.Logf("killed by %s: %s", by, r.says)
			}
		}
	}
	t.Logf("%d mutants killed", killed)
}
