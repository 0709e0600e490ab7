package mqttclient_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Security levels and sectors of user_config.h.
const (
	levelNone, levelEncrypt, levelVerify, levelMutual = 0, 1, 2, 3

	caSector, certSector, settingsSector = 0x77, 0x78, 0x79
)

// pki is a CA with a certificate for the broker and one for the device.
type pki struct {
	ca             *x509.Certificate
	broker, device tls.Certificate
}

var makePKI = sync.OnceValue(func() pki {
	key := func() *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return k
	}
	caKey := key()
	template := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2049, 1, 1, 0, 0, 0, 0, time.UTC),
		}
	}
	ca := template(1, "example CA")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	issue := func(c *x509.Certificate, k *rsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, c, ca, &k.PublicKey, caKey)
		if err != nil {
			panic(err)
		}
		return der
	}
	caDER := issue(ca, caKey)
	leaf := func(serial int64, name string) tls.Certificate {
		k := key()
		return tls.Certificate{Certificate: [][]byte{issue(template(serial, name), k), caDER}, PrivateKey: k}
	}
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		panic(err)
	}
	return pki{ca: parsed, broker: leaf(2, "broker.example"), device: leaf(3, "device.example")}
})

// chip makes a flash chip with settings and certificates, as a factory would.
func chip(t *testing.T, p pki, level uint32, broker netip.AddrPort, keepalive uint32) *flash.Chip {
	c, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	require.NoError(t, image.Certs{{Name: "ca.cer", Data: p.ca.Raw}}.WriteAt(c, caSector))
	require.NoError(t, image.Certs{
		{Name: image.CertificateEntry, Data: p.device.Certificate[0]},
		{Name: image.PrivateKeyEntry, Data: x509.MarshalPKCS1PrivateKey(p.device.PrivateKey.(*rsa.PrivateKey))},
	}.WriteAt(c, certSector))
	ip := broker.Addr().As4()
	var settings []byte
	for _, v := range []uint32{0x00FF55A4, level, binary.LittleEndian.Uint32(ip[:]), uint32(broker.Port()), keepalive, 3072} {
		settings = binary.LittleEndian.AppendUint32(settings, v)
	}
	require.NoError(t, c.Write(settingsSector*flash.SectorSize, settings))
	return c
}

// firmware is the build with MQTT_SSL_ENABLE.
func firmware(t *testing.T) *wasm.Image { return build(t, "mqtt-client") }

func build(t *testing.T, name string) *wasm.Image {
	i, err := wasm.LoadFile("../../testdata/firmware/" + name + ".wasm")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, i.Close()) })
	assert.Empty(t, i.Missing())
	return i
}

// brokerConfig is what the device needs of a broker: TLS 1.2 with RSA and AES-CBC.
func (p pki) brokerConfig(level uint32) *tls.Config {
	c := &tls.Config{
		Certificates: []tls.Certificate{p.broker}, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
	}
	if level == levelMutual {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		c.ClientCAs.AddCert(p.ca)
	}
	return c
}

// newBroker is mochi-mqtt, which tells of itself each day of virtual time: by its default it does so each second, whoever listens.
func newBroker() *mqtt.Server {
	const day = 24 * 60 * 60
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	return mqtt.New(&mqtt.Options{InlineClient: true, Logger: quiet, SysTopicResendInterval: day})
}

// startBroker starts mochi-mqtt on a host of the network.
func startBroker(t *testing.T, host *vnet.Host, p pki, level uint32) *mqtt.Server {
	l, err := host.Listen("tcp", ":8883")
	require.NoError(t, err)
	if level != levelNone {
		l = tls.NewListener(l, p.brokerConfig(level))
	}
	s := newBroker()
	require.NoError(t, s.AddHook(new(auth.AllowHook), nil))
	require.NoError(t, s.AddListener(listeners.NewNet("tls", l)))
	require.NoError(t, s.Serve())
	return s
}

var brokerAddr = netip.MustParseAddrPort("10.0.0.10:8883")

// Each security level: connect, subscribe, publish in both directions.
func TestLevels(t *testing.T) {
	i, p := firmware(t), makePKI()
	for name, level := range map[string]uint32{"plain": levelNone, "encrypted": levelEncrypt, "verified": levelVerify,
		"mutual": levelMutual} {
		t.Run(name, func(t *testing.T) {
			c := chip(t, p, level, brokerAddr, 120)
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				network.Gateway(vnet.GatewayConfig{})
				s := startBroker(t, network.Host("broker", brokerAddr.Addr()), p, level)
				heard := make(chan string, 10)
				require.NoError(t, s.Subscribe("emu8266/out", 1, func(_ *mqtt.Client, _ packets.Subscription, pk packets.Packet) {
					heard <- string(pk.Payload)
				}))
				d := emulator.NewTest(t, emulator.Config{Network: network, Flash: c, Seed: 1, Checks: emulator.ChecksFail})
				require.NoError(t, d.Boot(i.Firmware()))
				devtest.WaitLog(t, d, "mqtt: connected", "mqtt: subscribed to emu8266/in")
				assert.True(t, strings.HasPrefix(<-heard, "hello from "))
				require.NoError(t, s.Publish("emu8266/in", []byte("are you there?"), false, 0))
				devtest.WaitLog(t, d, "mqtt: 14 bytes: are you there?")
				assert.Equal(t, "are you there?", <-heard)
				require.NoError(t, s.Close())
				devtest.WaitLog(t, d, "disconnected")
				require.NoError(t, d.Close())
				require.NoError(t, network.Close())
			})
		})
	}
}

