package iotserver_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// wait is how long anything may take, in the device's time.
const wait = time.Minute

const deviceAddr = "10.0.1.1:443"

// start boots the firmware, built with SERVER_SSL_ENABLE, at 10.0.1.1 and waits until it has its address.
func start(t *testing.T, cfg emulator.Config) *emulator.Device {
	return startBuild(t, "iot-server", cfg)
}

// startBuild is start for an image of testdata/firmware.
func startBuild(t *testing.T, build string, cfg emulator.Config) *emulator.Device {
	image, err := wasm.LoadFile("../../testdata/firmware/" + build + ".wasm")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, image.Close()) })
	assert.Empty(t, image.Missing())
	cfg.Address, cfg.Seed = netip.MustParsePrefix("10.0.1.1/16"), 1
	d := emulator.NewTest(t, cfg)
	devtest.Boot(t, d, image.Firmware())
	return d
}

// dial opens a TLS connection to the device.
func dial(t *testing.T, host *vnet.Host) (*tls.Conn, error) { return dialAs(t, host) }

// dialAs is dial for a client with certificates, which it sends whatever the device names.
func dialAs(t *testing.T, host *vnet.Host, certificates ...tls.Certificate) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	raw, err := host.DialContext(ctx, "tcp", deviceAddr)
	require.NoError(t, err)
	c := tls.Client(raw, &tls.Config{
		InsecureSkipVerify: true, // as curl -k
		MaxVersion:         tls.VersionTLS12,
		CipherSuites:       []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &append(certificates, tls.Certificate{})[0], nil
		},
	})
	return c, c.HandshakeContext(ctx)
}

// ask sends the pieces of a request, 10 ms apart, and returns status and body. The device closes the connection.
func ask(t *testing.T, host *vnet.Host, pieces ...string) (int, string) {
	t.Helper()
	c, err := dial(t, host)
	require.NoError(t, err)
	return say(t, c, pieces...)
}

// say is ask on a connection, which it closes.
func say(t *testing.T, c net.Conn, pieces ...string) (int, string) {
	t.Helper()
	defer c.Close()
	var err error
	for i, piece := range pieces {
		if i > 0 {
			time.Sleep(10 * time.Millisecond)
		}
		_, err = io.WriteString(c, piece)
		require.NoError(t, err)
	}
	status, body := answer(t, c)
	_, err = io.Copy(io.Discard, c)
	assert.NoError(t, err, "the device closes the connection")
	return status, body
}

func answer(t *testing.T, c net.Conn) (int, string) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(wait)))
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.Equal(t, "iot-server", r.Header.Get("Server"))
	return r.StatusCode, string(body)
}

func get(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: plug\r\n\r\n" }

func post(target, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: plug\r\nContent-Length: %d\r\n\r\n%s", target, len(body), body)
}

// What the server says to each kind of request, whole and in pieces.
func TestRequests(t *testing.T) {
	const on = `{ "status" : 1 }`
	whole := post("/config?command=switch", on)
	rows := []struct {
		name   string
		pieces []string
		status int
		body   string
	}{
		{"page", []string{get("/")}, 200, "A plug"},
		{"switch is off", []string{get("/config?command=switch")}, 200, `{"status":0}`},
		{"set, in three pieces", []string{whole[:20], whole[20 : len(whole)-9], whole[len(whole)-9:]}, 200, `{"status":1}`},
		{"switch is on", []string{get("/config?command=switch&more=1")}, 200, `{"status":1}`},
		{"station", []string{get("/client?command=status")}, 200, `{"status":5}`},
		{"info", []string{get("/client?command=info")}, 200, `"requests":5}`},
		{"value of another kind", []string{post("/config?command=switch", `{"status":"on"}`)}, 400, "status must be"},
		{"no value", []string{post("/config?command=switch", `{}`)}, 400, "status must be"},
		{"no page", []string{get("/etc/passwd")}, 404, "no such page"},
		{"wrong method", []string{post("/client?command=info", "")}, 405, "wrong method"},
		{"no HTTP", []string{"hello\r\n\r\n"}, 400, "no HTTP"},
		{"too long", []string{"GET /" + strings.Repeat("x", 1020)}, 413, "too long"},
		{"longer than it can be", []string{"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n"}, 413, "too long"},
	}
	for _, profile := range []espconn.Profile{espconn.ManualV21(), espconn.SDK306()} {
		t.Run(profile.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				defer network.Close()
				host := network.Host("browser", netip.Addr{})
				d := start(t, emulator.Config{Network: network, Profile: profile})
				free := d.HeapStats().Free
				for _, r := range rows {
					status, body := ask(t, host, r.pieces...)
					assert.Equal(t, r.status, status, r.name)
					assert.Contains(t, body, r.body, r.name)
					devtest.WaitLog(t, d, "client gone")
				}
				time.Sleep(10 * time.Minute) // closed connections keep some heap for a while
				assert.Equal(t, free, d.HeapStats().Free, "heap")
				assert.Empty(t, d.Findings())
				require.NoError(t, d.Close())
			})
		})
	}
}

