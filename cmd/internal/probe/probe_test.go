package probe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/probe"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

var server = netip.MustParseAddrPort("10.0.0.10:443")

// bubble lets fn probe in virtual time, on a network of its own.
func bubble(t *testing.T, fn func(t *testing.T, p probe.Probe)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		defer func() { require.NoError(t, network.Close()) }()
		fn(t, probe.Probe{Network: network, Server: server, Profiles: []espconn.Profile{espconn.ManualV21()}, Sizes: []int{2048, 4096}})
	})
}

// The least size is that of the longest record, and it is confirmed: a byte less does not work.
func TestLeastSize(t *testing.T) {
	leaf := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: 3000})
	bubble(t, func(t *testing.T, p probe.Probe) {
		p.Profiles = espconn.Profiles()
		p.Chain = &badpeer.Server{Chain: leaf.Chain()}
		var tried int
		p.Tried = func(n int) { tried = n }
		r, err := p.Run(t.Context(), "chain.pem")
		require.NoError(t, err)
		assert.Equal(t, "chain.pem", r.Target)
		assert.Len(t, r.Results, 8)
		assert.Equal(t, r.Handshakes, tried)
		assert.True(t, r.Works())
		for _, profile := range p.Profiles {
			require.NotNil(t, r.MinSize[profile.Name], profile.Name)
			want := 3000
			if profile.SizeRaise != 0 {
				want = 1 // and the device raises it to enough
			}
			assert.Equal(t, want, *r.MinSize[profile.Name], profile.Name)
		}
		first := r.Results[0]
		assert.Equal(t, "fails at handshake, -0x7200, reconnect callback -114", first.Verdict())
		assert.Equal(t, 3000, r.Results[1].RecordMax)
		assert.Contains(t, first.Explain, "3000")
		assert.Regexp(t, `ManualV21 +3000 +\d+ +\d+\n`, r.String())

		p.Sizes = []int{2999}
		r, err = p.Run(t.Context(), "chain.pem")
		require.NoError(t, err)
		assert.False(t, r.Works())
	})
}

// The least heap works, 8 bytes less do not, whatever the size and the profile; the heap given does not matter.
func TestLeastHeap(t *testing.T) {
	leaf := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048})
	for _, profile := range espconn.AllProfiles() {
		for _, sizes := range [][]int{{2048}, {2560, 4096}} {
			t.Run(fmt.Sprint(profile.Name, sizes), func(t *testing.T) {
				bubble(t, func(t *testing.T, p probe.Probe) {
					p.Profiles, p.Sizes = []espconn.Profile{profile}, sizes
					p.Chain = &badpeer.Server{Chain: leaf.Chain()}
					least := func() (size, heap, at int) {
						r, err := p.Run(t.Context(), "")
						require.NoError(t, err)
						require.NotNil(t, r.MinHeap[profile.Name])
						size = *r.MinSize[profile.Name]
						if len(p.Sizes) == 1 {
							size = p.Sizes[0]
						}
						return size, *r.MinHeap[profile.Name], *r.MinHeapAtConnect[profile.Name]
					}
					size, heap, at := least()
					assert.Zero(t, heap%8)
					assert.Positive(t, at)
					assert.LessOrEqual(t, at, heap)
					p.Sizes = []int{size}
					for _, given := range []int{heap, heap - 8, 81920} {
						p.Heap = uint32(given)
						r, err := p.Run(t.Context(), "")
						require.NoError(t, err)
						assert.Equal(t, given >= heap, r.Results[0].OK, "heap %d: %s", given, r.Results[0].Reason)
						if given == heap {
							assert.Equal(t, at, int(r.Results[0].HeapAtConnect))
						}
						assert.Equal(t, heap, *r.MinHeap[profile.Name], "found from %d", given)
					}
				})
			})
		}
	}
}

