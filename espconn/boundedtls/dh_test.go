package boundedtls_test

import (
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// near returns p + n.
func near(p *big.Int, n int64) *big.Int { return new(big.Int).Add(p, big.NewInt(n)) }

// public sets the peer's public value to p times factor + n. The secret is what the device computes from it: 0, 1 or, for 2
// with the generator 2, the device's own public value.
func public(factor, n int64) func(*tlspeer.DHValues) {
	return func(v *tlspeer.DHValues) {
		v.Y = near(new(big.Int).Mul(v.P, big.NewInt(factor)), n)
		v.Secret = func(device *big.Int) *big.Int {
			switch n {
			case -1:
				return big.NewInt(1) // where the device's private value is even
			case 2:
				return device
			}
			return big.NewInt(n)
		}
	}
}

// generator sets the generator to p times factor + n, and the public value to what it then is.
func generator(factor, n int64) func(*tlspeer.DHValues) {
	return func(v *tlspeer.DHValues) {
		v.G = near(new(big.Int).Mul(v.P, big.NewInt(factor)), n)
		v.Y = new(big.Int).Exp(v.G, big.NewInt(2), v.P)
		v.Secret = func(device *big.Int) *big.Int { return new(big.Int).Exp(device, big.NewInt(2), v.P) }
	}
}

// prime sets an odd number of so many bits instead of the prime.
func prime(bits uint, change func(*tlspeer.DHValues)) func(*tlspeer.DHValues) {
	return func(v *tlspeer.DHValues) {
		v.P = near(new(big.Int).Lsh(big.NewInt(1), bits-1), 0x2F)
		v.Y = big.NewInt(2)
		v.Secret = func(device *big.Int) *big.Int { return device }
		change(v)
	}
}

func even(v *tlspeer.DHValues) { v.P = near(v.P, -1) }
func noMore(*tlspeer.DHValues) {}
func far(v *tlspeer.DHValues)  { v.Y = new(big.Int).Lsh(big.NewInt(1), 2050) }

// TestDHValuesAreNotRefused: what the late mbedTLS does to values that a sound library refuses. Its check of the range has no
// effect (tls.md 3.2). weak is how many values it says it takes though they give no protection.
func TestDHValuesAreNotRefused(t *testing.T) {
	for _, c := range []struct {
		role   boundedtls.Role
		name   string
		change func(*tlspeer.DHValues)
		want   string
		weak   int
	}{
		{boundedtls.Client, "Y = 2", public(0, 2), "connects", 0},
		{boundedtls.Client, "Y = p-2", func(v *tlspeer.DHValues) { v.Y = near(v.P, -2) }, "waits", 0},
		{boundedtls.Client, "Y = 0", public(0, 0), "connects", 1},
		{boundedtls.Client, "Y = 1", public(0, 1), "connects", 1},
		{boundedtls.Client, "Y = p-1", public(1, -1), "connects or waits", 1},
		{boundedtls.Client, "Y = p", public(1, 0), "connects", 1},
		{boundedtls.Client, "Y = p+1", public(1, 1), "connects", 1},
		{boundedtls.Client, "Y = p+2", public(1, 2), "connects", 1},
		{boundedtls.Client, "Y = 2^2050", far, "waits", 1},
		{boundedtls.Client, "G = 0", generator(0, 0), "connects", 2},
		{boundedtls.Client, "G = 1", generator(0, 1), "connects", 2},
		{boundedtls.Client, "G = p-1", generator(1, -1), "connects", 2},
		{boundedtls.Client, "G = p", generator(1, 0), "connects", 2},
		{boundedtls.Client, "G = p+2", generator(1, 2), "connects", 0},
		{boundedtls.Client, "p of 1,017 bits, Y = 1", prime(1017, public(0, 1)), "connects", 1},
		{boundedtls.Client, "p of 1,016 bits", prime(1016, noMore), "-0x7b00", 0},
		{boundedtls.Client, "p = 0", func(v *tlspeer.DHValues) { v.P = big.NewInt(0) }, "-0x7b00", 0},
		{boundedtls.Client, "p = 1", func(v *tlspeer.DHValues) { v.P = big.NewInt(1) }, "-0x7b00", 0},
		{boundedtls.Client, "p even", even, "-0x3284", 0},
		{boundedtls.Client, "p of 8,192 bits", prime(8192, noMore), "connects", 0},
		{boundedtls.Client, "p of 8,200 bits", prime(8200, noMore), "-0x3080", 1},
		{boundedtls.Client, "Y of 8,192 bits", prime(1024, func(v *tlspeer.DHValues) { v.Y = new(big.Int).Lsh(big.NewInt(1), 8191) }),
			"waits", 1},
		{boundedtls.Server, "Y = 2", func(v *tlspeer.DHValues) { v.Y = big.NewInt(2) }, "-0x7180", 0},
		{boundedtls.Server, "Y = 0", public(0, 0), "connects", 1},
		{boundedtls.Server, "Y = 1", public(0, 1), "connects", 1},
		{boundedtls.Server, "Y = p-1", public(1, -1), "connects or -0x7180", 1},
		{boundedtls.Server, "Y = p", public(1, 0), "connects", 1},
		{boundedtls.Server, "Y = p+1", public(1, 1), "connects", 1},
		{boundedtls.Server, "Y longer than p", public(256, 1), "-0x7c80", 0},
	} {
		t.Run(c.role.String()+", "+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				result, weak := playDH(t, c.role, c.change)
				assert.Contains(t, strings.Split(c.want, " or "), result)
				assert.Equal(t, c.weak, weak, "values reported")
			})
		})
	}
}

