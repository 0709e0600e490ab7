package emulator_test

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// The benchmarks here take the CPU's time of the whole process, so that others on the machine change it little. Those that compare run
// the candidates in turns, in one process, and report medians and the median of the ratios of each turn.

// candidate is one of several ways to do the same thing. run does it n times and returns what that took.
type candidate struct {
	name string
	run  func(b *testing.B, n int) time.Duration
}

// compare runs the candidates in turns of n operations, b.N turns, and reports microseconds an operation; of all but the last also how
// many times as long it took as the last.
func compare(b *testing.B, n int, candidates ...candidate) {
	each, ratios := make([][]float64, len(candidates)), make([][]float64, len(candidates))
	for turn := range b.N + 1 {
		row := make([]float64, len(candidates))
		for i, c := range candidates {
			row[i] = float64(c.run(b, n).Nanoseconds()) / 1000 / float64(n)
		}
		if turn == 0 { // tables, pools, caches
			continue
		}
		for i, t := range row {
			each[i], ratios[i] = append(each[i], t), append(ratios[i], t/row[len(row)-1])
		}
	}
	for i, c := range candidates {
		b.ReportMetric(median(each[i]), c.name+"-µs/op")
		if i < len(candidates)-1 {
			b.ReportMetric(median(ratios[i]), c.name+"-ratio")
		}
	}
	b.ReportMetric(0, "ns/op")
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// inVirtualTime runs fn in a bubble, which a benchmark has not.
func inVirtualTime(b *testing.B, fn func()) {
	require.NoError(b, virtual.Run(func() error { fn(); return nil }))
}

// A full TLS handshake of the emulated device, as client and as server, with a Go program over the virtual network: TCP, frames,
// virtual time and all. Beside it two Hosts with crypto/tls, which shows the network's part, and crypto/tls that talks to itself over
// net.Pipe: same key, suite and version.
func BenchmarkHandshake(b *testing.B) {
	config := echoConfig(b)
	quiet := emulator.Config{TraceLimit: -1, Association: -1, Address: netip.MustParsePrefix("10.0.0.2/16")}
	traced := quiet
	traced.TraceLimit = 0
	client := func(cfg emulator.Config) func(b *testing.B, n int) time.Duration {
		return func(b *testing.B, n int) time.Duration { return deviceHandshakes(b, config, cfg, n) }
	}
	compare(b, 25,
		candidate{"client", client(quiet)},
		candidate{"client-traced", client(traced)},
		candidate{"server", func(b *testing.B, n int) time.Duration { return serverHandshakes(b, config, quiet, n) }},
		candidate{"hosts", func(b *testing.B, n int) time.Duration { return hostHandshakes(b, config, n) }},
		candidate{"net.Pipe", func(b *testing.B, n int) time.Duration { return pipeHandshakes(b, config, n) }})
}

// serve accepts connections and handles each with fn, on a goroutine of its own.
func serve(b *testing.B, h *vnet.Host, fn func(net.Conn)) {
	l, err := h.Listen("tcp", ":8883")
	require.NoError(b, err)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				fn(conn)
				_ = conn.Close()
			}()
		}
	}()
}

// hold is a server that says nothing.
func hold(config *tls.Config) func(net.Conn) {
	return func(conn net.Conn) {
		var p [16]byte
		for c := tls.Server(conn, config); ; {
			if _, err := c.Read(p[:]); err != nil {
				return
			}
		}
	}
}

var benchServer = netip.MustParseAddrPort("10.0.0.10:8883")

// toServer is an espconn that leads to benchServer.
func toServer() *espconn.Espconn {
	return &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
		RemoteIP: benchServer.Addr().As4(), RemotePort: int(benchServer.Port())}}}
}

// onGotIP has fn called when the station has its address.
func onGotIP(sdk *emulator.SDK, fn func()) {
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP {
			fn()
		}
	})
}