// With too little heap for every size the report says how much is needed, and at which size.
func TestTooLittleHeap(t *testing.T) {
	leaf := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: 3000})
	bubble(t, func(t *testing.T, p probe.Probe) {
		p.Chain = &badpeer.Server{Chain: leaf.Chain()}
		p.Profiles = []espconn.Profile{espconn.ManualV21(), espconn.SDK306()}
		p.Heap = 12000
		r, err := p.Run(t.Context(), "x")
		require.NoError(t, err)
		var named []string
		for _, profile := range p.Profiles {
			assert.Nil(t, r.MinSize[profile.Name])
			require.NotNil(t, r.MinHeap[profile.Name])
			assert.Equal(t, 3000, *r.MinHeapSize[profile.Name])
			named = append(named, fmt.Sprintf("%d bytes with %s and size 3000", *r.MinHeapAtConnect[profile.Name], profile.Name))
		}
		assert.Contains(t, r.Verdict, "No: an ESP8266 cannot connect to x with 12000 bytes of heap free at boot. It needs ")
		assert.Equal(t, []string{"have more heap free at espconn_secure_connect, at least: " + strings.Join(named, ", ")}, r.Change)
	})
}

// The device verifies with the given CA, and presents its own certificate.
func TestCertificates(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	encode := func(certs image.Certs) []byte {
		b, err := certs.Encode()
		require.NoError(t, err)
		return b
	}
	for _, row := range []struct {
		name      string
		ca        string // that the device trusts
		pad       int    // of the device's certificate, bytes
		pem       bool   // the device's certificate is PEM
		ownSector uint32
		want      string
	}{
		{"one sector", testpki.CA2048, 0, false, 0x7A, "ok"},
		{"own image of two sectors", testpki.CA2048, 2200, false, 0x79, "ok"},
		{"own image of two sectors, PEM", testpki.CA2048, 2200, true, 0x79, "ok"},
		{"wrong CA", testpki.OtherCA2048, 0, false, 0x7A, "fails at handshake, -0x2700, reconnect callback -39"},
		{"wrong CA behind an own image of two sectors", testpki.OtherCA2048, 2200, false, 0x79,
			"fails at handshake, -0x2700, reconnect callback -39"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p probe.Probe) {
				own := ca.Issue(t, testpki.Options{Key: testpki.Client2048, Pad: row.pad})
				p.Chain = &badpeer.Server{Chain: ca.Issue(t, testpki.Options{Key: testpki.Leaf2048}).Chain(), Request: true}
				p.CA = encode(image.Certs{{Name: "ca.cer", Data: testpki.NewCA(t, row.ca).Raw}})
				certificate := own.Raw
				if row.pem {
					certificate = testpki.PEM(own.Raw)
				}
				p.Own = encode(image.Certs{{Name: image.PrivateKeyEntry, Data: testpki.KeyDER(t, testpki.Client2048)},
					{Name: image.CertificateEntry, Data: certificate}})
				assert.Equal(t, row.ownSector, probe.OwnSector(len(p.Own)), "%d bytes", len(p.Own))
				p.Sizes, p.Send = []int{3072}, "hello"
				r, err := p.Run(t.Context(), "")
				require.NoError(t, err)
				assert.Equal(t, row.want, r.Results[0].Verdict())
				if row.want == "ok" {
					assert.Equal(t, "connected, 5 bytes sent, 0 received", r.Results[0].Reason)
				}
			})
		})
	}
}

// The own image ends before the CA's, and erased flash of an entry's header lies between them.
func TestOwnSector(t *testing.T) {
	for size, want := range map[int]uint32{1: 0x7A, 4096 - 34: 0x7A, 4096 - 33: 0x79, 4097: 0x79, 8192 - 34: 0x79, 8192: 0x78} {
		assert.Equal(t, want, probe.OwnSector(size), size)
		chip, err := probe.Flash([]byte("CA-image"), make([]byte, size))
		require.NoError(t, err)
		b := make([]byte, 34+8)
		_, err = chip.ReadAt(b, probe.CASector*flash.SectorSize-34)
		require.NoError(t, err)
		assert.Equal(t, strings.Repeat("\xff", 34)+"CA-image", string(b), size)
	}
}