// The build without SERVER_SSL_ENABLE is the same server over plain TCP on port 80, one client at a time.
func TestPlainBuild(t *testing.T) {
	for _, profile := range []espconn.Profile{espconn.ManualV21(), espconn.SDK306()} {
		t.Run(profile.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				defer network.Close()
				host := network.Host("browser", netip.Addr{})
				d := startBuild(t, "iot-server-plain", emulator.Config{Network: network, Profile: profile})
				free := d.HeapStats().Free
				dial := func() net.Conn {
					c, err := host.Dial("tcp", "10.0.1.1:80")
					require.NoError(t, err)
					return c
				}
				whole := post("/config?command=switch", `{"status":1}`)
				for _, r := range []struct {
					pieces []string
					status int
					body   string
				}{
					{[]string{get("/")}, 200, "A plug"}, {[]string{whole[:20], whole[20:]}, 200, `{"status":1}`},
					{[]string{get("/config?command=switch")}, 200, `{"status":1}`}, {[]string{get("/etc/passwd")}, 404, "no such page"},
				} {
					status, body := say(t, dial(), r.pieces...)
					assert.Equal(t, r.status, status)
					assert.Contains(t, body, r.body)
					devtest.WaitLog(t, d, "client gone")
				}
				_, err := host.Dial("tcp", "10.0.1.1:443")
				assert.Error(t, err, "nobody listens there")
				time.Sleep(10 * time.Minute)
				assert.Equal(t, free, d.HeapStats().Free, "heap")
				assert.Empty(t, d.Findings())
				require.NoError(t, d.Close())
			})
		})
	}
}

// A CA image at sector 0x7B of the flash lets the server check its clients (manual V2.1 3.2): burned there, nothing else changes.
func TestClientsAreChecked(t *testing.T) {
	ca, other := testpki.NewCA(t, testpki.CA2048), testpki.NewCA(t, testpki.OtherCA2048)
	right := ca.Issue(t, testpki.Options{Key: testpki.Client2048, Name: "browser"}).TLS(t)
	stranger := other.Issue(t, testpki.Options{Key: testpki.Client2048, Name: "stranger"}).TLS(t)
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, chip.Close()) })
	require.NoError(t, image.Certs{{Name: "ca.cer", Data: ca.Raw}}.WriteAt(chip, 0x7B))
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		defer network.Close()
		host := network.Host("browser", netip.Addr{})
		d := start(t, emulator.Config{Network: network, Flash: chip})
		for name, certificates := range map[string][]tls.Certificate{"none": nil, "another CA's": {stranger}} {
			c, err := dialAs(t, host, certificates...)
			assert.Error(t, err, name)
			_ = c.NetConn().Close()
			devtest.WaitLog(t, d, "client lost, err ")
		}
		c, err := dialAs(t, host, right)
		require.NoError(t, err)
		status, _ := say(t, c, get("/"))
		assert.Equal(t, 200, status)
		devtest.WaitLog(t, d, "client gone")
		assert.Empty(t, d.Findings())
		require.NoError(t, d.Close())
	})
}

// What a second client meets while the first is being served: the manual promises one client at a time, and the SDK
// leaves the second one waiting.
func TestSecondClient(t *testing.T) {
	for _, tc := range []struct {
		profile espconn.Profile
		want    string
	}{
		{espconn.ManualV21(), "connection reset"},
		{espconn.SDK306(), "deadline exceeded"},
	} {
		t.Run(tc.profile.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				defer network.Close()
				d := start(t, emulator.Config{Network: network, Profile: tc.profile})
				first, err := dial(t, network.Host("first", netip.Addr{}))
				require.NoError(t, err)
				second, err := dial(t, network.Host("second", netip.Addr{}))
				require.ErrorContains(t, err, tc.want)
				_ = second.NetConn().Close() // the deadline may have closed it

				_, err = io.WriteString(first, get("/client?command=status"))
				require.NoError(t, err)
				status, _ := answer(t, first)
				assert.Equal(t, 200, status, "the first one is served as if nothing had been")
				require.NoError(t, first.Close())
				require.NoError(t, d.Close())
			})
		})
	}
}