// playDH plays a handshake with a peer whose values are changed.
func playDH(t *testing.T, role boundedtls.Role, change func(*tlspeer.DHValues)) (result string, weak int) {
	heap := newCountingHeap()
	result, weak, _ = playDHOn(t, role, change, heap, heap)
	return result, weak
}

func playDHOn(t *testing.T, role boundedtls.Role, change func(*tlspeer.DHValues), heap boundedtls.Heap, count *countingHeap) (
	result string, weak int, failed *boundedtls.Error) {
	key, err := tlspeer.ParseKey(pki(t, "leaf2048.key.pem"))
	require.NoError(t, err)
	suite := uint16(boundedtls.DHERSAWithAES128CBCSHA)
	run := (&tlspeer.Server{Suite: suite, Chain: tlspeer.ParseChain(pki(t, "leaf2048.pem")), Key: key, DHBits: 2048, DH: change,
		Rand: tlspeer.NewRand(1)}).Serve
	if role == boundedtls.Server {
		run = (&tlspeer.Client{Suites: []uint16{suite}, DH: change, Rand: tlspeer.NewRand(1)}).Run
	}
	near, far := net.Pipe()
	done := make(chan *tlspeer.Report)
	go func() { done <- run(far) }()
	c := mbedtls.Late().New(boundedtls.Config{Role: role, Heap: heap, Rand: tlspeer.NewRand(7), Size: func() int { return 4096 },
		Observe: func(e boundedtls.Event) {
			if e.Kind == boundedtls.EventWeak {
				weak++
			}
		}})
	if role == boundedtls.Server {
		c.OwnCert(pki(t, "leaf2048.pem"))
		c.OwnKey(pki(t, "leaf2048.key.pem"))
	}
	c.Setup()
	require.Nil(t, c.Err())
	result = playDevice(t, c, near)
	_ = near.Close()
	time.Sleep(time.Minute)
	<-done
	failed = c.Err()
	c.Close()
	require.Zero(t, count.now, "heap balance")
	return result, weak, failed
}

// A signature that finds no memory to be checked is not called wrong: the code is that of the memory, and so is the cause.
func TestSignatureWithoutMemoryIsNotWrong(t *testing.T) {
	heap := &shortHeap{countingHeap: newCountingHeap(), of: "rsa public"}
	synctest.Test(t, func(t *testing.T) {
		result, _, failed := playDHOn(t, boundedtls.Client, prime(2048, noMore), heap, heap.countingHeap)
		assert.Equal(t, "-0x4290", result)
		require.NotNil(t, failed)
		assert.Equal(t, boundedtls.CauseNoMemory, failed.Cause.ID)
	})
}

// shortHeap has no memory for one thing.
type shortHeap struct {
	*countingHeap
	of string
}

func (h *shortHeap) Alloc(n uint32, what string) uint32 {
	if what == h.of {
		return 0
	}
	return h.countingHeap.Alloc(n, what)
}

// TestRangeCheckTakesMemory: the check of the peer's value takes P-2 and a word while P, G and Y are held, also for a prime
// that is then refused; without that memory the message is refused (tls.md 3.2, 6.1).
func TestRangeCheckTakesMemory(t *testing.T) {
	for _, bits := range []uint{512, 1024, 2048} {
		for _, short := range []int{0, int(bits / 8)} {
			t.Run(fmt.Sprintf("%d bits, %d bytes short", bits, short), func(t *testing.T) {
				heap := &rangeHeap{countingHeap: newCountingHeap(), short: short}
				synctest.Test(t, func(t *testing.T) {
					heap.result, _, _ = playDHOn(t, boundedtls.Client, prime(bits, noMore), heap, heap.countingHeap)
				})
				n := int(bits / 8)
				if assert.NotEmpty(t, heap.checks) {
					assert.Equal(t, n+4, heap.checks[0])
				}
				switch {
				case bits == 512 || short > 0:
					assert.Equal(t, "-0x7b00", heap.result)
				default:
					assert.Equal(t, "connects", heap.result)
				}
			})
		}
	}
}

// rangeHeap sums the blocks of each range check, and fails the last of the first one if it is short of memory.
type rangeHeap struct {
	*countingHeap
	short  int
	checks []int
	open   int
	result string
}

func (h *rangeHeap) Alloc(n uint32, what string) uint32 {
	if what != "dh range check" {
		return h.countingHeap.Alloc(n, what)
	}
	if h.open == 0 {
		h.checks = append(h.checks, 0)
	}
	h.checks[len(h.checks)-1] += int(n)
	if int(n) == h.short {
		return 0
	}
	h.open++
	return h.countingHeap.Alloc(n, what)
}

func (h *rangeHeap) Free(addr uint32) {
	h.open = max(0, h.open-1)
	h.countingHeap.Free(addr)
}
