package cabi_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// script is a program as bytes: each call of the SDK is the number of a function, then a byte for each parameter.
type script struct {
	rest  []byte
	words []uint32 // what the bytes of parameters stand for
	calls int
}

func (s *script) byte() byte {
	if len(s.rest) == 0 {
		return 0
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return b
}

// word is a parameter: one of the words, a small number, or four bytes of the script.
func (s *script) word() uint32 {
	switch b := s.byte(); {
	case int(b) < len(s.words):
		return s.words[b]
	case b < 0xF0:
		return uint32(b) - uint32(len(s.words))
	default:
		return uint32(s.byte()) | uint32(s.byte())<<8 | uint32(s.byte())<<16 | uint32(s.byte())<<24
	}
}

// callsMax bounds the calls of a script, callbacks included.
const callsMax = 64

// play makes the next calls.
func (s *script) play(g *fake, names []string, calls int) {
	for ; calls > 0 && len(s.rest) > 1 && s.calls < callsMax; calls-- {
		s.calls++
		name := names[(int(s.byte())<<8|int(s.byte()))%len(names)]
		f, _ := cabi.Find(name)
		a := &cabi.Args{}
		for _, k := range f.Params {
			if k == 'v' || k == 'V' {
				a.More.Addr = stackBase
				break
			}
			a.Words = append(a.Words, uint64(s.word()))
		}
		f.Call(g.sdk, a)
	}
}

// FuzzCalls lets a program call any functions of the SDK with any arguments, in callbacks too: nothing may end but the
// program, and that in bounded time.
func FuzzCalls(f *testing.F) {
	names := cabi.Names()
	number := func(name string) []byte {
		for i, n := range names {
			if n == name {
				return []byte{byte(i >> 8), byte(i)}
			}
		}
		f.Fatalf("there is no %s", name)
		return nil
	}
	seed := func(calls ...[]byte) (b []byte) {
		for _, c := range calls {
			b = append(b, c...)
		}
		return b
	}
	f.Add(seed(number("espconn_regist_connectcb"), []byte{3, 9}, number("espconn_connect"), []byte{3}))
	f.Add(seed(number("espconn_accept"), []byte{3}, number("espconn_create"), []byte{4}, number("espconn_sendto"), []byte{4, 2, 30}))
	f.Add(seed(number("ets_timer_setfn"), []byte{1, 9, 0}, number("ets_timer_arm_new"), []byte{1, 20, 12, 12}))
	f.Add(seed(number("pvPortMalloc"), []byte{40, 0, 0}, number("vPortFree"), []byte{7, 0, 0}, number("os_printf_plus"), []byte{5}))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:min(len(b), 400)]
		synctest.Test(t, func(t *testing.T) {
			d, err := emulator.New(emulator.Config{Seed: 1, Association: -1, Patience: time.Second})
			require.NoError(t, err)
			s := &script{rest: b}
			fw := &firmware{main: func(g *fake) {
				tcp := g.space(64)
				call := g.function(func([]uint32) { s.play(g, names, 4) })
				s.words = []uint32{
					0, g.space(64), g.data(make([]byte, 512)), espconnOf(g, 0x10, tcp), espconnOf(g, 0x20, tcp), g.str("%s %d %n %08x"),
					g.str("peer.test"), g.board.HeapBase(), flashBase, call, functions + 400, stackBase,
				}
				s.play(g, names, callsMax)
			}}
			_ = d.Boot(fw)
			time.Sleep(2 * time.Second)
			require.NoError(t, d.Close())
		})
	})
}

// espconnOf is a struct espconn of a type with a protocol.
func espconnOf(g *fake, kind byte, proto uint32) uint32 {
	b := make([]byte, 64)
	b[0] = kind
	order.PutUint32(b[8:], proto)
	return g.data(b)
}