// deviceHandshakes lets one device connect and disconnect n times.
func deviceHandshakes(b *testing.B, config *tls.Config, cfg emulator.Config, n int) (used time.Duration) {
	inVirtualTime(b, func() {
		d, err := emulator.New(cfg)
		require.NoError(b, err)
		defer func() { _ = d.Close() }()
		serve(b, d.Network().Host("broker", benchServer.Addr()), hold(config))
		conn, done, connected := toServer(), make(chan bool, 1), 0
		start := cpuTime()
		require.NoError(b, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			connect := func() {
				if sdk.SecureConnect(conn) != espconn.OK {
					done <- false
				}
			}
			sdk.SystemOsTask(func(chip.OsEvent) { sdk.SecureDisconnect(conn) }, 0, make([]chip.OsEvent, 1))
			sdk.RegistConnectcb(conn, func(*espconn.Espconn) { connected++; sdk.SystemOsPost(0, 0, 0) })
			sdk.RegistDisconcb(conn, func(*espconn.Espconn) {
				if connected == n {
					done <- true
					return
				}
				connect()
			})
			sdk.RegistReconcb(conn, func(*espconn.Espconn, espconn.Err) { done <- false })
			onGotIP(sdk, connect)
		})))
		require.True(b, <-done, "handshake %d failed", connected+1)
		used = cpuTime() - start
	})
	return used
}

// serverHandshakes lets a Go client connect to one device and disconnect n times.
func serverHandshakes(b *testing.B, config *tls.Config, cfg emulator.Config, n int) (used time.Duration) {
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY",
		Bytes: x509.MarshalPKCS1PrivateKey(config.Certificates[0].PrivateKey.(*rsa.PrivateKey))})
	client := clientConfig(config)
	inVirtualTime(b, func() {
		d, err := emulator.New(cfg)
		require.NoError(b, err)
		defer func() { _ = d.Close() }()
		h := d.Network().Host("client", benchServer.Addr())
		ready := make(chan bool, 1)
		require.NoError(b, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			sdk.SecureSetSize(2, 4096)
			sdk.SecureSetDefaultCertificate(config.Certificates[0].Certificate[0])
			sdk.SecureSetDefaultPrivateKey(key)
			l := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 443}}}
			onGotIP(sdk, func() { ready <- sdk.SecureAccept(l) == espconn.OK })
		})))
		require.True(b, <-ready)
		start := cpuTime()
		for range n {
			c, err := h.Dial("tcp", "10.0.0.2:443")
			require.NoError(b, err)
			require.NoError(b, tls.Client(c, client).Handshake())
			require.NoError(b, c.Close())
			time.Sleep(100 * time.Millisecond)
		}
		used = cpuTime() - start
	})
	return used
}

// clientConfig is the configuration of a client that suits a server's.
func clientConfig(config *tls.Config) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: config.MinVersion, MaxVersion: config.MaxVersion,
		CipherSuites: config.CipherSuites}
}

// hostHandshakes lets two Hosts shake hands n times.
func hostHandshakes(b *testing.B, config *tls.Config, n int) (used time.Duration) {
	client := clientConfig(config)
	inVirtualTime(b, func() {
		network := vnet.New(vnet.Options{Seed: 1})
		defer func() { _ = network.Close() }()
		serve(b, network.Host("server", benchServer.Addr()), hold(config))
		h := network.Host("client", netip.Addr{})
		start := cpuTime()
		for range n {
			c, err := h.Dial("tcp", benchServer.String())
			require.NoError(b, err)
			require.NoError(b, tls.Client(c, client).Handshake())
			require.NoError(b, c.Close())
		}
		time.Sleep(100 * time.Millisecond)
		used = cpuTime() - start
	})
	return used
}

// pipeHandshakes lets crypto/tls shake hands with itself n times.
func pipeHandshakes(b *testing.B, config *tls.Config, n int) time.Duration {
	client := clientConfig(config)
	start := cpuTime()
	for range n {
		near, far := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- tls.Server(far, config).Handshake() }()
		require.NoError(b, tls.Client(near, client).Handshake())
		require.NoError(b, <-served)
		_, _ = near.Close(), far.Close()
	}
	return cpuTime() - start
}

// What is sent in BenchmarkBulk: pieces of what the SDK's documents call a good size, a megabyte for one operation.
const (
	bulkPiece = 1024
	bulkBytes = 1 << 20
)

// TLS from the device to a Go server and back, one outstanding piece at a time as on the chip, beside crypto/tls over net.Pipe: a megabyte
// is one operation.
func BenchmarkBulk(b *testing.B) {
	config := echoConfig(b)
	compare(b, 2,
		candidate{"sends", func(b *testing.B, n int) time.Duration { return deviceBulk(b, config, true, n*bulkBytes) }},
		candidate{"receives", func(b *testing.B, n int) time.Duration { return deviceBulk(b, config, false, n*bulkBytes) }},
		candidate{"hosts", func(b *testing.B, n int) time.Duration { return hostBulk(b, config, n*bulkBytes) }},
		candidate{"net.Pipe", func(b *testing.B, n int) time.Duration { return pipeBulk(b, config, n*bulkBytes) }})
}

