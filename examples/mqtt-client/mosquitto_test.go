package mqttclient_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// mosquitto finds the broker, which Debian keeps off the PATH of users.
func mosquitto(t *testing.T) string {
	for _, name := range []string{"mosquitto", "/usr/sbin/mosquitto"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("mosquitto is missing: .ci/run installs it")
	}
	t.Skip("mosquitto is not installed")
	return ""
}

// startMosquitto runs a broker until stop; publish sends a message over its second listener, which has no TLS.
func startMosquitto(t *testing.T, path string, port, plain int, p pki, level uint32) (stop func()) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755)) // mosquitto gives up root before it reads
	file := func(name, kind string, ders ...[]byte) string {
		var b []byte
		for _, der := range ders {
			b = append(b, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		}
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, b, 0o644))
		return path
	}
	key, err := x509.MarshalPKCS8PrivateKey(p.broker.PrivateKey)
	require.NoError(t, err)
	config := fmt.Sprintf(`user root
per_listener_settings false
allow_anonymous true
listener %d 127.0.0.1
listener %d 127.0.0.1
cafile %s
certfile %s
keyfile %s
tls_version tlsv1.2
ciphers AES128-SHA256:AES128-SHA
require_certificate %v
`, plain, port, file("ca.pem", "CERTIFICATE", p.ca.Raw), file("cert.pem", "CERTIFICATE", p.broker.Certificate...),
		file("key.pem", "PRIVATE KEY", key), level == levelMutual)
	conf := filepath.Join(dir, "mosquitto.conf")
	require.NoError(t, os.WriteFile(conf, []byte(config), 0o644))
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	cmd := exec.Command(path, "-v", "-c", conf)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	stop = func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed
			_ = log.Close()
			if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
				t.Logf("%s", text)
			}
		}
	}
	t.Cleanup(stop)
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "mosquitto does not listen")
	return stop
}

// publish sends one message to a broker without TLS.
func publish(t *testing.T, port int, topic, text string) {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte("\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03pub"))
	require.NoError(t, err)
	answer := make([]byte, 4)
	_, err = c.Read(answer)
	require.NoError(t, err)
	require.Equal(t, "\x20\x02\x00\x00", string(answer))
	_, err = fmt.Fprintf(c, "\x30%c\x00%c%s%s\xe0\x00", 2+len(topic)+len(text), len(topic), topic, text)
	require.NoError(t, err)
}

// The device against a real broker, in real time: connect, subscribe, publish, and again after the broker was restarted.
func TestMosquitto(t *testing.T) {
	path := mosquitto(t)
	i, p := firmware(t), makePKI()
	for name, level := range map[string]uint32{"encrypted": levelEncrypt, "verified": levelVerify, "mutual": levelMutual} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port, plain := devtest.FreePort(t), devtest.FreePort(t)
			stop := startMosquitto(t, path, port, plain, p, level)
			network := vnet.New(vnet.Options{Seed: 1})
			t.Cleanup(func() { assert.NoError(t, network.Close()) })
			virtual := netip.MustParseAddrPort("10.0.0.1:8883")
			network.Gateway(vnet.GatewayConfig{}).Allow(virtual, fmt.Sprintf("127.0.0.1:%d", port))
			d := emulator.NewTest(t, emulator.Config{Network: network, Flash: chip(t, p, level, virtual, 4), Seed: 1, Association: -1})
			require.NoError(t, d.Boot(i.Firmware()))
			devtest.WaitLog(t, d, "mqtt: subscribed")
			publish(t, plain, "emu8266/in", "first")
			devtest.WaitLog(t, d, "mqtt: 5 bytes: first")
			if level != levelMutual { // once is enough
				return
			}
			stop()
			devtest.WaitLog(t, d, "connection failed, err ") // at once, or when the next attempt is refused
			startMosquitto(t, path, port, plain, p, level)
			devtest.WaitLog(t, d, "mqtt: subscribed")
			publish(t, plain, "emu8266/in", "second")
			devtest.WaitLog(t, d, "mqtt: 6 bytes: second")
		})
	}
}
