package build

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// v10Server is a secure server that knows only what the manual V1.0 has: it includes cert.h and private_key.h, and repeats the
// manual's prototypes.
const v10Server = `#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"
#include "cert.h"
#include "private_key.h"

bool espconn_secure_ca_enable(uint8 level, uint16 flash_sector);
sint8 espconn_secure_accept(struct espconn *espconn);
sint8 espconn_secure_sent(struct espconn *espconn, uint8 *psent, uint16 length);

static struct espconn server;
static esp_tcp tcp;

static void on_recv(void *arg, char *data, unsigned short length)
{
	espconn_secure_sent(arg, (uint8 *)data, length);
}

static void on_event(System_Event_t *event)
{
	if (event->event != EVENT_STAMODE_GOT_IP)
		return;
	server.type = ESPCONN_TCP;
	server.proto.tcp = &tcp;
	tcp.local_port = 443;
	espconn_regist_recvcb(&server, on_recv);
	espconn_regist_write_finish(&server, (espconn_connect_callback)on_event);
	os_printf("accept %d\n", espconn_secure_accept(&server));
}

void user_init(void)
{
	wifi_set_event_handler_cb(on_event);
}
`

// header prints bytes as xxd -i does.
func header(name string, b []byte) string {
	var s bytes.Buffer
	fmt.Fprintf(&s, "unsigned char %s[] = {", name)
	for i, c := range b {
		if i > 0 {
			s.WriteString(",")
		}
		fmt.Fprintf(&s, " 0x%02x", c)
	}
	fmt.Fprintf(&s, "\n};\nunsigned int %s_len = %d;\n", name, len(b))
	return s.String()
}

// TestServerOfV10: by ManualV10 the server's certificate and key are the arrays of cert.h and private_key.h, which are part of the
// build (manual V1.0 2.1), without a call and without a finding. The other profiles do not look at them.
func TestServerOfV10(t *testing.T) {
	needTools(t)
	cert := testpki.SelfSigned(t, testpki.Options{Key: testpki.Leaf1024})
	dir := tree(t, map[string]string{
		"user_main.c":   v10Server,
		"cert.h":        header("default_certificate", cert.Raw),
		"private_key.h": header("default_private_key", testpki.KeyDER(t, testpki.Leaf1024)),
	})
	o := options(t, dir)
	o.Defines = []string{v10Sector}
	_, err := Build(t.Context(), o)
	require.NoError(t, err)
	image, err := wasm.LoadFile(filepath.Join(dir, "out.wasm"))
	require.NoError(t, err)
	defer image.Close()
	for profile, want := range map[string]string{"ManualV10": "accept 0", "ManualV21": "accept -12", "SDK306SSL": "accept 0"} {
		t.Run(profile, func(t *testing.T) {
			p, _ := espconn.ProfileByName(profile)
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				d := emulator.NewTest(t, emulator.Config{Network: network, Seed: 1, Profile: p,
					Address: netip.MustParsePrefix("10.0.1.1/16")})
				t.Cleanup(func() { assert.NoError(t, network.Close()) })
				require.NoError(t, d.Boot(image.Firmware()))
				_, err := d.WaitLog(t.Context(), want)
				require.NoError(t, err)
				if profile == "ManualV21" {
					return
				}
				client := network.Host("client", netip.MustParseAddr("10.0.0.9"))
				for range 2 {
					raw, err := client.DialContext(context.Background(), "tcp", "10.0.1.1:443")
					require.NoError(t, err)
					c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
						CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
					_ = c.SetDeadline(time.Now().Add(time.Minute))
					err = c.Handshake()
					if profile == "SDK306SSL" {
						assert.Error(t, err, "it has no certificate")
						_ = raw.Close()
						return
					}
					require.NoError(t, err)
					assert.Equal(t, cert.Raw, c.ConnectionState().PeerCertificates[0].Raw)
					_, err = c.Write([]byte("hello"))
					require.NoError(t, err)
					got := make([]byte, 5)
					_, err = io.ReadFull(c, got)
					require.NoError(t, err)
					assert.Equal(t, "hello", string(got))
					_ = c.Close()
					time.Sleep(5 * time.Second)
				}
				for _, e := range d.Trace().Events() {
					assert.NotEqual(t, trace.SourceFinding, e.Source, "%s: %s", e.Name, e.Text)
				}
			})
		})
	}
}

// TestPrototypeOfV10: whoever repeats V1.0's prototype of espconn_secure_ca_enable is told of the macro, by both compilers. With the macro
// nobody says anything of it, and one that fits neither manual gets no such advice then.
func TestPrototypeOfV10(t *testing.T) {
	needTools(t)
	needGCC(t)
	const conflict = "conflicting types for 'espconn_secure_ca_enable'"
	advice := "-D " + v10Sector
	for prototype, v10 := range map[string]bool{
		"bool espconn_secure_ca_enable(uint8 level, uint16 flash_sector);":        true,
		"bool espconn_secure_ca_enable(unsigned char level, unsigned short);":     true,
		"bool espconn_secure_ca_enable(uint8_t level,\n\tuint16_t flash_sector);": true,
		"bool espconn_secure_ca_enable(uint8 level, uint32 *flash_sector);":       false,
	} {
		for _, engine := range []string{EngineWasm, EngineLX106} {
			o := options(t, tree(t, map[string]string{"a.c": "#include \"espconn.h\"\n" + prototype +
				"\nvoid user_init(void) { espconn_secure_ca_enable(1, 0); }\n"}))
			o.Engine, o.Output = engine, "out."+engine
			said := func() string {
				result, err := Build(t.Context(), o)
				if err != nil {
					return err.Error()
				}
				return result.Warnings
			}
			before := said()
			assert.Contains(t, before, conflict, engine)
			assert.Contains(t, before, advice, engine)
			assert.NotContains(t, before, "--sdk-version")
			o.Defines = []string{v10Sector}
			after := said()
			assert.Equal(t, v10, !strings.Contains(after, conflict), "%s: %s: %s", engine, prototype, after)
			assert.NotContains(t, after, advice)
		}
	}
}