// take reads total bytes.
func take(c net.Conn, total int) error {
	p := make([]byte, 64<<10)
	for got := 0; got < total; {
		k, err := c.Read(p)
		if err != nil {
			return err
		}
		got += k
	}
	return nil
}

// give writes total bytes in pieces.
func give(c net.Conn, total int) error {
	p := make([]byte, bulkPiece)
	for range total / bulkPiece {
		if _, err := c.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// deviceBulk has one device send or receive total bytes.
func deviceBulk(b *testing.B, config *tls.Config, sends bool, total int) (used time.Duration) {
	inVirtualTime(b, func() {
		d, err := emulator.New(emulator.Config{TraceLimit: -1, Association: -1, Address: netip.MustParsePrefix("10.0.0.2/16")})
		require.NoError(b, err)
		defer func() { _ = d.Close() }()
		began, done := make(chan bool, 1), make(chan error, 3)
		serve(b, d.Network().Host("broker", benchServer.Addr()), func(conn net.Conn) {
			c := tls.Server(conn, config)
			if sends {
				done <- take(c, total)
				return
			}
			var p [1]byte
			if _, err := io.ReadFull(c, p[:]); err != nil {
				done <- err
			} else if err := give(c, total); err != nil {
				done <- err
			}
			_, _ = c.Read(p[:])
		})
		conn, piece, sent, got := toServer(), make([]byte, bulkPiece), 0, 0
		require.NoError(b, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			send := func(p []byte) {
				if err := sdk.SecureSend(conn, p); err != espconn.OK {
					done <- fmt.Errorf("send: %v", err)
				}
			}
			sdk.RegistConnectcb(conn, func(*espconn.Espconn) {
				began <- true
				if sends {
					send(piece)
				} else {
					send(piece[:1])
				}
			})
			sdk.RegistSentcb(conn, func(*espconn.Espconn) {
				if sent += bulkPiece; sends && sent < total {
					send(piece)
				}
			})
			sdk.RegistRecvcb(conn, func(_ *espconn.Espconn, p []byte) {
				if got += len(p); got == total {
					done <- nil
				}
			})
			onGotIP(sdk, func() { sdk.SecureConnect(conn) })
		})))
		<-began
		start := cpuTime()
		require.NoError(b, <-done)
		used = cpuTime() - start
	})
	return used
}

// hostBulk has a Host send total bytes to another.
func hostBulk(b *testing.B, config *tls.Config, total int) (used time.Duration) {
	inVirtualTime(b, func() {
		network := vnet.New(vnet.Options{Seed: 1})
		defer func() { _ = network.Close() }()
		done := make(chan error, 1)
		serve(b, network.Host("server", benchServer.Addr()), func(c net.Conn) { done <- take(tls.Server(c, config), total) })
		raw, err := network.Host("client", netip.Addr{}).Dial("tcp", benchServer.String())
		require.NoError(b, err)
		c := tls.Client(raw, clientConfig(config))
		require.NoError(b, c.Handshake())
		start := cpuTime()
		require.NoError(b, give(c, total))
		require.NoError(b, <-done)
		used = cpuTime() - start
	})
	return used
}

// pipeBulk has crypto/tls send total bytes to itself.
func pipeBulk(b *testing.B, config *tls.Config, total int) time.Duration {
	near, far := net.Pipe()
	defer func() { _, _ = near.Close(), far.Close() }()
	done := make(chan error, 1)
	go func() { done <- take(tls.Server(far, config), total) }()
	c := tls.Client(near, clientConfig(config))
	require.NoError(b, c.Handshake())
	start := cpuTime()
	require.NoError(b, give(c, total))
	require.NoError(b, <-done)
	return cpuTime() - start
}

// benchAddress is a fixed address for the device with this number.
func benchAddress(n int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(16 + n>>8), byte(n)}), 16)
}