// After the answer has gone out the device restarts, and serves again.
func TestReboot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		defer network.Close()
		host := network.Host("browser", netip.Addr{})
		d := start(t, emulator.Config{Network: network})
		status, body := ask(t, host, post("/config?command=reboot", ""))
		assert.Equal(t, 200, status)
		assert.Equal(t, `{"rebooting":true}`, body)
		devtest.WaitLog(t, d, "boot reason 4", "got ip")
		status, _ = ask(t, host, get("/"))
		assert.Equal(t, 200, status)
		require.NoError(t, d.Close())
	})
}

// A client that leaves in the middle, and one that speaks no TLS, do no harm.
func TestRudeClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		defer network.Close()
		host := network.Host("browser", netip.Addr{})
		d := start(t, emulator.Config{Network: network})

		c, err := dial(t, host)
		require.NoError(t, err)
		_, err = io.WriteString(c, "GET / HT")
		require.NoError(t, err)
		devtest.WaitLog(t, d, "not all yet")
		require.NoError(t, c.NetConn().Close())
		devtest.WaitLog(t, d, "client gone")

		// Answer read, gone: the device's own disconnect comes too late, and must not be carried out.
		c, err = dial(t, host)
		require.NoError(t, err)
		_, err = io.WriteString(c, get("/client?command=status"))
		require.NoError(t, err)
		status, _ := answer(t, c)
		assert.Equal(t, 200, status)
		require.NoError(t, c.Close())
		devtest.WaitLog(t, d, "client gone")
		assert.Empty(t, d.Findings())

		raw, err := host.Dial("tcp", deviceAddr)
		require.NoError(t, err)
		_, err = io.WriteString(raw, get("/"))
		require.NoError(t, err)
		devtest.WaitLog(t, d, "client lost, err ")
		require.NoError(t, raw.Close())

		status, _ = ask(t, host, get("/"))
		assert.Equal(t, 200, status)
		require.NoError(t, d.Close())
	})
}

// curl gets the pages, in real time, through a port of this machine.
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("curl is missing: .ci/run installs it")
		}
		t.Skip("curl is not installed")
	}
	network := vnet.New(vnet.Options{Seed: 1})
	t.Cleanup(func() { assert.NoError(t, network.Close()) })
	gateway := network.Gateway(vnet.GatewayConfig{})
	d := start(t, emulator.Config{Network: network, Association: -1})
	addr, err := gateway.Forward(t.Context(), "127.0.0.1:0", netip.MustParseAddrPort(deviceAddr))
	require.NoError(t, err)
	run := func(target string, args ...string) string {
		args = append(args, "-k", "--silent", "--show-error", "--max-time", "30", "--tlsv1.2", "--tls-max", "1.2",
			"--ciphers", "AES128-SHA256:@SECLEVEL=0", "https://"+addr.String()+target)
		out, err := exec.CommandContext(t.Context(), curl, args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		devtest.WaitLog(t, d, "client gone") // one at a time
		return string(out)
	}
	page := run("/")
	assert.Contains(t, page, "A plug")
	assert.True(t, strings.HasSuffix(page, "</script>\n"), "the end of the page")
	assert.Equal(t, `{"status":1}`, run("/config?command=switch", "--data", `{"status":1}`))
	assert.Equal(t, `{"status":1}`, run("/config?command=switch"))
}

// The output that the README shows.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		defer network.Close()
		host := network.Host("browser", netip.Addr{})
		var uart bytes.Buffer
		d := start(t, emulator.Config{Network: network, UART: &uart})
		ask(t, host, get("/"))
		request := post("/config?command=switch", `{"status":1}`)
		ask(t, host, request[:len(request)-12], request[len(request)-12:])
		devtest.WaitLog(t, d, "client gone")
		ask(t, host, post("/config?command=reboot", ""))
		devtest.WaitLog(t, d, "got ip")
		require.NoError(t, d.Close()) // the UART is ours now
		assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
	})
}