// The build without MQTT_SSL_ENABLE talks plain TCP, whatever level the settings name, and port 1883 without settings.
func TestPlainBuild(t *testing.T) {
	i, p := build(t, "mqtt-client-plain"), makePKI()
	blank, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, blank.Close()) })
	for name, r := range map[string]struct {
		chip   *flash.Chip
		broker netip.AddrPort
	}{
		"level 3 in the settings": {chip(t, p, levelMutual, brokerAddr, 120), brokerAddr},
		"no settings":             {blank, netip.MustParseAddrPort("10.0.0.1:1883")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				l, err := network.Host("broker", r.broker.Addr()).Listen("tcp", fmt.Sprint(":", r.broker.Port()))
				require.NoError(t, err)
				s := newBroker()
				require.NoError(t, s.AddHook(new(auth.AllowHook), nil))
				require.NoError(t, s.AddListener(listeners.NewNet("tcp", l)))
				require.NoError(t, s.Serve())
				d := emulator.NewTest(t, emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"),
					Flash: r.chip, Seed: 1, Checks: emulator.ChecksFail})
				require.NoError(t, d.Boot(i.Firmware()))
				devtest.WaitLog(t, d, "level 0", "tcp: connected", "mqtt: subscribed to emu8266/in")
				require.NoError(t, s.Publish("emu8266/in", []byte("are you there?"), false, 0))
				devtest.WaitLog(t, d, "mqtt: 14 bytes: are you there?")
				require.NoError(t, s.Close())
				devtest.WaitLog(t, d, "disconnected")
				require.NoError(t, d.Close())
				require.NoError(t, network.Close())
			})
		})
	}
}

// The device does not talk to a broker whose certificate another CA signed.
func TestStranger(t *testing.T) {
	i, p := firmware(t), makePKI()
	other := p
	other.ca = &x509.Certificate{Raw: p.device.Certificate[0]} // a certificate, but not the broker's CA
	c := chip(t, other, levelVerify, brokerAddr, 120)
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		network.Gateway(vnet.GatewayConfig{})
		s := startBroker(t, network.Host("broker", brokerAddr.Addr()), p, levelVerify)
		d := emulator.NewTest(t, emulator.Config{Network: network, Flash: c, Seed: 1})
		require.NoError(t, d.Boot(i.Firmware()))
		devtest.WaitLog(t, d, "connection failed, err ")
		require.NoError(t, d.Close())
		require.NoError(t, s.Close())
		require.NoError(t, network.Close())
	})
}

// A day with a message every hour, and every other hour a cut of the link for ten minutes: the device finds out by its
// pings, connects again, and the heap is not used up.
func TestDay(t *testing.T) {
	i, p := firmware(t), makePKI()
	c := chip(t, p, levelMutual, brokerAddr, 60)
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		network.Gateway(vnet.GatewayConfig{})
		s := startBroker(t, network.Host("broker", brokerAddr.Addr()), p, levelMutual)
		var hellos, echoes atomic.Int32
		require.NoError(t, s.Subscribe("emu8266/out", 1, func(_ *mqtt.Client, _ packets.Subscription, pk packets.Packet) {
			if bytes.HasPrefix(pk.Payload, []byte("hello")) {
				hellos.Add(1)
			} else {
				echoes.Add(1)
			}
		}))
		d := emulator.NewTest(t, emulator.Config{Network: network, Flash: c, Seed: 1, TraceLimit: 1000})
		require.NoError(t, d.Boot(i.Firmware()))
		var free []uint32
		for hour := range hours {
			time.Sleep(40 * time.Minute)
			require.NoError(t, s.Publish("emu8266/in", []byte("hour"), false, 0))
			time.Sleep(time.Minute)
			assert.EqualValues(t, hour+1, echoes.Load(), "hour %d", hour)
			var idle uint32 // a segment may be on its way at any one moment
			for range 20 {
				time.Sleep(500 * time.Millisecond)
				idle = max(idle, d.HeapStats().Free)
			}
			free = append(free, idle)
			if hour%2 == 1 {
				network.Partition([]string{"broker"}, []string{d.Name()})
			}
			time.Sleep(10 * time.Minute)
			network.Heal()
			time.Sleep(9 * time.Minute)
		}
		assert.EqualValues(t, 1+hours/2, hellos.Load(), "one connection, and one after each cut")
		assert.InDelta(t, free[0], free[hours-1], 3*32, "what small gaps add to a block may differ; heap free: %v", free)
		require.NoError(t, d.Close())
		require.NoError(t, s.Close())
		require.NoError(t, network.Close())
	})
}

// The output that the README shows.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	i, p := firmware(t), makePKI()
	c := chip(t, p, levelVerify, brokerAddr, 120)
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		s := startBroker(t, network.Host("broker", brokerAddr.Addr()), p, levelVerify)
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"),
			Flash: c, UART: &uart, Seed: 1})
		require.NoError(t, d.Boot(i.Firmware()))
		devtest.WaitLog(t, d, "mqtt: subscribed")
		require.NoError(t, s.Publish("emu8266/in", []byte("are you there?"), false, 0))
		devtest.WaitLog(t, d, "mqtt: 14 bytes")
		require.NoError(t, d.Close()) // the UART is ours now
		require.NoError(t, s.Close())
		require.NoError(t, network.Close())
		assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
	})
}