// A port without listener, a peer that says nothing, a size that a profile refuses, and a heap that is too small.
// A size over that of mutual authentication is what the report says, not the heap (manual V2.1 4.2).
func TestMutualSize(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	own, err := image.Certs{
		{Name: image.CertificateEntry, Data: ca.Issue(t, testpki.Options{Key: testpki.Client2048}).Raw},
		{Name: image.PrivateKeyEntry, Data: testpki.KeyDER(t, testpki.Client2048)},
	}.Encode()
	require.NoError(t, err)
	bubble(t, func(t *testing.T, p probe.Probe) {
		p.Chain = &badpeer.Server{Chain: ca.Issue(t, testpki.Options{Key: testpki.Leaf2048}).Chain()}
		p.Own, p.Sizes = own, []int{3072, 3073}
		r, err := p.Run(t.Context(), "x")
		require.NoError(t, err)
		last := r.Results[1]
		assert.Equal(t, "call", last.Stage)
		assert.Equal(t, "espconn_secure_connect returned -1, ESPCONN_MEM", last.Reason)
		assert.Contains(t, last.Explain, "set at most 3072 bytes")
		assert.NotContains(t, last.Explain, "heap")
	})
}

func TestNoConnection(t *testing.T) {
	bubble(t, func(t *testing.T, p probe.Probe) {
		host := p.Network.Host("server", server.Addr())
		p.Sizes = []int{2048}
		r, err := p.Run(t.Context(), "")
		require.NoError(t, err)
		assert.Equal(t, "fails at tcp, reconnect callback -9", r.Results[0].Verdict())
		assert.Nil(t, r.MinSize["ManualV21"])
		assert.Contains(t, r.String(), "No: there is no TCP connection to ; check address and port.")

		l, err := host.Listen("tcp", server.String())
		require.NoError(t, err)
		p.Timeout = time.Second
		r, err = p.Run(t.Context(), "")
		require.NoError(t, err)
		assert.Equal(t, "fails at handshake", r.Results[0].Verdict())
		assert.Equal(t, "no result within 1 s", r.Results[0].Reason)
		require.NoError(t, l.Close())

		p.Heap = 8192
		r, err = p.Run(t.Context(), "")
		require.NoError(t, err)
		assert.Equal(t, "call", r.Results[0].Stage)
		assert.Contains(t, r.Results[0].Reason, "espconn_secure_connect returned -1")

		p.Sizes = []int{probe.LeastAccepted(p.Profiles[0]) - 1}
		r, err = p.Run(t.Context(), "")
		require.NoError(t, err)
		assert.Equal(t, "set_size", r.Results[0].Stage)
	})
}

// A probe can be broken off, and says so when no device can be made.
func TestRunErrors(t *testing.T) {
	bubble(t, func(t *testing.T, p probe.Probe) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := p.Run(ctx, "")
		assert.ErrorContains(t, err, "interrupted")
		p.Device = func(emulator.Config) (*emulator.Device, error) { return nil, context.DeadlineExceeded }
		_, err = p.Run(t.Context(), "")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// The JSON names are what scripts depend on.
func TestReportJSON(t *testing.T) {
	b, err := json.Marshal(probe.Report{Results: []probe.Result{{}}, MinSize: map[string]*int{"ManualV21": nil}})
	require.NoError(t, err)
	assert.Equal(t, `{"target":"","verdict":"","chain":null,"certificate_message":0,"record_max":0,"results":[{"profile":"","size":0,`+
		`"heap":0,"ok":false,"stage":"","code":null,"callback":null,"err":null,"reason":"","version":null,"cipher":null,"record_max":0,`+
		`"heap_peak":0,"heap_at_connect":0,"explain":""}],"min_size":{"ManualV21":null},"min_heap":null,"min_heap_size":null,"min_heap_at_connect":null,`+
		`"handshakes":0,"change":null}`, string(b))
}

// docs/probe.md describes every field of the JSON.
func TestFieldsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "probe.md"))
	require.NoError(t, err)
	for _, of := range []any{probe.Report{}, probe.Result{}, probe.Certificate{}} {
		for i := range reflect.TypeOf(of).NumField() {
			if name := reflect.TypeOf(of).Field(i).Tag.Get("json"); name != "" {
				assert.Contains(t, string(page), "`"+name+"`")
			}
		}
	}
}
