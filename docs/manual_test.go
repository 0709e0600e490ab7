// Package docs holds the documentation and the tests that keep it true.
package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/docs/internal/pages"
	"github.com/emu8266/emu8266/espconn"
)

// manualRow is one statement of the SSL manuals.
type manualRow struct {
	item     int    // number in the checklist of both manuals (manual-items.md)
	v21, v10 string // sections, "-" where a manual is silent
	says     string
	tests    string // "folder: TestA TestB; folder: TestC"
	open     string // what is missing; such a row has no test
}

// manualFunctions are the functions of both manuals, by the section of each; "-" where the manual has none. The name of
// the method follows from the name of the function.
var manualFunctions = []struct{ name, v21, v10 string }{
	{"espconn_secure_accept", "5.1", "4.3"},
	{"espconn_secure_delete", "5.2", "-"},
	{"espconn_secure_set_size", "5.3", "4.4"},
	{"espconn_secure_get_size", "5.4", "4.5"},
	{"espconn_secure_connect", "5.5", "4.6"},
	{"espconn_secure_send", "5.6", "-"},
	{"espconn_secure_sent", "-", "4.7"},
	{"espconn_secure_disconnect", "5.7", "4.8"},
	{"espconn_secure_ca_enable", "5.8", "4.2"},
	{"espconn_secure_ca_disable", "5.9", "4.1"},
	{"espconn_secure_cert_req_enable", "5.10", "-"},
	{"espconn_secure_cert_req_disable", "5.11", "-"},
	{"espconn_secure_set_default_certificate", "5.12", "-"},
	{"espconn_secure_set_default_private_key", "5.13", "-"},
}

