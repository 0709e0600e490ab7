package vnet

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// maxTAPBacklog is how many frames may wait for the kernel; more are dropped. Choice: a kernel interface's usual queue.
const maxTAPBacklog = 1000

// TAP connects a TAP interface of the Linux kernel to the switch: to the kernel the network is an Ethernet, and the kernel's own addresses,
// routes and tools (tc netem, tcpdump) work on it. It needs CAP_NET_ADMIN and real time: it does not fit into a synctest bubble.
//
// The interface called name is created in the network namespace of the calling thread if it does not exist; it is the caller's business to
// give it an address in the network's Subnet and to set it up (ip addr add, ip link set up). It is a port called name. One that was created
// by this call vanishes with Close. Close the result before the network.
func (n *Network) TAP(name string) (io.Closer, error) {
	ifr, err := unix.NewIfreq(name)
	if err != nil {
		return nil, fmt.Errorf("vnet: tap %s: %w", name, err)
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("vnet: tap %s: /dev/net/tun: %w", name, err)
	}
	ifr.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("vnet: tap %s: %w", name, err)
	}
	t := &tap{file: os.NewFile(uintptr(fd), name), wake: make(chan struct{}, 1), quit: make(chan struct{})}
	t.port = n.Attach(name, t.receive, t.signal)
	t.running.Go(t.read)
	t.running.Go(t.write)
	return t, nil
}

// tap is a port with a kernel interface behind it.
type tap struct {
	file    *os.File
	port    *Port
	wake    chan struct{}
	quit    chan struct{}
	running sync.WaitGroup
	once    sync.Once

	mu      sync.Mutex
	waiting [][]byte
}

// receive stores a frame for the kernel.
func (t *tap) receive(frame []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) < maxTAPBacklog {
		t.waiting = append(t.waiting, append([]byte(nil), frame...))
	}
}

func (t *tap) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// write hands frames to the kernel.
func (t *tap) write() {
	for {
		select {
		case <-t.quit:
			return
		case <-t.wake:
		}
		t.mu.Lock()
		frames := t.waiting
		t.waiting = nil
		t.mu.Unlock()
		for _, f := range frames {
			_, _ = t.file.Write(f) // an interface that is down takes none: lost, as on any cable
		}
	}
}

// read takes frames from the kernel.
func (t *tap) read() {
	buf := make([]byte, MaxFrame+1) // what is longer is cut to a length that the switch refuses
	for {
		k, err := t.file.Read(buf)
		if err != nil {
			return // closed, or the interface is gone
		}
		t.port.Send(buf[:k])
	}
}

// Close takes the port off the network and gives the kernel its interface back.
func (t *tap) Close() error {
	var err error
	t.once.Do(func() {
		t.port.Close()
		close(t.quit)
		err = t.file.Close()
		t.running.Wait()
	})
	return err
}