// What a device costs among others: New with the default name, Close, and joining the network, which is a boot, an ARP request that
// everybody hears, and a TCP connection. The figures of 8,000 are to be those of 500.
func BenchmarkCrowd(b *testing.B) {
	for _, count := range []int{500, 2000, 8000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			var made, joined, closed time.Duration
			for range b.N {
				inVirtualTime(b, func() {
					network := vnet.New(vnet.Options{Seed: 1})
					defer func() { _ = network.Close() }()
					serve(b, network.Host("broker", benchServer.Addr()), func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
					start := cpuTime()
					all, connected := make([]*emulator.Device, count), new(atomic.Int64)
					for i := range all {
						var err error
						all[i], err = emulator.New(emulator.Config{Network: network, Address: benchAddress(i), Seed: uint64(i + 1),
							TraceLimit: -1, Association: -1})
						require.NoError(b, err)
					}
					made += cpuTime() - start
					start = cpuTime()
					for _, d := range all {
						require.NoError(b, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
							conn := toServer()
							sdk.RegistConnectcb(conn, func(*espconn.Espconn) { connected.Add(1) })
							onGotIP(sdk, func() { sdk.Connect(conn) })
						})))
						time.Sleep(time.Millisecond)
					}
					time.Sleep(5 * time.Second)
					joined += cpuTime() - start
					require.EqualValues(b, count, connected.Load())
					start = cpuTime()
					for _, d := range all {
						require.NoError(b, d.Close())
					}
					closed += cpuTime() - start
				})
			}
			for name, spent := range map[string]time.Duration{"New": made, "join": joined, "Close": closed} {
				b.ReportMetric(float64(spent.Microseconds())/float64(b.N*count), name+"-µs/device")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// What a device with a TLS session costs when others run beside it: it connects and sends 16 bytes every ten seconds for ten minutes, and a
// Go server echoes them. The sizes run one after the other, and each is compared with the least.
func BenchmarkFleet(b *testing.B) {
	config := echoConfig(b)
	fleet := func(count int) candidate {
		return candidate{fmt.Sprint(count), func(b *testing.B, n int) time.Duration {
			return deviceFleet(b, config, count) * time.Duration(n) / time.Duration(count)
		}}
	}
	for _, count := range []int{2000, 10000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) { compare(b, 1, fleet(count), fleet(100)) })
	}
}

// deviceFleet returns what so many devices take together.
func deviceFleet(b *testing.B, config *tls.Config, count int) (used time.Duration) {
	const rounds = 60
	echo := func(conn net.Conn) {
		c := tls.Server(conn, config)
		_, _ = io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{c}, make([]byte, 64))
	}
	start := cpuTime()
	inVirtualTime(b, func() {
		network := vnet.New(vnet.Options{Seed: 1})
		defer func() { _ = network.Close() }()
		serve(b, network.Host("broker", benchServer.Addr()), echo)
		all, echoed := make([]*emulator.Device, count), make([]int, count)
		for i := range all {
			var err error
			all[i], err = emulator.New(emulator.Config{Network: network, Address: benchAddress(i), Seed: uint64(i + 1), TraceLimit: -1,
				Association: -1})
			require.NoError(b, err)
			require.NoError(b, all[i].Boot(emulator.Go(func(sdk *emulator.SDK) {
				conn, message, timer := toServer(), make([]byte, 16), new(emulator.OsTimer)
				sdk.RegistConnectcb(conn, func(*espconn.Espconn) {
					sdk.OsTimerSetfn(timer, func() { sdk.SecureSend(conn, message) })
					sdk.OsTimerArm(timer, 10_000, true)
				})
				sdk.RegistRecvcb(conn, func(_ *espconn.Espconn, p []byte) { echoed[i] += len(p) })
				onGotIP(sdk, func() { sdk.SecureConnect(conn) })
			})))
			time.Sleep(time.Millisecond)
		}
		time.Sleep(rounds*10*time.Second + 5*time.Second)
		for i, d := range all {
			require.NoError(b, d.Close())
			require.GreaterOrEqual(b, echoed[i], rounds*16)
		}
	})
	return cpuTime() - start
}

// A write of the firmware to its flash.
func BenchmarkFlashWrite(b *testing.B) {
	d, err := emulator.New(emulator.Config{})
	require.NoError(b, err)
	defer func() { _ = d.Close() }()
	p := make([]byte, 64)
	require.NoError(b, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
		for b.Loop() {
			sdk.SpiFlashWrite(0x100000, p)
		}
	})))
}