var manualRows = []manualRow{
	{1, "1, 3", "2", "server, one-way: the device sends its certificate, the client may check it",
		"espconn: TestServerHappyPath; cmd/emu8266: TestCertsWorkWithOpenSSL", ""},
	{1, "1, 3", "2", "server, mutual: the device also asks for the client's certificate and checks it",
		"espconn: TestServerMutual; cmd/emu8266: TestServeVerifiesClients", ""},
	{1, "-", "2, 4.2", "server: ca_enable(0x02) makes the device ask its client for a certificate and check it",
		"espconn: TestManualV10_ServerChecksClients; cmd/emu8266: TestServeVerifiesClients", ""},
	{1, "1, 4", "3", "client, one-way: the device receives the server's certificate and may check it",
		"espconn: TestClientHappyPath TestManualV21_22_VerificationFails", ""},
	{1, "1, 4", "-", "client, mutual: the device also presents its own certificate",
		"espconn: TestMutual; cmd/emu8266: TestCertsWorkWithOpenSSL", ""},
	{1, "1", "1", "an encrypted connection needs no verification", "espconn: TestClientHappyPath TestServerHappyPath", ""},

	{2, "5.1", "4.3", "accept: ESPCONN_MEM without room",
		"espconn: TestManualV21_10_AcceptOrder TestFailedCallsLeaveNothing TestManualV10_Server", ""},
	{2, "5.1", "4.3", "accept: ESPCONN_ISCONN when the server exists", "espconn: TestManualV21_10_AcceptOrder TestManualV10_Server", ""},
	{2, "5.1", "4.3", "accept: ESPCONN_ARG for a bad espconn",
		"espconn: TestManualV21_10_AcceptOrder TestReturnPaths TestManualV10_Server", ""},
	{2, "5.1", "4.3", "accept: one server, called once",
		"espconn: TestManualV21_10_AcceptOrder TestManualV21_11_AcceptAfterDelete TestManualV10_Server", ""},
	{2, "5.1", "4.3", "accept: one client", "espconn: TestManualV21_12_SecondClientIsReset TestManualV10_Server", ""},
	{2, "5.1", "-", "accept: certificate and key must be set before",
		"espconn: TestManualV21_10_AcceptOrder TestReturnPaths TestFindingsOfCalls", ""},

	{3, "5.2", "-", "delete: ESPCONN_ARG for an espconn that is no server", "espconn: TestManualV21_14_Delete", ""},
	{3, "5.2", "-", "delete: ESPCONN_INPROGRESS while a client is connected; disconnect it first", "espconn: TestManualV21_14_Delete", ""},
	{3, "5.2", "-", "delete: removes the server", "espconn: TestManualV21_11_AcceptAfterDelete TestManualV21_14_Delete", ""},

	{4, "5.3", "4.4", "set_size: level 1 client, 2 server, 3 both",
		"espconn: TestManualV21_02_SetSizeRange TestManualV21_03_SizePerRole", ""},
	{4, "5.3", "4.4", "set_size: 1 to 8,192 bytes",
		"espconn: TestManualV21_02_SetSizeRange TestManualV21_04_SmallSizes TestSetSizePerProfile", ""},
	{4, "5.3", "4.4", "set_size: 2,048 bytes by default", "espconn: TestManualV21_02_SetSizeRange TestManualV21_13_PacketOverTheSize", ""},
	{4, "5.3", "4.4", "set_size: before accept or connect", "espconn: TestManualV21_05_SettingsWhileInUse", ""},
	{4, "5.3", "4.4", "set_size: true, or false when refused",
		"espconn: TestManualV21_02_SetSizeRange TestSetSizePerProfile TestManualV10_Sizes", ""},
	{4, "5.4", "4.5", "get_size: the size of a level", "espconn: TestManualV21_03_SizePerRole TestManualV21_06_GetSizeOfBoth", ""},

	{5, "5.5", "4.6", "connect: ESPCONN_MEM without room",
		"espconn: TestManualV21_07_ConnectOrder TestHeapGate TestManualV10_OneClient", ""},
	{5, "5.5", "4.6", "connect: ESPCONN_ISCONN while a connection exists",
		"espconn: TestManualV21_08_OneClient TestManualV10_OneClient", ""},
	{5, "5.5", "4.6", "connect: ESPCONN_ARG for a bad espconn",
		"espconn: TestManualV21_07_ConnectOrder TestReturnPaths TestManualV10_OneClient", ""},
	{5, "5.5", "-", "connect: no callback after a failed call", "espconn: TestManualV21_09_FailedConnectChangesNothing", ""},
	{5, "5.5", "4.6", "connect: one connection; disconnect before the next",
		"espconn: TestManualV21_08_OneClient TestReconnectInCallback TestManualV10_OneClient", ""},

	{6, "5.5", "4.6", "client: a packet over the size breaks the connection, reconnect callback",
		"espconn: TestManualV21_13_PacketOverTheSize TestManualV10_PacketOverTheSize", ""},
	{6, "5.1", "4.3", "server: a packet over the size breaks the connection, reconnect callback",
		"espconn: TestManualV21_13_PacketOverTheSize TestManualV10_ServerPacketOverTheSize; " +
			"cmd/emu8266: TestServeRefusesARecordLargerThanItsBuffer", ""},

	{6, "5.1, 5.5", "4.3, 4.6", "what counts is the encrypted packet: of data its plaintext, of the handshake the message",
		"espconn: TestPacketAgainstTheSize TestManualV10_PacketOverTheSize", ""},

	{7, "5.6", "4.7", "send: 0, or ESPCONN_ARG without a connection", "espconn: TestManualV21_15_Send TestManualV10_Sent", ""},
	{7, "5.6", "-", "send: the next packet after the sent callback", "espconn: TestManualV21_15_Send", ""},
	{7, "5.6", "-", "send: at most 1,024 bytes of plaintext", "espconn: TestManualV21_15_Send", ""},
	{7, "5.6", "-", "send: at most 1,460 bytes encrypted", "espconn: TestManualV21_16_CiphertextLimit", ""},
	{7, "-", "4.7", "sent: the function's name in V1.0", "espconn: TestManualV21_36_SecureSent", ""},

	{8, "5.7", "4.8", "disconnect: 0, or ESPCONN_ARG without a connection",
		"espconn: TestManualV21_17_Disconnect TestManualV10_Disconnect", ""},
	{8, "5.7", "-", "disconnect: not inside an espconn callback",
		"espconn: TestManualV21_18_DisconnectInCallback TestDisconnectInRecv", ""},
	{8, "5.7", "-", "disconnect: from a task of system_os_task and system_os_post",
		"espconn: TestManualV21_DisconnectFromTask; examples/secure-client: TestSecureClient", ""},

	{9, "5.8, 5.9", "4.1, 4.2", "CA verification is off by default",
		"espconn: TestManualV21_Levels TestManualV10_ClientLevels", ""},
	{9, "5.8", "4.2", "ca_enable: level 1, 2 or 3, true or false",
		"espconn: TestManualV21_Levels TestManualV21_19_CaEnable TestManualV10_ClientLevels TestManualV10_Levels", ""},
	{9, "5.9", "4.1", "ca_disable: level 1, 2 or 3, true or false",
		"espconn: TestManualV21_Levels TestReturnPaths TestManualV10_ClientLevels TestManualV10_Levels", ""},
	{9, "5.8", "-", "ca_enable: sector 0x7B is flash address 0x7B000",
		"espconn: TestManualV21_Levels TestManualV21_SectorPerRole; cmd/emu8266: TestCertsWorkWithOpenSSL", ""},
	{9, "-", "4.2", "ca_enable: sector 0x3B is flash address 0x3B000",
		"espconn: TestManualV10_ClientLevels; cmd/emu8266: TestV10CertsWorkWithOpenSSL", ""},
	{9, "-", "4.2", "ca_enable: the sector has 16 bits", "espconn: TestManualV10_Sector", ""},
	{9, "5.8, 5.9", "4.1, 4.2", "ca_enable, ca_disable: before accept or connect", "espconn: TestManualV21_05_SettingsWhileInUse", ""},

	{10, "5.10, 5.11", "-", "cert_req is off by default", "espconn: TestManualV21_Levels", ""},
	{10, "5.10, 5.11", "-", "cert_req: level 0x01 only, true or false",
		"espconn: TestManualV21_Levels TestManualV21_23_CertReqLevels", ""},
	{10, "5.10", "-", "cert_req_enable: sector 0x7A is flash address 0x7A000",
		"espconn: TestManualV21_Levels; cmd/emu8266: TestCertsWorkWithOpenSSL", ""},
	{10, "5.10", "-", "cert_req_enable: not over code or system parameters", "espconn: TestManualV21_19_CaEnable TestFindingsOfCalls", ""},
	{10, "5.10", "-", "cert_req_enable: not needed when the server does not ask",
		"espconn: TestClientHappyPath TestManualV21_24_CertReqWithoutCa", ""},
	{10, "5.10", "-", "cert_req_enable: before connect", "espconn: TestManualV21_05_SettingsWhileInUse", ""},

	{10, "5.11", "-", "cert_req_disable: level 0x01 only, true or false; the prototype there has the name of ca_disable by mistake",
		"espconn: TestLevels; emulator/csdk: TestManualPrototypes", ""},

	{11, "5.12", "-", "set_default_certificate: pointer and length, true or false",
		"espconn: TestManualV21_26_SetDefault TestDefaultObjectCharges", ""},
	{11, "5.13", "-", "set_default_private_key: pointer and length, true or false",
		"espconn: TestManualV21_26_SetDefault TestDefaultObjectCharges", ""},
	{11, "5.12, 5.13", "-", "both before accept", "espconn: TestManualV21_10_AcceptOrder", ""},
	{11, "3", "2.1", "server: cert.h and private_key.h",
		"cmd/emu8266: TestHeadersCompile TestHeadersAreWhatXxdPrints; cmd/internal/certs: TestCArrayIsWhatXxdPrints", ""},

	{11, "-", "2.1", "server: cert.h and private_key.h are part of the build, no function sets them",
		"emulator/build: TestServerOfV10; espconn: TestManualV10_LinkedObjects", ""},

	{12, "5", "4", "SSL connections: espconn_secure_* only",
		"espconn: TestMixedUses TestMixedCalls TestFindingsOfCalls", ""},
	{12, "5", "4", "SSL connections: espconn_regist_*cb", "espconn: TestRegistOnSecure TestReturnPaths", ""},
	{12, "5", "-", "SSL connections: not espconn_regist_write_finish", "espconn: TestManualV21_32_WriteFinish", ""},
	{12, "-", "4", "SSL connections: espconn_regist_* without an exception", "espconn: TestManualV10_WriteFinish", ""},
	{12, "5", "4", "SSL connections: espconn_port gives a free port", "espconn: TestPortIsFree; netstack: TestPortInUse", ""},

	{13, "3.2, 4.2", "-", "8 KB of buffer need at least 22 KB of memory",
		"espconn: TestHeapGate TestLeastHeap TestManualV21_AcceptWantsHeap", ""},
	{13, "3.2, 4.2", "-", "larger certificates need more", "espconn: TestManualV21_LargerCertificates", ""},
	{13, "3.2, 4.2", "-", "too little memory: the handshake fails",
		"espconn: TestEveryAllocationFails TestManualV21_27_HeapRunsOut", ""},

	{14, "3.2", "-", "server, mutual: a size of at most 3,072 bytes",
		"espconn: TestManualV21_MutualSize TestManualV21_MutualMemory TestManualV21_10_AcceptOrder", ""},
	{14, "4.2", "-", "client, mutual: a size of at most 3,072 bytes",
		"espconn: TestManualV21_MutualSize TestManualV21_MutualMemory TestManualV21_07_ConnectOrder", ""},
	{14, "3.2, 4.2", "-", "mutual: smaller when memory is short", "espconn: TestManualV21_MutualMemory", ""},

	{15, "-", "3.1, 3.2", "up to two CA certificates in an image",
		"espconn: TestManualV10_Verification TestManualV21_21_TwoCAs; cmd/emu8266: TestTwoCAsInTheV10Layout", ""},
	{15, "-", "3.2", "TCP is up, then the CA is read from flash, then the handshake",
		"espconn: TestManualV10_Order TestManualV21_20_ErasedCaSector TestManualV21_35_LogLines", ""},
	{15, "-", "3.2", "the server's chain is checked against the CA; on failure the connection ends",
		"espconn: TestManualV10_Verification TestManualV21_22_VerificationFails", ""},
	{15, "-", "3.2", "the code of V1.0's own TLS library for it", "espconn: TestManualV10_Verification TestManualV10_Dates", ""},

	{16, "3.1.1, 4.1.1", "2.1", "without a CA's files: a new CA and certificates of its own",
		"cmd/internal/certs: TestCase1; cmd/emu8266: TestOpenSSLAcceptsAllCertificates", ""},
	{16, "3.1.1, 4.1.1", "2.1", "the CN is the device's or the host's address", "cmd/internal/certs: TestOptions", ""},
	{16, "3.1, 4.1", "2.1", "1,024 bits by default, 512 or others on request",
		"cmd/internal/certs: TestKeySizes TestKeySizesOnTheDevice TestGenerateKey; cmd/emu8266: TestOpenSSLAcceptsAllCertificates", ""},
	{16, "3.1.2", "-", "server.key, ca.crt and server.crt of a CA", "cmd/internal/certs: TestGivenCertificates", ""},
	{16, "4.1.2", "-", "ca.crt alone: esp_ca_cert.bin", "cmd/internal/certs: TestGivenCertificates", ""},
	{16, "4.1.3", "-", "client.key, ca.crt and client.crt of a CA", "cmd/internal/certs: TestGivenCertificates", ""},
	{16, "3.1.2, 4.1.2, 4.1.3", "-", "other names must be changed to those", "cmd/internal/certs: TestBadInputs", ""},
	{16, "3.1.2, 4.1.2, 4.1.3", "-", "the files are PEM", "cmd/internal/certs: TestInputForms", ""},
	{16, "2", "-", "rmfile.sh removes what was made", "cmd/emu8266/internal/workdir: TestCleanRemovesOnlyWhatWasMade", ""},
	{16, "-", "2.1, 3.1", "names and steps of V1.0: TLS.* files, make_cert.py",
		"cmd/internal/certs: TestV10New TestV10Given; cmd/emu8266: TestV10CertsWorkWithOpenSSL TestTwoCAsInTheV10Layout", ""},

	{17, "3.2", "-", "server with CA verification: ca_enable and esp_ca_cert.bin at its sector",
		"espconn: TestServerMutual TestManualV21_20_ErasedCaSector", ""},
	{17, "4.2", "3", "client, one-way: ca_enable and esp_ca_cert.bin at its sector",
		"espconn: TestManualV21_22_VerificationFails TestManualV21_20_ErasedCaSector", ""},
	{17, "4.2", "-", "client, mutual: also cert_req_enable and esp_cert_private_key.bin at its sector",
		"espconn: TestMutual TestManualV21_25_ImageLacksName", ""},

	{17, "4.2", "-", "client, mutual: ca_enable and cert_req_enable together; without the first nobody is checked: a finding",
		"espconn: TestManualV21_24_CertReqWithoutCa TestFindingsOfCalls", ""},

	{18, "3", "2", "IoT_Demo, SERVER_SSL_ENABLE: a secure server in C",
		"examples/iot-server: TestRequests TestSecondClient TestPlainBuild TestClientsAreChecked", ""},
	{18, "4", "-", "esp_mqtt_demo, MQTT_SSL_ENABLE: a secure client with back-off",
		"examples/mqtt-client: TestLevels TestStranger TestPlainBuild", ""},
	{18, "-", "3", "IoT_Demo, CLIENT_SSL_ENABLE: a secure client in C",
		"examples/iot-client: TestCloud TestRestart TestPlainBuild TestServerIsChecked", ""},
}

