package sdk

import (
	"github.com/emu8266/emu8266/emulator/board"
)

// Go returns firmware written in Go: init plays user_init. Everything it sets up belongs to the device goroutine.
func Go(init func(*SDK)) board.Firmware { return goFirmware(init) }

type goFirmware func(*SDK)

func (f goFirmware) Boot(b *board.Board) error {
	b.PlaysGo()
	f(New(b))
	return nil
}

func (goFirmware) Close() error { return nil }

// SDK is the NonOS SDK as Go firmware sees it: its functions as methods, named by rule (the package comment). It has no state
// of its own: all of that is the board's. All of it belongs to the device goroutine.
type SDK struct{ board *board.Board }

// New returns the SDK's functions over a board, for kinds of firmware whose SDK calls end here.
func New(b *board.Board) *SDK {
	if !b.OwnStack() {
		b.Espconn() // the network stack is made at boot, as on the chip
	}
	return &SDK{b}
}

// Board returns the board under the SDK.
func (s *SDK) Board() *board.Board { return s.board }
