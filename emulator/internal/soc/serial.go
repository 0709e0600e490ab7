package soc

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// UART has the methods of emulator.UART, which says what they do.
type UART struct{ d *Device }

// UART returns the other end of the device's serial lines.
func (d *Device) UART() *UART { return &UART{d} }

// Write is emulator.UART.Write.
func (u *UART) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		var room chan struct{}
		if err := u.d.Input(func() {
			l := &u.d.line
			k := min(len(p)-n, serialQueue-len(l.waiting))
			l.write(p[n : n+k])
			if n += k; n < len(p) {
				room = l.room()
			}
		}); err != nil {
			return n, err
		}
		if room == nil {
			break
		}
		if callingLoop() == u.d.loop {
			return n, ErrLineFull
		}
		select {
		case <-room:
		case <-u.d.ended:
			return n, ErrClosed
		}
	}
	return n, nil
}

// Baud is emulator.UART.Baud.
func (u *UART) Baud(n int) (baud int) {
	_ = u.d.Do(func() {
		if m := u.d.m; m != nil && n >= 0 && n < len(m.uarts) {
			baud = m.uarts[n].baud()
		}
	})
	return baud
}

// Listen is emulator.UART.Listen.
func (u *UART) Listen(n int, w io.Writer) error {
	if n != 0 && n != 1 {
		return fmt.Errorf("emulator: there is no UART%d: 0 and 1", n)
	}
	return u.d.Do(func() {
		if n == 0 {
			u.d.uart.out = w
		} else {
			u.d.uart1.out = w
		}
	})
}

// serialQueue bounds the bytes that wait on the line to the device. Choice.
const serialQueue = 4096

// ErrLineFull is returned by UART.Write on the device goroutine, which cannot wait for room.
var ErrLineFull = errors.New("emulator: the line to UART0 is full")

// serialLine are the bytes on their way to UART0. Device goroutine only.
type serialLine struct {
	d       *Device
	waiting []byte
	free    time.Time // when the byte before the first one was there
	rooms   []chan struct{}
	timer   Timer
}

func (l *serialLine) write(p []byte) {
	m := l.d.m
	if m == nil || m.halted && m.bootAt.IsZero() {
		return
	}
	if len(l.waiting) == 0 && l.free.Before(m.now) {
		l.free = m.now
	}
	l.waiting = append(l.waiting, p...)
	l.next()
}

// next makes the timer for the byte that comes next.
func (l *serialLine) next() {
	m := l.d.m
	if len(l.waiting) == 0 || m.halted || l.timer.index > 0 {
		return
	}
	l.timer.fn = l.arrive
	m.hw.arm(&l.timer, l.free.Add(m.uarts[0].byteTime()), 0)
}

func (l *serialLine) arrive() {
	c := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.free = l.d.m.now
	if len(l.waiting) < serialQueue/2 {
		l.release()
	}
	l.next()
	l.d.m.uarts[0].receive(c)
}

// room returns a channel that is closed when more fits on the line.
func (l *serialLine) room() chan struct{} {
	c := make(chan struct{})
	l.rooms = append(l.rooms, c)
	if l.d.m == nil {
		l.release()
	}
	return c
}

func (l *serialLine) release() {
	for _, c := range l.rooms {
		close(c)
	}
	l.rooms = nil
}

// drop loses what waits: nobody will take it.
func (l *serialLine) drop() {
	l.waiting = nil
	l.release()
}

// booted is called when firmware boots.
func (l *serialLine) booted() {
	l.timer, l.free = Timer{}, l.d.m.now
	l.next()
}