// docs/manual.md lists every statement of both manuals with the tests that show it.
func TestManualPageIsComplete(t *testing.T) {
	known := pages.TestFunctions(t, "..")
	seen := map[int]bool{}
	for i, r := range manualRows {
		seen[r.item] = true
		shown := pages.ShownBy(r.tests)
		assert.True(t, (r.open == "") == (len(shown) > 0), "row %d, %q: either tests or what is open", i, r.says)
		for _, name := range shown {
			assert.True(t, known[name], "row %d, %q: no test %s", i, r.says, name)
		}
		assert.True(t, r.v21 != "-" || r.v10 != "-", "row %d: a section", i)
	}
	for item := 1; item <= 18; item++ {
		assert.True(t, seen[item], "item %d of manual-items.md has no row", item)
	}
	pages.Compare(t, "manual.md", manualPage(t), "go test ./docs -update")
}

func manualPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# The two SSL manuals, statement by statement\n\n" +
		"Generated by `go test ./docs -update` from the table in `manual_test.go`, which fails when a test is missing. V2.1 is\n" +
		"the manual of 2023 (SDK with mbedTLS), V1.0 that of 2015 (axTLS); the numbers are their sections. What the manuals\n" +
		"leave open is decided in [manual-profile.md](tables/manual-profile.md), and listed in [choices.md](tables/choices.md).\n\n" +
		"## Functions\n\n| function | V2.1 | V1.0 | in Go |\n|---|---|---|---|\n")
	api := reflect.TypeOf(&espconn.API{})
	for _, f := range manualFunctions {
		method := methodName(f.name)
		_, ok := api.MethodByName(method)
		assert.True(t, ok, "%s: no method %s", f.name, method)
		fmt.Fprintf(&b, "| `%s` | %s | %s | `espconn.API.%s` |\n", f.name, f.v21, f.v10, method)
	}
	b.WriteString("\n## Rules, limits and notes\n\n| # | V2.1 | V1.0 | statement | shown by |\n|---|---|---|---|---|\n")
	open := 0
	for _, r := range manualRows {
		shown := strings.ReplaceAll(r.tests, "; ", "<br>")
		if r.open != "" {
			open++
			shown = "**open**: needs " + r.open
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", r.item, r.v21, r.v10, r.says, shown)
	}
	fmt.Fprintf(&b, "\n%d statements, %d of them open.\n", len(manualRows), open)
	return b.String()
}

// methodName strips espconn_ and capitalises after each underscore.
func methodName(function string) (name string) {
	for _, word := range strings.Split(strings.TrimPrefix(function, "espconn_"), "_") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

// Every API check is found by some test: a rule that no test names cannot be trusted to fire.
func TestEveryRuleIsTested(t *testing.T) {
	src, err := os.ReadFile("../espconn/rules.go")
	require.NoError(t, err)
	file, err := parser.ParseFile(token.NewFileSet(), "rule.go", src, parser.SkipObjectResolution)
	require.NoError(t, err)
	ids := map[string]string{} // id -> constant
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				ids[strings.Trim(lit.Value, `"`)] = v.Names[0].Name
			}
		}
		return true
	})
	var tests strings.Builder
	for _, pattern := range []string{"../espconn/*_test.go", "../emulator/*_test.go", "../emulator/wasm/*_test.go",
		"../emulator/elf/*_test.go", "../emulator/internal/cabi/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range files {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			tests.Write(b)
		}
	}
	for _, r := range espconn.Rules() {
		name := ids[r.ID]
		if assert.NotEmpty(t, name, "%s has no constant", r.ID) {
			assert.True(t, strings.Contains(tests.String(), "espconn."+name), "no test finds %s", r.ID)
		}
	}
}
